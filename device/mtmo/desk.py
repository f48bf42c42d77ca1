"""From an accepted text to its answer: journal, verbs, sealing, sending; and after a power cut (L3; design 4.4)."""

from collections import namedtuple

from micropython import const

from . import access, envelope, log
from .clock import now_s
from .errors import AtError, VerbError
from .gate import Refused, Request, plan
from .journal import ACCEPTED, ANSWERED, Entry
from .outbox import LATER
from .verbs import DONE, E20, RUN

_RETRY_FIRST_S = const(30)
_RETRY_MAX_S = const(1800)
_RETRIES = const(8)
_IDLE_S = const(3600)

# What a verb may ask about: the agent and the journal's entry of the text that asked
Context = namedtuple("Context", ("agent", "entry"))


class Desk:
    """Where the agent works through what the gate lets in. Order is the promise: journal, delete, run, answer, send."""

    def __init__(self, agent):
        self._agent = agent
        self._waiting: "tuple | None" = None  # what was accepted and has not begun: arguments of _carry_out
        self._report_s = 0  # when the APN report may be tried again

    def wait_s(self) -> int:
        """Seconds until something is due again."""
        agent = self._agent
        waits = [_IDLE_S]
        if agent.apn.due:
            waits.append(self._report_s - now_s())
        for entry in agent.journal.entries:
            if entry.state == ANSWERED:
                waits.append(entry.due_s - now_s())
        return max(0, min(waits))

    async def take(self, text) -> None:
        """Judge one text of the inbox and, if it may, carry it out. Raises AtError."""
        # access, journal, then delete: what is accepted is on flash before the modem forgets it
        try:
            request = self._agent.gate.judge(text)
        except Refused as error:
            if error.entry is None:
                self._agent.rejected += 1
                hint = "; to allow it: " + error.hint if error.hint else ""
                log.info("sms", "refused: %s, from %s%s", error.reason, access.form_of(text.oa), hint)
            elif self._agent.journal.may_resend(error.entry):
                error.entry.due_s = 0
            await self._agent.inbox.delete(text.places)
            return
        if not self._agent.journal.has_room():
            log.warn("sms", "eight answers are unsent: the text stays in the modem")
            return
        entry = self._accept(request)
        self._waiting = (entry, request.steps, request.error)
        await self._agent.inbox.delete(text.places)
        await self._carry_out(entry, request.steps, request.error)

    def _accept(self, request: Request) -> Entry:
        oa = request.text.oa
        form = access.form_of(oa)
        if not (
            access.answerable(oa, self._agent.settings["deny-prefixes"]) and access.role_of(oa, self._agent.allowed)
        ):
            form = self._agent.settings["reply-to"]
        entry = Entry(request.kid, request.ctr, request.tag, form, request.text.scts, request.encrypted, request.body)
        self._agent.journal.accept(entry, request.epoch)
        log.info("sms", "accepted from %s as %s: %s", access.form_of(oa), request.role, _verbs_of(request))
        return entry

    async def _carry_out(self, entry: Entry, steps: list, error: "VerbError | None") -> None:
        self._waiting = None
        answers = []
        for i in range(entry.verb, len(steps) if error is None else 0):
            verb, args = steps[i]
            if i and verb.after_cut != RUN:
                self._agent.journal.reached(entry, i)
            try:
                words = await verb.run(Context(self._agent, entry), args)
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
        self._agent.journal.answered(entry, "; ".join(answers))
        await self.send_due()

    async def finish_accepted(self) -> None:
        """Bring to an end what a power cut or a silent modem left between accepted and answered."""
        for entry in self._agent.journal.entries:
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
            self._agent.journal.answered(entry, "E20 interrupted")
        elif verb.after_cut == DONE:
            self._agent.journal.answered(entry, "OK rebooted")
        else:
            await self._carry_out(entry, steps, None)

    # -- answers

    async def send_due(self) -> None:
        """Send the answers and the report whose time has come."""
        for entry in self._agent.journal.entries:
            if entry.state == ANSWERED and now_s() >= entry.due_s:
                await self._send_answer(entry)
        if self._agent.apn.due and not self._agent.apn.busy() and now_s() >= self._report_s:
            await self._send_report()

    async def _send_answer(self, entry: Entry) -> None:
        outcome = await self._send(entry.oa, entry.kid, entry.ctr, 0, entry.tag, entry.answer, entry.encrypted)
        if outcome == LATER and entry.tries < _RETRIES:
            entry.due_s = now_s() + min(_RETRY_MAX_S, _RETRY_FIRST_S << entry.tries)
            if self._agent.modem.sms_possible():
                entry.tries += 1  # without a network the answer waits for it, however long
            return
        self._agent.journal.sent(entry)
        if "Q txn=" in entry.answer and self._agent.apn.busy():
            self._agent.transaction().answer_sent()

    async def _send_report(self) -> None:
        form, kid, ctr, tag, encrypted = self._agent.apn.who
        outcome = await self._send(form, kid, ctr, 1, tag, self._agent.apn.due, encrypted, True)
        if outcome == LATER:
            self._report_s = now_s() + _RETRY_FIRST_S  # for ever: it is the one text that must arrive
            return
        self._agent.journal.save()
        self._agent.apn.report_sent()

    async def _send(self, form, kid, ctr, part, tag, text, encrypted, reserved=False) -> str:
        if kid:
            slot = self._agent.slots.get(kid)
            if slot is None:
                return ""
            text = _cut(envelope.escape(text), envelope.room(ctr, encrypted, part))
            text = envelope.seal_reply(slot, self._agent.devid, ctr, part, bytes.fromhex(tag), text, encrypted)
        return await self._agent.outbox.send(form, text[:160], reserved)


def _cut(text: str, room: int) -> str:
    # behind a whole word, so that no half of a %HH or of a number is read as the whole
    if len(text) <= room:
        return text
    end = text[: room + 1].rfind(" ")
    return text[: end if end > 0 else room]


def _verbs_of(request: Request) -> str:
    return "; ".join(verb.name for verb, _ in request.steps) or str(request.error)
