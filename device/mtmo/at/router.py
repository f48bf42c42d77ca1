"""Which line of the modem belongs to what: echo, answer, PDU, URC (L2; TS 27.005 §3.4, TS 27.007 §9.2, V.250 §5.7).

Lines in, events out; it never waits.
"""

from micropython import const

from .. import log
from . import URCS, Tokenizer, fits, is_hex, of_a_call, parse_final, printable, trace_ring

_SHORT = const(20)  # no PDU
_MAX_INFO = const(32)  # more is cut for the heap's sake

OVERLONG = b"$OVERLONG"  # the URC that we make of a line beyond the buffer
_REGISTRATIONS = (b"+CREG:", b"+CGREG:", b"+CEREG:")
# A line that starts so while another answer is awaited is a URC nobody told us of.
_FOREIGN = b"+^*#%&$"


class Router:
    """Gets lines from the tokenizer, collects the answer of the command in flight, and hands on what is a URC.

    `on_urc(line, pdu_hex)` gets every URC and must not wait. For +CMT and +CDS it is called once what stands behind the
    header is in: `pdu_hex` is None when that was no PDU of the announced length, and for every other URC.
    """

    def __init__(self, on_urc, done):
        self._on_urc = on_urc
        self._done = done  # an event: the final result or the prompt is there
        self._tokenizer = Tokenizer()
        self._prefix: "bytes | None" = None  # how the lines that are waited for start
        self._clear()
        self._suspect = False  # an answer may still be on its way
        self._urc_claim = b""  # a +CMT/+CDS header that waits for its PDU
        self._ignored = 0  # final results without the answer that is waited for
        self.urcs: "tuple[bytes, ...]" = ()  # the dialect's own, beside those every family has
        self.overlong = 0  # lines that were longer than the buffer
        self.dropped = 0  # information lines beyond what one answer may hold
        self.errors = 0  # exceptions a URC handler let out, or the port

    def on_line(self, line: bytes) -> None:
        """From the tokenizer: a whole line."""
        trace(False, line)
        if self._busy and (line == self._sent or line == self._sent_body):
            return  # echo, removed by comparison
        if self._urc_claim and self._claim_urc(line):
            return
        if not self._busy:
            if parse_final(line) and line not in self.urcs:
                self._suspect = True  # of a command that ended too early: the rest of its answer may follow
            self._urc(line)
        elif self._claim and self._claim_pdu(line):
            return
        else:
            self._response(line)

    def on_overlong(self, line: bytes) -> None:
        """From the tokenizer: the beginning of a line beyond the buffer, which is no PDU and no answer."""
        self.overlong += 1
        trace_ring.add(False, line)
        self._give_up_urc()
        self._give_up_pdu()
        self._dispatch(OVERLONG, None)

    def on_prompt(self) -> None:
        """From the tokenizer: the modem waits for the PDU."""
        self._hurried = False
        self._done.set()

    def _clear(self) -> None:
        self._busy = False
        self._sent = b""
        self._name = b""  # +CSQ of AT+CSQ
        self._sent_body = b""
        self._prefix = None
        self._pdus = False
        self._ending = ""  # the last line of an answer without OK
        self._info: list = []
        self._final: tuple = ()  # as of parse_final
        self._last = b""
        self._claim = b""  # the header that waits for its PDU
        self._marker_only = False
        self._hurried = False  # woken because the deadline has changed
        self.body_sent = False  # whether the last command's PDU went out: a refusal before it has sent nothing
        self._tokenizer.expect_prompt = False

    def _response(self, line: bytes) -> None:
        final = self._final_of(line)
        if final is not None:
            if self._marker_only and not self._info:
                self._ignored += 1
                return  # belongs to the command that was given up
            self._last = line
            self._final = final
            self._hurried = False
            self._done.set()
        elif self._wanted(line):
            if self._pdus:
                self._claim = line
            else:
                self._keep(line)
        elif self._pdus and len(line) > _SHORT and is_hex(line) and (not self._info or self._info[-1][1]):
            self._keep((b"", None))  # its header was lost
        else:
            self._urc(line)

    def _final_of(self, line: bytes) -> "tuple[bool, str, int] | None":
        final = parse_final(line)
        if final is None:
            return self._own_ending(line) if self._ending else None
        if self._marker_only:
            return final
        if len(line) == 1 and self._sent[:3] == b"AT+":
            return None  # a piece of a PDU: by then ATV1 has ended the numeric results
        if (self._pdus or self._sent_body) and not final[1] and of_a_call(line):
            return None  # the end of a call, which no command of the SMS service is answered with
        return None if line in self.urcs else final  # nRF91 sends +CMS ERROR: 524 unasked

    def _own_ending(self, line: bytes) -> "tuple[bool, str, int] | None":
        if self._ending == "*" and self._wanted(line):
            self._keep(line)
        elif line == self._ending[:-2].encode() + b"FAIL":
            return False, "", -1
        elif line != self._ending.encode():
            return None
        return True, "", -1

    def _keep(self, info) -> None:
        if len(self._info) < _MAX_INFO:
            self._info.append(info)
        else:
            self.dropped += 1

    def _wanted(self, line: bytes) -> bool:
        if self._prefix is not None:
            if not line.startswith(self._prefix):
                return False
            # a URC of the same name has no <n> in front (TS 27.007 §7.2)
            second = line.split(b",")[1:2] if self._prefix in _REGISTRATIONS else (b"1",)
            return bool(second) and second[0].strip().isdigit()
        if line[:1] in _FOREIGN and not line.startswith(self._name):
            return False
        return not self._is_urc(line)

    def _is_urc(self, line: bytes) -> bool:
        colon = line.find(b":")
        if b"|" + (line[: colon + 1] if colon >= 0 else line) + b"|" in URCS:
            return True
        if colon < 0 and b"|" + line.split(b" ")[0] + b"|" in URCS:
            return True  # UNDER-VOLTAGE POWER DOWN, UNDER-VOLTAGE WARNNING …
        for urc in self.urcs:
            if line.startswith(urc):
                return True
        return False

    def _is_stray(self, line: bytes) -> bool:
        # may stand between a header and its PDU: a URC by our lists, or by its looks
        return self._is_urc(line) or (line[:1] in _FOREIGN and not parse_final(line))

    def _claim_pdu(self, line: bytes) -> bool:
        # A header claims the next hex line of its length; a URC in between harms nothing (TS 27.005 §3.4.3)
        if fits(self._claim, line):
            self._keep((self._claim, line))
            self._claim = b""
            return True
        if self._is_stray(line) and not line.startswith(self._prefix or b"\0"):
            self._urc(line)
            return True
        self._give_up_pdu()
        return False

    def _give_up_pdu(self) -> None:
        if self._claim:
            self._keep((self._claim, None))
            self._claim = b""

    def _claim_urc(self, line: bytes) -> bool:
        # the same for +CMT and +CDS, which may themselves stand between a header and its PDU
        if fits(self._urc_claim, line):
            self._give_up_urc(line)
            return True
        if is_hex(line):
            self._give_up_urc()
            return not (self._busy and (self._claim or self._prefix is None))
        if not self._is_stray(line) or (self._busy and self._wanted(line)):
            self._give_up_urc()
        return False

    def _give_up_urc(self, pdu_hex: "bytes | None" = None) -> None:
        header = self._urc_claim
        self._urc_claim = b""
        if header:
            self._dispatch(header, pdu_hex)

    def _urc(self, line: bytes) -> None:
        if line.startswith(b"+CMT:") or line.startswith(b"+CDS:"):
            self._give_up_urc()
            self._urc_claim = line
        elif not self._busy or line[:1] in _FOREIGN or self._is_urc(line):
            self._dispatch(line, None)

    def _dispatch(self, line: bytes, pdu_hex: "bytes | None") -> None:
        try:
            self._on_urc(line, pdu_hex)
        except Exception as error:  # noqa: BLE001 - the reader never dies of a handler
            self.errors += 1
            log.warn("at", "URC handler: %r", error)


def trace(sent: bool, octets: bytes) -> None:
    """Keep what went over the line; shown at once while debugging."""
    trace_ring.add(sent, octets)
    if log.level == log.DEBUG:
        log.debug("at", "> %s" if sent else "< %s", printable(octets))
