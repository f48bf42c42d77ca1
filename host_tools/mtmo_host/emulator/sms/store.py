"""The message stores of a modem: numbered places by memory name, kept over resets (TS 27.005 §3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum


class Stat(IntEnum):
    """State of a stored message (`<stat>` in PDU mode)."""

    REC_UNREAD = 0
    REC_READ = 1
    STO_UNSENT = 2
    STO_SENT = 3


@dataclass
class Stored:
    """One message: SCA and TPDU as one run of octets."""

    stat: Stat
    pdu: bytes
    broadcast: bool = False  # a page of a cell broadcast, which has no SCA
    shown: bool = False  # its content has been given to the driver
    kept_ms: int = 0

    @property
    def length(self) -> int:
        """Octets of the TPDU, the SCA apart, as +CMGR and +CMGL report it."""
        return len(self.pdu) if self.broadcast else len(self.pdu) - 1 - self.pdu[0]

    @property
    def hex(self) -> str:
        """SCA and TPDU in upper-case hexadecimal digits."""
        return self.pdu.hex().upper()


BROADCASTS = "BM"  # the memory of cell broadcasts: nothing else is in it, and nothing can be written to it


class StoreFull(Exception):
    """No place is free, or there is no such memory."""


class MessageStore:
    """The stores. `MT` (ME and SM as one) is served as ME."""

    def __init__(self, capacities: Mapping[str, int], index_base: int) -> None:
        self._capacities = dict(capacities)
        self.index_base = index_base
        self._places: dict[str, dict[int, Stored]] = {name: {} for name in capacities if name != "MT"}

    @property
    def names(self) -> tuple[str, ...]:
        """The memories that can be chosen."""
        return tuple(self._capacities)

    @property
    def writable(self) -> tuple[str, ...]:
        """Those that take messages."""
        return tuple(name for name in self._capacities if name != BROADCASTS)

    def indices(self, mem: str) -> range:
        """All indices of a memory, used or not."""
        last = max(self._places[_real(mem)], default=0)  # may lie beyond the capacity
        return range(self.index_base, max(self.index_base + self.total(mem), last + 1))

    def total(self, mem: str) -> int:
        """Places of a memory."""
        return self._capacities[_real(mem)]

    def used(self, mem: str) -> int:
        """Places of a memory that hold a message."""
        return len(self._places[_real(mem)])

    def add(self, mem: str, stat: Stat, pdu: bytes, *, beyond: bool = False) -> int:
        """Keep a message in the lowest free place, or `beyond` the capacity, and return its index; raises StoreFull."""
        places = self._places.get(_real(mem))
        if places is None:
            raise StoreFull(mem)
        end = self.index_base + self.total(mem)
        for index in range(self.index_base, end):
            if index not in places:
                places[index] = Stored(stat, pdu, broadcast=mem == BROADCASTS)
                return index
        if not beyond:
            raise StoreFull(mem)
        index = max(end, max(places) + 1)
        places[index] = Stored(stat, pdu)
        return index

    def get(self, mem: str, index: int) -> Stored | None:
        """The message at an index."""
        return self._places[_real(mem)].get(index)

    def items(self, mem: str) -> list[tuple[int, Stored]]:
        """All messages of a memory, by index."""
        return sorted(self._places[_real(mem)].items())

    def everything(self) -> Iterator[Stored]:
        """All messages of all memories."""
        return (stored for places in self._places.values() for stored in places.values())

    def count(self) -> int:
        """How many there are in all memories."""
        return sum(map(len, self._places.values()))

    def delete(self, mem: str, index: int) -> bool:
        """Empty a place; False when it was empty."""
        return self._places[_real(mem)].pop(index, None) is not None

    def take_all(self, mem: str) -> dict[int, tuple[int, str]]:
        """Empty a memory and return what stood in it, by place: state, and PDU in hex."""
        taken = {index: (int(stored.stat), stored.hex) for index, stored in self._places.get(mem, {}).items()}
        self._places.get(mem, {}).clear()
        return taken

    def put_all(self, mem: str, messages: Mapping[int, tuple[int, str]]) -> None:
        """Fill a memory with what take_all() gave, as far as it has the places."""
        for index, (stat, pdu_hex) in messages.items():
            if mem in self._places and index in self.indices(mem):
                self._places[mem][index] = Stored(Stat(stat), bytes.fromhex(pdu_hex))

    def dump(self) -> dict[str, list[list[int | str]]]:
        """All messages as JSON values."""
        return {
            mem: [[index, int(stored.stat), stored.hex] for index, stored in sorted(places.items())]
            for mem, places in self._places.items()
        }

    def load(self, state: Mapping[str, list[list[int | str]]]) -> None:
        """Put back what dump() gave; memories and places this modem does not have are left out."""
        for mem, entries in state.items():
            if mem not in self._places:
                continue
            for index, stat, pdu_hex in entries:
                if int(index) in self.indices(mem):
                    known = Stat(int(stat))
                    read = known is Stat.REC_READ
                    pdu = bytes.fromhex(str(pdu_hex))
                    self._places[mem][int(index)] = Stored(known, pdu, mem == BROADCASTS, read)


def _real(mem: str) -> str:
    return "ME" if mem == "MT" else mem
