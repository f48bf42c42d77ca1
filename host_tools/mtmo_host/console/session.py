"""The loop between keyboard, board and screen: raw on a terminal, line by line on a pipe; reconnects by itself."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import time
import tty
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import serial

from mtmo_host.console.view import View
from mtmo_host.errors import MtmoError
from mtmo_host.flash.port import close_port, open_port

LEAVE = 0x1D  # Ctrl-]
_TICK_S = 0.05
_FIRST_DELAY_S, _LAST_DELAY_S = 0.25, 4.0
_GIVE_UP_S = 600.0
_MAX_LINE = 1 << 16
_MAX_PENDING = 256
_PACE_S = 0.1  # a REPL's buffer holds one line, not a file


@dataclass(frozen=True)
class Limits:
    """Seconds: how long a silent board ends a piped session, and how long a lost port is waited for."""

    quiet_s: float = 2.0
    give_up_s: float = _GIVE_UP_S


class Session:
    """One console. `keys` is a file descriptor; a terminal is put into raw mode while it runs."""

    def __init__(self, port: str, baud: int, keys: int, view: View, limits: Limits | None = None) -> None:
        self._port, self._baud, self._keys, self._view = port, baud, keys, view
        self._limits = limits or Limits()
        self._terminal = os.isatty(keys)
        self._keys_open = True
        self._sent_lines = 0
        self._typed = b""
        self._pending: deque[bytes] = deque()  # lines that wait until the board has answered the one before
        self._left = False
        self._lost_at: float | None = None

    def run(self) -> None:
        """Until the person leaves, or piped input is answered; raises MtmoError when the port is lost for good."""
        line: serial.Serial | None = open_port(self._port, self._baud, timeout_s=0)
        try:
            with _raw(self._keys) if self._terminal else contextlib.nullcontext():
                # said in raw mode only: whoever reads it may type Ctrl-C, and that is the board's
                leave = ", Ctrl-] leaves" if self._terminal else ""
                self._view.note(f"{self._port} is open, {self._view.today}{leave}")
                while line is not None:
                    reason = self._serve(line)
                    close_port(line)
                    line = None if self._left else self._reconnect(reason)
        finally:
            if line is not None:
                close_port(line)
            self._view.finish()

    def _serve(self, line: serial.Serial) -> str:
        """Relays until the person leaves or the port goes away; returns why it went."""
        self._view.last_octet_at = time.monotonic()
        while not self._left:
            try:
                octets = line.read(4096) if _waiting(line, self._wanted()) else b""
                if octets:
                    self._view.received(octets)
                for piece in self._keyboard():
                    line.write(piece)
                if self._pending and self._quiet_s() >= _PACE_S:
                    line.write(self._take_line(self._pending.popleft()))
            except serial.SerialTimeoutException:
                return "takes nothing any more: the board has stopped reading"
            except OSError:  # SerialException too; what its text says is a driver's matter
                return "went away: unplugged, or the board was reset"
            self._left = self._left or self._answered()
        return ""

    def _wanted(self) -> list[int]:
        return [self._keys] if self._keys_open and len(self._pending) < _MAX_PENDING else []

    def _quiet_s(self) -> float:
        return time.monotonic() - self._view.last_octet_at

    def _answered(self) -> bool:
        done = not self._keys_open and not self._pending and self._sent_lines > 0
        return done and self._quiet_s() >= self._limits.quiet_s

    def _keyboard(self) -> Iterator[bytes]:
        """What is to be sent to the board now."""
        if not self._wanted() or not select.select([self._keys], [], [], 0)[0]:
            return
        octets = os.read(self._keys, 4096)
        if not octets:
            self._keys_open = False
            self._left = self._terminal  # a terminal that hung up
            if self._typed:
                self._pending.append(self._typed)
        elif self._terminal:
            before, leave, _ = octets.partition(bytes([LEAVE]))
            self._left = bool(leave)
            if before:
                yield before
        else:
            *lines, self._typed = (self._typed + octets).split(b"\n")
            if len(self._typed) > _MAX_LINE:
                raise MtmoError(f"a line longer than {_MAX_LINE} octets", field="standard input")
            self._pending += lines

    def _take_line(self, typed: bytes) -> bytes:
        self._sent_lines += 1
        self._view.last_octet_at = time.monotonic()
        self._view.sent(typed.rstrip(b"\r").decode("utf-8", "backslashreplace"))
        return typed.rstrip(b"\r") + b"\r"

    def _reconnect(self, reason: str) -> serial.Serial | None:
        """The port when it is back, None when the person leaves meanwhile."""
        self._view.note(f"{self._port} {reason}; waiting for it")
        delay, end = _FIRST_DELAY_S, time.monotonic() + self._limits.give_up_s
        while True:
            self._pause(min(delay, max(0.0, end - time.monotonic())))
            if self._left:
                return None
            try:
                line = open_port(self._port, self._baud, timeout_s=0)
            except MtmoError as error:
                if time.monotonic() >= end:
                    problem = f"gone for {self._limits.give_up_s:g} s: {error.message}"
                    raise MtmoError(problem, field=self._port) from None
                delay = min(delay * 2, _LAST_DELAY_S)
            else:
                self._view.note(f"{self._port} is back")
                return line

    def _pause(self, seconds: float) -> None:
        """Waits, but lets the person leave; what is typed meanwhile has nowhere to go."""
        end = time.monotonic() + seconds
        while not self._left and (left := end - time.monotonic()) > 0:
            if self._terminal and self._keys_open:
                if select.select([self._keys], [], [], left)[0]:
                    octets = os.read(self._keys, 4096)
                    self._keys_open = bool(octets)
                    self._left = not octets or LEAVE in octets
            else:
                time.sleep(left)


def _waiting(line: serial.Serial, more: list[int]) -> bool:
    """Waits a moment for the board or for `more`; True when the board has something to say."""
    readable, _, _ = select.select([line.fileno(), *more], [], [], _TICK_S)
    return line.fileno() in readable


@contextlib.contextmanager
def _raw(keys: int) -> Iterator[None]:
    before = termios.tcgetattr(keys)
    try:
        tty.setraw(keys)
        yield
    finally:
        termios.tcsetattr(keys, termios.TCSADRAIN, before)
