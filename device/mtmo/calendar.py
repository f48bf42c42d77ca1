"""World time in seconds, for what counts by hours and days; never for trust (L1; design 4.5).

It is uptime plus the time the board was off, as far as the modem's clock or the stamps of texts tell it. Both can lie,
since a service centre stamps what it likes: 23.040 §9.2.3.11 binds nobody. Whatever they say,

- it never falls, and uptime always counts, so no stamp holds a budget or a lock back;
- it gains a day at most beyond uptime between two boots, and by stamps nothing after the watchdog bit, so that a liar
  gains no more than what a day allows for each time that somebody switches the board on;
- a source is compared with what it said itself the last time, and followed back as well as forward: a stamp from 2039
  spoils nothing for the true one behind it, and any two that differ by the time off count it;
- stamps count only while the modem's clock does not go on, and only those of texts that could command the device.

Without a source the uptime counts that was written down: with every journal write, and for the purpose, while anything
is counted, after 5, 10, 20 and 40 minutes of a boot and then once an hour: more than half of it, or all but an hour.
"""

import binascii

from micropython import const

from .clock import now_s
from .tpdu.fields import decode_timestamp

NEW = (0, None, None)  # what row() is before the first boot
_DAY_S = const(86400)
_CLOCK = const(0)
_STAMP = const(1)
_SLACK_MIN = const(10)  # clocks drift, minutes are rounded
_BUILT = const(25)  # no device of ours saw an earlier year than 2025: a clock that begins there was never set
_YEARS = const(15)
_WRITE_S = const(3540)  # of hours that are worth a write, as the hourly look sees them
_FIRST_WRITE_S = const(240)  # and of a boot's first


class Calendar:
    """Made of what `row()` gave before the boot. `by_clock`: the modem's clock goes on, so stamps do not count."""

    def __init__(self, row: "list | tuple", believes_stamps: bool = True):
        known_s = row[0]
        self._known_min: list = list(row[1:])  # each source's minute less ours when it last spoke, None: it never did
        self._spoke = [False, False]  # in this boot
        self._base_s = known_s - now_s()
        self._believes_stamps = believes_stamps
        self._left_s = _DAY_S  # what may still be gained in this boot
        self._written_s = 0  # uptime at the last write
        self._written_min = row[1]
        self.by_clock = False

    def now_s(self) -> int:
        """World seconds since the first boot."""
        return self._base_s + now_s()

    def at_least(self, known_s: int) -> None:
        """Another record was written at `known_s`: it is no earlier now."""
        self._base_s = max(self._base_s, known_s - now_s())

    def row(self) -> list:
        """What is stored; uptime that was not is found again where a source goes on."""
        return [self.now_s()] + self._known_min

    def written(self) -> None:
        """`row()` is on flash."""
        self._written_s = now_s()
        self._written_min = self._known_min[_CLOCK]

    def write_wait_s(self) -> int:
        """Seconds until the time since the last write is worth one; 0: it is."""
        worth_s = min(_WRITE_S, max(_FIRST_WRITE_S, self._written_s))
        if self.by_clock and self._written_s:
            worth_s = _WRITE_S
        return max(0, worth_s - now_s() + self._written_s)

    def would_lose(self) -> bool:
        """True where the time since the last write could not be found again after a cut."""
        return not self.by_clock or self._known_min[_CLOCK] != self._written_min

    def see_clock(self, minute: int) -> None:
        """The modem's clock shows `minute()`; 0: it was never set."""
        self.by_clock = False
        if minute:
            offset_min = minute - self.now_s() // 60
            known_min = self._known_min[_CLOCK]
            self.by_clock = known_min is not None and offset_min >= known_min - _SLACK_MIN
            self._follow(_CLOCK, offset_min)

    def see_stamp(self, scts: str) -> None:
        """A text came that could command the device: `scts` is its time stamp in hexadecimal."""
        stamp = decode_timestamp(binascii.unhexlify(scts))
        if stamp is None:
            return
        at_min = minute(stamp[0] - 2000, stamp[1], stamp[2], stamp[3], stamp[4], stamp[6])
        if at_min and (self._known_min[_STAMP] is None or (self._believes_stamps and not self.by_clock)):
            self._follow(_STAMP, at_min - self.now_s() // 60)

    def _follow(self, source: int, offset_min: int) -> None:
        # the source's new offset, once the time off is counted that it shows
        known_min = self._known_min[source]
        self._spoke[source] = True
        if known_min is None:
            self._known_min[source] = offset_min
            return
        ahead_min = offset_min - known_min
        if -_SLACK_MIN <= ahead_min <= _SLACK_MIN:
            return
        gain_s = max(0, min(60 * ahead_min, self._left_s))
        self._left_s -= gain_s
        self._base_s += gain_s
        self._known_min[source] = offset_min - gain_s // 60
        if self._spoke[1 - source]:
            self._known_min[1 - source] -= gain_s // 60  # it spoke after that time off


def minute(year: int, month: int, day: int, hour: int, minute: int, quarters: int) -> int:
    """The minute from 2000 on in UTC of a local time `quarters` of an hour east of it; 0 for a year that cannot be."""
    if not _BUILT <= year <= _BUILT + _YEARS:
        return 0
    if month < 3:
        year, month = year - 1, month + 12
    days = 365 * year + year // 4 + (153 * month - 457) // 5 + day
    return (days * 24 + hour) * 60 + minute - 15 * quarters
