"""What every kind of line has in common: the clock, waking the modem, pacing, and what happens when nobody reads.

An endpoint owns the clock (the loop's time) and wakes what talks over it when it asks for it. With `baud` each octet
gets through when a line of that speed has passed it, both ways, on time to about a millisecond.
"""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from mtmo_host.emulator.endpoints.pace import Pace

_OUT_LIMIT = 1 << 18  # octets nobody reads; a real line would have lost them too
_IN_LIMIT = 1 << 14  # octets that wait for a slow line; beyond that the writer has to wait
_NEVER_EARLY_S = 1e-6  # an early wake would find nothing due and spin


def in_words(error: Exception) -> str:
    """What the system says of it, without the words that libraries put around."""
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number > 0:
        return os.strerror(number).lower()
    return getattr(error, "strerror", None) or str(error)  # of a host that has no address, not errno's


class Talker(Protocol):
    """Something sans I/O that talks over a line: a Modem, or a Playback."""

    on_wake: Callable[[], None] | None
    driver_baud: Callable[[], int | None] | None

    def feed(self, octets: bytes, now_ms: int) -> None:
        """Take octets from the line."""

    def advance(self, now_ms: int) -> None:
        """Let time pass."""

    def next_wake_ms(self) -> int | None:
        """When advance() has something to do; None for never."""

    def take_output(self) -> bytes:
        """Remove and return the octets for the line."""
        ...


class Endpoint(ABC):
    """One modem on one line. `start()` before use, `close()` after; both may be called once."""

    def __init__(self, modem: Talker, *, baud: int | None = None) -> None:
        self.modem = modem
        self.dropped = 0  # octets for a terminal that did not read
        self._out = bytearray()
        self._in = bytearray()
        self._wake: asyncio.TimerHandle | None = None
        self._out_timer: asyncio.TimerHandle | None = None
        self._in_timer: asyncio.TimerHandle | None = None
        self._blocked = False
        self._held = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service_asked = False
        self.set_baud(baud)

    def set_baud(self, baud: int | None) -> None:
        """Pace the line from now on; None lets everything through at once."""
        self._out_pace = None if baud is None else Pace(baud)
        self._in_pace = None if baud is None else Pace(baud)
        if self._loop is not None:
            for pace in (self._out_pace, self._in_pace):
                if pace is not None:
                    pace.begin(self._loop.time())
            self._move_in()
            self._move_out()

    async def start(self) -> None:
        """Open the line and begin to serve the modem."""
        self._loop = asyncio.get_running_loop()
        self.modem.on_wake = self._wake_soon
        self.modem.driver_baud = self._driver_baud
        try:
            await self._open()
        except BaseException:
            self._loop = None
            raise
        self.service()

    async def close(self) -> None:
        """Stop serving and release the line. The modem itself stays as it is."""
        self.modem.on_wake = self.modem.driver_baud = None
        for handle in (self._wake, self._out_timer, self._in_timer):
            if handle is not None:
                handle.cancel()
        self._wake = self._out_timer = self._in_timer = None
        loop, self._loop = self._loop, None
        if loop is not None:
            await self._shut()

    @property
    @abstractmethod
    def address(self) -> str:
        """What a client opens: a path, or a URL of pyserial."""

    @property
    def now_ms(self) -> int:
        """The loop's clock in whole milliseconds."""
        loop = self._loop or asyncio.get_running_loop()
        return int(loop.time() * 1000)

    @property
    def idle(self) -> bool:
        """Everything that was said has gone over the line."""
        return not self._out and not self._in

    @property
    def unread(self) -> int:
        """Octets that would be lost if the line were closed now, because nobody has read them yet."""
        return 0

    def service(self) -> None:
        """Let the modem catch up with the clock, send what it has, and set the next wake."""
        self._service_asked = False
        if self._loop is None:
            return
        self.modem.advance(self.now_ms)
        self._collect()

    # --- for the kinds of line

    def _driver_baud(self) -> int | None:
        """The speed that the driver has set at its end; None where nobody can say."""
        return None

    @abstractmethod
    async def _open(self) -> None:
        """Open the line and arrange for _received()."""

    @abstractmethod
    async def _shut(self) -> None:
        """Release the line."""

    @abstractmethod
    def _write(self, octets: bytes) -> int:
        """Write as much as the line takes now and return how much; _writable() is called when it takes more again."""

    @abstractmethod
    def _hold(self, held: bool) -> None:
        """Take nothing more from the terminal for now, or go on."""

    def _received(self, octets: bytes) -> None:
        """Octets came from the terminal."""
        if self._loop is None:
            return
        if self._in_pace is None and not self._in:
            self._feed(octets)
            return
        if self._in_pace is not None and not self._in:
            self._in_pace.begin(self._loop.time())
        self._in += octets
        if len(self._in) > _IN_LIMIT and not self._held:
            self._held = True
            self._hold(True)
        if self._in_timer is None:
            self._move_in()

    def _writable(self) -> None:
        """The line takes octets again."""
        self._blocked = False
        if self._out_pace is not None and self._loop is not None:
            self._out_pace.begin(self._loop.time())
        if self._out_timer is None:
            self._move_out()

    # --- inside

    def _wake_soon(self) -> None:
        if self._loop is not None and not self._service_asked:
            self._service_asked = True
            self._loop.call_soon(self.service)

    def _feed(self, octets: bytes) -> None:
        self.modem.feed(octets, self.now_ms)
        self._collect()

    def _move_in(self) -> None:
        """Give the modem what has come through."""
        if self._in_timer is not None:
            self._in_timer.cancel()
            self._in_timer = None
        if self._loop is None or not self._in:
            return
        count = len(self._in) if self._in_pace is None else self._in_pace.through(len(self._in), self._loop.time())
        if count:
            octets = bytes(self._in[:count])
            del self._in[:count]
            self._feed(octets)
        if self._held and len(self._in) <= _IN_LIMIT // 2:
            self._held = False
            self._hold(False)
        if self._in and self._in_pace is not None and self._loop is not None:
            self._in_timer = self._loop.call_at(self._in_pace.next_s(len(self._in)), self._move_in)

    def _collect(self) -> None:
        if self._loop is None:
            return
        octets = self.modem.take_output()
        if octets:
            if not self._out and self._out_pace is not None:
                self._out_pace.begin(self._loop.time())
            self._out += octets
            if len(self._out) > _OUT_LIMIT:
                excess = len(self._out) - _OUT_LIMIT
                self.dropped += excess
                del self._out[:excess]
            if self._out_timer is None:
                self._move_out()
        self._set_wake()

    def _set_wake(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        due_ms = self.modem.next_wake_ms()
        if due_ms is not None and self._loop is not None:
            self._wake = self._loop.call_at(due_ms / 1000 + _NEVER_EARLY_S, self.service)

    def _move_out(self) -> None:
        """Give the line what it has passed by now; a line that is full says when it goes on."""
        if self._out_timer is not None:
            self._out_timer.cancel()
            self._out_timer = None
        if self._loop is None or not self._out or self._blocked:
            return
        count = len(self._out) if self._out_pace is None else self._out_pace.through(len(self._out), self._loop.time())
        if count:
            self._blocked = True  # _writable() may come from within _write()
            sent = self._write(bytes(self._out[:count]))
            del self._out[:sent]
            if sent < count:
                return
            self._blocked = False
        if self._out and self._out_pace is not None:
            self._out_timer = self._loop.call_at(self._out_pace.next_s(len(self._out)), self._move_out)
