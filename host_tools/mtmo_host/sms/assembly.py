"""Segments joined to messages, bounded in number and time (TS 23.040 §9.2.3.24.1)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from mtmo_host.sms import gsm7
from mtmo_host.sms.dcs import UCS2
from mtmo_host.sms.udh import Concat
from mtmo_host.sms.userdata import UserData

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Joined:
    """A whole message: its text (None for data), its payload octets or septets, and its number of segments."""

    text: str | None
    payload: bytes
    total: int


@dataclass(slots=True)
class _Set:
    deadline_s: float
    parts: dict[int, UserData] = field(default_factory=dict)


class Assembler:
    """Joins segments of one direction; sets are told apart by peer (both ends), reference and its width, total, coding.

    At most `max_sets` incomplete sets are kept, each for `timeout_s` since its first segment; `dropped` counts those
    that were lost.
    """

    def __init__(self, *, max_sets: int = 64, timeout_s: float = 1800.0) -> None:
        self._max_sets = max_sets
        self._timeout_s = timeout_s
        self._sets: OrderedDict[Hashable, _Set] = OrderedDict()
        self.dropped = 0

    def feed(self, peer: Hashable, ud: UserData, now_s: float) -> Joined | None:
        """The message this segment completes (at once when it stands alone), or None.

        A segment that came before changes nothing; the same number with other content drops the whole set.
        """
        self._expire(now_s)
        concat = ud.concat
        if concat is None or concat.total == 1:
            return Joined(ud.text, ud.payload, 1)
        key = (peer, concat.ref, concat.bits, concat.total, ud.coding.alphabet, ud.coding.compressed)
        current = self._sets.get(key)
        if current is None:
            if len(self._sets) >= self._max_sets:
                self._sets.popitem(last=False)
                self.dropped += 1
            current = self._sets[key] = _Set(now_s + self._timeout_s)
        known = current.parts.setdefault(concat.seq, ud)
        if known.payload != ud.payload:
            del self._sets[key]
            self.dropped += 1
            return None
        if len(current.parts) < concat.total:
            return None
        del self._sets[key]
        return join([current.parts[seq] for seq in range(1, concat.total + 1)])

    def __len__(self) -> int:
        return len(self._sets)

    def _expire(self, now_s: float) -> None:
        while self._sets:
            key, oldest = next(iter(self._sets.items()))
            if oldest.deadline_s > now_s:
                return
            del self._sets[key]
            self.dropped += 1


def join(parts: list[UserData]) -> Joined:
    """Ordered segments as one; joined before they are read as text, as others do split escapes and surrogate pairs."""
    payload = b"".join(part.payload for part in parts)
    coding, languages = parts[0].coding, parts[0].languages
    text: str | None = None
    if coding.in_septets:
        same = all(part.languages == languages for part in parts)
        text = gsm7.decode(payload, *languages) if same else "".join(part.text or "" for part in parts)
    elif coding.alphabet == UCS2 and not coding.compressed:
        text = payload.decode("utf-16-be", "replace")
    return Joined(text, payload, len(parts))


def joined(
    log: Iterable[_Entry], segment_of: Callable[[_Entry], tuple[Hashable, Concat] | None]
) -> Iterator[list[_Entry]]:
    """Every whole message of a log as its entries in their order, where its last one stands; incomplete ones stay away.

    `segment_of` gives what tells the set from others (peers, direction) and the place in it, None for what is whole.
    """
    sets: dict[Hashable, dict[int, _Entry]] = {}
    for entry in log:
        found = segment_of(entry)
        if found is None or found[1].total == 1:
            yield [entry]
            continue
        peers, concat = found
        key = (peers, concat.ref, concat.bits, concat.total)
        parts = sets.setdefault(key, {})
        parts[concat.seq] = entry
        if len(parts) == concat.total:
            del sets[key]
            yield [parts[seq] for seq in sorted(parts)]
