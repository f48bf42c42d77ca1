"""The DTE side of a modem: octets to command lines and message bodies, echo, and the shape of what is sent back.

V.250 §5.2 and §5.7 (lines and results), TS 27.005 §4.3 (bodies). Owns no time and no meaning of commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum, auto

from mtmo_host.emulator.personality import Personality
from mtmo_host.emulator.violations import Rule

_CTRL_Z = 0x1A
_ESC = 0x1B
_LF = 0x0A
_BLANK = b"\r\n \x00\x1b\x1a"  # nothing a modem could take for a command
_BLANK_OCTET = 0x20
_PLAIN = re.compile(rb"[\x20-\xff]+")
_HELD = 4096
_BODY_LIMIT = 4096
_STRAYS = 10  # commands into a body that a driver knows nothing of, until it should have tried ESC
_NUMERIC = {"OK": "0", "CONNECT": "1", "RING": "2", "NO CARRIER": "3", "ERROR": "4", "NO DIALTONE": "6", "BUSY": "7"}


class _State(Enum):
    PREFIX = auto()  # looking for A
    A = auto()  # had A: T or / must follow
    LINE = auto()
    BODY = auto()


_LONG = (_State.LINE, _State.BODY)  # taken in runs


class Terminal:
    """Takes octets and calls `on_line`, `on_body` and `on_abort`; holds octets back while `busy`."""

    def __init__(
        self, on_line: Callable[[str], None], on_abort: Callable[[], bool], breach: Callable[[Rule, str], None]
    ) -> None:
        self._on_line = on_line
        self._on_abort = on_abort
        self._breach = breach
        self._on_body: Callable[[bytes | None], None] | None = None
        self.line_limit = 2048
        self.default_echo = True
        self.leading_crlf = True
        self.info_end = self.urc_line_end = "\r\n"
        self.doubled_cr_urcs: tuple[str, ...] = ()
        self.prompts = True  # a body waits for a prompt
        self.refuses: Callable[[str], bool] = lambda line: False  # a line that a busy modem answers with ERROR at once
        self.echo_stuck = False  # on, whatever ATE0 was answered
        self.out = bytearray()
        self.reset()

    def shape(self, personality: Personality) -> None:
        """Take lines, echo and line ends of a family."""
        self.line_limit, self.default_echo = personality.line_limit, personality.echo
        self.echo = personality.echo
        self.leading_crlf = personality.leading_crlf
        self.info_end, self.urc_line_end = personality.info_end, personality.urc_line_end
        self.doubled_cr_urcs = personality.doubled_cr_urcs
        self.prompts = personality.sms.prompt != b""

    def reset(self) -> None:
        """As after power-on."""
        self.default_settings()
        self.busy = False
        self.expects_prompt = False
        self._state = _State.PREFIX
        self._line = bytearray()
        self._last_line = ""
        self._held = bytearray()
        self._overlapped = False
        self._escaped = False
        self._too_long = False
        self._again: bytes | None = None
        self._strays_left = 0

    def default_settings(self) -> None:
        """The settings of AT&F."""
        self.echo = self.default_echo
        self.echo_once_more = False
        self.verbose = True
        self.quiet = False
        self.registers = {0: 0, 3: 13, 4: 10, 5: 8, 6: 2, 7: 60, 8: 2, 10: 15}

    def line_settings(self) -> dict[str, bool]:
        """What AT&W keeps of them."""
        return {"echo": self.echo, "verbose": self.verbose, "quiet": self.quiet}

    def set_line(self, kept: dict[str, bool]) -> None:
        """Put back what line_settings() gave."""
        self.echo = kept.get("echo", self.echo)
        self.verbose = kept.get("verbose", self.verbose)
        self.quiet = kept.get("quiet", self.quiet)

    @property
    def in_body(self) -> bool:
        """A message body is being taken."""
        return self._state is _State.BODY

    # --- in

    def feed(self, octets: bytes) -> None:
        """Take octets from the DTE."""
        self._held += octets
        self.pump()
        if self.busy:
            self._refuse_lines()
        if self._held and self.busy:
            self._written_while_busy()
        if len(self._held) > _HELD:
            self._breach(Rule.OVERRUN, f"{len(self._held) - _HELD} octets dropped")
            del self._held[_HELD:]

    def pump(self) -> None:
        """Handle what is held, as far as the modem is ready for it."""
        while self._held and not self.busy:
            held, self._held = self._held, bytearray()
            index = 0
            while index < len(held):
                if self.busy:
                    self._held = held[index:] + self._held
                    return
                plain = held[index] >= _BLANK_OCTET and self._state in _LONG
                if plain and (run := self._plain_run(held, index)):
                    self._take_run(run)
                    index += len(run)
                else:
                    self._take(held[index])
                    index += 1

    def ready(self) -> None:
        """The command in flight has ended: what was held is next."""
        self.busy = False
        self.expects_prompt = False
        self._overlapped = False
        self._escaped = False

    def take_body(
        self,
        prompt: bytes,
        on_body: Callable[[bytes | None], None],
        *,
        again: bytes | None = None,
        announced: bool = True,
    ) -> None:
        """Send the prompt; the body, or None for an aborted one, goes to `on_body`.

        With `again` (text mode) the body may be edited, and each CR in it is answered with that prompt. `announced`:
        the driver asked for it.
        """
        self.out += prompt
        self._again = again
        self._strays_left = 1 if announced else _STRAYS
        self._state = _State.BODY
        self._line.clear()
        self._on_body = on_body
        self.ready()

    def _refuse_lines(self) -> None:
        line, end, rest = bytes(self._held).partition(bytes([self.registers[3]]))
        text = line.strip(_BLANK).decode("latin-1")
        if end and text[:2].upper() == "AT" and self.refuses(text[2:]):
            self._held = bytearray(rest)
            self.final("ERROR")
            self._refuse_lines()

    def give_up_body(self) -> None:
        """The body did not come in time: as if it had been aborted."""
        if self.in_body:
            self._take_body_octet(_ESC)

    def drop_body(self) -> None:
        """Forget the body that is being taken: commands are next."""
        if self.in_body:
            self._state, self._on_body = _State.PREFIX, None

    def _written_while_busy(self) -> None:
        if not self._held.strip(_BLANK) or (self.expects_prompt and not self.prompts):
            return
        if self._on_abort():
            # V.250 §5.6.1: the character that aborts is taken away, and what is sent with it
            self._held.clear()
            self.pump()
        elif not self._overlapped:
            self._overlapped = True
            rule = Rule.AFTER_ESC if self._escaped else Rule.EARLY_BODY if self.expects_prompt else Rule.OVERLAP
            self._breach(rule, repr(bytes(self._held[:40])))

    def _plain_run(self, held: bytearray, index: int) -> bytes:
        """What follows and has no meaning of its own; nothing where a printable octet ends or edits a line."""
        if self.registers[3] >= _BLANK_OCTET or self.registers[5] >= _BLANK_OCTET:
            return b""
        found = _PLAIN.match(held, index)
        return found[0] if found else b""

    def _take_run(self, run: bytes) -> None:
        if self.echo or self.echo_once_more or self.echo_stuck:
            self.out += run
        in_line = self._state is _State.LINE
        room = (self.line_limit if in_line else _BODY_LIMIT) - len(self._line)
        self._line += run[: max(0, room)]
        self._too_long = self._too_long or (in_line and len(run) > room)

    def _take(self, octet: int) -> None:
        if self.echo or self.echo_once_more or self.echo_stuck:
            self.out.append(octet)
        if self._state is _State.BODY:
            self._take_body_octet(octet)
        elif self._state is _State.LINE:
            self._take_line_octet(octet)
        elif octet in b"aA":
            self._state = _State.A
        elif self._state is _State.A and octet in b"tT":
            self._state = _State.LINE
            self._line.clear()
            self._too_long = False
        elif self._state is _State.A and octet == 0x2F:  # A/ repeats at once (V.250 §5.2.4)
            self._state = _State.PREFIX
            self._run(self._last_line)
        else:
            self._state = _State.PREFIX

    def _take_line_octet(self, octet: int) -> None:
        if octet == self.registers[3]:
            self._state = _State.PREFIX
            if self._too_long:
                self._breach(Rule.TOO_LONG, f"more than {self.line_limit}")
            # too long or not: what remains is no command, and its ERROR says so
            self._run("\x7f" if self._too_long else self._line.decode("latin-1"))
        elif octet == self.registers[5]:
            del self._line[-1:]
        elif octet < 0x20:
            if octet != _LF:
                self._breach(Rule.CONTROL, f"0x{octet:02X} in {bytes(self._line[:60])!r}")
        elif len(self._line) < self.line_limit:
            self._line.append(octet)
        else:
            self._too_long = True

    def _run(self, line: str) -> None:
        self._last_line = line
        self.echo_once_more = False
        self.busy = True
        self._on_line(line)

    def _take_body_octet(self, octet: int) -> None:
        if octet not in (_CTRL_Z, _ESC):
            if self._again is not None and octet == self.registers[5]:
                del self._line[-1:]
                return
            if octet == self.registers[3]:
                if self._again is not None:
                    self.out += self._again
                else:
                    self._look_for_command()
            if len(self._line) < _BODY_LIMIT:
                self._line.append(octet)
            return
        self._state = _State.PREFIX
        self.busy = True
        self._escaped = octet == _ESC
        on_body, self._on_body = self._on_body, None
        if on_body is not None:
            on_body(None if octet == _ESC else bytes(self._line))

    def _look_for_command(self) -> None:
        line = bytes(self._line).rpartition(b"\r")[2].strip(_BLANK)
        if line[:2].upper() == b"AT":  # no hexadecimal digits
            self._strays_left -= 1
            if self._strays_left == 0:
                self._breach(Rule.IN_PROMPT, repr(line[:40]))

    # --- out

    def info(self, lines: Iterable[str]) -> None:
        """The information text of one command (V.250 §5.7.1)."""
        body = "".join(f"{line}\r\n" for line in lines)
        if body:
            self._write(self._lead() + body[:-2] + self.info_end)

    def final(self, result: str) -> None:
        """A final result code, in words or as a number; nothing under Q1."""
        if self.quiet:
            return
        self._write(f"{self._lead()}{result}\r\n" if self.verbose else f"{_NUMERIC.get(result, result)}\r")

    def _lead(self) -> str:
        return "\r\n" if self.verbose and self.leading_crlf else ""

    def urc(self, text: str) -> None:
        """An unsolicited result code; `text` may hold several lines parted by CRLF."""
        if not self.quiet:
            lead = "\r\n" if self.leading_crlf else ""
            end = "\r\r\n" if text.startswith(self.doubled_cr_urcs) else self.urc_line_end
            self._write(lead + text.replace("\r\n", end) + end)

    def _write(self, text: str) -> None:
        self.out += text.encode("latin-1", "replace")
