"""One AT command in flight: requests, prompts, time-outs, and URCs routed away from responses (L2).

TS 27.007, TS 27.005.
"""

import asyncio

from micropython import const

from . import log, trace_ring
from .at import URCS, Tokenizer, fits, is_hex, of_a_call, parse_final, printable
from .clock import now_ms
from .commands import ending, name_of, policy
from .errors import AtNoPrompt, AtRefused, AtTimeout

_ESC, _CTRL_Z = b"\x1b", b"\x1a"
_PROMPT_MS = const(5000)
_ESC_MS = const(120)  # a modem in prompt mode answers the ESC before it listens again
_SYNC_MS = const(1000)
_QUESTIONS = ("+CMEE", "+CMGF", "+CSMS")  # an answer to one of them is no answer to another
_QUIET_S = const(1)  # by then late answers are in, where none could be told from the others
_PDU_S = const(1)  # after a +CMT: its PDU follows at once, or was lost
_SHORT = const(20)  # no PDU
_MAX_INFO = const(32)  # more is cut for the heap's sake

OVERLONG = b"$OVERLONG"  # the URC that we make of a line beyond the buffer
_REGISTRATIONS = (b"+CREG:", b"+CGREG:", b"+CEREG:")
# A line that starts so while another answer is awaited is a URC nobody told us of.
_FOREIGN = b"+^*#%&$"
_NO_ANSWER = "no answer in %d ms"


class Chat:
    """Owns the port. `on_urc(line, pdu_hex)` gets every URC, from within the reader: it must not wait.

    For +CMT and +CDS it is called once what stands behind the header is in: `pdu_hex` is None when that was no PDU of
    the announced length, and for every other URC. Requests are served in the order in which they were made.
    """

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
        self._question = 0  # which of _QUESTIONS is put next
        self._urc_claim = b""  # a +CMT/+CDS header that waits for its PDU
        self._ended_ms = 0  # when the last command ended
        self.deadline_ms = 0  # of the command in flight, or of the last one
        self.urcs: "tuple[bytes, ...]" = ()  # the dialect's own, beside those every family has
        self.gap_ms = 0  # the dialect's pause between commands
        self.prompt_gap_ms = 0  # the dialect's pause between prompt and PDU
        self.overlong = 0  # lines that were longer than the buffer
        self.dropped = 0  # information lines beyond what one answer may hold
        self.errors = 0  # exceptions a URC handler let out, or the port
        self.resyncs = 0  # how often an answer may still have been on its way

    async def run(self) -> None:
        """Read for ever; hand lines on. Nothing that comes ends it."""
        while True:
            try:
                count = await (self._read_soon() if self._urc_claim else self._port.readinto(self._rx))
                self._tokenizer.feed(self._rx, count, self)
            except Exception as error:  # noqa: BLE001 - the reader never dies, whatever a line or the port did
                self.errors += 1
                log.warn("at", "reader: %r", error)
                await asyncio.sleep(0)

    async def request(
        self,
        line: str,
        timeout_ms: int = 0,
        prefix: "bytes | None" = None,
        body: "str | None" = None,
        pdus=False,
        prompt: bool = True,
    ) -> list:
        """The information lines that answer `line`; with `pdus`, a list of (header, PDU hex or None), or a
        Listing that has taken them.

        `prefix` starts each wanted line (None: any line that is no URC is wanted). `body` is sent after the prompt,
        or at once where `prompt` is False (nRF91), and ended with Ctrl-Z. Without `timeout_ms` the command's own
        counts. One that changes nothing is repeated, once, when no answer came. Raises AtRefused for a final result
        other than OK, and AtTimeout.
        """
        own_ms, retries = policy(line)
        while True:
            try:
                return await self._request(line, timeout_ms or own_ms, prefix, body, pdus, prompt)
            except AtNoPrompt:
                raise  # the modem answers nothing at all
            except (AtTimeout, AtRefused) as error:
                if not retries or (isinstance(error, AtRefused) and not self._suspect):
                    raise
            retries -= 1

    async def hail(self, octets: bytes, wait_ms: int) -> bool:
        """Write `octets` as they are, to a modem in any state: did a final result come within `wait_ms`?"""
        async with self._lock:
            await self._pause()
            self._clear()
            if self._suspect and octets[:2] == b"AT":
                await self._port.write(_ESC)  # it may wait for a PDU by now
                await asyncio.sleep(_ESC_MS / 1000)
            _trace(True, octets)
            try:
                await self._send(octets)
                await self._wait("AT", wait_ms)
            except AtTimeout:
                pass
            self._ended_ms = now_ms()
            self._busy = False
            return bool(self._final)

    def hurry(self, wait_ms: int) -> None:
        """The modem has restarted: the command in flight has `wait_ms` left, since no answer will come."""
        if self._busy and not self._done.is_set() and self.deadline_ms - now_ms() > wait_ms:
            self.deadline_ms = now_ms() + wait_ms
            self._hurried = True
            self._done.set()

    async def _request(self, line: str, timeout_ms: int, prefix, body, pdus, prompt: bool) -> list:
        await self._lock.acquire()
        try:
            if self._suspect:
                await self._resync()
            await self._pause()
            self._clear()
            self._prefix = prefix
            self._pdus = pdus is not False
            self._info: list = pdus.anew() if self._pdus and pdus is not True else []
            self._ending = ending(line)
            return await self._exchange(line, timeout_ms, body, prompt)
        finally:
            self._ended_ms = now_ms()
            self._busy = False
            self._tokenizer.expect_prompt = False
            self._lock.release()

    async def _pause(self) -> None:
        gap_ms = self.gap_ms - (now_ms() - self._ended_ms)
        if gap_ms >= 0 < self.gap_ms:
            await asyncio.sleep((gap_ms + 1) / 1000)  # clocks count whole milliseconds

    def on_line(self, line: bytes) -> None:
        """From the tokenizer: a whole line."""
        _trace(False, line)
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
        self._info = []
        self._final: tuple = ()  # as of parse_final
        self._last = b""
        self._claim = b""  # the header that waits for its PDU
        self._marker_only = False
        self._hurried = False  # woken because the deadline has changed
        self.body_sent = False  # whether the last command's PDU went out: a refusal before it has sent nothing
        self._tokenizer.expect_prompt = False

    async def _read_soon(self) -> int:
        # one reader at a time, so that no octet is lost between this wait and the next
        try:
            return await asyncio.wait_for(self._port.readinto(self._rx), _PDU_S)
        except asyncio.TimeoutError:
            self._give_up_urc()
            return 0

    async def _exchange(self, line: str, timeout_ms: int, body: "str | None", prompt: bool) -> list:
        self._sent = line.encode()
        self._name = name_of(line).encode()
        self._sent_body = (body or "").encode()
        name = line.split("=")[0]
        octets = self._sent + b"\r"
        _trace(True, self._sent)
        if body is not None and prompt:
            self._tokenizer.expect_prompt = True
            await self._send(octets)
            await self._wait(name, _PROMPT_MS, AtNoPrompt)
            self._tokenizer.expect_prompt = False
            if self.prompt_gap_ms:
                await asyncio.sleep(self.prompt_gap_ms / 1000)
            octets = b""
        if not self._final:
            if body is not None:
                _trace(True, self._sent_body)
                octets += self._sent_body + _CTRL_Z
                self.body_sent = True
            await self._send(octets)
            await self._wait(name, timeout_ms)
        succeeded, kind, code = self._final
        # NO CARRIER and its like may have been a URC: make sure before the next command
        self._suspect = not kind and of_a_call(self._last)
        if not succeeded:
            raise AtRefused(name, printable(self._last), kind, code)
        return self._info

    async def _send(self, octets: bytes) -> None:
        self._done.clear()
        self._busy = True
        await self._port.write(octets)

    async def _wait(self, name: str, timeout_ms: int, error=AtTimeout) -> None:
        self.deadline_ms = now_ms() + timeout_ms
        while True:
            self._hurried = False
            try:
                await asyncio.wait_for(self._done.wait(), max(1, self.deadline_ms - now_ms()) / 1000)
            except asyncio.TimeoutError:
                self._suspect = True
                raise error(name, _NO_ANSWER % timeout_ms)
            if not self._hurried:
                return
            self._done.clear()

    async def _resync(self) -> None:
        # Modems answer in order, so what stands before the answer to a question that only we know is late.
        self.resyncs += 1
        self._ignored = 0  # final results without the answer that is waited for
        for last in range(1 - len(_QUESTIONS), 1):
            self._clear()
            name = _QUESTIONS[self._question]
            self._question = (self._question + 1) % len(_QUESTIONS)  # another one next time: this answer may be late
            self._prefix = name.encode() + b":"
            self._marker_only = True
            try:
                await self._port.write(_ESC)
                await asyncio.sleep(_ESC_MS / 1000)
                await self._exchange("AT%s=?" % name, _SYNC_MS, None, True)
                self._question = 0
            except (AtTimeout, AtRefused):
                if last or self._ignored < len(_QUESTIONS):
                    continue  # in the end a modem may have answered that it knows none of them
                await asyncio.sleep(_QUIET_S)
            self._suspect = False
            self._ended_ms = now_ms()
            return
        raise AtNoPrompt("AT", _NO_ANSWER % (_SYNC_MS * len(_QUESTIONS)))

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


def _trace(sent: bool, octets: bytes) -> None:
    trace_ring.add(sent, octets)
    if log.level == log.DEBUG:
        log.debug("at", "> %s" if sent else "< %s", printable(octets))
