"""Records on flash in two slots each: power may fail at any moment and the last whole one is read (L2).

A slot is `MTM1`, sequence u32, length u32, payload (JSON), CRC32 over all before it; little endian. The older slot is
overwritten, then read back. Works on LittleFS and FAT, where rename-over-a-file does not.
"""

import binascii
import json
import os
import struct

from micropython import const

from .errors import StoreError

_MAGIC = b"MTM1"
_HEAD = "<4sII"
_HEAD_OCTETS = const(12)
_MAX_OCTETS = const(16384)


class Store:
    """The records in one folder of the flash; `writes` counts slots written since boot."""

    def __init__(self, folder: str = "/mtmo-state"):
        # not /mtmo: that would be found before /lib/mtmo when the package is imported
        self._folder = folder
        self.writes = 0
        try:
            os.mkdir(folder)
        except OSError:
            pass  # there already; a missing flash shows at the first write

    def read(self, name: str):
        """The newest whole value of record `name`, or None if there is none."""
        newest = self._newest(name)
        return None if newest is None else newest[1]

    def write(self, name: str, value) -> None:
        """Make `value` (anything JSON takes) the newest of record `name`; StoreError if it does not read back."""
        newest = self._newest(name)
        sequence, slot = (newest[0] + 1, 1 - newest[2]) if newest else (1, 0)
        payload = json.dumps(value).encode()
        octets = struct.pack(_HEAD, _MAGIC, sequence, len(payload)) + payload
        octets += struct.pack("<I", binascii.crc32(octets))
        path = self._path(name, slot)
        self.writes += 1
        try:
            with open(path, "wb") as file:
                file.write(octets)
        except OSError as error:
            raise StoreError(path, str(error))
        if self._slot(name, slot) is None:
            raise StoreError(path, "does not read back")

    def lost(self, name: str) -> bool:
        """Was record `name` whole once, and is no slot of it now?

        Slot 1 is begun when slot 0 was whole; slot 0 alone and torn was cut off in the record's very first write.
        """
        if self._newest(name) is not None:
            return False
        try:
            os.stat(self._path(name, 1))
            return True
        except OSError:
            return False

    def _path(self, name: str, slot: int) -> str:
        return "%s/%s.%d" % (self._folder, name, slot)

    def _newest(self, name: str):
        first = self._slot(name, 0)
        second = self._slot(name, 1)
        if first is None or second is None:
            return first or second
        return first if first[0] > second[0] else second

    def _slot(self, name: str, slot: int):
        # (sequence, value, slot) or None
        path = self._path(name, slot)
        try:
            if not _HEAD_OCTETS + 4 <= os.stat(path)[6] <= _MAX_OCTETS:
                return None
            with open(path, "rb") as file:
                octets = file.read()
        except OSError:
            return None
        magic, sequence, length = struct.unpack(_HEAD, octets[:_HEAD_OCTETS])
        if magic != _MAGIC or length != len(octets) - _HEAD_OCTETS - 4:
            return None
        if struct.unpack("<I", octets[-4:])[0] != binascii.crc32(octets[:-4]):
            return None
        try:
            return sequence, json.loads(octets[_HEAD_OCTETS:-4].decode()), slot
        except ValueError:
            return None
