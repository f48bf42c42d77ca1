"""The file of a virtual board's ROMFS partition: what the flash holds, 4 kB blocks, 0xFF where it is erased."""

from __future__ import annotations

from pathlib import Path

from mtmo_host.errors import MtmoError

BLOCK_SIZE = 4096
DEFAULT_KIB = 256
_FIELD = "romfs"
_MAX_KIB = 16384


def partition_file(image: Path) -> Path:
    """Where the partition of the board with this flash image lies."""
    return image.with_name(f"{image.name}.romfs")


def build_partition(path: Path, kib: int = DEFAULT_KIB, content: bytes = b"") -> None:
    """A new partition that holds `content`; MtmoError when it does not fit, or the size is no number of blocks."""
    if not 4 <= kib <= _MAX_KIB or kib % 4:
        raise MtmoError(f"{kib} kB", field=_FIELD, fix=f"a multiple of 4, up to {_MAX_KIB}")
    if len(content) > kib * 1024:
        raise MtmoError(f"{len(content)} octets do not fit into {kib} kB", field=_FIELD, fix="a larger partition")
    try:
        path.write_bytes(content.ljust(kib * 1024, b"\xff"))
    except OSError as error:
        raise MtmoError(f"cannot write {path}: {error.strerror}", field=_FIELD, fix="check the folder") from None


def check_partition(path: Path) -> int:
    """The size of a partition in octets; MtmoError where the file is none."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise MtmoError(f"cannot read {path}: {error.strerror}", field=_FIELD, fix="build one first") from None
    if not size or size % BLOCK_SIZE:
        raise MtmoError(f"{path} has {size} octets", field=_FIELD, fix="remove it: whole blocks of 4 kB are wanted")
    return size
