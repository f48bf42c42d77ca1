"""Flash-like block devices for VfsLfs2 and VfsFat, run inside MicroPython.

The methods allocate nothing on the heap: a garbage collection closes forgotten files through them, with the
heap locked. Power cut: with cut=k the k-th program or erase is torn (`torn` of its bytes reach the flash) and
`on_cut` says what then happens: a function (which should not come back), "kill" (SIGSEGV: nothing can catch
it) or "dead" (EIO for ever: for many cuts in one process; mount a new device object over the same memory).
"""

import uctypes

from micropython import const

_EIO = const(-5)
_IOCTL_BLOCKS = const(4)
_IOCTL_BLOCK_SIZE = const(5)
_IOCTL_ERASE = const(6)


class Bdev:
    """Counting and tearing; where the bytes lie is the subclass's business (`_put`, `_prog`)."""

    def __init__(self, blocks, block_size=4096, cut=0, torn=0.5, on_cut="dead"):
        self.blocks = blocks
        self.block_size = block_size
        self.cut = cut
        self.torn256 = int(torn * 256)
        self.on_cut = on_cut
        self.operations = 0
        self.dead = False
        self.programs = 0
        self.erases = 0
        self.violations = 0  # programs of a bit from 0 to 1, which NOR flash cannot do
        self.erased = b"\xff" * block_size

    def writeblocks(self, block, buf, offset=None):
        """Program `buf`; without an offset (the simple interface) the blocks are erased first."""
        address = block * self.block_size
        if offset is None:
            for k in range(len(buf) // self.block_size):
                self.ioctl(_IOCTL_ERASE, block + k)
        else:
            address += offset
        self.programs += 1
        self._prog(address, buf, self._reaching(len(buf)))
        return self._after()

    def ioctl(self, operation, argument):
        """The block protocol's questions and the erase."""
        if operation == _IOCTL_BLOCKS:
            return self.blocks
        if operation == _IOCTL_BLOCK_SIZE:
            return self.block_size
        if operation == _IOCTL_ERASE:
            self.erases += 1
            self._put(argument * self.block_size, self.erased, self._reaching(self.block_size))
            return self._after()
        return 0

    def _reaching(self, n):
        # how many of the operation's n bytes still reach the flash
        if self.dead:
            return 0
        self.operations += 1
        return n * self.torn256 >> 8 if self.operations == self.cut else n

    def _after(self):
        if self.operations == self.cut:
            if callable(self.on_cut):
                self.on_cut()
            if self.on_cut == "kill":
                uctypes.bytearray_at(8, 4)[0] = 1
            self.dead = True
        return _EIO if self.dead else 0


class RamBdev(Bdev):
    """A bytearray as NOR flash: programming clears bits only."""

    def __init__(self, memory, block_size=4096, **kw):
        super().__init__(len(memory) // block_size, block_size, **kw)
        self.memory = memory

    def readblocks(self, block, buf, offset=0):
        """Fill `buf` from the flash."""
        memory = self.memory
        address = block * self.block_size + offset
        for i in range(len(buf)):
            buf[i] = memory[address + i]
        return 0

    def _put(self, address, data, n):
        memory = self.memory
        for i in range(n):
            memory[address + i] = data[i]

    def _prog(self, address, data, n):
        memory = self.memory
        for i in range(n):
            old = memory[address + i]
            if (old & data[i]) != data[i]:
                self.violations += 1
            memory[address + i] = old & data[i]


class CutFileBdev(Bdev):
    """An image file with power cuts; `file` is a path or an inherited descriptor."""

    def __init__(self, file, blocks, block_size=4096, **kw):
        super().__init__(blocks, block_size, **kw)
        self.file = open(file, "r+b")

    def readblocks(self, block, buf, offset=0):
        """Fill `buf` from the image."""
        self.file.seek(block * self.block_size + offset)
        self.file.readinto(buf)
        return 0

    def _put(self, address, data, n):
        self.file.seek(address)
        self.file.write(data, n)

    _prog = _put
