"""One AT command in flight: requests, prompts, time-outs (L2).

TS 27.007, TS 27.005.
"""

import asyncio

from micropython import const

from .. import log
from ..clock import now_ms
from ..errors import AtNoPrompt, AtRefused, AtTimeout
from . import of_a_call, printable
from .router import Router, trace
from .timeouts import ending, name_of, policy

_ESC, _CTRL_Z = b"\x1b", b"\x1a"
_PROMPT_MS = const(5000)
_ESC_MS = const(120)  # a modem in prompt mode answers the ESC before it listens again
_SYNC_MS = const(1000)
_QUESTIONS = ("+CMEE", "+CMGF", "+CSMS")  # an answer to one of them is no answer to another
_QUIET_S = const(1)  # by then late answers are in, where none could be told from the others
_PDU_S = const(1)  # of silence after a +CMT: its PDU follows at once, or was lost
_BACKLOG = const(64)  # readings that catch up: more than the buffer of a UART holds
_NO_ANSWER = "no answer in %d ms"


class Chat(Router):
    """Owns the port; `on_urc` as Router's, called from within the reader. Requests are served in the order in which
    they were made.
    """

    def __init__(self, port, on_urc):
        super().__init__(on_urc, asyncio.Event())
        self._port = port
        self._rx = bytearray(256)
        self._lock = asyncio.Lock()
        self._question = 0  # which of _QUESTIONS is put next
        self._watch: "asyncio.Task | None" = None  # gives that up in the end
        self._reads = 0
        self._ended_ms = 0  # when the last command ended
        self.deadline_ms = 0  # of the command in flight, or of the last one
        self.gap_ms = 0  # the dialect's pause between commands
        self.prompt_gap_ms = 0  # the dialect's pause between prompt and PDU
        self.resyncs = 0  # how often an answer may still have been on its way

    async def run(self) -> None:
        """Read for ever; hand lines on. Nothing that comes ends it, and no deadline interrupts it: MicroPython's
        wait_for() forgets what was read just before its end (1.25 to 1.29).
        """
        try:
            while True:
                await self._read()
        finally:
            if self._watch is not None:
                self._watch.cancel()

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
        """Write `octets` as they are, to a modem in any state; True if a final result comes within `wait_ms`."""
        async with self._lock:
            await self._pause()
            self._clear()
            if self._suspect and octets[:2] == b"AT":
                await self._port.write(_ESC)  # it may wait for a PDU by now
                await asyncio.sleep(_ESC_MS / 1000)
            trace(True, octets)
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
            self._info = pdus.anew() if self._pdus and pdus is not True else []
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

    async def _read(self) -> None:
        try:
            count = await self._port.readinto(self._rx)
            self._reads = self._reads + 1 & 0xFFFF
            self._tokenizer.feed(self._rx, count, self)
            if self._urc_claim and self._watch is None:
                self._watch = asyncio.create_task(self._watch_claim())
        except Exception as error:  # noqa: BLE001 - the reader never dies, whatever a line or the port did
            self.errors += 1
            log.warn("at", "reader: %r", error)
            await asyncio.sleep(0)

    async def _catch_up(self) -> None:
        # a deadline has passed, perhaps while another task kept the loop: what came in time is read before it counts
        for _ in range(_BACKLOG):
            reads = self._reads
            await asyncio.sleep(0)  # here the port is polled,
            await asyncio.sleep(0)  # and here the reader has run
            if reads == self._reads:
                return

    async def _watch_claim(self) -> None:
        try:
            while self._urc_claim:
                header, reads = self._urc_claim, self._reads
                await asyncio.sleep(_PDU_S)
                await self._catch_up()
                if self._urc_claim is header and self._reads == reads:
                    self._give_up_urc()
        finally:
            self._watch = None

    async def _exchange(self, line: str, timeout_ms: int, body: "str | None", prompt: bool) -> list:
        self._sent = line.encode()
        self._name = name_of(line).encode()
        self._sent_body = (body or "").encode()
        name = line.split("=")[0]
        octets = self._sent + b"\r"
        trace(True, self._sent)
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
                trace(True, self._sent_body)
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
                await self._catch_up()
                if not self._done.is_set():
                    self._suspect = True
                    raise error(name, _NO_ANSWER % timeout_ms)
            if not self._hurried:
                return
            self._done.clear()

    async def _resync(self) -> None:
        # Modems answer in order, so what stands before the answer to a question that only we know is late.
        self.resyncs += 1
        self._ignored = 0
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
