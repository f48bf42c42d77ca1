"""From an accepted text to its answer: journal, verbs, sealing, sending; and after a power cut (L3; design 4.4)."""

from collections import namedtuple

from micropython import const

from .. import access, envelope, log, once
from ..clock import now_s
from ..envelope import SMS_SEPTETS, cut, joined
from ..errors import AtError, StoreError, VerbError
from ..gate import Limits, Refused
from ..journal import ACCEPTED, ANSWERED, Entry
from ..keys import RECOVERY
from ..modem import LOST
from ..outbox import BUDGET, LATER, ONCE, UNKNOWN
from ..verbs import RERUN

_TYPING = const(False)
if _TYPING:
    from ..gate.judge import Request
    from ..gate.quarantine import Quarantine

_RETRY_FIRST_S = const(30)
_RETRY_MAX_S = const(1800)
_RETRIES = const(8)
_UNKNOWN_S = const(600)  # what may have gone out is not sent again before
_CALM_S = const(60)  # of a boot; the clock has time where nothing is counted yet
_BEHIND_S = const(5)  # a text: the next command comes first
_IDLE_S = const(3600)
_FULL_S = const(300)
_PARKED = const(4)

# What a verb may ask about: the agent and the journal's entry of the text that asked
Context = namedtuple("Context", ("agent", "entry"))


class Dispatcher:
    """Where the agent works through what the gate lets in. Order is the promise: journal, delete, run, answer, send."""

    def __init__(self, agent):
        self._agent = agent
        self._limits = Limits(agent.settings)
        self._waiting: "list[tuple]" = []  # what was accepted and has not begun: arguments of _carry_out
        self._parked: list = []  # texts that wait, and lie neither in the modem nor with the network
        self._untold: "tuple | None" = None  # (request, why it is not carried out), of one who is to be told
        self._apn_report_s = 0  # when the APN report may be tried again
        self._apn_report_tries = 0
        self._look_s = 0 if agent.journal.counts() or agent.lockouts.counts() else _CALM_S  # then at the modem's clock
        self.looked = False  # in this boot
        self._later_s = 0  # when the texts that are one too many may be looked at again; 0: there are none
        self._period: "tuple" = (None, 0)  # of the scheduled report: since when, and when to look at it again
        self._doubted = False  # the last text was refused for what noise may have made of it
        self.rest: "tuple | None" = None  # (kid, oa, encrypted, text): what `more` gives
        self.quarantine: "Quarantine | None" = None  # after a crash, until the first sweep has ended
        self._cut_off = True  # nothing was brought to an end since boot: what is at work was cut off by it

    def wait_s(self) -> int:
        """Seconds until something is due again."""
        agent = self._agent
        waits = [_IDLE_S]
        if agent.apn.due:
            waits.append(self._apn_report_s - now_s())
        if self._later_s:
            waits.append(self._later_s - now_s())
        if agent.settings["report-h"] and agent.modem.sms_possible():
            waits.append(self._period[1] - now_s())
        for entry in agent.journal.entries:
            if entry.state == ANSWERED:
                waits.append(entry.due_s - now_s())
        return max(0, min(waits))

    # -- in

    async def take(self, text) -> None:
        """Judge one text of the inbox and, if it may, carry it out. Raises AtError."""
        if not self.admit(text):
            if not self._doubted:
                return
            self._doubted = False
            text = await self._agent.inbox.reread_until_equal(text.places)
            if text is None or not self.admit(text):
                return
        await self._agent.inbox.delete(text.places)
        for waiting in list(self._waiting):
            if self._agent.modem.setup != LOST:  # else once it is set up again
                await self._carry_out(*waiting)
        await self._tell()

    def admit(self, text) -> bool:
        """Judge one text; False if it must stay where it is, else it may be deleted or acknowledged.

        What is accepted is on flash by then, and waits to be carried out: access, journal, then delete.
        """
        agent = self._agent
        if self.quarantine and not self.quarantine.passes(text):
            return True
        try:
            request = agent.gate.judge(text)
            if self._must_wait(request):
                return self._parks(text)
            if not request.kid and self._mutes(text):
                raise Refused("muted: too many texts alike")
            try:
                self._accept(request)
            except StoreError:
                return not self._flash_fails(request) or self._parks(text)
        except Refused as error:
            if agent.gate.doubt and text.places and not text.sure:
                log.info("sms", "%s: read it again", error.reason)
                self._doubted = True
                return False
            self._refuse(text, error)
        except Exception as error:  # noqa: BLE001 - a text that hits a defect, or finds no heap, must not stop the agent
            quarantine = once("gate.quarantine")
            if not quarantine.again(agent.inbox.failed, quarantine.tag_of(text), error):
                self._later_s = now_s() + _FULL_S
                return len(self._parked) < _PARKED and self._parks(text)
        return True

    def unpark(self) -> None:
        """Judge once more what waits in RAM."""
        parked, self._parked = self._parked, []
        for text in parked:
            self.admit(text)

    def _parks(self, text) -> bool:
        # what waits, but lies nowhere else, waits here
        if text.in_ram:
            self._parked.append(text)
        return text.in_ram

    def overdue(self) -> bool:
        """True once, when texts that were too many before may be listed again."""
        if not self._later_s or now_s() < self._later_s:
            return False
        self._later_s = 0
        return True

    def _must_wait(self, request: "Request") -> bool:
        if request.text.in_ram and len(self._parked) >= _PARKED:
            self._untold = (request, "E20 too many texts")
            raise Refused("too many texts at once, and the modem keeps none of them")
        if not self._agent.journal.has_room(bool(request.kid)):
            log.warn("sms", "too many answers are unsent: the text stays %s", self._where(request.text))
            self._later_s = now_s() + _FULL_S
            return True
        if not self._agent.journal.settle() and not request.harmless():
            return self._flash_fails(request)
        wait_s = self._limits.wait_s(now_s())
        if not wait_s:
            return False
        if not request.kid and self._store_fills():
            raise Refused("too many texts, and the store fills")  # a forged flood must not bury a signed text
        log.info("sms", "too many texts a minute: it waits %d s %s", wait_s, self._where(request.text))
        self._later_s = now_s() + wait_s
        return True

    def _where(self, text) -> str:
        return "in RAM, until power fails" if text.in_ram else "in the modem" if text.places else "with the network"

    def _mutes(self, text) -> bool:
        from ..gate.mute import mutes

        journal = self._agent.journal
        most = self._agent.settings["same-texts-per-hour"]
        journal.touched = True
        return mutes(journal.alike, most, access.form_of(text.oa), text.text, journal.calendar.now_s())

    def _store_fills(self) -> bool:
        return self._agent.modem.store_used > self._agent.modem.store_size // 2

    def _flash_fails(self, request: "Request") -> bool:
        # what may not be lost or come twice is not begun: it waits, True. Reads are served meanwhile
        self._untold = (request, "E20 flash fails")
        if self._store_fills():
            raise Refused("the flash fails, and the store fills")
        self._later_s = now_s() + max(1, self._agent.store.wait_s())
        log.warn("sms", "the flash fails: the text stays %s", self._where(request.text))
        return True

    def _refuse(self, text, error: Refused) -> None:
        agent = self._agent
        if error.entry is None:
            agent.rejected += 1
            hint = "; to allow it: " + error.hint if error.hint else ""
            log.info("sms", "refused: %s, from %s%s", error.reason, access.form_of(text.oa), hint)
        elif agent.journal.may_resend(error.entry):
            error.entry.due_s = 0
        if error.stale is not None:
            self._untold = (error.stale, "E21 high=%d" % error.high)

    async def _tell(self) -> None:
        # once a day, slot and code; not written for its own sake, so that a replay costs no flash (SC1 §5.6)
        if self._untold is None:
            return
        request, words = self._untold
        self._untold = None
        what = request.kid + words[:3]
        journal = self._agent.journal
        journal.counts()
        if request.kid and what not in journal.told:
            journal.told[what] = journal.calendar.now_s()
            await self.send_part(self._entry_for(request), 0, words)

    def _accept(self, request: "Request") -> None:
        agent = self._agent
        pending = agent.keys.pending.get(request.kid)
        if pending and pending.epoch == request.epoch:
            agent.keys.promote(request.kid)  # its first valid message (SC1 §6)
        entry = self._entry_for(request)
        agent.journal.accept(entry, request.harmless())
        self._waiting.append((entry, request.steps, request.error))
        self._limits.count(now_s())
        log.info("sms", "accepted from %s as %s: %s", access.form_of(request.text.oa), request.role, _verbs_of(request))

    def _entry_for(self, request: "Request") -> Entry:
        agent = self._agent
        oa = request.text.oa
        form = access.form_of(oa)
        if not (access.answerable(oa, agent.settings["deny-prefixes"]) and access.role_of(oa, agent.keys.allowed)):
            form = agent.settings["reply-to"]
        scts = request.text.scts
        entry = Entry(request.kid, request.ctr, request.tag, form, scts, request.encrypted, request.body, request.epoch)
        entry.shown[0] = request.text.mark
        return entry

    # -- at work

    async def _carry_out(self, entry: Entry, steps: list, error: "VerbError | None") -> None:
        agent = self._agent
        self._waiting = [waiting for waiting in self._waiting if waiting[0] is not entry]
        answer = entry.answer
        for i in range(entry.verb, len(steps) if error is None else 0):
            verb, args = steps[i]
            try:
                if i and verb.on_power_loss != RERUN:
                    agent.journal.reached(entry, i, answer)
                words = await self.run(verb, args, entry)
            except VerbError as refused:
                error = refused
                break
            except StoreError:
                agent.reread()
                error = VerbError(20, "flash fails")
                break
            answer = joined(answer, words if words.startswith("Q ") else "OK " + words if words else "OK")
        if error is not None:
            answer = joined(answer, str(error))
        agent.journal.answered(entry, self._kept(entry, answer))
        await self.send_due()

    async def run(self, verb, args: "list[str]", entry: Entry) -> str:
        """Carry out one verb; its words. Raises VerbError, and StoreError with nothing changed."""
        try:
            if entry.kid == RECOVERY:
                self._agent.keys.note_recovery(entry.epoch, entry.ctr)
            return await verb.run(Context(self._agent, entry), args)
        except (VerbError, StoreError):
            raise
        except AtError as error:
            log.warn("sms", "%s: %s", verb.name, error)
            raise VerbError(50, "modem")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a text that hits a defect must not stop the agent
            log.warn("sms", "%s: %r", verb.name, error)
            raise VerbError(20, "failed")

    async def finish_accepted(self) -> None:
        """Bring to an end what a power cut or a silent modem left between accepted and answered."""
        for entry in list(self._agent.journal.entries):
            if entry.state == ACCEPTED:
                if self._agent.modem.setup == LOST:
                    return
                await self._finish(entry)
        self._cut_off = False

    async def _finish(self, entry: Entry) -> None:
        for waiting in self._waiting:
            if waiting[0] is entry:
                await self._carry_out(*waiting)  # no cut: the modem did not answer before it began
                return
        steps, error = once("dispatch.after_cut").look(self._agent, entry, self._cut_off)
        if steps is not None:
            await self._carry_out(entry, steps, error)

    # -- out

    def notify(self, text: str) -> bool:
        """Queue a notice to `reply-to`, signed if there is a key; False where it can go nowhere."""
        return once("dispatch.notices").queue(self._agent, text)

    async def send_due(self) -> None:
        """Send the answers, the notices and the reports whose time has come."""
        agent = self._agent
        await self._tell()
        agent.journal.settle()
        for entry in list(agent.journal.entries):
            if entry.state == ANSWERED and now_s() >= entry.due_s:
                await self._send_answer(entry)
        if agent.apn.due and not agent.apn.busy() and now_s() >= self._apn_report_s:
            await self._send_apn_report()
        if not agent.settings["report-h"]:
            agent.journal.period = []  # the next one begins when it is on again
        elif now_s() >= self._period[1] and agent.modem.sms_possible():
            await self._report()

    async def keep_time(self) -> None:
        """Look at the modem's clock once a boot, and while something is counted by hours or days. Raises AtError."""
        agent = self._agent
        counts = agent.journal.counts() or agent.lockouts.counts() or agent.apn.due
        if now_s() >= self._look_s and now_s() - agent.modem.sent_s >= _BEHIND_S and (counts or not self.looked):
            self._look_s = now_s() + await once("modem.network_time").look(agent, not self.looked)
            self.looked = True

    async def _report(self) -> None:
        since_s, wait_s, is_due = await once("dispatch.schedule").look(self._agent, self._period[0])
        self._period = since_s, now_s() + wait_s
        if is_due:
            await once("dispatch.notices").report(self._agent)

    async def _send_answer(self, entry: Entry) -> None:
        agent = self._agent
        parts, _ = cut(entry, self._last_words(entry), agent.settings["reply-parts"])
        while entry.part < len(parts):
            outcome = await self.send_part(entry, entry.part, parts[entry.part])
            if outcome == BUDGET:
                entry.due_s = now_s() + agent.outbox.wait_s()
                return
            if entry.tries < _tries(entry, outcome):
                pause_s = min(_RETRY_MAX_S, _RETRY_FIRST_S << entry.tries)
                entry.due_s = now_s() + (_UNKNOWN_S if outcome == UNKNOWN else pause_s)
                if agent.modem.sms_possible():
                    entry.tries += 1  # without a network the answer waits for it, however long
                return
            entry.part += 1
            entry.tries = 0
        agent.journal.sent(entry)
        if "Q txn=" in entry.answer and agent.apn.busy():
            agent.transaction().answer_sent()

    def _last_words(self, entry: Entry) -> str:
        # the last text before the one that is kept for an APN report says why the next stays away (case 37)
        if self._agent.outbox.left() == 2 and not entry.is_notice():
            return joined(entry.answer, "E60 budget")
        return entry.answer

    async def _send_apn_report(self) -> None:
        agent = self._agent
        pause_s = await once("apn.report").send(agent, self._apn_report_tries)
        self._apn_report_s = now_s() + pause_s
        self._apn_report_tries = self._apn_report_tries + 1 if pause_s and agent.modem.sms_possible() else 0

    async def send_part(self, entry: Entry, part: int, text: str, reserved: bool = False) -> str:
        """Seal one part of an answer and hand it to the modem; as Outbox.send, or "" where its key is gone."""
        keys = self._agent.keys
        kid = entry.kid[1:] if entry.is_notice() else entry.kid
        if kid:
            slot = keys.slots.get(kid)
            if slot is None:
                return ""
            if entry.is_notice():
                text = envelope.seal_notice(slot, keys.devid, entry.ctr, text, entry.encrypted)
            else:
                text = cut(entry, envelope.escape(text), 1, part)[0][0]
                tag = bytes.fromhex(entry.tag)
                text = envelope.seal_reply(slot, keys.devid, entry.ctr, part, tag, text, entry.encrypted)
        return await self._agent.outbox.send(entry.oa, text[:SMS_SEPTETS], reserved)

    def _kept(self, entry: Entry, answer: str) -> str:
        """The start of an answer that is stored and sent; the rest waits in RAM for `more`."""
        answer = envelope.escape(answer)
        rest = cut(entry, answer, self._agent.settings["reply-parts"])[1]
        if rest:
            self.rest = (entry.kid, entry.oa, entry.encrypted, rest)
        return answer[: len(answer) - len(rest)].rstrip()


def _tries(entry: Entry, outcome: str) -> int:
    # how often more: what may have gone out is repeated only where its reader sees by the MAC that it is the same
    if outcome == LATER:
        return _RETRIES
    return int(outcome == ONCE or (outcome == UNKNOWN and entry.kid not in ("", "+")))


def _verbs_of(request: "Request") -> str:
    return "; ".join(verb.name for verb, _ in request.steps) or str(request.error)
