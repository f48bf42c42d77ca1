"""When octets are through a serial line: 10 bits each, back to back, at the line's speed."""

from __future__ import annotations

import math

from mtmo_host.errors import MtmoError

_BITS = 10  # start, eight, stop
_STEP_S = 0.0005  # how much time is worth a step of its own: what is through in between goes together


class Pace:
    """One direction of a line of `baud`. Times are in seconds of any one clock."""

    def __init__(self, baud: int) -> None:
        if baud <= 0:
            raise MtmoError("must be above 0", field="baud")
        self.octet_s = _BITS / baud
        self._free_s = 0.0  # the last octet that was taken was through then

    def begin(self, now_s: float) -> None:
        """The line was idle and now has octets."""
        self._free_s = max(self._free_s, now_s)

    def through(self, waiting: int, now_s: float) -> int:
        """How many of `waiting` octets have passed by now; they count as taken."""
        count = max(0, min(waiting, int((now_s - self._free_s) / self.octet_s + 1e-6)))
        self._free_s += count * self.octet_s
        return count

    def next_s(self, waiting: int) -> float:
        """When it is worth to look again."""
        step = max(1, int(_STEP_S / self.octet_s))
        return self._free_s + min(waiting, step) * self.octet_s


class Wire:
    """One direction of a line of `baud` with what is on it; times are whole milliseconds."""

    def __init__(self, baud: int) -> None:
        self._pace = Pace(baud)
        self._octets = bytearray()

    @property
    def count(self) -> int:
        """Octets that are not through yet."""
        return len(self._octets)

    def set_baud(self, baud: int, now_ms: int) -> None:
        """Another speed, also for what is on the wire."""
        self._pace = Pace(baud)
        self._pace.begin(now_ms / 1000)

    def put(self, octets: bytes, now_ms: int) -> None:
        """Octets for the other end."""
        if octets and not self._octets:
            self._pace.begin(now_ms / 1000)
        self._octets += octets

    def through(self, now_ms: int) -> bytes:
        """Remove and return what has arrived by now."""
        count = self._pace.through(len(self._octets), now_ms / 1000)
        octets = bytes(self._octets[:count])
        del self._octets[:count]
        return octets

    def due_ms(self) -> int | None:
        """When more arrives; None for never."""
        return math.ceil(self._pace.next_s(len(self._octets)) * 1000 - 1e-3) if self._octets else None

    def clear(self) -> None:
        """Forget what is not through."""
        self._octets.clear()
