"""A ROMFS partition and a `vfs` with rom_ioctl(), as a board's port has them; run inside MicroPython 1.25 and newer.

The partition is mapped memory outside the heap, so that what is imported from it runs in place. RP2 and ESP32 hand out
a block device with a buffer; STM32 and Alif a memoryview, and are written through rom_ioctl()
(MicroPython 1.27, ports/rp2/rp2_flash.c, ports/stm32/vfs_rom_ioctl.c).
"""

import uctypes
from vfs import VfsFat as VfsFat
from vfs import VfsLfs1 as VfsLfs1
from vfs import VfsLfs2 as VfsLfs2
from vfs import VfsRom, mount
from vfs import umount as umount

from micropython import const

_BLOCK = const(4096)
_EINVAL = const(-22)
_MIN_WRITE = const(16)
_SEGMENTS = const(1)  # operations of rom_ioctl(), extmod/vfs.h
_SEGMENT = const(2)
_PREPARE = const(3)
_WRITE = const(4)
_COMPLETE = const(5)
_MIN_PREPARE = const(6)

_memory = None
_segment = None


class Flash(memoryview):
    """The partition as a block device that is readable as memory, too."""

    def readblocks(self, block, buf, offset=0):
        """Fill `buf` from the flash."""
        at = block * _BLOCK + offset
        buf[:] = _memory[at : at + len(buf)]

    def writeblocks(self, block, buf, offset=None):
        """Program `buf`; without an offset its blocks are erased first."""
        if offset is None:
            _erase(block * _BLOCK, len(buf))
        return _program(block * _BLOCK + (offset or 0), buf)

    def ioctl(self, operation, argument):
        """The block protocol's questions and the erase."""
        if operation == 4:
            return len(_memory) // _BLOCK
        if operation == 5:
            return _BLOCK
        return _erase(argument * _BLOCK, _BLOCK) if operation == 6 else 0


def map_at(at, size, is_device):
    """Where in memory the partition is, and as what rom_ioctl() hands it out."""
    global _memory, _segment
    _memory = memoryview(uctypes.bytearray_at(at, size))
    _segment = Flash(_memory) if is_device else _memory


def mount_all():
    """Mounts what the partition holds, as mp_init() does; the folders that it adds to sys.path."""
    try:
        mount(VfsRom(_segment), "/rom")
    except OSError:  # no image
        return []
    return ["/rom", "/rom/lib"]


def rom_ioctl(operation, *arguments):
    """The partitions: how many, one of them, erase, write."""
    if operation == _SEGMENTS:
        return 1
    if not arguments or arguments[0] != 0:
        return _EINVAL
    if operation == _SEGMENT:
        return _segment
    if _segment is not _memory:
        return _EINVAL
    if operation == _PREPARE:
        offset, length = arguments[1:] if len(arguments) > 2 else (0, arguments[1])
        return _erase(offset, length) or _MIN_WRITE
    if operation == _WRITE:
        return _program(arguments[1], arguments[2])
    return {_COMPLETE: 0, _MIN_PREPARE: _BLOCK}.get(operation, _EINVAL)


def _erase(offset, length):
    end = (offset + length + _BLOCK - 1) // _BLOCK * _BLOCK
    if offset % _BLOCK or end > len(_memory):
        return _EINVAL
    blank = b"\xff" * _BLOCK
    for at in range(offset, end, _BLOCK):
        _memory[at : at + _BLOCK] = blank
    return 0


def _program(at, buf):
    # NOR flash: bits are cleared only
    if at + len(buf) > len(_memory):
        return _EINVAL
    memory = _memory
    for octet in buf:
        memory[at] &= octet
        at += 1
    return 0
