"""What the person sees and the log keeps: time-stamped, masked lines, and the line that is still being written."""

from __future__ import annotations

import shutil
import time
from datetime import datetime
from typing import TextIO

from mtmo_host.console.clock import Clock
from mtmo_host.console.clock import shown as stamp_of
from mtmo_host.console.mask import mask
from mtmo_host.console.screen import Partial, Screen
from mtmo_host.console.traceback import explained

_ERASE_LINE = "\r\x1b[K"


class View:
    """Lines from the board and from the keyboard, on `out` and in `log`.

    `live` shows the unfinished line too, as a terminal needs; without it only whole lines are written.
    """

    def __init__(self, out: TextIO, log: TextIO | None = None, *, live: bool, clock: Clock | None = None) -> None:
        self._out, self._log, self._live, self._clock = out, log, live, clock or Clock()
        self._screen = Screen()
        self._drawn = False
        self._started: datetime | None = None  # when the first octet of the unfinished line came
        self._written = self._clock.now()  # the newest stamp there is: no line behind it has an earlier one
        self.last_octet_at = time.monotonic()

    def received(self, octets: bytes) -> None:
        """What the board sent."""
        self.last_octet_at = time.monotonic()
        for line in self._screen.feed(octets):
            self._line(self._started or self._clock.now(), "<", line)
            self._started = None
        if self._screen.partial.text:
            self._started = self._started or self._clock.now()
        self._draw()

    def sent(self, line: str) -> None:
        """A line that was sent to the board in line mode."""
        self._line(self._clock.now(), ">", _harmless(line))

    def note(self, text: str) -> None:
        """A word of the console itself."""
        if self._screen.partial.text:
            self._line(self._started or self._clock.now(), "<", self._screen.end_line())
            self._started = None
        self._line(self._clock.now(), "-", text)

    def finish(self) -> None:
        """Ends an unfinished line, so that the shell's prompt starts on its own."""
        if self._screen.partial.text:
            self._line(self._started or self._clock.now(), "<", self._screen.end_line())
        self._started = None

    @property
    def today(self) -> str:
        """The date of what is written now."""
        return f"{self._clock.now():%Y-%m-%d}"

    def _line(self, moment: datetime, direction: str, text: str) -> None:
        moment = max(moment, self._written)
        day, self._written = self._written.date(), moment
        if back := self._clock.take_set_back():
            self._write(moment, "-", f"the clock was set back by {back.total_seconds():.0f} s; these times go on")
        if moment.date() != day:
            self._write(moment, "-", f"{moment:%Y-%m-%d}")
        self._write(moment, direction, text)

    def _write(self, moment: datetime, direction: str, text: str) -> None:
        stamp, shown = stamp_of(moment), mask(explained(text))
        mark = "" if direction == "<" else f"{direction} "
        end = "\r\n" if self._live else "\n"
        self._out.write(f"{self._erase()}{stamp} {mark}{shown}{end}")
        self._out.flush()
        if self._log:
            self._log.write(f"{stamp} {direction} {shown}\n")
            self._log.flush()

    def _draw(self) -> None:
        if not self._live:
            return
        partial = self._screen.partial
        if not partial.text:
            self._out.write(self._erase())
        else:
            self._out.write(self._erase() + _fitted(f"{stamp_of(self._started or self._written)} ", partial))
            self._drawn = True
        self._out.flush()

    def _erase(self) -> str:
        if not self._drawn:
            return ""
        self._drawn = False
        return _ERASE_LINE


def _fitted(stamp: str, partial: Partial) -> str:
    """The unfinished line cut to one row of the terminal, the cursor where the board has it."""
    room = max(20, shutil.get_terminal_size().columns - len(stamp) - 1)
    text, column = mask(partial.text), partial.column
    if text != partial.text:
        column = len(text)
    start = max(0, min(column, len(text)) - room)
    shown = text[start : start + room]
    back = len(shown) - (column - start)
    return stamp + shown + (f"\x1b[{back}D" if back > 0 else "")


def _harmless(text: str) -> str:
    screen = Screen()
    return " ".join([*screen.feed(text.encode("utf-8", "backslashreplace")), screen.end_line()]).strip()
