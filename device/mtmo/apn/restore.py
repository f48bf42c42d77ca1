"""A modem that held another APN than the record at boot is brought back to it (L3; apn.md §3).

Apart from transaction.py, since it happens at the first boot of many a board, when RAM is needed for what comes after.
"""

from .. import log
from ..clock import now_s
from ..errors import AtRefused, AtTimeout
from .fallback import ApnFallback


class Restoration:
    """Climbs the ladder until the modem works; `txn` is the last transaction's, for no new one is opened."""

    def __init__(self, apn, modem, settings):
        self.txn = apn.txn
        self._apn = apn
        self._ladder = ApnFallback(apn, modem, settings)
        self._next_s = 0

    def wait_s(self) -> int:
        """Seconds until the next step."""
        return max(0, self._next_s - now_s())

    async def step(self) -> None:
        """One step, if it is time. Raises AtTimeout when the modem is silent: it has been counted here."""
        if now_s() < self._next_s:
            return
        self._next_s = now_s() + self._ladder.pause_s()
        try:
            if await self._ladder.step():
                self._apn.restoring = False
        except AtTimeout as error:
            self._error(error)
            raise
        except AtRefused as error:
            self._error(error)

    def _error(self, error) -> None:
        log.warn("apn", "%s", error)
        self._next_s = now_s() + self._ladder.error()
