"""A modem as an object like pyserial's `Serial`, in memory: for tests without an event loop, in virtual or real time.

In virtual time nothing waits: a read that finds nothing lets the modem's clock jump to what happens next.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import serial

from mtmo_host.emulator.endpoints.base import Talker
from mtmo_host.emulator.endpoints.pace import Wire

_NEVER_EARLY_S = 1e-6


class MemoryPort(serial.SerialBase):
    """Open from the beginning. `real_time` waits as a port does; every method may be called from any thread then.

    `timeout` is pyserial's: seconds, 0 for what is there, None for ever. `baudrate` is the driver's speed; `paced`: an
    octet takes as long as on a line of that speed. Whoever calls the modem itself (to deliver a text, to switch it off)
    does so with `lock` held and hands in `now_ms`.
    """

    def __init__(
        self,
        modem: Talker,
        *,
        baudrate: int = 115_200,
        timeout: float | None = None,
        real_time: bool = False,
        paced: bool = False,
    ) -> None:
        self.modem = modem
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._real = real_time
        self._began_s = time.monotonic()
        self._virtual_ms = 0
        self._rx = bytearray()
        self._to_modem: Wire | None = None
        self._to_driver: Wire | None = None
        self._cancelled = False
        self.is_open = False
        super().__init__(None, baudrate, timeout=timeout)
        self._paced_baud = 0
        self._paced = paced
        self._reconfigure_port()
        modem.on_wake = self._woken
        modem.driver_baud = lambda: self.baudrate
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
        """Octets that have not reached the modem yet."""
        with self.lock:
            self._advance_to(self.now_ms)
            return 0 if self._to_modem is None else self._to_modem.count

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
            if self._to_modem is None:
                self.modem.feed(data, self.now_ms)
                self._collect()
            else:
                self._advance_to(self.now_ms)
                self._to_modem.put(data, self.now_ms)
        return len(data)

    def flush(self) -> None:
        """Wait until the modem has everything."""
        with self.lock:
            while self._to_modem is not None and self.out_waiting and self.is_open:
                self._wait(self._to_modem.due_ms())

    def reset_input_buffer(self) -> None:
        """Forget what was not read."""
        with self.lock:
            self._advance_to(self.now_ms)
            self._rx.clear()

    def reset_output_buffer(self) -> None:
        """Forget what has not gone out."""
        with self.lock:
            if self._to_modem is not None:
                self._to_modem.clear()

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

    def _reconfigure_port(self, *_: Any, **__: Any) -> None:
        if self._paced and self._paced_baud != self.baudrate:
            for wire in (self._to_modem, self._to_driver):
                if wire is not None:
                    wire.set_baud(self.baudrate, self.now_ms)
            self._to_modem = self._to_modem or Wire(self.baudrate)
            self._to_driver = self._to_driver or Wire(self.baudrate)
            self._paced_baud = self.baudrate

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
        if self._to_driver is not None:
            self._to_driver.put(octets, self.now_ms)
        else:
            self._rx += octets
        self._changed.notify_all()

    def _advance_to(self, now_ms: int) -> None:
        """Let time pass; on a paced line in steps, as octets and wakes are due."""
        while self._to_modem is not None and (due_ms := self._due_ms()) is not None and due_ms < now_ms:
            self._step(due_ms)
        self._step(now_ms)

    def _step(self, now_ms: int) -> None:
        self._virtual_ms = max(self._virtual_ms, now_ms)
        came = b"" if self._to_modem is None else self._to_modem.through(now_ms)
        if came:
            self.modem.feed(came, now_ms)
        else:
            self.modem.advance(now_ms)
        self._collect()
        if self._to_driver is not None:
            self._rx += self._to_driver.through(now_ms)

    def _due_ms(self) -> int | None:
        """When something happens next."""
        wires = [wire.due_ms() for wire in (self._to_modem, self._to_driver) if wire is not None]
        return min((at_ms for at_ms in (self.modem.next_wake_ms(), *wires) if at_ms is not None), default=None)

    def _wait(self, end_ms: int | None) -> bool:
        """Let time pass until something may have come; False when the time is over."""
        now_ms, due_ms = self.now_ms, self._due_ms()
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
