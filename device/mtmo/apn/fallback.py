"""The way back to a working APN: good, then what may stand in for it, round after round (L3; apn.md §3)."""

from micropython import const

from .. import log
from ..apn_profile import Profile
from ..clock import now_s
from . import causes
from .attempt import WAIT, Attempt

_STEP_S = const(3)
_ERRORS = const(3)  # of the modem at one APN, which say nothing about it
_BACKOFF_S = const(60)
_BACKOFF_MAX_S = const(1800)
_COVERAGE_S = const(1800)  # so long a silent network is no sign against good; some modems search where they are denied


class ApnFallback:
    """Tries profiles until one works. What works besides good carries texts and data, and is never recorded."""

    def __init__(self, apn, modem, settings):
        self._apn = apn
        self._modem = modem
        self._settings = settings
        self._attempt: "Attempt | None" = None
        self._rung = 0
        self._round = 0
        self._began_s = 0  # with this rung
        self._errors = 0

    def pause_s(self) -> int:
        """How long to wait before the next step."""
        return self._attempt.pause_s() if self._attempt else _STEP_S

    async def step(self) -> bool:
        """One try or look; True if the modem works now, with good or with the declared fallback. Raises AtError."""
        attempt = self._attempt
        if attempt is None:
            attempt = Attempt(self._modem, self._settings, self._profiles()[self._rung], self._backoff_s())
            self._began_s = now_s()
            await attempt.apply()
            self._attempt = attempt
            return False
        cause = await attempt.look()
        if not cause:
            self._apn.fallback = (attempt.profile.apn or "-") if self._rung else None
            if self._rung:
                log.warn("apn", "fallback to %s; %s stays the record", self._apn.fallback, self._apn.good[0])
            return True
        if cause == WAIT:
            return False
        if self._stays():
            attempt.again()
            return False
        if cause == causes.AUTH and attempt.other_order():
            await attempt.apply()
            return False
        log.warn("apn", "%s does not work: %s", attempt.profile.apn or "-", cause)
        self._next()
        return False

    def error(self) -> int:
        """The modem failed, which says nothing about the APN: the same again, but not for ever; in how many seconds.

        The radio, and with it SMS, is left alone between two rounds.
        """
        self._attempt = None
        self._errors += 1
        if self._errors >= _ERRORS:
            self._next()
            return self._backoff_s() or _STEP_S
        return _STEP_S

    def _stays(self) -> bool:
        # on good: while there is no network to judge it, and through the back-off of every later round
        if self._rung:
            return False
        patience_s = self._backoff_s()
        if self._attempt and self._attempt.searching():
            patience_s = _COVERAGE_S
        return now_s() - self._began_s < patience_s

    def _next(self) -> None:
        self._attempt = None
        self._errors = 0
        self._rung += 1
        if self._rung >= len(self._profiles()):
            self._rung = 0
            self._round += 1
            log.warn("apn", "no APN works; next round in %d s", self._backoff_s())

    def _backoff_s(self) -> int:
        if self._rung or not self._round:
            return 0
        return min(_BACKOFF_MAX_S, _BACKOFF_S << min(self._round - 1, 5))

    def _profiles(self) -> "list[Profile]":
        rows = [self._apn.good]
        for row in [self._apn.previous or ["-"], ["-"]] + [[apn] for apn in self._settings["apn-fallbacks"]]:
            if row[0].lower() not in [other[0].lower() for other in rows]:
                rows.append(row)
        return [Profile(*row) for row in rows]
