"""One AT command in flight: requests, prompts, time-outs, and URCs routed away from responses (L2; TS 27.007, TS 27.005)."""

import asyncio

from . import log
from .at import Tokenizer, fields, is_hex, number, parse_final
from .clock import now_ms
from .errors import AtNoPrompt, AtRefused, AtTimeout

_ESC = b"\x1b"
_CTRL_Z = b"\x1a"
_PROMPT_MS = 5000
_SYNC_MS = 1000
_SYNC_TRIES = 3
_MAX_INFO = 64  # a longer listing is cut; the next sweep brings the rest

# Lines that no response consists of; each may stand between any two lines of any response (at_dialects §4.3).
URCS = (
    b"+CMTI:",
    b"+CMT:",
    b"+CDS:",
    b"+CDSI:",
    b"+CBM:",
    b"RING",
    b"+CRING:",
    b"+CLIP:",
    b"+CREG:",
    b"+CGREG:",
    b"+CEREG:",
    b"+CTZV:",
    b"+CTZE:",
    b"+CGEV:",
    b"+CPIN:",
    b"+CFUN:",
    b"+CUSD:",
    b"+CIEV:",
    b"RDY",
    b"APP RDY",
    b"SMS Ready",
    b"SMS DONE",
    b"PB DONE",
    b"Call Ready",
    b"NORMAL POWER DOWN",
    b"POWERED DOWN",
    b"UNDER-VOLTAGE",
    b"OVER-VOLTAGE",
)
_PDU_URCS = (b"+CMT:", b"+CDS:")
# A line that starts so while another answer is awaited is a URC nobody told us of.
_FOREIGN = b"+^*#%&$"


class Chat:
    """Owns the port. `on_urc(line, pdu_hex)` gets every URC; `pdu_hex` is None but for +CMT and +CDS."""

    def __init__(self, port, on_urc):
        self._port = port
        self._on_urc = on_urc
        self._tokenizer = Tokenizer()
        self._rx = bytearray(256)
        self._lock = asyncio.Lock()
        self._done = asyncio.Event()
        self._urcs = URCS
        self._clear()
        self._suspect = False  # an answer may still be on its way
        self._urc_claim = None  # a +CMT/+CDS header that waits for its PDU
        self._deadline_ms = 0
        self.gap_ms = 0  # the dialect's pause between commands
        self.timeouts = 0  # in a row; the recovery ladder looks at it
        self.dropped = 0  # information lines beyond what one answer may hold
        self.errors = 0  # exceptions a URC handler let out

    def add_urcs(self, urcs: "tuple[bytes, ...]") -> None:
        """The dialect's own URCs, beside those every family has."""
        self._urcs = URCS + urcs

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

    def within_deadline(self) -> bool:
        """Is a command in flight whose time is not up?"""
        return self._busy and now_ms() <= self._deadline_ms

    def on_line(self, line: bytes) -> None:
        """From the tokenizer: a whole line."""
        log.debug("at", "< %s", _text(line))
        if self._urc_claim is not None and self._claim_urc(line):
            return
        if not self._busy:
            self._urc(line)
        elif line == self._sent or line == self._sent_body:
            return  # echo, removed by comparison
        elif self._claim is not None and self._claim_pdu(line):
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
        self._info = []
        self._final = None
        self._last = b""
        self._claim = None
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
            if self._final is None:
                self._done.clear()
                self._sent_body = body.encode()
                log.debug("at", "> %s", body)
                await self._port.write(self._sent_body + _CTRL_Z)
        if self._final is None:
            await self._wait(name, timeout_ms)
        self.timeouts = 0
        succeeded, kind, code = self._final
        if not succeeded:
            # NO CARRIER and its like may have been a URC: make sure before the next command
            self._suspect = not kind and self._last != b"ERROR"
            raise AtRefused(name, _text(self._last), kind, code)
        return self._info

    async def _wait(self, name: str, timeout_ms: int, error=AtTimeout) -> None:
        self._deadline_ms = now_ms() + timeout_ms
        try:
            await asyncio.wait_for(self._done.wait(), timeout_ms / 1000)
        except asyncio.TimeoutError:
            self._suspect = True
            self.timeouts += 1
            raise error(name, timeout_ms)

    async def _resync(self) -> None:
        # Modems answer in order, so what stands before the answer to a question that only we know is late.
        for _ in range(_SYNC_TRIES):
            self._clear()
            self._prefix = b"+CMEE:"
            self._marker_only = True
            try:
                await self._port.write(_ESC)
                await self._exchange("AT+CMEE=?", _SYNC_MS, None)
                self._suspect = False
                return
            except (AtTimeout, AtRefused):
                pass
        raise AtTimeout("AT", _SYNC_MS * _SYNC_TRIES)

    def _response(self, line: bytes) -> None:
        final = parse_final(line)
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
        return not self._is_urc(line)

    def _is_urc(self, line: bytes) -> bool:
        for urc in self._urcs:
            if line.startswith(urc):
                return True
        return False

    def _claim_pdu(self, line: bytes) -> bool:
        # A header claims the next hex line of its length; a URC in between harms nothing (TS 27.005 §3.4.3)
        if _fits(self._claim, line):
            self._keep((self._claim, line))
            self._claim = None
            return True
        if self._is_urc(line) and not line.startswith(self._prefix or b"\0"):
            self._urc(line)
            return True
        self._keep((self._claim, None))
        self._claim = None
        return False

    def _claim_urc(self, line: bytes) -> bool:
        header = self._urc_claim
        if _fits(header, line):
            self._urc_claim = None
            self._dispatch(header, line)
            return True
        if not is_hex(line):
            return False  # another line came between
        self._urc_claim = None
        self._dispatch(header, None)
        return True

    def _urc(self, line: bytes) -> None:
        for prefix in _PDU_URCS:
            if line.startswith(prefix):
                self._urc_claim = line
                return
        if self._is_urc(line) or line[:1] in _FOREIGN or not self._busy:
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


def _text(line: bytes) -> str:
    return "".join(chr(o) if 32 <= o <= 126 else "?" for o in line)
