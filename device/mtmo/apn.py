"""The APN transaction: apply, prove, keep or roll back alone (L3; apn.md §3).

Only STABLE, OPEN and ROLLBACK are on flash: whatever was open at boot is rolled back.
"""

from micropython import const

from . import log
from .apn_rules import check_apn, check_password, check_user, network_identifier, same_apn
from .at import fields
from .clock import now_s
from .errors import ApnError, AtError, AtRefused, VerbError
from .modem import DENIED, REGISTRATION

STABLE = const(0)
STAGED = const(1)
APPLYING = const(2)
TESTING = const(3)
TRIAL = const(4)
ROLLBACK = const(5)
_STATE_NAMES = ("stable", "staged", "applying", "testing", "trial", "rollback")

_RECORD = "apn"
_STORED_OPEN = "open"
_STORED_ROLLBACK = "rollback"
_STORED_STABLE = "stable"

_ANSWER_WAIT_S = const(30)  # for the Q answer to leave before the radio goes off
_STEP_S = const(3)
_DENIED_GRACE_S = const(30)
_PROBES = const(3)
_HISTORY = const(5)
_BACKOFF_MAX_S = const(1800)

# +CME ERROR that name the APN or its user (at_dialects §7.3)
_CAUSES = {
    127: "unknown-apn",
    607: "unknown-apn",
    129: "auth",
    149: "auth",
    133: "not-subscribed",
    132: "not-subscribed",
}
# words of +CEER (TS 24.008 §10.5.6.6: 27 missing or unknown APN, 29 authentication, 33 not subscribed)
_CEER = ((27, "unknown-apn"), (29, "auth"), (33, "not-subscribed"))
_TYPES = {"ip": "IP", "ipv6": "IPV6", "ipv4v6": "IPV4V6"}
_AUTH = {"none": 0, "pap": 1, "chap": 2}


class Profile:
    """One APN with its credentials; every value has passed the rules of apn.md §1. Raises ApnError."""

    def __init__(self, apn: str, user: str = "", password: str = "", auth: str = "none", pdp_type: str = "ip"):
        self.apn = check_apn(apn)
        self.user = check_user(user) if user else ""
        self.password = check_password(password) if password else ""
        self.auth = auth
        self.pdp_type = pdp_type
        log.hide(password)

    def row(self) -> list:
        """What is stored."""
        return [self.apn or "-", self.user, self.password, self.auth, self.pdp_type]

    def same(self, other: "Profile") -> bool:
        """Would applying the other change nothing?"""
        return self.is_stored_as(other.apn) and self.row()[1:] == other.row()[1:]

    def is_stored_as(self, apn: str) -> bool:
        """Is `apn`, read from a modem's memory, this one? Unlike in a network's answer, empty is a value here."""
        return network_identifier(self.apn).lower() == network_identifier(apn).lower()


class Apn:
    """The record and the machine that moves it. `step()` is called again and again and never takes long but for the radio."""

    def __init__(self, store, modem, settings):
        self._store = store
        self._modem = modem
        self._settings = settings
        record = store.read(_RECORD) or {}
        self.txn = record.get("txn", 0)
        self.good = Profile(*record.get("good", ["-"]))
        self._recorded = "good" in record
        self.previous = Profile(*record["previous"]) if record.get("previous") else None
        self.candidate = Profile(*record["candidate"]) if record.get("candidate") else None
        self.who = record.get("who")  # [form, kid, ctr, tag, encrypted] that gets the report
        self.due = record.get("due", "")  # the report, until it was sent
        self.history = record.get("history", [])
        self._phase = STABLE
        self._cause = ""
        self._tries = 0
        self._next_s = 0
        self._deadline_s = 0
        self._denied_s = 0  # since when the network denies registration
        self._extended = False
        self._fallback = 0  # which of _fallbacks() is tried
        self._applied = False
        if record.get("state", _STORED_STABLE) != _STORED_STABLE:
            self._cause = "cut"
            self._phase = ROLLBACK

    def state_name(self) -> str:
        """The state as `status` says it."""
        return _STATE_NAMES[self._phase]

    def busy(self) -> bool:
        """Is a transaction open?"""
        return self._phase != STABLE

    async def request(self, wanted: Profile, entry) -> str:
        """Open a transaction for `wanted`, asked for by a journal entry; the answer's words. Raises VerbError 40."""
        if self.who and self.who[1:4] == [entry.kid, entry.ctr, entry.tag]:
            return "Q txn=%d" % self.txn  # started before a power cut: never started again
        if self.busy():
            raise VerbError(40, "txn=%d" % self.txn)
        if wanted.same(self.good) and same_apn(wanted.apn, await self._modem.negotiated_apn()):
            return "apn=%s unchanged" % (wanted.apn or "-")
        self.txn += 1
        self.candidate = wanted
        self.who = [entry.oa, entry.kid, entry.ctr, entry.tag, entry.encrypted]
        self.due = ""
        self._write(_STORED_OPEN)
        self._enter(STAGED, _ANSWER_WAIT_S)
        return "Q txn=%d" % self.txn

    def answer_sent(self) -> None:
        """The Q answer is with the network: the radio may be touched now."""
        if self._phase == STAGED:
            self._enter(APPLYING, 0)

    def report_sent(self) -> None:
        """The report is with the network."""
        self.due = ""
        self._write(_STORED_STABLE)

    async def check_modem(self) -> None:
        """The record is the authority: rewrite a context that differs from it (apn.md §3, boot). Raises AtError."""
        if self._phase != STABLE:
            return
        stored = await self._stored_apn()
        if stored is None or self.good.is_stored_as(stored):
            return
        if not self._recorded:
            try:
                self.good = Profile(stored)  # nobody said what works: what the modem has
            except ApnError:
                log.warn("apn", "the modem's APN is none that could be written back")
            return
        log.warn("apn", "the modem has %s, the record says %s", stored or "-", self.good.apn or "-")
        await self._apply(self.good)

    def wait_s(self) -> "int | None":
        """Seconds until `step()` has something to do; None while stable."""
        return None if self._phase == STABLE else max(0, self._next_s - now_s())

    async def step(self) -> None:
        """One move of the machine, if it is time."""
        if self._phase == STABLE or now_s() < self._next_s:
            return
        try:
            if self._phase == STAGED or self._phase == APPLYING:
                self._phase = APPLYING
                await self._apply(self.candidate)
                self._start_test()
            elif self._phase == TESTING:
                await self._test(self.candidate)
            elif self._phase == TRIAL:
                await self._trial()
            else:
                await self._roll_back()
        except AtRefused as error:
            self._failed(_CAUSES.get(error.code, "modem") if error.kind == "CME" else "modem", error)
        except AtError as error:
            self._failed("modem", error)

    # -- moves

    def _enter(self, phase: int, wait_s: int) -> None:
        self._phase = phase
        self._tries = 0
        self._fallback = 0
        self._applied = False
        self._next_s = now_s() + wait_s
        log.info("apn", "txn=%d %s", self.txn, _STATE_NAMES[phase])

    def _start_test(self) -> None:
        self._deadline_s = now_s() + self._settings["apn-test-s"]
        self._denied_s = 0
        self._extended = False
        self._enter(TESTING, _STEP_S)

    async def _test(self, profile: Profile) -> None:
        cause = await self._proof(profile)
        if not cause:
            self._enter(TRIAL, 0)
        elif cause != "wait":
            self._failed(cause, "")
        elif now_s() >= self._deadline_s:
            self._out_of_time()
        else:
            self._next_s = now_s() + _STEP_S

    def _out_of_time(self) -> None:
        # once more for a modem that still searches: a slow roaming registration is no fault of the APN
        if not self._extended and REGISTRATION[self._modem.stat] in ("searching", "off", "unknown"):
            self._extended = True
            self._deadline_s = now_s() + self._settings["apn-roam-s"] - self._settings["apn-test-s"]
        else:
            self._failed("timeout" if self._modem.data_possible() else "no-service", "")

    async def _trial(self) -> None:
        if await self._proof(self.candidate):
            self._tries -= 1
        else:
            self._tries += 1
        if self._tries <= -_PROBES:
            self._failed("timeout", "three probes lost")
        elif self._tries >= _PROBES:
            self._settle(
                self.candidate, "OK apn=%s state=confirmed txn=%d" % (self.candidate.apn or "-", self.txn), "confirmed"
            )
        else:
            self._next_s = now_s() + self._settings["apn-probe-s"]

    def _failed(self, cause: str, error) -> None:
        log.warn("apn", "txn=%d %s %s", self.txn, cause, error)
        if self._phase == ROLLBACK:
            self._next_fallback()
            return
        if cause == "modem" and self._tries < 2:
            self._tries += 1
            self._next_s = now_s() + _STEP_S
            return
        self._cause = cause
        self._write(_STORED_ROLLBACK)
        self._enter(ROLLBACK, 0)

    async def _roll_back(self) -> None:
        # good first in every round; when it does not work itself, what worked before, then the empty APN
        profile = self._fallbacks()[self._fallback]
        if not self._applied:
            await self._apply(profile)
            self._applied = True
            self._denied_s = 0
            self._deadline_s = now_s() + self._settings["apn-test-s"]
            self._next_s = now_s() + _STEP_S
            return
        cause = await self._proof(profile)
        if not cause:
            if self._fallback:
                log.warn("apn", "fallback to %s; %s stays the record", profile.apn or "-", self.good.apn or "-")
            self._settle(self.good, "E42 txn=%d cause=%s" % (self.txn, self._cause), self._cause)
        elif cause == "wait" and now_s() < self._deadline_s:
            self._next_s = now_s() + _STEP_S
        else:
            self._next_fallback()

    def _fallbacks(self) -> list:
        return [self.good] + ([self.previous] if self.previous else []) + [Profile("-")]

    def _next_fallback(self) -> None:
        self._applied = False
        self._fallback += 1
        self._next_s = now_s()
        if self._fallback >= len(self._fallbacks()):
            self._fallback = 0
            self._next_s += min(_BACKOFF_MAX_S, 60 << min(self._tries, 5))
            self._tries += 1
            log.warn("apn", "no APN works; next round in %d s", self._next_s - now_s())

    def _settle(self, good: Profile, report: str, outcome: str) -> None:
        if good is not self.good:
            self.previous = self.good
            self.good = good
        self.candidate = None
        self.due = report if self.who else ""
        self.history = (self.history + ["%d:%s" % (self.txn, outcome)])[-_HISTORY:]
        self._write(_STORED_STABLE)
        self._enter(STABLE, 0)

    def _write(self, state: str) -> None:
        self._store.write(
            _RECORD,
            {
                "state": state,
                "txn": self.txn,
                "good": self.good.row(),
                "previous": self.previous.row() if self.previous else None,
                "candidate": self.candidate.row() if self.candidate else None,
                "who": self.who,
                "due": self.due,
                "history": self.history,
            },
        )

    # -- what the modem does

    async def _apply(self, profile: Profile) -> None:
        dialect = self._modem.dialect
        request = self._modem.chat.request
        values = {
            "cid": dialect["cid"],
            "type": _TYPES[profile.pdp_type],
            "apn": profile.apn,
            "auth": _AUTH[profile.auth],
            "user": profile.user,
            "password": profile.password,
        }
        await request(dialect["radio_off"], 30000)
        try:
            for template in dialect["context"]:
                await request(template.format(**values))
            await self._authenticate(dialect, profile, values)
        finally:
            await request(dialect["radio_on"], 180000)

    async def _authenticate(self, dialect: dict, profile: Profile, values: dict) -> None:
        template = dialect["auth"] if profile.auth != "none" else dialect["no_auth"]
        try:
            await self._modem.chat.request(template.format(**values))
        except AtRefused:
            if profile.auth != "none":
                raise  # without its credentials the profile is another one

    async def _proof(self, profile: Profile) -> str:
        # "" when all of apn.md §2 holds, "wait" while it may still come, else the cause
        modem = self._modem
        stat = await modem.registration()
        if stat == DENIED:
            self._denied_s = self._denied_s or now_s()
            return await self._denial() if now_s() - self._denied_s >= _DENIED_GRACE_S else "wait"
        if not modem.data_possible():
            return "wait"
        if not await modem.address():
            try:
                line = modem.dialect["activate"].format(cid=modem.dialect["cid"])
                await modem.chat.request(line, 1000 * modem.dialect["activate_s"])
            except AtRefused as error:
                return _CAUSES.get(error.code) or await self._denial()
            if not await modem.address():
                return "wait"
        negotiated = await modem.negotiated_apn()
        return "" if same_apn(profile.apn, negotiated) else "wait"

    async def _denial(self) -> str:
        # the network's own words, where the modem has them (TS 27.007 §6.10)
        try:
            for line in await self._modem.chat.request("AT+CEER"):
                for number, cause in _CEER:
                    if ("%d" % number).encode() in line:
                        return cause
        except AtRefused:
            pass
        return "denied"

    async def _stored_apn(self) -> "str | None":
        cid = "%d" % self._modem.dialect["cid"]
        try:
            for line in await self._modem.chat.request("AT+CGDCONT?", 5000, b"+CGDCONT:"):
                parts = fields(line)
                if parts[0] == cid and len(parts) > 2:
                    return parts[2]
        except AtRefused:
            return None
        return ""
