"""The image file as the board's flash, run inside MicroPython; for power cuts see bdev.py."""


class FileBdev:
    """An image file as a board's flash, for VfsLfs2 only.

    A board's flash driver is C, and no Ctrl-C gets into it. Here KeyboardInterrupt would leave LittleFS in the
    middle of its work, with its list of open files broken. The interpreter looks for it at jumps only: so no
    method has one, and no default or condition that needs one.
    """

    def __init__(self, file, blocks, block_size=4096):
        self.block_size = block_size
        self.erased = b"\xff" * block_size
        self.file = open(file, "r+b")
        answer_0 = self._nothing
        self.operations = (answer_0, answer_0, answer_0, answer_0, lambda _: blocks, lambda _: block_size, self._erase)

    def readblocks(self, block, buf, offset=0):
        """Fill `buf` from the image."""
        self.file.seek(block * self.block_size + offset)
        self.file.readinto(buf)
        return 0

    def writeblocks(self, block, buf, offset=0):
        """Program `buf`."""
        self.file.seek(block * self.block_size + offset)
        self.file.write(buf)
        return 0

    def ioctl(self, operation, argument):
        """The block protocol's questions and the erase."""
        return self.operations[operation](argument)

    def _erase(self, block):
        self.file.seek(block * self.block_size)
        self.file.write(self.erased)
        return 0

    def _nothing(self, argument):
        return 0
