"""One AT command in flight: requests, prompts, time-outs, and URCs routed away from responses (L2).

TS 27.007, TS 27.005.
"""

import asyncio

from micropython import const

from . import log
from .at import Tokenizer, fields, is_hex, number, parse_final, printable
from .clock import now_ms
from .errors import AtNoPrompt, AtRefused, AtTimeout

_ESC = b"\x1b"
_CTRL_Z = b"\x1a"
_PROMPT_MS = const(5000)
_SYNC_MS = const(1000)
_SYNC_TRIES = const(3)
_QUIET_S = const(1)  # by then the answers to repeated questions are in
_MAX_INFO = const(64)  # a longer listing is cut; the next sweep brings the rest

# How lines start that no response consists of; each may stand between any two lines of any response (at_dialects §4.3).
_URCS = (
    b"|+CMTI:|+CMT:|+CDS:|+CDSI:|+CBM:|RING|+CRING:|+CLIP:|+CREG:|+CGREG:|+CEREG:|+CTZV:|+CTZE:|+CGEV:|+CPIN:|+CFUN:"
    b"|+CUSD:|+CIEV:|RDY|APP RDY|SMS Ready|SMS DONE|PB DONE|Call Ready|NORMAL POWER DOWN|POWERED DOWN|UNDER-VOLTAGE"
    b"|OVER-VOLTAGE|"
)
# A line that starts so while another answer is awaited is a URC nobody told us of.
_FOREIGN = b"+^*#%&$"
_NO_ANSWER = "no answer in %d ms"


class Chat:
    """Owns the port. `on_urc(line, pdu_hex)` gets every URC; `pdu_hex` is None but for +CMT and +CDS."""

    def __init__(self, port, on_urc):
        self._port = port
        self._on_urc = on_urc
        self._tokenizer = Tokenizer()
        self._rx = bytearray(256)
        self._lock = asyncio.Lock()
        self._done = asyncio.Event()
        self._prefix: "bytes | None" = None  # how the lines that are waited for start
        self._clear()
        self._suspect = False  # an answer may still be on its way
        self._urc_claim = b""  # a +CMT/+CDS header that waits for its PDU
        self.deadline_ms = 0  # of the command in flight, or of the last one
        self.urcs: "tuple[bytes, ...]" = ()  # the dialect's own, beside those every family has
        self.gap_ms = 0  # the dialect's pause between commands
        self.dropped = 0  # information lines beyond what one answer may hold
        self.errors = 0  # exceptions a URC handler let out

    async def run(self) -> None:
        """Read for ever; hand lines on."""
        while True:
            count = await self._port.readinto(self._rx)
            if count:
                self._tokenizer.feed(self._rx, count, self)

    async def request(
        self,
        line: str,
        timeout_ms: int = 5000,
        prefix: "bytes | None" = None,
        body: "str | None" = None,
        pdus: bool = False,
    ) -> list:
        """The information lines that answer `line`; with `pdus`, a list of (header, PDU hex or None).

        `prefix` starts each wanted line (None: any line that is no URC is wanted). `body` is sent after the prompt and
        ended with Ctrl-Z. Raises AtRefused for a final result other than OK, and AtTimeout.
        """
        await self._lock.acquire()
        try:
            if self._suspect:
                await self._resync()
            if self.gap_ms:
                await asyncio.sleep(self.gap_ms / 1000)
            self._clear()
            self._prefix = prefix
            self._pdus = pdus
            return await self._exchange(line, timeout_ms, body)
        finally:
            self._busy = False
            self._lock.release()

    def on_line(self, line: bytes) -> None:
        """From the tokenizer: a whole line."""
        log.debug("at", "< %s", printable(line))
        if self._urc_claim and self._claim_urc(line):
            return
        if not self._busy:
            if parse_final(line):
                self._suspect = True  # of a command that ended too early: the rest of its answer may follow
            self._urc(line)
        elif line == self._sent or line == self._sent_body:
            return  # echo, removed by comparison
        elif self._claim and self._claim_pdu(line):
            return
        else:
            self._response(line)

    def on_prompt(self) -> None:
        """From the tokenizer: the modem waits for the PDU."""
        self._done.set()

    def _clear(self) -> None:
        self._busy = False
        self._sent = b""
        self._sent_body = b""
        self._prefix = None
        self._pdus = False
        self._info: list = []
        self._final: tuple = ()  # as of parse_final
        self._last = b""
        self._claim = b""  # the header that waits for its PDU
        self._marker_only = False
        self._tokenizer.expect_prompt = False

    async def _exchange(self, line: str, timeout_ms: int, body: "str | None") -> list:
        self._sent = line.encode()
        self._tokenizer.expect_prompt = body is not None
        self._done.clear()
        self._busy = True
        log.debug("at", "> %s", line)
        await self._port.write(self._sent + b"\r")
        name = line.split("=")[0]
        if body is not None:
            await self._wait(name, _PROMPT_MS, AtNoPrompt)
            self._tokenizer.expect_prompt = False
            if not self._final:
                self._done.clear()
                self._sent_body = body.encode()
                log.debug("at", "> %s", body)
                await self._port.write(self._sent_body + _CTRL_Z)
        if not self._final:
            await self._wait(name, timeout_ms)
        succeeded, kind, code = self._final
        if not succeeded:
            # NO CARRIER and its like may have been a URC: make sure before the next command
            self._suspect = not kind and self._last != b"ERROR"
            raise AtRefused(name, printable(self._last), kind, code)
        return self._info

    async def _wait(self, name: str, timeout_ms: int, error=AtTimeout) -> None:
        self.deadline_ms = now_ms() + timeout_ms
        try:
            await asyncio.wait_for(self._done.wait(), timeout_ms / 1000)
        except asyncio.TimeoutError:
            self._suspect = True
            raise error(name, _NO_ANSWER % timeout_ms)

    async def _resync(self) -> None:
        # Modems answer in order, so what stands before the answer to a question that only we know is late.
        for i in range(_SYNC_TRIES):
            self._clear()
            self._prefix = b"+CMEE:"
            self._marker_only = True
            try:
                await self._port.write(_ESC)
                await self._exchange("AT+CMEE=?", _SYNC_MS, None)
                if i:
                    await asyncio.sleep(_QUIET_S)  # the question was put more than once: let every answer pass
                self._suspect = False
                return
            except (AtTimeout, AtRefused):
                pass
        raise AtNoPrompt("AT", _NO_ANSWER % (_SYNC_MS * _SYNC_TRIES))

    def _response(self, line: bytes) -> None:
        final = parse_final(line)
        if final is not None and len(line) == 1 and self._sent[:3] == b"AT+" and not self._marker_only:
            final = None  # a piece of a PDU: by then ATV1 has ended the numeric results
        if final is not None:
            if self._marker_only and not self._info:
                return  # belongs to the command that was given up
            self._last = line
            self._final = final
            self._done.set()
        elif self._wanted(line):
            if self._pdus:
                self._claim = line
            else:
                self._keep(line)
        else:
            self._urc(line)

    def _keep(self, info) -> None:
        if len(self._info) < _MAX_INFO:
            self._info.append(info)
        else:
            self.dropped += 1

    def _wanted(self, line: bytes) -> bool:
        if self._prefix is not None:
            return line.startswith(self._prefix)
        if line[:1] in _FOREIGN and not line.startswith(self._sent[2:6]):
            return False
        return not self._is_urc(line)

    def _is_urc(self, line: bytes) -> bool:
        colon = line.find(b":")
        if b"|" + (line[: colon + 1] if colon >= 0 else line) + b"|" in _URCS:
            return True
        if colon < 0 and b"|" + line.split(b" ")[0] + b"|" in _URCS:
            return True  # UNDER-VOLTAGE POWER DOWN, UNDER-VOLTAGE WARNNING …
        for urc in self.urcs:
            if line.startswith(urc):
                return True
        return False

    def _claim_pdu(self, line: bytes) -> bool:
        # A header claims the next hex line of its length; a URC in between harms nothing (TS 27.005 §3.4.3)
        if _fits(self._claim, line):
            self._keep((self._claim, line))
            self._claim = b""
            return True
        if self._is_urc(line) and not line.startswith(self._prefix or b"\0"):
            self._urc(line)
            return True
        self._keep((self._claim, None))
        self._claim = b""
        return False

    def _claim_urc(self, line: bytes) -> bool:
        header = self._urc_claim
        if _fits(header, line):
            self._urc_claim = b""
            self._dispatch(header, line)
            return True
        if not is_hex(line):
            return False  # another line came between
        self._urc_claim = b""
        self._dispatch(header, None)
        return True

    def _urc(self, line: bytes) -> None:
        if line.startswith(b"+CMT:") or line.startswith(b"+CDS:"):
            self._urc_claim = line
        elif not self._busy or line[:1] in _FOREIGN or self._is_urc(line):
            self._dispatch(line, None)

    def _dispatch(self, line: bytes, pdu_hex: "bytes | None") -> None:
        try:
            self._on_urc(line, pdu_hex)
        except Exception as error:  # noqa: BLE001 - the reader never dies of a handler
            self.errors += 1
            log.warn("at", "URC handler: %r", error)


def _fits(header: bytes, line: bytes) -> bool:
    # the last field counts TPDU octets, without the SMSC address in front (TS 27.005 §3.1)
    if not is_hex(line):
        return False
    length = number(fields(header)[-1])
    return length >= 0 and len(line) == 2 * (length + 1 + int(line[:2], 16))
