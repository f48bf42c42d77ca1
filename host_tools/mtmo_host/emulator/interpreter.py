"""Runs command lines: one command after the other, each with its latency, until the final result (V.250 §5.2.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from mtmo_host.emulator import registry
from mtmo_host.emulator.error_text import CME_TEXT, CMS_TEXT
from mtmo_host.emulator.grammar import Call, GrammarError, Kind, split_line
from mtmo_host.emulator.registry import AtError, Command, Reply, cme, cms
from mtmo_host.emulator.timers import Timer

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_WITH_BODY = ("+CMGS", "+CMGW", "+CMGC")
_SIM_ERRORS = {"SIM PIN": (11, 311), "SIM PUK": (12, 316), "SIM FAILURE": (13, 313), "NOT INSERTED": (10, 310)}


class Interpreter:
    """The commands of the line in flight, and what is left of them."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self._queue: deque[Call] = deque()
        self._timer: Timer | None = None
        self._abortable = False
        self._sending = False
        self._afters: list[Callable[[], None]] = []  # what the commands of the line do behind its result

    def reset(self) -> None:
        """Forget the line in flight, as a reset does."""
        self._sending = False
        self._afters.clear()
        self._queue.clear()
        self._timer = None
        self._abortable = False

    def run(self, line: str) -> None:
        """Begin a command line (the text after AT)."""
        try:
            self._queue = deque(split_line(line))
        except GrammarError:
            self._modem.terminal.expects_prompt = False
            self._end("ERROR")
            return
        self._next()

    def refuses(self, line: str) -> bool:
        """A family that bears nothing beside a message that is being sent: does this line touch the card?"""
        if not (self._sending and self._modem.personality.sms.refuses_while_sending):
            return False
        try:
            entries = [registry.find(call.name) for call in split_line(line)]
        except GrammarError:
            return False
        return any(entry is not None and (entry.sim or entry.sms) for entry in entries)

    def abort(self) -> bool:
        """End an abortable command with OK; False when what is in flight is not abortable (V.250 §5.6.1)."""
        if not self._abortable or self._timer is None:
            return False
        self._timer.cancel()
        self._queue.clear()
        self._abortable = False
        self._end("OK")
        return True

    def _next(self) -> None:
        if not self._queue:
            self._end("OK")
            return
        call = self._queue.popleft()
        if call.kind is Kind.SET and call.name in _WITH_BODY:
            self._modem.terminal.expects_prompt = True
        self._after(self._modem.latency("latency"), lambda: self._run(call))

    def _after(self, delay_ms: int, do: Callable[[], None]) -> None:
        if delay_ms <= 0:
            do()
        else:
            self._timer = self._modem.after(delay_ms, do)

    def _run(self, call: Call) -> None:
        try:
            reply = self._handle(call)
        except AtError as error:
            self._fail(error)
            return
        self._give(reply)

    def _handle(self, call: Call) -> Reply:
        entry = self._entry(call)
        if entry.sim:
            self._need_sim(entry)
        reply = entry.handler(self._modem, call)
        if isinstance(reply, Reply):
            return reply
        return Reply(info=reply or ())

    def _entry(self, call: Call) -> Command:
        entry = registry.find(call.name)
        personality = self._modem.personality
        if entry is None or not registry.exists(entry, personality):
            raise self._unknown(extended=not call.name.isalpha())
        if call.kind not in entry.kinds or f"{call.name}{call.kind.value}" in personality.lacks:
            raise cms(303) if entry.sms else self._unknown(extended=True)
        return entry

    def _unknown(self, *, extended: bool) -> AtError:
        personality = self._modem.personality
        return AtError(personality.unknown_command if extended else None, sms=extended and personality.unknown_is_cms)

    def _need_sim(self, entry: Command) -> None:
        state = self._modem.sim_state
        if state == "READY" and not (entry.sms and not self._modem.sms_ready):
            faults = self._modem.faults.commands
            if faults is not None and (busy := faults.sim_busy(sms=entry.sms)) is not None:
                raise busy
            return
        cme_code, cms_code = _SIM_ERRORS.get(state, (14, self._modem.personality.sms.error("not ready")))
        raise cms(cms_code) if entry.sms else cme(cme_code)

    def _give(self, reply: Reply) -> None:
        self._abortable = reply.abortable
        if reply.then is not None:
            then = reply.then
            self._after(reply.wait_ms, lambda: self._settle(then))
        elif reply.prompt is not None and reply.on_body is not None:
            self._ask_body(reply, reply.prompt, reply.on_body)
        else:
            self._finish(reply)

    def _ask_body(self, reply: Reply, prompt: bytes, on_body: Callable[[bytes | None], Reply]) -> None:
        terminal, within_ms = self._modem.terminal, self._modem.personality.sms.body_within_ms
        timer = self._modem.after(within_ms, terminal.give_up_body) if within_ms is not None else None

        def take(body: bytes | None) -> None:
            if timer is not None:
                timer.cancel()
            self._sending = body is not None
            self._settle(lambda: on_body(body))

        terminal.take_body(prompt, take, again=prompt if reply.many_lines else None)

    def _settle(self, then: Callable[[], Reply]) -> None:
        try:
            reply = then()
        except AtError as error:
            self._fail(error)
            return
        self._give(reply)

    def _finish(self, reply: Reply) -> None:
        self._modem.terminal.info(reply.info)
        if reply.after is not None:
            self._afters.append(reply.after)
        if reply.final != "OK":
            self._queue.clear()
            self._end(reply.final)
        elif self._queue:
            self._next()
        else:
            self._end("OK")

    def _fail(self, error: AtError) -> None:
        self._queue.clear()
        self._end(self._error_text(error))

    def _error_text(self, error: AtError) -> str:
        level = self._modem.settings.cmee
        if error.code is None or (level == 0 and not error.sms):
            return "ERROR"
        table, word = (CMS_TEXT, "+CMS ERROR") if error.sms else (CME_TEXT, "+CME ERROR")
        if level < 2:
            return f"{word}: {error.code}"
        own = self._modem.personality.sms.error_words.get(error.code) if error.sms else None
        return f"{word}: {own or table.get(error.code, 'unknown')}"

    def _end(self, final: str | None) -> None:
        self._abortable = self._sending = False
        self._timer = None
        if final is not None:
            self._modem.terminal.final(final)
        self._modem.command_ended()
        afters, self._afters = self._afters, []
        for after in afters:
            after()
