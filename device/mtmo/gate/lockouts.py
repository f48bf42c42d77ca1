"""What is shut for now, whoever knocks: the PIN after too many guesses, the texts by `sms stop`, the writes after
another SIM was put in (L3). A record of its own, written when a door moves.
"""

from micropython import const

from .. import log
from ..calendar import NEW, Calendar
from ..errors import StoreError

_RECORD = "doors"
_DAY_S = const(86400)


class Lockouts:
    """`stopped`: by `sms stop` · `sim_changed`: since when nobody with an admin key has said `unlock`.

    `unwritten`: guesses that may wait for the next write. `calendar`: by which a day is counted.
    """

    def __init__(self, store, settings, calendar: "Calendar | None" = None):
        self._store = store
        self.calendar = calendar = calendar or Calendar(NEW)
        self._settings = settings
        record = store.read(_RECORD) or {}
        self.stopped: bool = record.get("stopped", False)
        self.sim_changed: bool = record.get("sim-changed", False)
        self._sim: list = record.get("sim", [])  # [iccid, imsi]
        self._pin_locked: bool = record.get("pin", False)
        self._guesses: int = record.get("guesses", int(self._pin_locked))
        self._since_s: int = record.get("since", calendar.now_s())  # world time of the lock, or of the first guess
        if self._guesses:
            calendar.at_least(record.get("at", self._since_s))
        self.unwritten = False

    def pin_locked(self) -> bool:
        """True while no PIN is taken; a lock opens by itself after a day, on flash with the next write only."""
        self.counts()
        return self._pin_locked

    def counts(self) -> bool:
        """True while the PIN is locked or guesses count; forgets both after a day."""
        if self._guesses and self.calendar.now_s() - self._since_s >= _DAY_S:
            self._pin_locked = self.unwritten = False
            self._guesses = 0
        return self._guesses > 0

    def bad_pin(self) -> None:
        """Somebody guessed wrong: counted over all senders; at the limit the one write of the day."""
        if not self.counts():
            self._since_s = self.calendar.now_s()
        self._guesses += 1
        self.unwritten = True
        if self._guesses >= self._settings["bad-pins-per-day"]:
            self._pin_locked = True
            self._since_s = self.calendar.now_s()
            self.note()
            log.warn("sms", "%d wrong PINs: no PIN is taken for a day; unlock, signed, opens it", self._guesses)

    def see_sim(self, iccid: str, imsi: str) -> bool:
        """True, once a change, if the SIM is not the last boot's; the first one ever is taken as it is."""
        if not iccid and not imsi:
            return False  # not read: says nothing
        known = self._sim
        if (
            known
            and (not iccid or not known[0] or iccid == known[0].rstrip("Ff"))  # noted with its filler before
            and (not imsi or not known[1] or imsi == known[1])
        ):
            return False
        self._sim = [iccid, imsi]
        if known:
            self.sim_changed = True
            log.warn("sms", "another SIM: write and danger verbs need an admin's key until one says unlock")
        self.note()
        return bool(known)

    def stop(self, stopped: bool) -> None:
        """Shut or open the texts. Raises StoreError, and has not, where that cannot be written."""
        if self.stopped != stopped:
            self._move(self._pin_locked, stopped, self.sim_changed, self._guesses)

    def unlock(self) -> None:
        """Open everything. Raises StoreError, and has not, where that cannot be written."""
        if self._pin_locked or self.stopped or self.sim_changed:
            self._move(False, False, False, 0)

    def state(self) -> str:
        """What is shut, as `status` says it; "open" for nothing, "flash": only reads, for it takes no record."""
        flash = self._store.failed > 0
        shut = (("pin", self.pin_locked()), ("stopped", self.stopped), ("sim", self.sim_changed), ("flash", flash))
        return "+".join([name for name, is_shut in shut if is_shut]) or "open"

    def _move(self, *lockouts) -> None:
        before = self._pin_locked, self.stopped, self.sim_changed, self._guesses
        self._pin_locked, self.stopped, self.sim_changed, self._guesses = lockouts
        try:
            self._write()
        except StoreError:
            self._pin_locked, self.stopped, self.sim_changed, self._guesses = before
            raise

    def note(self) -> None:
        """Write it down; what shut by itself is shut, on flash or not."""
        try:
            self._write()
        except StoreError:
            pass  # the store has said so

    def _write(self) -> None:
        record = {"pin": self._pin_locked, "stopped": self.stopped, "sim-changed": self.sim_changed, "sim": self._sim}
        if self.counts():
            record["guesses"], record["since"], record["at"] = self._guesses, self._since_s, self.calendar.now_s()
        self._store.write(_RECORD, record)
        self.unwritten = False
