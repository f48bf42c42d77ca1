"""The ROMFS image that holds the agent, made by mpremote's own builder: .mpy only, and no path of this machine."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mpremote.romfs import VfsRomWriter, make_romfs  # type: ignore[import-untyped]

from mtmo_host.flash.files import PACKAGE_DIR

HEADER: bytes = VfsRomWriter.ROMFS_HEADER


def split_package(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """(the agent's package, all else) of a board's files."""
    package = {path: data for path, data in files.items() if path.startswith(PACKAGE_DIR + "/")}
    return package, {path: data for path, data in files.items() if path not in package}


def build_romfs(package: Mapping[str, bytes]) -> bytes:
    """The image; what lies at /lib on a file system lies at /rom/lib."""
    with tempfile.TemporaryDirectory(prefix="mtmo-romfs-") as folder:
        for path, data in package.items():
            copy = Path(folder) / path.lstrip("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
        with contextlib.redirect_stdout(io.StringIO()):  # it lists what it takes
            image: bytes = make_romfs(folder, mpy_cross=False)
    return image
