"""The service: inbox, gate, verbs, outbox, and the ladder when the modem does not answer (L4; design 4.4)."""

import asyncio
import gc
import os
from collections import namedtuple

from micropython import const

from . import access, envelope, log
from .apn import Apn
from .clock import now_ms, now_s
from .errors import AtError, VerbError
from .gate import Gate, Refused, Request, plan
from .inbox import Inbox
from .journal import ACCEPTED, ANSWERED, Entry, Journal
from .modem import Modem
from .outbox import LATER, Outbox
from .settings import Settings
from .store import Store
from .verbs import DONE, E20, RUN

_TYPING = const(False)
if _TYPING:
    from .apn_moves import Transaction

_PROVISION = "/provision.json"  # looked for before provision.py is loaded
_FEED_S = const(1)
_STALL_MS = const(60000)  # the worker turns at least this often between commands
_RETRY_FIRST_S = const(30)
_RETRY_MAX_S = const(1800)
_RETRIES = const(8)
_IDLE_S = const(60)
_RECOVER_PAUSE_S = const(5)


# What a verb may ask about: the agent and the journal's entry of the text that asked
Context = namedtuple("Context", ("agent", "entry"))


class Agent:
    """The agent on one board. `run()` serves until it is cancelled."""

    def __init__(self, board, store: Store):
        self.board = board
        self.store = store
        self.settings = Settings(store.read("settings"))
        self._provision()
        keys = store.read("keys") or {}
        self.devid = keys.get("devid", "")
        self.slots = {row["kid"]: _key_slot(row) for row in keys.get("slots", ())}
        self.allowed = keys.get("allow", [])
        self.journal = Journal(store)
        if self.journal.lost:
            # counters unknown: a replay could pass, so every slot refuses (SC1 §5.9)
            log.warn("agent", "journal lost: key slots are closed until the board is provisioned anew")
            self.slots = {}
        self.rejected = 0
        self._wake = asyncio.Event()
        self.modem = Modem(board, self.settings, self._wake.set)
        self.inbox = Inbox(self.modem)
        self.outbox = Outbox(self.modem, self.settings, self.journal)
        self.apn = Apn(store, self.modem)
        self._open: "Transaction | None" = None  # the APN transaction, once there is one
        self.gate = Gate(self.settings, self.allowed, self.slots, self.devid, self.journal)
        self._waiting: "tuple | None" = None  # what was accepted and has not begun: arguments of _carry_out
        self._swept_s = 0
        self._report_s = 0  # when the APN report may be tried again
        self._beat_ms = now_ms()

    def verb(self, name: str, help: str = "", access: str = "read"):
        """Decorator for an application's own verb: `function(args)` or `function(context, args)`, async or not.

        It returns the answer's words.
        """
        from . import verbs

        def add(function):
            verbs.register(name, access, help, function)
            return function

        return add

    async def run(self) -> None:
        """Serve for ever."""
        reader = asyncio.create_task(self.modem.chat.run())
        self.board.start_watchdog()
        feeder = asyncio.create_task(self._feed())
        try:
            while True:
                try:
                    await self._up()
                    while not self.modem.started:
                        await self._turn()
                    log.warn("modem", "it may have restarted: setting it up")
                except AtError as error:
                    log.warn("agent", "%s", error)
                    await self._recover()
        finally:
            reader.cancel()
            feeder.cancel()

    def _provision(self) -> None:
        # once in a board's life: loaded only when the flash tool has left something
        try:
            os.stat(_PROVISION)
        except OSError:
            return
        from . import provision

        provision.apply(self.store, self.settings)

    # -- one turn of the loop

    async def _up(self) -> None:
        self._beat_ms = now_ms()
        await self.modem.bring_up()
        if await self.apn.modem_differs():
            await self._restore_apn()
        await self._sweep()
        await self.modem.enable_indications()
        await self._sweep()  # what came between the first drain and the indications
        log.info(
            "agent", "ready: %d of %d texts stored, %s", self.modem.store_used, self.modem.store_size, self._doors()
        )

    def _doors(self) -> str:
        if not self.allowed and not self.settings["any-sender-if-signed"]:
            return "closed: the allow-list is empty"
        if self.settings["access"] == "signed" and not self.slots:
            return "closed: no key"
        return "access %s" % self.settings["access"]

    async def _recover(self) -> None:
        self._beat_ms = now_ms()
        try:
            await self.modem.recover()
        except AtError as error:
            log.warn("agent", "%s", error)
        await asyncio.sleep(_RECOVER_PAUSE_S)

    async def _turn(self) -> None:
        self._beat_ms = now_ms()
        if self.modem.sweep or now_s() - self._swept_s >= 60 * self.settings["sweep-min"]:
            if await self.modem.settings_lost():
                self.modem.started = True
                return
            await self._sweep()
        elif self.modem.mail:
            await self._drain(0)
        await self._finish_accepted()
        if self.apn.busy():
            await self._transaction().step()
        await self._send_due()
        if self.modem.mail or self.modem.sweep or self.modem.started:
            return
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), self._wait_s())
        except asyncio.TimeoutError:
            pass

    def _wait_s(self) -> float:
        waits = [_IDLE_S]
        if self.apn.due:
            waits.append(max(0, self._report_s - now_s()))
        if self.apn.busy():
            waits.append(self._transaction().wait_s())
        for entry in self.journal.entries:
            if entry.state == ANSWERED:
                waits.append(max(0, entry.due_s - now_s()))
        return max(0.05, min(waits))

    def _transaction(self) -> "Transaction":
        # loaded when one opens, which is rare; kept until the next one
        from .apn_moves import Transaction

        if self._open is None or self._open.txn != self.apn.txn:
            self._open = Transaction(self.apn, self.modem, self.settings)
        return self._open

    async def _restore_apn(self) -> None:
        from .apn_moves import restore

        await restore(self.apn, self.modem)

    async def _sweep(self) -> None:
        self._swept_s = now_s()
        self.modem.sweep = False
        for mem in range(len(self.modem.mems) - 1, -1, -1):  # the one for new messages last: it stays selected
            await self._drain(mem)

    async def _drain(self, mem: int) -> None:
        self.modem.mail = False
        dropped = self.modem.chat.dropped
        deleted = self.inbox.deleted
        for text in await self.inbox.drain(mem):
            await self._take(text)
        if self.modem.chat.dropped != dropped and self.inbox.deleted != deleted:
            self.modem.sweep = True  # the listing was cut, and there is room for the rest of it
        gc.collect()

    # -- one text

    async def _take(self, text) -> None:
        # access, journal, then delete: what is accepted is on flash before the modem forgets it
        try:
            request = self.gate.judge(text)
        except Refused as error:
            if error.entry is None:
                self.rejected += 1
                hint = "; to allow it: " + error.hint if error.hint else ""
                log.info("sms", "refused: %s, from %s%s", error.reason, access.form_of(text.oa), hint)
            elif self.journal.may_resend(error.entry):
                error.entry.due_s = 0
            await self.inbox.delete(text.places)
            return
        if not self.journal.has_room():
            log.warn("sms", "eight answers are unsent: the text stays in the modem")
            return
        entry = self._accept(request)
        self._waiting = (entry, request.steps, request.error)
        await self.inbox.delete(text.places)
        await self._carry_out(entry, request.steps, request.error)

    def _accept(self, request: Request) -> Entry:
        oa = request.text.oa
        form = access.form_of(oa)
        if not (access.answerable(oa, self.settings["deny-prefixes"]) and access.role_of(oa, self.allowed)):
            form = self.settings["reply-to"]
        entry = Entry(request.kid, request.ctr, request.tag, form, request.text.scts, request.encrypted, request.body)
        self.journal.accept(entry, request.epoch)
        log.info("sms", "accepted from %s as %s: %s", access.form_of(oa), request.role, _verbs_of(request))
        return entry

    async def _carry_out(self, entry: Entry, steps: list, error: "VerbError | None") -> None:
        self._waiting = None
        answers = []
        for i in range(entry.verb, len(steps) if error is None else 0):
            verb, args = steps[i]
            if i and verb.after_cut != RUN:
                self.journal.reached(entry, i)
            try:
                words = await verb.run(Context(self, entry), args)
            except VerbError as refused:
                error = refused
                break
            except AtError as refused:
                log.warn("sms", "%s: %s", verb.name, refused)
                error = VerbError(50, "modem")
                break
            answers.append(words if words.startswith("Q ") else "OK " + words if words else "OK")
        if error is not None:
            answers.append(str(error))
        self.journal.answered(entry, "; ".join(answers))
        await self._send_due()

    async def _finish_accepted(self) -> None:
        for entry in self.journal.entries:
            if entry.state == ACCEPTED:
                await self._after_cut(entry)

    async def _after_cut(self, entry: Entry) -> None:
        # power failed, or the board was reset, between accepting and answering
        if self._waiting and self._waiting[0] is entry:
            await self._carry_out(*self._waiting)  # no cut: the modem did not answer before it began
            return
        try:
            steps = plan(entry.body)
        except VerbError as error:
            await self._carry_out(entry, [], error)
            return
        verb = steps[entry.verb][0]
        if verb.after_cut == E20:
            self.journal.answered(entry, "E20 interrupted")
        elif verb.after_cut == DONE:
            self.journal.answered(entry, "OK rebooted")
        else:
            await self._carry_out(entry, steps, None)

    # -- answers

    async def _send_due(self) -> None:
        for entry in self.journal.entries:
            if entry.state == ANSWERED and now_s() >= entry.due_s:
                await self._send_answer(entry)
        if self.apn.due and not self.apn.busy() and now_s() >= self._report_s:
            await self._send_report()

    async def _send_answer(self, entry: Entry) -> None:
        outcome = await self._send(entry.oa, entry.kid, entry.ctr, 0, entry.tag, entry.answer, entry.encrypted)
        if outcome == LATER and entry.tries < _RETRIES:
            entry.due_s = now_s() + min(_RETRY_MAX_S, _RETRY_FIRST_S << entry.tries)
            if self.modem.sms_possible():
                entry.tries += 1  # without a network the answer waits for it, however long
            return
        self.journal.sent(entry)
        if "Q txn=" in entry.answer and self.apn.busy():
            self._transaction().answer_sent()

    async def _send_report(self) -> None:
        form, kid, ctr, tag, encrypted = self.apn.who
        outcome = await self._send(form, kid, ctr, 1, tag, self.apn.due, encrypted, True)
        if outcome == LATER:
            self._report_s = now_s() + _RETRY_FIRST_S  # for ever: it is the one text that must arrive
            return
        self.journal.save()
        self.apn.report_sent()

    async def _send(self, form, kid, ctr, part, tag, text, encrypted, reserved=False) -> str:
        if kid:
            slot = self.slots.get(kid)
            if slot is None:
                return ""
            text = _cut(envelope.escape(text), envelope.room(ctr, encrypted, part))
            text = envelope.seal_reply(slot, self.devid, ctr, part, bytes.fromhex(tag), text, encrypted)
        return await self.outbox.send(form, text[:160], reserved)

    # -- health

    async def restart_modem(self) -> None:
        """Restart the modem; the loop sets it up again. Raises AtError."""
        await self.modem.chat.request("AT+CFUN=1,1", 30000)
        self.modem.started = True

    async def _feed(self) -> None:
        while True:
            if self._healthy():
                self.board.feed()
            await asyncio.sleep(_FEED_S)

    def _healthy(self) -> bool:
        # the worker turns, or sends one command after the other, each of which has its own deadline
        return now_ms() - max(self._beat_ms, self.modem.chat.deadline_ms) < _STALL_MS + 1000 * _IDLE_S


def _key_slot(row: dict) -> envelope.Slot:
    log.hide(row["key"])
    return envelope.Slot(row["kid"], bytes.fromhex(row["key"]), row["epoch"], row["role"])


def _cut(text: str, room: int) -> str:
    # behind a whole word, so that no half of a %HH or of a number is read as the whole
    if len(text) <= room:
        return text
    end = text[: room + 1].rfind(" ")
    return text[: end if end > 0 else room]


def _verbs_of(request: Request) -> str:
    return "; ".join(verb.name for verb, _ in request.steps) or str(request.error)
