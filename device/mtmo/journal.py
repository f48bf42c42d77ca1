"""The ring of eight: replay window, answer cache, journal and outbox in one record (L3; SC1 §5, design 4.4)."""

from micropython import const

from .calendar import NEW, Calendar
from .errors import StoreError
from .store import Store

_RING = const(8)
_UNSIGNED = const(4)
_MAX_RESENDS = const(2)
_NOTICES = const(2)  # unsent ones; the next takes the place of the oldest
_CRASHES = const(2)
_KEPT = const(8)
_TIMES = const(3)  # the network, too, may deliver a text twice
_HOUR_S = const(3600)
_DAY_S = const(86400)
_LOSS_SHIFT = const(20)  # a lost journal makes notices count from the next 1,048,576 on

# States of an entry
ACCEPTED = const(0)
ANSWERED = const(1)
SENT = const(2)

_RECORD = "journal"


class Entry:
    """One accepted text. `tag` is hexadecimal; `scts` tells a repeated text from the same one delivered again.

    A notice is one too: kid with a "+" before it, ctr is its dctr, ANSWERED from the beginning.
    """

    def __init__(self, kid: str, ctr: int, tag: str, oa: str, scts: str, encrypted: bool, body: str, epoch: int = 0):
        self.kid = kid
        self.ctr = ctr
        self.tag = tag
        self.oa = oa  # the form the answer goes to, "" for nowhere
        self.scts = scts
        self.encrypted = encrypted
        self.body = body
        self.epoch = epoch
        self.state = ACCEPTED
        self.verb = 0  # index of the verb that runs
        self.answer = ""  # of the verbs before it, too
        self.resends = 0
        self.crashes = 0  # of the agent while it ran
        self.due_s = 0  # RAM only: not sent before
        self.tries = 0  # RAM only
        self.part = 0  # RAM only: which part of the answer is the next
        self.shown = [0, 0]  # RAM only: mark of its text in the modem's store, 0 if unknown; how often it came again

    def is_notice(self) -> bool:
        """True if it was the device that began."""
        return self.kid[:1] == "+"

    def row(self) -> list:
        """What is stored; the body only while a power cut could make it run again."""
        body = self.body if self.state == ACCEPTED else ""
        return [
            self.kid, self.ctr, self.tag, self.oa, self.scts, self.encrypted, body,
            self.state, self.verb, self.answer, self.resends, self.epoch, self.crashes,
        ]  # fmt: skip


def _entry(row: list) -> Entry:
    entry = Entry(*row[:7])
    entry.state, entry.verb, entry.answer, entry.resends = row[7:11]
    entry.epoch, entry.crashes = row[11:13] if len(row) > 12 else (1, 0)
    return entry


class Journal:
    """The record in RAM and on flash. Every method that changes it writes once, before it returns.

    Where the flash fails, what must not begin without the record raises StoreError and has changed nothing; what has
    happened already stays in RAM until `settle()` gets it written.
    """

    def __init__(self, store: Store, believes_stamps: bool = True):
        self._store = store
        found = store.read(_RECORD)
        lost_now = found is None and store.lost(_RECORD)
        stored = found or {}
        self.lost: bool = lost_now or stored.get("lost", False)  # stays so: a record written later knows no counters
        self.entries = [_entry(row) for row in stored.get("ring", ())]
        self._slots = stored.get("slots", {})  # kid -> [epoch, high, floor]
        self.calendar = Calendar(stored.get("time", NEW), believes_stamps)
        # answers sent in this hour and day, and when these began, in world time as all below
        self.used = (stored.get("used", [0, 0]) + [self.calendar.now_s()] * 2)[:4]
        self.told: "dict[str, int]" = stored.get("told", {})  # kid and code -> when it was told that
        self.alike: "list[list]" = stored.get("alike", [])  # of gate/mute.py
        self.touched = False  # something above that may wait for the next write
        self._dctr = stored.get("dctr", 0)
        self.period: list = stored.get("period", [])  # of the scheduled report, see dispatch/schedule.py
        # [tag, shown] of unsigned texts that left the ring: one that still lies in the modem must not run again
        self._kept: list = [[tag, [0, 0]] for tag in stored.get("kept", ())]
        # whether the text of a mark could not be deleted: Inbox.remains, once there is an inbox
        self.remains = _nothing_remains
        self._unwritten = False
        self.lost_now = lost_now  # and nobody has taken note of it
        if found is None and not lost_now:
            self.save()  # slot 0 is whole before the first command, so that a power cut there leaves no lost record

    def counts(self) -> bool:
        """True while anything is counted by the hour or the day; forgets what is over."""
        now = self.calendar.now_s()
        if self.told:
            self.told = {what: at_s for what, at_s in self.told.items() if now - at_s < _DAY_S}
        if self.alike:
            self.alike = [row for row in self.alike if now - row[2] < _HOUR_S]
        if self.used[1] and now - self.used[3] >= _DAY_S:
            self.used = [0, 0, now, now]
        return bool(self.told or self.alike or self.used[1])

    def note_loss(self, losses: int) -> None:
        """The record was lost for the `losses`th time: notices count on from where no earlier one was.

        Raises StoreError, as all that do not say otherwise.
        """
        self._dctr = losses << _LOSS_SHIFT
        self.lost_now = False
        self._write()

    def closed(self, kid: str, epoch: int) -> bool:
        """True if the counters of this slot's epoch are lost: a replay could pass (SC1 §5.9). Slot Z has its own."""
        slot = self._slots.get(kid)
        return self.lost and kid != "Z" and (slot is None or epoch < slot[0])

    def reopen(self, kid: str, epoch: int) -> None:
        """A key that was never used before: its slot counts from 0."""
        slots = dict(self._slots)
        self._slots[kid] = [epoch, 0, 0]
        self._write_or(self.entries, slots)

    def counters(self, kid: str, epoch: int) -> "tuple[int, int]":
        """(high, floor) of a slot's epoch (SC1 §5.1)."""
        slot = self._slots.get(kid)
        return (slot[1], slot[2]) if slot and slot[0] == epoch else (0, 0)

    def find(self, kid: str, epoch: int, ctr: int, tag: str = "") -> "Entry | None":
        """The entry of a counter; unsigned texts have kid "" and are told apart by `tag`."""
        for entry in self.entries:
            if entry.kid == kid and entry.epoch == epoch and entry.ctr == ctr and (kid or entry.tag == tag):
                return entry
        return None

    def was_here(self, tag: str, mark: int) -> bool:
        """True if an unsigned text has left the ring and is shown once more."""
        for kept in self._kept:
            if kept[0] == tag:
                kept[1] = [mark, kept[1][1] + 1]
                self._kept.remove(kept)
                self._kept.append(kept)
                return True
        return False

    def clogged(self) -> bool:
        """True if so many texts remain in the modem that one more unsigned one could be forgotten, and run again."""
        return sum([self.remains(kept[1][0]) for kept in self._kept]) >= _KEPT

    def has_room(self, signed: bool = True) -> bool:
        """True if one more can be accepted: an entry with an unsent answer is never evicted; a repeated one was sent.

        Answers to unsigned texts, whose sender may be forged, wait for the budget in half of the ring at most.
        """
        waiting = [entry for entry in self.entries if not _is_done(entry)]
        if not signed and sum([not entry.kid for entry in waiting]) >= _UNSIGNED:
            return False
        return len(waiting) < _RING

    def accept(self, entry: Entry, harmless: bool = False) -> None:
        """Write down that `entry` will be carried out; a `harmless` one is where it cannot be written, too.

        The caller has asked `has_room()`.
        """
        entries, slots = list(self.entries), dict(self._slots)
        self._add(entry)
        if entry.kid:
            high, floor = self.counters(entry.kid, entry.epoch)
            self._slots[entry.kid] = [entry.epoch, max(high, entry.ctr), floor]
        if harmless:
            self.save()
        else:
            self._write_or(entries, slots)

    def reached(self, entry: Entry, verb: int, answers: str) -> None:
        """Write down that verb number `verb` of `entry` is the next to run, and what those before it said."""
        entry.verb = verb
        entry.answer = answers
        self._write()

    def answered(self, entry: Entry, answer: str) -> None:
        """Write down the answer that is to be sent; it is also where that fails."""
        entry.answer = answer
        entry.state = ANSWERED
        self.save()

    def sent(self, entry: Entry) -> None:
        """Write down that the answer reached the modem, or never will."""
        entry.state = SENT
        self.save()

    def may_resend(self, entry: Entry) -> bool:
        """Queue the cached answer once more, twice at most (SC1 §5.3)."""
        if entry.state != SENT or entry.resends >= _MAX_RESENDS:
            return False
        entry.resends += 1
        entry.state = ANSWERED
        entry.part = entry.tries = 0
        self.save()
        return True

    def notice(self, kid: str, epoch: int, oa: str, text: str, encrypted: bool) -> bool:
        """Queue a notice under the next dctr; False where only unsent answers are in the ring, or the flash fails: a
        dctr that is not on it could be used twice.
        """
        entries, slots = list(self.entries), dict(self._slots)
        unsent = [entry for entry in self.entries if entry.is_notice() and entry.state == ANSWERED]
        if len(unsent) >= _NOTICES:
            self.entries.remove(unsent[0])
        if not self.has_room():
            return False
        self._dctr += 1
        entry = Entry("+" + kid, self._dctr, "", oa, "", encrypted, "", epoch)
        entry.answer = text
        entry.state = ANSWERED
        self._add(entry)
        try:
            self._write_or(entries, slots)
        except StoreError:
            self._dctr -= 1
            return False
        return True

    def crashed(self, entry: Entry) -> bool:
        """The boot after a crash found `entry` at work: write it down; True when that was once too often (case 79), or
        when the next boot would not know of this one.
        """
        entry.crashes += 1
        return not self.save() or entry.crashes >= _CRASHES

    def save(self) -> bool:
        """Write the record as it is; False where that fails and it is owed."""
        try:
            self._write()
        except StoreError:
            self._unwritten = True
        return not self._unwritten

    def settle(self) -> bool:
        """Write what is owed, or see whether the flash takes anything again; True if all is well."""
        return not (self._unwritten or self._store.failed) or self.save()

    def _add(self, entry: Entry) -> None:
        if len(self.entries) >= _RING:
            self._evict()
        self.entries.append(entry)

    def _evict(self) -> None:
        # a notice that was sent answers nobody; else the oldest
        done = [entry for entry in self.entries if _is_done(entry)]
        oldest = ([entry for entry in done if entry.is_notice()] or done)[0]
        self.entries.remove(oldest)
        if not oldest.kid:
            self._kept.append([oldest.tag, oldest.shown])
            gone = [kept for kept in self._kept if not self.remains(kept[1][0])]
            if len(self._kept) > _KEPT and gone:
                # what came back whatever the modem said goes last; a network that repeats itself clogs nothing
                self._kept.remove(([kept for kept in gone if kept[1][1] < _TIMES] or gone)[0])
        slot = self._slots.get(oldest.kid)
        if slot and slot[0] == oldest.epoch:
            self._slots[oldest.kid] = [slot[0], slot[1], max(slot[2], oldest.ctr)]

    def _write_or(self, entries: list, slots: dict) -> None:
        # or all is as it was
        try:
            self._write()
        except StoreError:
            self.entries, self._slots = entries, slots
            raise

    def _write(self) -> None:
        record = {"ring": [entry.row() for entry in self.entries], "slots": self._slots, "used": self.used}
        record["dctr"] = self._dctr
        record["time"] = self.calendar.row()
        if self.told:
            record["told"] = self.told
        if self.alike:
            record["alike"] = self.alike
        if self.period:
            record["period"] = self.period
        if self.lost:
            record["lost"] = True
        if self._kept:
            record["kept"] = [tag for tag, _ in self._kept]
        self._store.write(_RECORD, record)
        self._unwritten = self.touched = False
        self.calendar.written()


def _is_done(entry: Entry) -> bool:
    # its answer was sent once, so that nothing of it may get lost
    return entry.state == SENT or entry.resends > 0


def _nothing_remains(mark: int) -> bool:
    return False
