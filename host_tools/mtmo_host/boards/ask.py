"""What answers at a serial port: a REPL, an agent's prompt, a chip's ROM bootloader or a modem.

Nothing that is sent interrupts a program, resets a board or changes a modem: no Ctrl-A, Ctrl-C or Ctrl-D; DTR and RTS
are left alone.
"""

from __future__ import annotations

import contextlib
import re
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import serial

from mtmo_host.boards.usb_ids import LOADER, MODEM, REPL
from mtmo_host.errors import MtmoError
from mtmo_host.flash.port import close_port, open_port

_BAUD = 115_200
_POLL_S = 0.02
_WRITE_S = 1.0
_MAX_OCTETS = 8192  # a board that keeps printing is heard no longer

# esptool docs, Serial Protocol: SLIP frame, direction 0, command 8, 36 octets
SYNC = b"\xc0\x00\x08\x24\x00\x00\x00\x00\x00\x07\x07\x12\x20" + b"\x55" * 32 + b"\xc0"
_SYNCED = b"\xc0\x01\x08"
_BANNER = re.compile(rb"MicroPython v?(\S+)[^;\r\n]*; ([^\r\n]+)\r?\n")
_AGENT = (b"mtmo> ", b"locked; to open it: set lock off, signed")
_FINAL = re.compile(rb"(?:^|[\r\n])(OK|ERROR|\+CM[ES] ERROR: ?[^\r\n]*)(?:[\r\n]|$)")
_NUMBER = re.compile(r"\d{14,}")  # an IMEI is nobody's business in a list


@dataclass(frozen=True)
class Answer:
    """Who answers (`REPL`, `agent`, `ROM bootloader`, `modem`, `nothing`), and what it says of itself."""

    who: str
    says: str = ""


NOTHING = Answer("nothing")


def hears_repl(octets: bytes) -> Answer | None:
    """What an answer to Enter and Ctrl-B is from; Ctrl-B makes an idle REPL say its banner, and leaves a raw one."""
    if any(mark in octets for mark in _AGENT):
        return Answer("agent", "the prompt of mtmo's agent")
    if banner := _BANNER.search(octets):
        return Answer(
            REPL, f"MicroPython {banner[1].decode('ascii', 'replace')}; {banner[2].decode('utf-8', 'replace')}"
        )
    return Answer(REPL) if octets.endswith(b">>> ") else None


def hears_loader(octets: bytes) -> Answer | None:
    """What an answer to SYNC is from."""
    return Answer(LOADER, "Espressif's, ready for esptool") if _SYNCED in octets else None


def hears_modem(octets: bytes) -> Answer | None:
    """What an answer to AT or ATI is from; what ATI says is kept, without URCs and without an IMEI."""
    if not _FINAL.search(octets):
        return None
    texts = [line.strip() for line in octets.decode("ascii", "replace").splitlines()]
    info = [line for line in texts if line and not _FINAL.search(line.encode()) and not line.startswith(("AT", "+"))]
    return Answer(MODEM, ", ".join(line for line in info if not _NUMBER.search(line))[:120])


@dataclass(frozen=True)
class Question:
    """What is sent, who it is for, and how long an answer may take."""

    asks: str
    sends: bytes
    wait_s: float
    hears: Callable[[bytes], Answer | None]


QUESTIONS = (
    Question(REPL, b"\r\x02", 0.8, hears_repl),
    Question(MODEM, b"\rAT\r", 1.0, hears_modem),
    Question(LOADER, SYNC, 0.4, hears_loader),
    Question(LOADER, SYNC, 0.4, hears_loader),  # the first one may be what the baud rate is measured with
)
_WHO_ARE_YOU = Question(MODEM, b"ATI\r", 1.5, hears_modem)
LONGEST_S = sum(question.wait_s + _POLL_S for question in (*QUESTIONS, _WHO_ARE_YOU)) + _WRITE_S


def ask(port: str, asks: Sequence[str]) -> Answer:
    """Who answers at the port, of those in `asks`. Takes LONGEST_S at most. Raises MtmoError where it does not open."""
    line = open_port(port, _BAUD, timeout_s=0)
    try:
        _keep_lines(line)
        line.write_timeout = _WRITE_S
        for question in QUESTIONS:
            if question.asks in asks and (answer := _put(line, question)):
                return (_put(line, _WHO_ARE_YOU) or answer) if answer.who == MODEM else answer
        return NOTHING
    except serial.SerialTimeoutException:
        raise MtmoError(
            "nobody reads there", field=port, fix="is the board on, or another program at its end?"
        ) from None
    except OSError:  # SerialException too
        raise MtmoError("the port went away", field=port, fix="plug it in again") from None
    finally:
        close_port(line)


def _keep_lines(line: serial.Serial) -> None:
    """DTR and RTS stay as the open has set them, both at once; the close must not drop them: an ESP32 may reset."""
    with contextlib.suppress(termios.error):
        attributes = termios.tcgetattr(line.fileno())
        attributes[2] &= ~termios.HUPCL
        termios.tcsetattr(line.fileno(), termios.TCSANOW, attributes)


def _put(line: serial.Serial, question: Question) -> Answer | None:
    _read(line)  # what was said before is no answer
    line.write(question.sends)
    heard, end = b"", time.monotonic() + question.wait_s
    while time.monotonic() < end and len(heard) < _MAX_OCTETS:
        octets = _read(line)
        heard += octets
        if octets and (answer := question.hears(heard)):
            return answer
        time.sleep(_POLL_S)
    return None


def _read(line: serial.Serial) -> bytes:
    octets: bytes = line.read(min(line.in_waiting, _MAX_OCTETS))
    return octets
