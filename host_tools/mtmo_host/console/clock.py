"""The time of a console's lines: the wall clock's, but never an earlier one than before."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

_SLEWED = timedelta(seconds=1)  # below this a clock is being corrected, not set


class Clock:
    """Local time that goes on by itself where the wall clock is set back, as by a person, NTP or the end of summer."""

    def __init__(
        self, wall: Callable[[], datetime] = datetime.now, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._last, self._at = wall(), monotonic()
        self._behind = False
        self._set_back = timedelta()

    def now(self) -> datetime:
        """The time; not before any that was given."""
        found, at = self._wall(), self._monotonic()
        own = self._last + timedelta(seconds=at - self._at)
        behind = found < self._last
        if behind and not self._behind and own - found >= _SLEWED:
            self._set_back = own - found
        self._behind = behind
        self._last, self._at = own if behind else found, at
        return self._last

    def take_set_back(self) -> timedelta:
        """How far the wall clock was set back; said once."""
        found, self._set_back = self._set_back, timedelta()
        return found


def shown(moment: datetime) -> str:
    """Hours to milliseconds."""
    return moment.strftime("%H:%M:%S.%f")[:-3]
