"""What belongs on a board: path on the board → octets."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtmo_host import resources
from mtmo_host.errors import MtmoError
from mtmo_host.flash.compile import compile_package
from mtmo_host.profile import Profile

SOURCES = ("boot.py", "main.py")  # the interpreter looks for these two by name, as source
PACKAGE_DIR = "/lib/mtmo"
MAIN = "/main.py"
PROVISION = "/provision.json"
RECORDS = "/mtmo-state"  # folder of the agent's own


def board_files(
    profile: Profile, provision: Mapping[str, Any] | None = None, *, device: Path | None = None
) -> dict[str, bytes]:
    """Every file of a board, in the order in which it is safe to write them; for a flash image or a cable.

    `provision` is the object of `provision.record`; None leaves the board's keys and settings alone.
    """
    root = device or resources.device_dir()
    files = {f"/lib/{item.name[:-3]}.mpy": item.mpy for item in compile_package(root)}
    files["/board.json"] = serialise(profile.board_json())
    for name in SOURCES:
        try:
            files[f"/{name}"] = (root / name).read_bytes()
        except OSError as error:
            raise MtmoError(f"cannot read: {error.strerror}", field=str(root / name)) from None
    if provision is not None:
        files[PROVISION] = serialise(provision)
    return files


def serialise(record: Mapping[str, Any]) -> bytes:
    """JSON with one spelling for one value, ending with the CRC32 of all before: `,"crc32":"…"}`.

    The agent checks that itself, since some MicroPythons take JSON that ends too early.
    """
    octets = json.dumps(record, sort_keys=True, separators=(",", ":")).encode().removesuffix(b"}")
    return octets + b',"crc32":"%08x"}' % zlib.crc32(octets)
