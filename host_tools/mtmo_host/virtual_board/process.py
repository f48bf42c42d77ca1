"""One run of the interpreter: its stdio, its control channel, Ctrl-C and its end."""

from __future__ import annotations

import array
import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from mtmo_host.virtual_board.interpreter import Interpreter

_INSIDE = Path(__file__).resolve().parent / "inside"
# Heap that the emulated `machine` takes, by width of the interpreter; on a board it is C and takes none. What remains
# is what was asked for. 27 kB (21 on 32 bits) are its code and objects; its 181 names push MicroPython's table of
# interned strings over a doubling, at 1260, that costs another 15 kB (9) as soon as the user's code brings 1079.
_EMULATION_KIB = {64: 43, 32: 30}
_STOP_LOOKS = 200
_MAX_INPUT = 1 << 20  # octets typed at a program that does not read them


class Owner(Protocol):
    """Who is told what the process does; `process` lets it ignore news of one that is gone."""

    def from_process(self, process: Process, data: bytes) -> None: ...
    def from_control(self, process: Process, message: dict[str, Any]) -> None: ...
    def process_ended(self, process: Process) -> None: ...


class Process:
    """MicroPython between its start and its end; the loop's readers call the owner."""

    def __init__(
        self, owner: Owner, interpreter: Interpreter, heap_kib: int, options: dict[str, Any], fds: Sequence[int]
    ) -> None:
        """`heap_kib` is for the user's code. `fds` are inherited under their own numbers, which `options` mentions."""
        self._loop = asyncio.get_running_loop()
        self._owner = owner
        self._interpreter = interpreter
        self._input = bytearray()
        self._control_buffer = b""
        self._paused = False
        self.ready = False  # did the start-up get as far as the user's code?
        self.dropped = 0
        self._stdio, stdio = socket.socketpair()
        self._control, control = socket.socketpair()
        self._stdio.setblocking(False)
        self._control.setblocking(False)
        options = {**options, "control": control.fileno()}
        heap = f"heapsize={heap_kib + _EMULATION_KIB[interpreter.bits]}k"
        command = [*interpreter.command, "-X", heap, str(_INSIDE / "vboot.py")]
        with stdio, control:
            fd = stdio.fileno()
            self._child: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=fd,
                stdout=fd,
                stderr=fd,
                pass_fds=[control.fileno(), *fds],
                env=_environment(options),
                cwd="/",
                start_new_session=True,
            )
        self.pid = self._child.pid
        self._loop.add_reader(self._stdio, self._readable)
        self._loop.add_reader(self._control, self._control_readable)

    def kill(self) -> int:
        """End it now, after taking what it still said; returns the exit code (negative: a signal)."""
        if self._stdio.fileno() >= 0:
            self._loop.remove_reader(self._stdio)
            self._loop.remove_writer(self._stdio)
            self._loop.remove_reader(self._control)
            if self._child.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
            self._child.wait()
            self._stdio.close()
            self._control.close()
        return self._child.returncode

    def write(self, data: bytes) -> None:
        """Type at it; what does not fit into the buffer is dropped."""
        room = _MAX_INPUT - len(self._input)
        self.dropped += max(0, len(data) - room)
        self._input += data[:room]
        self._flush()

    def pause(self, paused: bool) -> None:
        """Leave its output in the socket for a while, so that it waits."""
        if paused != self._paused and self._stdio.fileno() >= 0:
            self._paused = paused
            if paused:
                self._loop.remove_reader(self._stdio)
            else:
                self._loop.add_reader(self._stdio, self._readable)

    def executing(self) -> bool:
        """Does it run code? Only then it catches SIGINT; in the REPL's line input Ctrl-C is a character."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return False
        caught = status.partition("SigCgt:")[2].split(None, 1)
        return bool(caught and int(caught[0], 16) & 1 << (signal.SIGINT - 1))

    def input_waits(self) -> bool:
        """Has it left input unread? (False where the system cannot tell.)"""
        if self._input:
            return True
        count = array.array("i", [0])
        try:
            fcntl.ioctl(self._stdio, termios.TIOCOUTQ, count)
        except OSError:
            return False
        return count[0] > 0

    def interrupt(self) -> bool:
        """Ctrl-C for running code: KeyboardInterrupt in its main thread, unless the code has switched Ctrl-C off.

        A board's interrupt handler looks and acts in one step: so the process stands still meanwhile.
        """
        self._signal(signal.SIGSTOP)
        try:
            for _ in range(_STOP_LOOKS):
                if self._stands_still():
                    break
                time.sleep(0.0001)
            heard = self.executing()
            if heard:
                self._signal(self._interpreter.interrupt)
            return heard
        finally:
            self._signal(signal.SIGCONT)

    def go_on(self) -> None:
        """Answer a report that waits for it."""
        with contextlib.suppress(OSError):
            self._control.send(b"\n")

    def nudge(self) -> None:
        """Interrupted code may have gone to sleep before it noticed: end its system call.

        Never the wait for a lock: a garbage collection that waits for the Timer thread does not expect it to fail.
        """
        if self._interpreter.nudge is None:
            return
        try:
            waits_in = Path(f"/proc/{self.pid}/wchan").read_text()
        except OSError:
            return
        if waits_in not in ("", "0") and "futex" not in waits_in:
            self._signal(self._interpreter.nudge)

    def _stands_still(self) -> bool:
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2][:1] in "TZ"
        except OSError:
            return True  # it is gone

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def take_control(self) -> None:
        """Read what waits on the control channel now (before a watchdog is believed to be hungry)."""
        self._control_readable()

    def take_output(self) -> None:
        """Read what waits of its output now."""
        while True:
            try:
                data = self._stdio.recv(65536)
            except OSError:
                return
            if not data:
                return
            self._owner.from_process(self, data)

    def _flush(self) -> None:
        waiting = True
        try:
            while self._input:
                del self._input[: self._stdio.send(self._input)]
            waiting = False
        except BlockingIOError:
            pass
        except OSError:
            self._input.clear()  # it is ending: the reader finds out
            waiting = False
        if waiting:
            self._loop.add_writer(self._stdio, self._flush)
        else:
            self._loop.remove_writer(self._stdio)

    def _readable(self) -> None:
        try:
            data = self._stdio.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._owner.from_process(self, data)
        else:
            self._owner.process_ended(self)

    def _control_readable(self) -> None:
        try:
            data = self._control.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            if self._control.fileno() >= 0:
                self._loop.remove_reader(self._control)
            return
        *lines, self._control_buffer = (self._control_buffer + data).split(b"\n")
        for line in lines:
            self._owner.from_control(self, json.loads(line) if line else {"feed": 1})


def _environment(options: dict[str, Any]) -> dict[str, str]:
    # HOME names nothing: no start-up file or ~/.micropython/lib of the user's gets onto the board
    romfs = {"ROMFS": str(options["romfs"]["fd"])} if options["romfs"] else {}
    return {
        **romfs,
        "OPTIONS": json.dumps(options),
        "HOME": f"{tempfile.gettempdir()}/nohome",
        "PATH": os.environ.get("PATH", ""),
        "MICROPYPATH": f".frozen:{_INSIDE}",
    }
