"""Flash images: LittleFS built, checked and read on the host, in the layout MicroPython mounts."""

from __future__ import annotations

import os
import struct
from pathlib import Path, PurePosixPath

from littlefs import LittleFS, LittleFSError

from mtmo_host.errors import MtmoError

BLOCK_SIZE = 4096
DEFAULT_BLOCKS = 512
_MIN_BLOCKS = 8
_MAX_BLOCKS = 16384  # 64 MB; the largest flash of a board we know is 16 MB
_FIELD = "image"
_REBUILD = "restore a copy, or remove the file to start with an empty one"
_MAGIC = b"littlefs"
_MAGIC_AT = 8
_GEOMETRY_AT = 20  # superblock: version, block size, block count (LittleFS SPEC.md, "superblock")


class FlashImage:
    """Operations on an image file; no state of its own."""

    @staticmethod
    def build(path: Path, files: dict[str, bytes], *, blocks: int = DEFAULT_BLOCKS) -> None:
        """Write a new image holding `files` (absolute board paths); MtmoError when they do not fit."""
        if not _MIN_BLOCKS <= blocks <= _MAX_BLOCKS:
            raise MtmoError(f"{blocks} blocks of 4 kB", field="blocks", fix=f"{_MIN_BLOCKS} to {_MAX_BLOCKS}")
        fs = LittleFS(
            block_size=BLOCK_SIZE, block_count=blocks, read_size=32, prog_size=32, cache_size=128, lookahead_size=32
        )
        try:
            for name, content in files.items():
                _write(fs, PurePosixPath("/") / name, content)
        except (LittleFSError, OSError) as error:  # the package maps some codes to OSError
            total = sum(map(len, files.values()))
            raise MtmoError(
                f"{total} octets in {len(files)} files do not fit: {error!r}", field="blocks", fix="more blocks"
            ) from None
        fs.unmount()
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            fresh.touch(mode=0o600)  # an image may hold a device's keys
            fresh.write_bytes(bytes(fs.context.buffer))
            fresh.replace(path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise MtmoError(f"cannot write {path}: {error.strerror}", field=_FIELD, fix="check the folder") from None

    @staticmethod
    def check(path: Path) -> int:
        """The number of blocks of a sound image; MtmoError saying what is wrong with another one."""
        data = _load(path)
        return len(_mounted(path, data)[1]) // BLOCK_SIZE

    @staticmethod
    def read(path: Path, name: str) -> bytes:
        """The content of one file; MtmoError when there is none."""
        fs, _ = _mounted(path, _load(path))
        try:
            with fs.open(name.lstrip("/"), "rb") as file:
                return bytes(file.read())
        except (LittleFSError, OSError):  # the package maps some codes to OSError
            raise MtmoError(f"no file {name} in {path}", field=_FIELD) from None

    @staticmethod
    def list(path: Path) -> dict[str, int]:
        """Every file's absolute path and its size in octets."""
        fs, _ = _mounted(path, _load(path))
        return {
            str(PurePosixPath("/") / folder / name): fs.stat(f"{folder}/{name}").size
            for folder, _folders, names in fs.walk("/")
            for name in names
        }


def _write(fs: LittleFS, path: PurePosixPath, content: bytes) -> None:
    relative = str(path).lstrip("/")
    if len(path.parts) > 2:
        fs.makedirs(str(PurePosixPath(relative).parent), exist_ok=True)
    with fs.open(relative, "wb") as file:
        file.write(content)


def _load(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise MtmoError(f"no image {path}", field=_FIELD, fix="build one first") from None
    except OSError as error:
        raise MtmoError(f"cannot read {path}: {error.strerror}", field=_FIELD, fix="check the path") from None


def _geometry(path: Path, data: bytes) -> tuple[int, int]:
    # block 0 or 1 holds the superblock; either may be the newer one
    for start in (0, BLOCK_SIZE):
        if data[start + _MAGIC_AT : start + _MAGIC_AT + len(_MAGIC)] == _MAGIC:
            _version, block_size, blocks = struct.unpack_from("<III", data, start + _GEOMETRY_AT)
            return block_size, blocks
    raise MtmoError(f"{path} is not a LittleFS image, or its superblock is damaged", field=_FIELD, fix=_REBUILD)


def _mounted(path: Path, data: bytes) -> tuple[LittleFS, bytes]:
    if len(data) < 2 * BLOCK_SIZE:
        raise MtmoError(f"{path} is too small ({len(data)} octets) for an image", field=_FIELD, fix=_REBUILD)
    block_size, blocks = _geometry(path, data)
    if block_size != BLOCK_SIZE or blocks * BLOCK_SIZE != len(data):
        raise MtmoError(
            f"{path} has {len(data)} octets, its file system {blocks} blocks of {block_size}",
            field=_FIELD,
            fix=_REBUILD,
        )
    try:
        fs = LittleFS(
            block_size=BLOCK_SIZE, block_count=blocks, read_size=32, prog_size=32, cache_size=128, lookahead_size=32,
            mount=False,
        )  # fmt: skip
        fs.context.buffer = bytearray(data)
        fs.mount()
        for _ in fs.walk("/"):
            pass
    except LittleFSError as error:
        raise MtmoError(f"{path} holds a damaged file system: {error}", field=_FIELD, fix=_REBUILD) from None
    return fs, data
