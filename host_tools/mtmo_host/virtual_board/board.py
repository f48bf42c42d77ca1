"""The virtual board's supervisor: power and resets around runs of the interpreter."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import socket
import termios
import tty
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mtmo_host.errors import MtmoError
from mtmo_host.virtual_board.hardware import Pins, Watchdog
from mtmo_host.virtual_board.image import FlashImage
from mtmo_host.virtual_board.interpreter import find_interpreter
from mtmo_host.virtual_board.port import Port
from mtmo_host.virtual_board.process import Process
from mtmo_host.virtual_board.repl import Repl
from mtmo_host.virtual_board.romfs import check_partition

POWER_ON, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5  # machine.reset_cause()


class Family(NamedTuple):
    """Where the ports differ (ports/*/main.c, machine.reset_cause())."""

    main_after_failed_boot: bool  # does main.py run after an exception in boot.py, or the REPL?
    reset: int  # the cause after machine.reset()
    button: int  # after the reset button
    soft: int | None  # after a soft reset; None: the one before it
    romfs_is_device: bool  # is a ROMFS partition a block device, or a memoryview that rom_ioctl() writes?


FAMILIES = {
    "esp32": Family(False, HARD_RESET, HARD_RESET, SOFT_RESET, True),
    "rp2": Family(True, WDT_RESET, POWER_ON, None, True),
    "stm32": Family(True, HARD_RESET, HARD_RESET, SOFT_RESET, False),
}
_READY_TIMEOUT_S = 20.0
# A program that ends at once is started again at once, ten times; then ever more slowly, until somebody types.
_SHORT_LIFE_S = 1.0
_QUICK_RESTARTS = 10
_BACKOFF_S = (0.1, 5.0)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PowerCut:
    """Tear the n-th flash operation after a start: only this share of its octets reaches the flash."""

    operation: int
    torn: float = 0.5


class VirtualBoard:
    """One board. After `start()` it lives until `stop()`; unmodified mpremote works on `port`."""

    def __init__(
        self,
        image: Path,
        *,
        heap_kib: int = 256,
        family: str = "esp32",
        uarts: Mapping[int, socket.socket | str] | None = None,
        link: Path | None = None,
        log: Callable[[bytes], None] | None = None,
        on_pin: Callable[[int, int], None] | None = None,
        micropython: Path | None = None,
        on_file: Callable[[str], None] | None = None,
        romfs: Path | None = None,
    ) -> None:
        """`uarts`: an open stream socket, a tty's path or tcp:HOST:PORT by UART id; `log` gets all that is printed;
        `on_pin(pin, level)` is called when an output changes, and with 0 when a reset releases it; `micropython` is
        the interpreter's binary (`find_interpreter`); `on_file(name)` is called while the interpreter waits between
        switching Ctrl-C on and the first instruction of /boot.py or /main.py; `romfs` is the file of a ROMFS partition
        (`build_partition`)."""
        self.image = image.absolute()
        self.heap_kib = heap_kib
        self.uarts = dict(uarts or {})
        self.power_cut: PowerCut | None = None  # for the next starts, until it has happened
        self.events: deque[dict[str, Any]] = deque(maxlen=256)  # reports of the board and the supervisor, newest last
        self.boots = 0
        self.port = ""
        self._link = link
        self._log_output = log
        self._on_pin = on_pin
        self._micropython = micropython
        self._on_file = on_file
        self._romfs_path = romfs
        self._family = FAMILIES[family]
        self._cause = POWER_ON
        self._process: Process | None = None
        self._restart: asyncio.TimerHandle | None = None
        self._skip_backoff: Callable[[], None] | None = None
        self._restarts = 0
        self._started_at = 0.0
        self._booted: asyncio.Future[None] | None = None
        self._printed = b""
        self._stack = contextlib.ExitStack()

    @property
    def running(self) -> bool:
        """Is the interpreter up (not off, asleep, failed or waiting for a restart)?"""
        return self._process is not None

    async def start(self) -> None:
        """Power on; returns when the user's code is about to run. MtmoError when the board cannot work."""
        self._loop = asyncio.get_running_loop()
        try:
            self._prepare()
            await self.power_on()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Power off and give the image, the pty and the link back."""
        self._kill()
        self._stack.close()

    async def power_on(self) -> None:
        """Start from cold; returns when the user's code is about to run."""
        if self._process is not None:
            return
        self._restarts = 0
        self._booted = self._loop.create_future()
        try:
            self._spawn(POWER_ON)
            await asyncio.wait_for(self._booted, _READY_TIMEOUT_S)
        except TimeoutError:
            self._kill()
            raise MtmoError(f"the interpreter did not start within {_READY_TIMEOUT_S:.0f} s") from None
        finally:
            self._booted = None

    async def power_off(self) -> None:
        """Cut the power; what a finished write put on the flash stays there."""
        self._end_run(powered=False)
        self._note(power="off")

    async def reset(self) -> None:
        """Press the reset button."""
        self._end_run(powered=True)
        self._spawn(self._family.button)

    def ctrl_c(self) -> bool:
        """Ctrl-C at this very moment, as the interrupt handler of a UART sees it; was it on?"""
        return self._process is not None and self._process.interrupt()

    def set_pin(self, pin: int, level: int | None) -> None:
        """Drive an input of the board from outside; None lets it float (with a pull-up it then reads 1)."""
        self._pins.set_level(pin, level)

    def pin(self, pin: int) -> int | None:
        """The level of a pin as it is now, None while nobody drives it."""
        return self._pins.level(pin)

    # The next three are called by Process: its output, its reports, its end.

    def from_process(self, process: Process, data: bytes) -> None:
        """Output of the interpreter."""
        if process is self._process:
            self._printed = (self._printed + data)[-300:]
            if self._log_output is not None:
                self._log_output(data)
            self._repl.from_board(data)

    def from_control(self, process: Process, message: dict[str, Any]) -> None:
        """A report over the control channel."""
        if process is not self._process:
            return
        if "feed" in message:
            self._watchdog.feed()
            return
        self._note(**message)
        if "ready" in message:
            process.ready = True
            self._repl.boot_done()
            if self._booted is not None and not self._booted.done():
                self._booted.set_result(None)
        elif "runs" in message and self._on_file is not None:
            try:
                self._on_file(message["runs"])
            finally:
                process.go_on()
        elif "wdt" in message:
            self._watchdog.arm(message["wdt"])
        elif "pin" in message:
            self._pins.board_drives(message["pin"], message["level"])
        elif "die" in message:
            process.take_output()
            self._obey(message)

    def process_ended(self, process: Process) -> None:
        """The interpreter's end: a soft reset, or a crash."""
        if process is not self._process:
            return
        raw = self._repl.raw
        self._process = None
        self._repl.detach(powered=True)
        status = process.kill()
        self._note(exit=status)
        if not process.ready:
            last = self._printed.decode(errors="replace").strip().splitlines()[-1:] or [f"exit status {status}"]
            text = f"the interpreter ended before it was up: {last[0]}"
            self._fail(MtmoError(text, field="heap", fix="a larger heap"))
        elif status < 0:
            _log.warning("%s: the interpreter was ended by signal %d: hard reset", self.image.name, -status)
            self._end_run(powered=True)
            self._spawn_soon(self._family.reset)
        else:
            message = b"MPY: soft reboot\r\n"
            if self._log_output is not None:
                self._log_output(message)
            self._console.write(message)
            self._spawn_soon(self._cause if self._family.soft is None else self._family.soft, raw=raw)

    def _obey(self, message: dict[str, Any]) -> None:
        why = message["die"]
        self._end_run(powered=why == "reset")
        if why == "reset":
            self._spawn_soon(self._family.reset)
        elif why == "deepsleep" and message["ms"] is not None:
            self._restart = self._loop.call_later(message["ms"] / 1000, self._spawn, DEEPSLEEP_RESET)
        elif why == "cut":
            self.power_cut = None
        elif why == "mount":
            self._fail(
                MtmoError(
                    f"{self.image} does not mount ({message['error']})",
                    field="image",
                    fix="restore a copy, or remove the file to start with an empty one",
                )
            )
        elif why == "romfs":
            fix = "another --micropython: 1.25 or newer, with VfsRom and ffi"
            self._fail(MtmoError(f"the interpreter maps no ROMFS ({message['error']})", field="romfs", fix=fix))

    def _fail(self, error: MtmoError) -> None:
        # nothing that a restart would mend
        if self._booted is not None and not self._booted.done():
            self._booted.set_exception(error)
        else:
            _log.error("%s: %s", self.image.name, error)
            self._note(failed=str(error))

    def _bite(self) -> None:
        _log.info("%s: watchdog reset", self.image.name)
        if self._process is not None:
            self._process.take_output()
        self._note(die="wdt")
        self._end_run(powered=True)
        self._spawn_soon(WDT_RESET)

    def _take_control(self) -> None:
        if self._process is not None:
            self._process.take_control()

    def _prepare(self) -> None:
        self._interpreter = find_interpreter(self._micropython)
        self._image_fd = self._lock_image()
        self._blocks = FlashImage.check(self.image)
        self._romfs = self._open_romfs()
        self._pins = Pins(self._on_pin)
        self._stack.callback(self._pins.close)
        quiet, silence = socket.socketpair()
        self._quiet_fd = self._stack.enter_context(quiet).fileno()
        self._stack.enter_context(silence)
        self._watchdog = Watchdog(self._take_control, self._bite)
        self._stack.callback(self._watchdog.disarm)
        self._console = Port(self._link, self._typed, self._room)
        self._stack.callback(self._console.close)
        self._repl = Repl(self._console.write)
        self.port = self._console.path
        self._uid = hashlib.sha256(os.fsencode(self.image)).hexdigest()[:16]
        self._lines = {number: self._open_line(line) for number, line in self.uarts.items()}

    def _open_line(self, line: socket.socket | str) -> int | str:
        # What the interpreter inherits must never block it, and its own root is the flash image, not this machine's.
        if not isinstance(line, str):
            line.setblocking(False)
            return line.fileno()
        if line.startswith("tcp:"):
            return line
        try:
            fd = os.open(line, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
            self._stack.callback(os.close, fd)
            tty.setraw(fd, termios.TCSANOW)
        except OSError as error:
            raise MtmoError(f"cannot use {line}: {error.strerror}", field="uart", fix="is it a free tty?") from None
        except termios.error:
            raise MtmoError(f"{line} is not a tty", field="uart", fix="name a serial port or a pty") from None
        return fd

    def _open_romfs(self) -> dict[str, int] | None:
        if self._romfs_path is None:
            return None
        size = check_partition(self._romfs_path)
        fd = os.open(self._romfs_path, os.O_RDWR | os.O_CLOEXEC)
        self._stack.callback(os.close, fd)
        return {"fd": fd, "size": size, "is_device": self._family.romfs_is_device}

    def _lock_image(self) -> int:
        # The interpreter inherits the lock: a board left behind by a killed supervisor keeps others away.
        try:
            fd = os.open(self.image, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            raise MtmoError(f"no image {self.image}", field="image", fix="build one first") from None
        except OSError as error:
            raise MtmoError(f"cannot open {self.image}: {error.strerror}", field="image", fix="check it") from None
        self._stack.callback(os.close, fd)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MtmoError(f"{self.image} is in use by another board", field="image", fix="stop that one") from None
        return fd

    def _spawn_soon(self, cause: int, *, raw: bool = False) -> None:
        now = self._loop.time()
        self._restarts = self._restarts + 1 if now - self._started_at < _SHORT_LIFE_S else 0
        excess = self._restarts - _QUICK_RESTARTS
        if excess <= 0:
            self._spawn(cause, raw)
            return
        delay = min(_BACKOFF_S[0] * 2 ** min(excess, 10), _BACKOFF_S[1])
        _log.warning("%s: restarted %d times in a row, next in %.1f s", self.image.name, self._restarts, delay)
        self._note(backoff=delay)
        self._restart = self._loop.call_later(delay, self._spawn, cause, raw)
        self._skip_backoff = lambda: self._spawn(cause, raw)

    def _spawn(self, cause: int, raw: bool = False) -> None:
        self._cancel_restart()
        self.boots += 1
        self._started_at = self._loop.time()
        self._printed = b""
        self._cause = cause
        options = {
            "image": self._image_fd,
            "blocks": self._blocks,
            "levels": self._pins.fd,
            "quiet": self._quiet_fd,
            "romfs": self._romfs,
            "uarts": self._lines,
            "cause": cause,
            "main": not raw,
            "main_after_failed_boot": self._family.main_after_failed_boot,
            "hold": self._on_file is not None,
            "uid": self._uid,
            "cut": self.power_cut.operation if self.power_cut else 0,
            "torn": self.power_cut.torn if self.power_cut else 0,
        }
        fds = [
            self._image_fd,
            self._pins.fd,
            self._quiet_fd,
            *(fd for fd in self._lines.values() if isinstance(fd, int)),
            *([self._romfs["fd"]] if self._romfs else []),
        ]
        self._process = Process(self, self._interpreter, self.heap_kib, options, fds)
        self._repl.attach(self._process, raw=raw)

    def _kill(self) -> None:
        self._cancel_restart()
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _end_run(self, *, powered: bool) -> None:
        self._kill()
        self._watchdog.disarm()
        self._pins.release()
        self._repl.detach(powered=powered)

    def _cancel_restart(self) -> None:
        if self._restart is not None:
            self._restart.cancel()
        self._restart = self._skip_backoff = None

    def _typed(self, data: bytes) -> None:
        self._restarts = 0
        self._repl.from_client(data)
        if self._skip_backoff is not None:
            self._skip_backoff()

    def _room(self, room: bool) -> None:
        if self._process is not None:
            self._process.pause(not room)

    def _note(self, **event: Any) -> None:
        self.events.append(event)
