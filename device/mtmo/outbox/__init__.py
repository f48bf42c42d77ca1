"""MO texts: one in flight, within a budget by hours and days of the world (L3).

TS 27.005 §3.5.1, at_dialects §7.
"""

from micropython import const

from .. import access, log, once
from ..clock import now_s
from ..errors import AtNoPrompt, AtRefused, AtTimeout
from ..tpdu import encode_submit

SENT = "sent"
LATER = "later"
ONCE = "once more"  # later, but not often
BUDGET = "budget"  # later, when the budget allows
GIVEN_UP = "given up"  # it cannot be texted
REFUSED = "refused"  # and will be again
UNKNOWN = "unknown"

_HOUR_S = const(3600)
_DAY_S = const(86400)
_ASK_S = const(900)


class Outbox:
    """`journal.used` keeps the budget on flash."""

    def __init__(self, modem, settings, journal):
        self._modem = modem
        self._settings = settings
        self._journal = journal
        self._short = False  # the log says once that answers wait

    def left(self) -> int:
        """How many texts the budget still allows now."""
        self._roll()
        hour, day = self._journal.used[:2]
        return max(0, min(self._settings["replies-per-hour"] - hour, self._settings["replies-per-day"] - day))

    def wait_s(self) -> int:
        """Seconds until the budget may allow more; it is asked again some times an hour, since world time may jump."""
        now = self._journal.calendar.now_s()
        _, day, hour_s, day_s = self._journal.used
        wait_s = day_s + _DAY_S - now if day + 1 >= self._settings["replies-per-day"] else hour_s + _HOUR_S - now
        return max(1, min(_ASK_S, wait_s))

    async def send(self, form: str, text: str, reserved: bool = False) -> str:
        """Hand one text to the modem: SENT, or LATER, ONCE or BUDGET (try again), GIVEN_UP or REFUSED (do not), or
        UNKNOWN (it may have gone out).

        `reserved`: an APN report, for which one text of the budget is kept. The budget counts in RAM; the caller's next
        journal write stores it.
        """
        da = access.parse_form(form)
        if da is None or not access.answerable(da, self._settings["deny-prefixes"]):
            log.info("sms", "no answer to %s: it cannot be texted", form or "nobody")
            return GIVEN_UP
        kept = 0 if reserved else 1
        if min(self._settings["replies-per-hour"], self._settings["replies-per-day"]) <= kept:
            log.warn("sms", "no answer to %s: the budget allows none", form)
            return LATER  # not for ever, or eight of them would keep every text away
        if self.left() <= kept:
            if not self._short:
                log.warn("sms", "budget used up: answers wait")
            self._short = True
            return BUDGET
        self._short = False
        if not self._modem.may_send():
            return LATER
        pdu_hex, length = encode_submit(da, text)
        self._journal.used[0] += 1
        self._journal.used[1] += 1
        self._journal.touched = True
        self._modem.sent_s = now_s()
        try:
            await self._submit("AT+CMGS=%d" % length, pdu_hex)
        except AtRefused as error:
            log.warn("sms", "%s", error)
            return await self._refused(error)
        except AtNoPrompt as error:
            self._modem.doubt()  # or it is stuck, which is mended by the next command
            log.warn("sms", "%s", error)
            return LATER
        except AtTimeout as error:
            self._modem.doubt()
            log.warn("sms", "%s: whether it was sent is unknown", error)
            return UNKNOWN
        self._modem.text_went_out()
        log.info("sms", "sent to %s", form)
        return SENT

    async def _submit(self, line: str, pdu_hex: str) -> None:
        dialect = self._modem.dialect
        timeout_ms = 1000 * dialect["send_s"]
        await self._modem.chat.request(line, timeout_ms, b"+CMGS:", body=pdu_hex, prompt=dialect["prompt"])

    async def _refused(self, error: AtRefused) -> str:
        send_errors = once("outbox.send_errors")
        modem = self._modem
        found = send_errors.classify(error.kind, error.code, modem.dialect["cms"], modem.chat.body_sent)
        if found == send_errors.DELIVERED:
            return SENT
        if found == send_errors.PERMANENT:
            return REFUSED
        if found == send_errors.UNKNOWN:
            return UNKNOWN
        if found == send_errors.FIX:
            await self._fix(error.code, send_errors)
        return ONCE if found == send_errors.ONCE else LATER

    async def _fix(self, code: int, send_errors) -> None:
        modem = self._modem
        if send_errors.is_store_full(code):
            modem.list_all_due = True
        elif code == send_errors.NO_SMSC and self._settings["smsc"]:
            smsc = self._settings["smsc"]  # never a guess (at_dialects §7.1)
            await modem.attempt('AT+CSCA="%s",%d' % (smsc, 145 if smsc[0] == "+" else 129))
        else:
            # another client, SIM or state: to set it up puts right what can be put right
            modem.require_setup("CMS %d" % code)

    def _roll(self) -> None:
        now = self._journal.calendar.now_s()
        used = self._journal.used
        if now - used[2] >= _HOUR_S:
            used[0], used[2] = 0, now
        if now - used[3] >= _DAY_S:
            used[1], used[3] = 0, now
