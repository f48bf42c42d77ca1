"""The moves of an open APN transaction: apply, prove, keep or roll back alone (L3; apn.md §3).

Loaded when a transaction opens, which is rare: RAM pays for it only then.
"""

from micropython import const

from . import log
from .apn import APPLYING, PHASES, ROLLBACK, STABLE, STAGED, STORED_ROLLBACK, STORED_STABLE, TESTING, TRIAL
from .apn_rules import Profile, same_apn
from .clock import now_s
from .errors import AtError, AtRefused
from .modem import DENIED, REGISTRATION

_ANSWER_WAIT_S = const(30)  # for the Q answer to leave before the radio goes off
_STEP_S = const(3)
_DENIED_GRACE_S = const(30)
_PROBES = const(3)
_ERRORS = const(2)
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
_CEER = ((b"27", "unknown-apn"), (b"29", "auth"), (b"33", "not-subscribed"))
_TYPES = {"ip": "IP", "ipv6": "IPV6", "ipv4v6": "IPV4V6"}
_AUTH = {"none": 0, "pap": 1, "chap": 2}


class Transaction:
    """One transaction from STAGED to STABLE on the record `apn`, an `Apn` whose phase it moves."""

    def __init__(self, apn, modem, settings):
        self.txn = apn.txn
        self._apn = apn
        self._modem = modem
        self._settings = settings
        self._candidate = Profile(*(apn.candidate or apn.good))
        self._cause = "cut"  # what a rollback reports; one that starts here was cut off by a reboot
        self._tries = 0
        self._next_s = 0
        self._deadline_s = 0
        self._denied_s = 0  # since when the network denies registration
        self._extended = False
        self._fallback = 0  # which of _fallbacks() is tried
        self._errors = 0  # of the modem, while it is tried
        self._applied = False
        self._enter(apn.phase, _ANSWER_WAIT_S if apn.phase == STAGED else 0)

    def answer_sent(self) -> None:
        """The Q answer is with the network: the radio may be touched now."""
        if self._apn.phase == STAGED:
            self._enter(APPLYING, 0)

    def wait_s(self) -> int:
        """Seconds until the next move."""
        return max(0, self._next_s - now_s())

    async def step(self) -> None:
        """One move, if it is time."""
        if now_s() < self._next_s:
            return
        phase = self._apn.phase
        try:
            if phase in (STAGED, APPLYING):
                self._apn.phase = APPLYING
                await apply(self._modem, self._candidate)
                self._start_test()
            elif phase == TESTING:
                await self._test()
            elif phase == TRIAL:
                await self._trial()
            else:
                await self._roll_back()
        except AtRefused as error:
            self._failed(_CAUSES.get(error.code, "modem") if error.kind == "CME" else "modem", str(error))
        except AtError as error:
            self._failed("modem", str(error))

    def _enter(self, phase: int, wait_s: int) -> None:
        self._apn.phase = phase
        self._tries = 0
        self._fallback = 0
        self._applied = False
        self._next_s = now_s() + wait_s
        log.info("apn", "txn=%d %s", self._apn.txn, PHASES[phase])

    def _start_test(self) -> None:
        self._deadline_s = now_s() + self._settings["apn-test-s"]
        self._denied_s = 0
        self._extended = False
        self._enter(TESTING, _STEP_S)

    async def _test(self) -> None:
        cause = await self._proof(self._candidate)
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
        candidate = self._candidate
        self._tries += -1 if await self._proof(candidate) else 1
        if self._tries <= -_PROBES:
            self._failed("timeout", "three probes lost")
        elif self._tries >= _PROBES:
            self._apn.previous = self._apn.good
            self._apn.good = candidate.row()
            self._settle("OK apn=%s state=confirmed txn=%d" % (candidate.apn or "-", self._apn.txn), "confirmed")
        else:
            self._next_s = now_s() + self._settings["apn-probe-s"]

    def _failed(self, cause: str, words: str) -> None:
        log.warn("apn", "txn=%d %s %s", self._apn.txn, cause, words)
        if self._apn.phase == ROLLBACK:
            if cause == "modem" and self._errors < _ERRORS:
                self._errors += 1  # says nothing about the APN: the same once more
                self._applied = False
                self._next_s = now_s() + _STEP_S
            else:
                self._next_fallback()
            return
        if cause == "modem" and self._tries < 2:
            self._tries += 1
            self._next_s = now_s() + _STEP_S
            return
        self._cause = cause
        self._apn.write(STORED_ROLLBACK)
        self._enter(ROLLBACK, 0)

    async def _roll_back(self) -> None:
        # good first in every round; when it does not work itself, what worked before, then the empty APN
        profile = self._fallbacks()[self._fallback]
        if not self._applied:
            await apply(self._modem, profile)
            self._applied = True
            self._denied_s = 0
            self._deadline_s = now_s() + self._settings["apn-test-s"]
            self._next_s = now_s() + _STEP_S
            return
        cause = await self._proof(profile)
        if not cause:
            if self._fallback:
                log.warn("apn", "fallback to %s; %s stays the record", profile.apn or "-", self._apn.good[0])
            self._settle("E42 txn=%d cause=%s" % (self._apn.txn, self._cause), self._cause)
        elif cause == "wait" and now_s() < self._deadline_s:
            self._next_s = now_s() + _STEP_S
        else:
            self._next_fallback()

    def _fallbacks(self) -> "list[Profile]":
        rows = [self._apn.good, self._apn.previous, ["-"]]
        return [Profile(*row) for row in rows if row]

    def _next_fallback(self) -> None:
        self._applied = False
        self._errors = 0
        self._fallback += 1
        self._next_s = now_s()
        if self._fallback >= len(self._fallbacks()):
            self._fallback = 0
            self._next_s += min(_BACKOFF_MAX_S, 60 << min(self._tries, 5))
            self._tries += 1
            log.warn("apn", "no APN works; next round in %d s", self._next_s - now_s())

    def _settle(self, report: str, outcome: str) -> None:
        apn = self._apn
        apn.candidate = None
        apn.due = report if apn.who else ""
        apn.history = (apn.history + ["%d:%s" % (apn.txn, outcome)])[-_HISTORY:]
        apn.write(STORED_STABLE)
        self._enter(STABLE, 0)

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
                    if number in line:
                        return cause
        except AtRefused:
            pass
        return "denied"


async def restore(apn, modem) -> None:
    """Write the record's good APN into a modem that holds another. Raises AtError, but not for a refusal."""
    try:
        await apply(modem, Profile(*apn.good))
    except AtRefused as error:
        log.warn("apn", "not written: %s", error)  # texts are served all the same


async def apply(modem, profile: Profile) -> None:
    """Write `profile` into the modem and register anew with it; the radio is on again in any case. Raises AtError."""
    dialect = modem.dialect
    request = modem.chat.request
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
        template = dialect["auth"] if profile.auth != "none" else dialect["no_auth"]
        try:
            await request(template.format(**values))
        except AtRefused:
            if profile.auth != "none":
                raise  # without its credentials the profile is another one
    finally:
        await request(dialect["radio_on"], 180000)
