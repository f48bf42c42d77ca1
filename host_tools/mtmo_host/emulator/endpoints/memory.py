"""A modem as an object like pyserial's `Serial`, in memory: for tests without an event loop, in virtual or real time.

In virtual time nothing waits: a read that finds nothing lets the modem's clock jump to what happens next.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import serial

from mtmo_host.emulator.endpoints.base import Talker

_NEVER_EARLY_S = 1e-6


class MemoryPort(serial.SerialBase):
    """Open from the beginning. `real_time` waits as a port does; every method may be called from any thread then.

    `timeout` is pyserial's: seconds, 0 for what is there, None for ever. Whoever calls the modem itself (to deliver a
    text, to switch it off) does so with `lock` held and hands in `now_ms`.
    """

    def __init__(self, modem: Talker, *, timeout: float | None = None, real_time: bool = False) -> None:
        self.modem = modem
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._real = real_time
        self._began_s = time.monotonic()
        self._virtual_ms = 0
        self._rx = bytearray()
        self._cancelled = False
        self.is_open = False
        super().__init__(None, timeout=timeout)
        modem.on_wake = self._woken
        self.is_open = True

    @property
    def now_ms(self) -> int:
        """The modem's time."""
        return int((time.monotonic() - self._began_s) * 1000) if self._real else self._virtual_ms

    def pass_ms(self, ms: int) -> None:
        """Let virtual time pass without reading."""
        with self.lock:
            self._advance_to(self._virtual_ms + ms)

    def close(self) -> None:
        """Nothing more goes through."""
        with self.lock:
            self.is_open = False
            self._changed.notify_all()

    @property
    def in_waiting(self) -> int:
        """Octets that can be read now."""
        with self.lock:
            self._check_open()
            self._advance_to(self.now_ms)
            return len(self._rx)

    @property
    def out_waiting(self) -> int:
        """Nothing waits: the modem takes octets at once."""
        return 0

    def read(self, size: int = 1) -> bytes:
        """Up to `size` octets: less when the timeout ends first."""
        with self.lock:
            self._check_open()
            self._cancelled = False
            now_ms = self.now_ms
            self._advance_to(now_ms)
            end_ms = None if self.timeout is None else now_ms + round(self.timeout * 1000)
            while len(self._rx) < size and self.is_open and not self._cancelled and self._wait(end_ms):
                pass
            octets = bytes(self._rx[:size])
            del self._rx[:size]
            return octets

    def write(self, octets: Any, /) -> int:
        """Give octets to the modem; how many they were."""
        data = bytes(octets)
        with self.lock:
            self._check_open()
            self.modem.feed(data, self.now_ms)
            self._collect()
        return len(data)

    def flush(self) -> None:
        """Everything is written at once."""

    def reset_input_buffer(self) -> None:
        """Forget what was not read."""
        with self.lock:
            self._advance_to(self.now_ms)
            self._rx.clear()

    def reset_output_buffer(self) -> None:
        """Nothing waits to go out."""

    def cancel_read(self) -> None:
        """Let a read in another thread return with what it has."""
        with self.lock:
            self._cancelled = True
            self._changed.notify_all()

    def cancel_write(self) -> None:
        """A write never waits."""

    def fileno(self) -> int:
        """There is none, as pyserial says it for its own lines without one."""
        raise OSError("a port in memory has no file descriptor")

    # pyserial asks for the lines of the connector; a modem that is there holds them

    cts = property(lambda self: True)
    dsr = property(lambda self: True)
    cd = property(lambda self: True)
    ri = property(lambda self: False)

    def _reconfigure_port(self, *_: Any, **__: Any) -> None: ...

    def _update_rts_state(self) -> None: ...

    def _update_dtr_state(self) -> None: ...

    def _update_break_state(self) -> None: ...

    # --- inside

    def _check_open(self) -> None:
        if not self.is_open:
            raise serial.PortNotOpenError()

    def _woken(self) -> None:
        with self.lock:
            self._collect()

    def _collect(self) -> None:
        octets = self.modem.take_output()
        if octets:
            self._rx += octets
        self._changed.notify_all()

    def _advance_to(self, now_ms: int) -> None:
        self._virtual_ms = max(self._virtual_ms, now_ms)
        self.modem.advance(now_ms)
        self._collect()

    def _wait(self, end_ms: int | None) -> bool:
        """Let time pass until something may have come; False when the time is over."""
        now_ms, due_ms = self.now_ms, self.modem.next_wake_ms()
        if end_ms is not None and now_ms >= end_ms:
            return False
        times = [at_ms for at_ms in (end_ms, due_ms) if at_ms is not None]
        if self._real:
            wait_s = (min(times) - now_ms) / 1000 + _NEVER_EARLY_S if times else None
            if wait_s is None or wait_s > 0:
                self._changed.wait(wait_s)
            self._advance_to(self.now_ms)
            return True
        if not times:
            raise serial.SerialException("the modem will never say anything more, and the port has no timeout")
        self._advance_to(min(times))
        return True
