"""Records on flash in two slots each: power may fail at any moment and the last whole one is read (L2).

A slot is `MTM1`, sequence u32, length u32, payload (JSON), CRC32 over all before it; little endian. The older slot is
overwritten, then read back. Works on LittleFS and FAT, where rename-over-a-file does not.
"""

import binascii
import json
import os
import struct

from micropython import const

from . import log
from .clock import now_s
from .errors import ConfigError, StoreError

_MAGIC = b"MTM1"
_HEAD = "<4sII"
_HEAD_OCTETS = const(12)
_TAIL_OCTETS = const(4)
_PIECE_OCTETS = const(256)
_MAX_OCTETS = const(16384)
_ENOSPC = const(28)
_REST_S = const(10)  # after a failed write, doubled each time
_REST_MAX_S = const(900)  # some 100 attempts a day wear no flash out
_CHECK_OCTETS = const(20)


def checked(path: str, octets: bytes, unchecked: str) -> dict:
    """The object in `octets`, the JSON that the flash tool wrote to `path`. Raises ConfigError for what is damaged.

    It ends with `,"crc32":"…"}`, of all before that: MicroPython 1.24 and 1.25 take JSON that ends too early. What
    an earlier tool wrote has no such end, and is taken where it has just the keys in `unchecked` and a brace for each.
    """
    try:
        found = json.loads(octets.decode())
        end = b',"crc32":"%08x"}' % (binascii.crc32(octets[:-_CHECK_OCTETS]) & 0xFFFFFFFF)
        if octets[-_CHECK_OCTETS:] == end:
            del found["crc32"]
            return found
        if octets[-1:] == b"}" and octets.count(b"{") == octets.count(b"}") and ",".join(sorted(found)) == unchecked:
            return found
    except (ValueError, TypeError, KeyError):
        pass
    raise ConfigError(path, "damaged: flash the board again")


class Store:
    """The records in one folder of the flash.

    `writes` counts slots written since boot, `failed` the writes in a row that did not succeed: 0 while all is well.
    """

    def __init__(self, folder: str = "/mtmo-state"):
        # not /mtmo: that would be found before /lib/mtmo when the package is imported
        self._folder = folder
        self.writes = 0
        self.failed = 0
        self._rests_until_s = 0
        try:
            os.mkdir(folder)
        except OSError:
            pass  # there already; a missing flash shows at the first write

    def read(self, name: str):
        """The newest whole value of record `name`, or None if there is none."""
        newest = self._newest(name)
        if newest is None:
            return None
        with open(self._path(name, newest[1]), "rb") as file:
            octets = file.read()
        try:
            return json.loads(octets[_HEAD_OCTETS:-_TAIL_OCTETS].decode())
        except ValueError:
            return None

    def write(self, name: str, value) -> None:
        """Make `value` (anything JSON takes) the newest of record `name`; StoreError if it does not read back.

        A flash that fails is left alone for a while: until then every write is refused at once.
        """
        if self.wait_s():
            raise StoreError(name, "the flash rests")
        newest = self._newest(name)
        sequence, slot = (newest[0] + 1, 1 - newest[1]) if newest else (1, 0)
        payload = json.dumps(value).encode()
        head = struct.pack(_HEAD, _MAGIC, sequence, len(payload))
        path = self._path(name, slot)
        tail = struct.pack("<I", binascii.crc32(payload, binascii.crc32(head)))
        for again in (False, True):
            self.writes += 1
            try:
                if again:
                    open(
                        path, "wb"
                    ).close()  # gives its blocks back before new ones are asked for: the flash may be full
                with open(path, "wb") as file:
                    file.write(head)
                    file.write(payload)
                    file.write(tail)
                reason = "does not read back"
            except OSError as error:
                reason = "full" if error.args[0] == _ENOSPC else str(error)
            if self._sequence(path) == sequence:
                self.failed = 0
                return
        rest_s = min(_REST_MAX_S, _REST_S << min(self.failed, 7))
        self.failed += 1
        self._rests_until_s = now_s() + rest_s
        log.warn("flash", "%s: %s; next attempt in %d s", path, reason, rest_s)
        raise StoreError(path, reason)

    def wait_s(self) -> int:
        """Seconds until a write may be attempted; 0: now."""
        return max(0, self._rests_until_s - now_s()) if self.failed else 0

    def lost(self, name: str) -> bool:
        """True if record `name` was whole once and no slot of it is now.

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

    def _newest(self, name: str) -> "tuple[int, int] | None":
        # (sequence, slot)
        newest = None
        for slot in (0, 1):
            sequence = self._sequence(self._path(name, slot))
            if sequence is not None and (newest is None or sequence > newest[0]):
                newest = (sequence, slot)
        return newest

    def _sequence(self, path: str) -> "int | None":
        """The sequence number of a whole slot; read in small pieces, since heap is scarce when records are written."""
        try:
            size = os.stat(path)[6]
            if not _HEAD_OCTETS + _TAIL_OCTETS <= size <= _MAX_OCTETS:
                return None
            with open(path, "rb") as file:
                head = file.read(_HEAD_OCTETS)
                magic, sequence, left = struct.unpack(_HEAD, head)
                if magic != _MAGIC or left != size - _HEAD_OCTETS - _TAIL_OCTETS:
                    return None
                crc = binascii.crc32(head)
                while left:
                    piece = file.read(min(left, _PIECE_OCTETS))
                    if not piece:
                        return None
                    crc = binascii.crc32(piece, crc)
                    left -= len(piece)
                return sequence if struct.unpack("<I", file.read(_TAIL_OCTETS))[0] == crc else None
        except OSError:
            return None
