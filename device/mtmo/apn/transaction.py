"""The moves of an open APN transaction: apply, prove, keep or roll back alone (L3; apn.md §3).

Loaded when a transaction opens, which is rare: RAM pays for it only then.
"""

from micropython import const

from .. import log
from ..apn_profile import Profile
from ..clock import now_s
from ..errors import AtRefused, AtTimeout, StoreError, VerbError
from . import (
    APPLYING,
    OPERATOR,
    PHASES,
    PROBE,
    ROLLBACK,
    STABLE,
    STAGED,
    STORED_ROLLBACK,
    STORED_STABLE,
    TESTING,
    TRIAL,
    TRY,
    causes,
)
from .attempt import WAIT, Attempt

_TYPING = const(False)
if _TYPING:
    from .fallback import ApnFallback

_ANSWER_WAIT_S = const(30)  # for the Q answer to leave before the radio goes off
_STEP_S = const(3)
_FLASH_S = const(60)
_TRIAL_S = const(900)
_PROBES = const(3)
_ERRORS = const(3)
_HISTORY = const(5)
_BOOTS = const(3)  # more of them, and the radio rests before the next try: it may be what fells the supply
_BOOT_WAIT_S = const(60)

# Events
_ANSWERED = const(0)
_WRITTEN = const(1)
_PROVED = const(2)
_FAILED = const(3)
_OTHER_ORDER = const(4)

# From, event, to: all there is (apn.md §3)
_MOVES = (
    (STAGED, _ANSWERED, APPLYING),
    (APPLYING, _WRITTEN, TESTING),
    (TESTING, _OTHER_ORDER, APPLYING),
    (TESTING, _PROVED, TRIAL),
    (TRIAL, _PROVED, STABLE),
    (STAGED, _FAILED, ROLLBACK),
    (APPLYING, _FAILED, ROLLBACK),
    (TESTING, _FAILED, ROLLBACK),
    (TRIAL, _FAILED, ROLLBACK),
    (ROLLBACK, _PROVED, STABLE),
)


class Transaction:
    """One transaction from STAGED to STABLE on the record `apn`, an `Apn` whose phase it moves."""

    def __init__(self, apn, modem, settings):
        self.txn = apn.txn
        self._apn = apn
        self._modem = modem
        self._settings = settings
        self._attempt = Attempt(modem, settings, Profile(*(apn.candidate or apn.good)))
        self._errors = 0
        self._good = 0  # proofs in a row
        self._lost = 0
        self._trial_s = 0  # when the trial ends
        wait_s = 0
        if apn.phase == ROLLBACK:
            # the board was reset; what had gone wrong before that is in the record
            apn.cause = apn.cause or "cut"
            apn.boots += 1
            if apn.boots <= _BOOTS:
                apn.note(STORED_ROLLBACK)
            else:
                wait_s = _BOOT_WAIT_S
        self._ladder: "ApnFallback | None" = None  # the way back, once it is needed
        self._next_s = now_s() + (_ANSWER_WAIT_S if apn.phase == STAGED else wait_s)

    def answer_sent(self) -> None:
        """The Q answer is with the network: the radio may be touched now."""
        if self._apn.phase == STAGED:
            self._next_s = 0

    def wait_s(self) -> int:
        """Seconds until the next move."""
        return max(0, self._next_s - now_s())

    async def step(self) -> None:
        """One move, if it is time. Raises AtTimeout when the modem is silent: it has been counted here."""
        if now_s() < self._next_s:
            return
        try:
            await _STEPS[self._apn.phase - STAGED](self)
        except AtTimeout as error:
            self._error(error)
            raise
        except AtRefused as error:
            self._error(error)
        except StoreError:
            self._next_s = now_s() + _FLASH_S  # all is well but for the record of it

    def confirm(self, txn: int) -> str:
        """The operator keeps what is on trial; the answer's words. Raises VerbError 41."""
        apn = self._apn
        if txn != apn.txn or apn.phase != TRIAL or apn.policy != OPERATOR:
            raise VerbError(41, "no such txn")
        return self._keep()

    def cancel(self, txn: int) -> str:
        """The operator wants it back as it was; the answer's words. Raises VerbError 41."""
        if txn != self._apn.txn or not self._apn.busy():
            raise VerbError(41, "no such txn")
        if self._apn.phase != ROLLBACK:
            self._fail("cancelled")
        return "txn=%d state=rollback" % txn

    def left_s(self) -> int:
        """Seconds until the trial ends, 0 outside it."""
        return max(0, self._trial_s - now_s()) if self._apn.phase == TRIAL else 0

    # -- one method for each phase

    async def _stage(self) -> None:
        self._move(_ANSWERED)
        stored = await self._apn.stored_apn()
        log.info("apn", "the modem has %s", stored or "-")
        await self._apply()

    async def _apply(self) -> None:
        await self._attempt.apply()
        self._move(_WRITTEN)
        self._next_s = now_s() + _STEP_S

    async def _test(self) -> None:
        self._next_s = now_s() + self._attempt.pause_s()
        cause = await self._attempt.look()
        if not cause:
            self._move(_PROVED)
            self._good = self._lost = 0
            self._trial_s = now_s() + (self._apn.hold_s or _TRIAL_S)
        elif cause == causes.AUTH and self._attempt.other_order():
            log.warn("apn", "the modem may want user and password the other way round")
            self._move(_OTHER_ORDER)
        elif cause != WAIT:
            self._fail(cause)

    async def _try(self) -> None:
        policy = self._apn.policy
        cause = await self._attempt.probe()
        self._good = 0 if cause else self._good + 1
        self._lost = self._lost + 1 if cause else 0
        if self._lost >= _PROBES:
            self._fail(cause)
        elif policy == PROBE and self._good >= _PROBES:
            self._keep()
        elif now_s() >= self._trial_s:
            self._fail("tried" if policy == TRY and not cause else cause or "timeout")
        else:
            self._next_s = min(now_s() + self._settings["apn-probe-s"], self._trial_s)

    async def _roll_back(self) -> None:
        if not await self._climbed():
            return
        apn = self._apn
        if apn.cause == "tried":
            report = "OK apn=%s state=tried txn=%d" % (self._attempt.profile.apn or "-", apn.txn)
        else:
            report = "E42 txn=%d cause=%s" % (apn.txn, apn.cause)
        if apn.fallback:
            report += " fallback=" + apn.fallback
        self._settle(report, apn.cause.split(" ")[0], apn.good, apn.previous)

    # -- inside

    async def _climbed(self) -> bool:
        if self._ladder is None:
            from .fallback import ApnFallback

            self._ladder = ApnFallback(self._apn, self._modem, self._settings)
        self._next_s = now_s() + self._ladder.pause_s()
        return await self._ladder.step()

    def _move(self, event: int) -> None:
        for start, what, end in _MOVES:
            if start == self._apn.phase and what == event:
                self._apn.phase = end
                self._errors = 0
                self._next_s = now_s()
                log.info("apn", "txn=%d %s", self.txn, PHASES[end])
                return
        raise AssertionError("no such move")

    def _error(self, error) -> None:
        log.warn("apn", "%s", error)
        self._next_s = now_s() + _STEP_S
        if self._ladder:
            self._next_s = now_s() + self._ladder.error()
            return
        self._errors += 1
        if self._errors >= _ERRORS:
            self._fail("modem")

    def _fail(self, cause: str) -> None:
        if cause in causes.OF_THE_APN and self._attempt.ceer >= 0:
            cause += " ceer=%d" % self._attempt.ceer
        log.warn("apn", "txn=%d failed: %s", self.txn, cause)
        self._apn.cause = cause
        self._apn.note(STORED_ROLLBACK)
        self._move(_FAILED)

    def _keep(self) -> str:
        apn = self._apn
        row = self._attempt.profile.row()
        words = "apn=%s state=confirmed txn=%d" % (row[0], apn.txn)
        self._settle("OK " + words, "confirmed", row, apn.good)
        apn.fallback = None
        return words

    def _settle(self, report: str, outcome: str, good: list, previous: "list | None") -> None:
        # or, raising StoreError, not: what the operator is told holds after a power cut, too
        apn = self._apn
        before = apn.good, apn.previous, apn.candidate, apn.cause, apn.due, apn.history
        apn.good, apn.previous, apn.candidate, apn.cause = good, previous, None, ""
        apn.due = report if apn.who else ""
        apn.history = (apn.history + ["%d:%s" % (apn.txn, outcome)])[-_HISTORY:]
        try:
            apn.write(STORED_STABLE)
        except StoreError:
            apn.good, apn.previous, apn.candidate, apn.cause, apn.due, apn.history = before
            raise
        self._move(_PROVED)


# In the order of the phases' numbers, from STAGED on
_STEPS = (
    Transaction._stage,  # noqa: SLF001 - the methods above
    Transaction._apply,  # noqa: SLF001
    Transaction._test,  # noqa: SLF001
    Transaction._try,  # noqa: SLF001
    Transaction._roll_back,  # noqa: SLF001
)
