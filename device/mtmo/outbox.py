"""MO texts: one in flight, a budget that survives a reboot, and no blind resend (L3).

TS 27.005 §3.5.1, at_dialects §7.
"""

from micropython import const

from . import access, log
from .clock import now_s
from .errors import AtNoPrompt, AtRefused, AtTimeout
from .tpdu import encode_submit

SENT = "sent"
LATER = "later"
GIVEN_UP = "given up"
UNKNOWN = "unknown"

_HOUR_S = const(3600)
_DAY_S = const(86400)
# +CMS ERROR classes T and F of at_dialects §7.1: worth another try; any other number is for good
_TRANSIENT = (
    17, 21, 22, 27, 38, 41, 42, 47, 111, 127, 192, 194, 208, 210, 211, 212, 213, 300, 302, 310, 311,
    313, 314, 320, 322, 330, 331,
)  # fmt: skip


class Outbox:
    """`journal.used` keeps the budget on flash; the windows start anew at boot with what was used before."""

    def __init__(self, modem, settings, journal):
        self._modem = modem
        self._settings = settings
        self._journal = journal
        self._hour_s = now_s()
        self._day_s = self._hour_s

    def left(self) -> int:
        """How many texts the budget still allows now."""
        self._roll()
        hour, day = self._journal.used
        return max(0, min(self._settings["replies-per-hour"] - hour, self._settings["replies-per-day"] - day))

    async def send(self, form: str, text: str, reserved: bool = False) -> str:
        """Hand one text to the modem: SENT, LATER (try again), GIVEN_UP or UNKNOWN (it may have gone out).

        `reserved`: an APN report, for which one text of the budget is kept. The budget counts in RAM; the caller's next
        journal write stores it.
        """
        da = access.parse_form(form)
        if da is None or not access.answerable(da, self._settings["deny-prefixes"]):
            log.info("sms", "no answer to %s: it cannot be texted", form or "nobody")
            return GIVEN_UP
        if self.left() <= (0 if reserved else 1):
            log.warn("sms", "budget used up: answer to %s waits", form)
            return LATER
        pdu_hex, length = encode_submit(da, text)
        self._journal.used[0] += 1
        self._journal.used[1] += 1
        try:
            timeout_ms = 1000 * self._modem.dialect["send_s"]
            await self._modem.chat.request("AT+CMGS=%d" % length, timeout_ms, b"+CMGS:", body=pdu_hex)
        except AtRefused as error:
            log.warn("sms", "%s", error)
            return LATER if error.kind == "CMS" and error.code in _TRANSIENT else GIVEN_UP
        except AtNoPrompt as error:
            self._modem.started = True  # or it is stuck: both are mended by setting it up
            log.warn("sms", "%s", error)
            return LATER
        except AtTimeout as error:
            self._modem.started = True
            log.warn("sms", "%s: whether it was sent is unknown", error)
            return UNKNOWN
        log.info("sms", "sent to %s", form)
        return SENT

    def _roll(self) -> None:
        now = now_s()
        if now - self._hour_s >= _HOUR_S:
            self._hour_s = now
            self._journal.used[0] = 0
        if now - self._day_s >= _DAY_S:
            self._day_s = now
            self._journal.used[1] = 0
