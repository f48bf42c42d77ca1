"""What the person sees and the log keeps: time-stamped, masked lines, and the line that is still being written."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from mtmo_host.console.mask import mask
from mtmo_host.console.screen import Partial, Screen

_ERASE_LINE = "\r\x1b[K"


def clock_stamp() -> str:
    """Local time with milliseconds."""
    return datetime.now().strftime("%H:%M:%S.%f")[:-3]


class View:
    """Lines from the board and from the keyboard, on `out` and in `log`.

    `live` shows the unfinished line too, as a terminal needs; without it only whole lines are written.
    """

    def __init__(
        self, out: TextIO, log: TextIO | None = None, *, live: bool, stamp: Callable[[], str] = clock_stamp
    ) -> None:
        self._out, self._log, self._live, self._stamp = out, log, live, stamp
        self._screen = Screen()
        self._drawn = False
        self._started: str | None = None  # stamp of the unfinished line: when its first octet came
        self.last_octet_at = time.monotonic()

    def received(self, octets: bytes) -> None:
        """What the board sent."""
        self.last_octet_at = time.monotonic()
        for line in self._screen.feed(octets):
            self._line(self._started or self._stamp(), "<", line)
            self._started = None
        if self._screen.partial.text:
            self._started = self._started or self._stamp()
        self._draw()

    def sent(self, line: str) -> None:
        """A line that was sent to the board in line mode."""
        self._line(self._stamp(), ">", _harmless(line))

    def note(self, text: str) -> None:
        """A word of the console itself."""
        if self._screen.partial.text:
            self._line(self._started or self._stamp(), "<", self._screen.end_line())
            self._started = None
        self._line(self._stamp(), "-", text)

    def finish(self) -> None:
        """Ends an unfinished line, so that the shell's prompt starts on its own."""
        if self._screen.partial.text:
            self._line(self._started or self._stamp(), "<", self._screen.end_line())
        self._started = None

    def _line(self, stamp: str, direction: str, text: str) -> None:
        shown = mask(text)
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
            self._out.write(self._erase() + _fitted(f"{self._started} ", partial))
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
