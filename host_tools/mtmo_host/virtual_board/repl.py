"""What lies between the console and the interpreter: Ctrl-C, held input, and soft resets in raw mode."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from mtmo_host.virtual_board.process import Process

RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n"
FRIENDLY_BANNER = b'Type "help()" for more information.\r\n'
_FRIENDLY_START = b"MicroPython "  # how the line before the friendly banner begins
_CTRL_A, _CTRL_C = b"\x01", b"\x03"
_MOUNT = b"\x18"  # what `mpremote mount` puts before each request: binary follows, at the friendly prompt too
_BARE_NEWLINE = re.compile(rb"(?<!\r)\n")
_MAX_QUEUE = 1 << 20
_MAX_HELD = 1 << 16
_STOPPING_S = 0.2  # how long interrupted code may take to end before the next character goes in
_SETTLE_S = 0.003  # what was typed just before Ctrl-C may end the running code by itself
_LATE_S = (0.002, 0.01, 0.03, 0.1)


class Repl:
    """Passes characters both ways; one object per board, one `attach()` per run of the interpreter."""

    def __init__(self, to_client: Callable[[bytes], None]) -> None:
        self.raw = False
        self._to_client = to_client
        self._loop = asyncio.get_running_loop()
        self._process: Process | None = None
        self._powered = False
        self._ready = False
        self._stopping = False
        self._queue = bytearray()
        self._written_at = 0.0
        self._held = bytearray()
        self._holding = False
        self._recent = self._last = b""
        self._binary = False

    def attach(self, process: Process, *, raw: bool) -> None:
        """A new run starts; in raw mode it must come up in the raw REPL without the friendly banner."""
        self._process = process
        self._powered = True
        self._ready = self._stopping = False
        self._recent = self._last = b""
        self._binary = False
        self.raw = raw
        self._held.clear()
        self._holding = raw
        if raw:
            process.write(_CTRL_A)

    def detach(self, *, powered: bool) -> None:
        """The run has ended; what is typed now waits for the next one, or is lost when the board is off."""
        self._process = None
        self._powered = powered
        if not powered:
            self._queue.clear()

    def boot_done(self) -> None:
        """The interpreter got as far as the user's code: Ctrl-C may reach it."""
        self._ready = True
        self._pump()

    def from_client(self, data: bytes) -> None:
        """Somebody types."""
        if self._powered:
            self._queue += data[: _MAX_QUEUE - len(self._queue)]
            self._pump()

    def from_board(self, data: bytes) -> None:
        """The interpreter prints."""
        if self._holding:
            self._held += data
            data = self._release()
        raw = self.raw
        self._recent += data
        raw_at, friendly_at = self._recent.rfind(RAW_BANNER), self._recent.rfind(FRIENDLY_BANNER)
        if raw_at != friendly_at:
            self.raw = raw_at > friendly_at
        self._recent = self._recent[-len(FRIENDLY_BANNER) + 1 :]
        self._binary = self._binary or _MOUNT in data
        if data:
            self._to_client(data if raw or self.raw or self._binary else self._cooked(data))

    def _cooked(self, data: bytes) -> bytes:
        # a board prints \r\n, the unix port \n; only at the friendly prompt, for there a person reads
        whole = data[:1] if self._last == b"\r" else b""  # perhaps the other half of \r\n
        self._last = data[-1:]
        return whole + _BARE_NEWLINE.sub(b"\r\n", data[len(whole) :])

    def _release(self) -> bytes:
        # after a soft reset in raw mode a board prints boot.py's output and the raw banner only
        end = self._held.find(RAW_BANNER)
        if end < 0 and len(self._held) < _MAX_HELD:
            return b""
        banner = self._held.find(_FRIENDLY_START) if end >= 0 else -1
        data = bytes(self._held)
        self._held.clear()
        self._holding = False
        return data[:banner] + data[end:] if 0 <= banner < end else data

    def _pump(self) -> None:
        while self._queue and self._process is not None and self._ready and not self._stopping:
            if self._queue.startswith(_CTRL_C):
                settle = self._written_at + _SETTLE_S - self._loop.time()
                if settle > 0:
                    self._loop.call_later(settle, self._pump)
                    return
                del self._queue[:1]
                self._interrupt(self._process)
                continue
            end = self._queue.find(_CTRL_C)
            chunk = bytes(self._queue if end < 0 else self._queue[:end])
            del self._queue[: len(chunk)]
            self._process.write(chunk)
            self._written_at = self._loop.time()

    def _interrupt(self, process: Process) -> None:
        if process.executing() and process.interrupt():
            self._stopping = True
            self._await_stop(process, self._loop.time() + _STOPPING_S)
        else:
            process.write(_CTRL_C)
            for delay in _LATE_S:
                self._loop.call_later(delay, self._interrupt_late, process)

    def _await_stop(self, process: Process, deadline: float) -> None:
        if process is not self._process:
            return
        if process.executing() and self._loop.time() < deadline:
            process.nudge()
            self._loop.call_later(0.001, self._await_stop, process, deadline)
        else:
            self._stopping = False
            self._pump()

    def _interrupt_late(self, process: Process) -> None:
        # the character was typed at a REPL that was about to start code, and now lies unread behind that code
        if process is self._process and not self._stopping and process.executing() and process.input_waits():
            self._interrupt(process)
