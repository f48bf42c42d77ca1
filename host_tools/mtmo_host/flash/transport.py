"""The raw REPL of a board; every wait has an end, and every failure says what to do."""

from __future__ import annotations

import base64
import contextlib
import io
import re
import struct
import time
from collections.abc import Iterator
from types import TracebackType

import serial
from mpremote.transport import TransportError, TransportExecError  # type: ignore[import-untyped]
from mpremote.transport_serial import SerialTransport  # type: ignore[import-untyped]

from mtmo_host.errors import MtmoError
from mtmo_host.flash.port import close_port, open_port

CONNECT_TIMEOUT_S = 10.0
EXEC_TIMEOUT_S = 20.0
_BANNER = b"raw REPL; CTRL-B to exit\r\n"
_TRY_S = 1.5  # a board in the middle of its start needs a second Ctrl-C
_MAX_OUTPUT = 1 << 20
CHUNK_OCTETS = 768  # 1,024 characters of base64: one line that every board's heap can hold


class BoardError(MtmoError):
    """The program on the board failed; `exception` is the last line of its traceback."""

    def __init__(self, port: str, traceback: str) -> None:
        lines = [line for line in traceback.strip().splitlines() if line.strip()]
        self.exception = lines[-1].strip() if lines else "no reason given"
        full = re.search(r"ENOSPC|OSError: (\[Errno )?28\b", self.exception)
        fix = "the board's file system is full" if full else None
        super().__init__(f"the board said: {self.exception}", field=port, fix=fix)


class _Transport(SerialTransport):  # type: ignore[misc]
    """mpremote's raw REPL with our way to open the port, to enter, and to stop waiting."""

    def __init__(self, port: str, baud: int) -> None:
        # upstream's __init__ hides why a port does not open, and reads without time-out below /dev/pts
        self.serial = open_port(port, baud)
        self.device_name = port
        self.in_raw_repl = False
        self.use_raw_paste = True
        self.mounted = False
        self.is_pty = False
        self.deadline: float | None = None

    def read_until(
        self,
        min_num_bytes: int,
        ending: bytes,
        timeout: float | None = 5,
        data_consumer: object = None,
        timeout_overall: float | None = None,
    ) -> bytes:
        """As upstream, but the overall time-out and our deadline hold for a board that keeps printing, too."""
        ends = [self.deadline] if self.deadline is not None else []
        if timeout_overall is not None:
            ends.append(time.monotonic() + timeout_overall)
        data, quiet_since = bytearray(), time.monotonic()
        while not data.endswith(ending):
            now = time.monotonic()
            if any(now >= end for end in ends) or (timeout is not None and now - quiet_since >= timeout):
                break
            if self.serial.in_waiting:
                data += self.serial.read(1)  # octet by octet: what follows belongs to somebody else
                quiet_since = now
                if len(data) > _MAX_OUTPUT:
                    raise TransportError("too much output")
            else:
                time.sleep(0.002)
        return bytes(data)

    def enter(self, timeout_s: float) -> bool:
        """Interrupts what runs and enters the raw REPL, without a soft reset: that would end the service window."""
        self.deadline = end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            self.serial.write(b"\r\x03")
            self.drain(0.15)
            self.serial.write(b"\r\x01")
            data = self.read_until(1, _BANNER, timeout=_TRY_S, timeout_overall=_TRY_S)
            if data.endswith(_BANNER):
                self.in_raw_repl = True
                return True
        return False

    def drain(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            waiting = self.serial.in_waiting
            if waiting:
                self.serial.read(waiting)
            else:
                time.sleep(0.01)


class Board:
    """A board at its raw REPL; use it as a context manager."""

    def __init__(self, port: str, baud: int = 115_200, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        """Opens the port and stops what runs on the board.

        Raises MtmoError when the port cannot be opened, or no REPL answers within `connect_timeout_s`.
        """
        self.port = port
        self._transport = _Transport(port, baud)
        try:
            with self._errors():
                entered = self._transport.enter(connect_timeout_s)
            if not entered:
                fix = "is MicroPython on it, the port right, and the power on? Try its reset button. If it is locked:"
                fix += " set lock off;reboot board, signed"
                raise MtmoError(f"no MicroPython REPL answered in {connect_timeout_s:g} s", field=port, fix=fix)
        except BaseException:
            close_port(self._transport.serial)
            raise

    def __enter__(self) -> Board:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the raw REPL, whatever the board was doing, and closes the port."""
        with contextlib.suppress(OSError):
            if self._transport.in_raw_repl:
                self._transport.serial.write(b"\r\x03\x02")
        close_port(self._transport.serial)

    def run(self, program: str, timeout_s: float = EXEC_TIMEOUT_S) -> str:
        """What `program` prints; raises BoardError when it fails on the board, MtmoError when the board is lost."""
        with self._errors():
            self._transport.deadline = time.monotonic() + timeout_s
            out, failed = self._transport.exec_raw(program, timeout=timeout_s)
        if failed:
            raise BoardError(self.port, failed.decode("utf-8", "replace"))
        text: str = out.decode("utf-8", "replace")
        return text

    def write_octets(self, path: str, data: bytes) -> Iterator[int]:
        """Writes a file, chunk by chunk; yields how many octets each chunk had."""
        self.run(f"from binascii import a2b_base64 as _a\n_f=open({path!r},'wb')\n_w=_f.write")
        for start in range(0, len(data), CHUNK_OCTETS):
            chunk = data[start : start + CHUNK_OCTETS]
            self.run(f"_w(_a({base64.b64encode(chunk)!r}))")
            yield len(chunk)
        self.run("_f.close()\ndel _f,_w,_a")

    def soft_reset(self) -> None:
        """A new interpreter, at its raw REPL; boot.py has run, main.py has not."""
        with self._errors():
            self._transport.deadline = time.monotonic() + EXEC_TIMEOUT_S
            self._transport.serial.write(b"\x04")
            if not self._transport.read_until(1, _BANNER, timeout=EXEC_TIMEOUT_S).endswith(_BANNER):
                raise TransportError("no raw REPL after a soft reset")

    def reset(self) -> None:
        """Hard reset; the port may vanish with it."""
        with contextlib.suppress(OSError, TransportError, struct.error):
            self._transport.deadline = time.monotonic() + EXEC_TIMEOUT_S
            with contextlib.redirect_stdout(io.StringIO()):
                self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
                time.sleep(0.1)
        self._transport.in_raw_repl = False

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # upstream prints what it did not understand
                yield
        except TransportExecError as error:
            raise BoardError(self.port, error.error_output) from None
        except serial.SerialTimeoutException:
            fix = "try its reset button, then run this again: it resumes"
            raise MtmoError("the board stopped reading", field=self.port, fix=fix) from None
        except (TransportError, struct.error, IndexError):
            fix = "run this again: it resumes where it stopped"
            raise MtmoError("the board stopped answering", field=self.port, fix=fix) from None
        except OSError:  # SerialException too: the cable, or a reset
            fix = "check the cable, then run this again: it resumes where it stopped"
            raise MtmoError("the port went away", field=self.port, fix=fix) from None
