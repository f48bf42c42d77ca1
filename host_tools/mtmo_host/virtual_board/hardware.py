"""What survives a soft reset on a board: pin levels and the armed watchdog."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable

_FLOATING = 0xFF
_PINS = 256


class Pins:
    """Levels in a file that the interpreter reads and writes too; 0xFF: nobody drives this pin."""

    def __init__(self, on_pin: Callable[[int, int], None] | None) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by close()
        self._file.write(bytes([_FLOATING]) * _PINS)
        self._on_pin = on_pin
        self._outputs: dict[int, int] = {}
        self.fd = self._file.fileno()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def set_level(self, pin: int, level: int | None) -> None:
        """Drive a pin from outside; None lets it float."""
        os.pwrite(self.fd, bytes([_FLOATING if level is None else int(bool(level))]), pin)

    def level(self, pin: int) -> int | None:
        """A pin's level, None while nobody drives it."""
        level = os.pread(self.fd, 1, pin)[0]
        return None if level == _FLOATING else level

    def board_drives(self, pin: int, level: int) -> None:
        """The board reports an output."""
        self._outputs[pin] = level
        if self._on_pin is not None:
            self._on_pin(pin, level)

    def release(self) -> None:
        """A hard reset or no power: outputs float, which what hangs on them sees as low."""
        outputs, self._outputs = self._outputs, {}
        for pin, level in outputs.items():
            self.set_level(pin, None)
            if level and self._on_pin is not None:
                self._on_pin(pin, 0)


class Watchdog:
    """Bites when it was not fed in time; nothing but `disarm()` stops it."""

    def __init__(self, take_reports: Callable[[], None], bite: Callable[[], None]) -> None:
        """`take_reports` reads meals that wait unread, so that a slow supervisor bites nobody."""
        self._loop = asyncio.get_running_loop()
        self._take_reports = take_reports
        self._bite = bite
        self._timeout_s = 0.0
        self._fed_at = 0.0
        self._handle: asyncio.TimerHandle | None = None

    def arm(self, timeout_ms: int) -> None:
        """Start it, or change its time-out."""
        self.disarm()
        self._timeout_s = timeout_ms / 1000
        self.feed()
        self._look()

    def feed(self) -> None:
        """The interpreter is alive."""
        self._fed_at = self._loop.time()

    def disarm(self) -> None:
        """A hard reset."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        if self._fed_at + self._timeout_s <= self._loop.time():
            self._take_reports()
        left = self._fed_at + self._timeout_s - self._loop.time()
        if left > 0:
            self._handle = self._loop.call_later(left, self._look)
        else:
            self._handle = None
            self._bite()
