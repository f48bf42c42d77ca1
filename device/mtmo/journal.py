"""The ring of eight: replay window, answer cache, journal and outbox in one record (L3; SC1 §5, design 4.4)."""

from micropython import const

from .store import Store

_RING = const(8)
_MAX_RESENDS = const(2)

# States of an entry
ACCEPTED = const(0)
ANSWERED = const(1)
SENT = const(2)

_RECORD = "journal"


class Entry:
    """One accepted text. `tag` is hexadecimal; `scts` tells a repeated text from the same one delivered again."""

    def __init__(self, kid: str, ctr: int, tag: str, oa: str, scts: str, encrypted: bool, body: str):
        self.kid = kid
        self.ctr = ctr
        self.tag = tag
        self.oa = oa  # the form the answer goes to, "" for nowhere
        self.scts = scts
        self.encrypted = encrypted
        self.body = body
        self.state = ACCEPTED
        self.verb = 0  # index of the verb that runs
        self.answer = ""
        self.resends = 0
        self.due_s = 0  # RAM only: not sent before
        self.tries = 0  # RAM only

    def row(self) -> list:
        """What is stored; the body only while a power cut could make it run again."""
        body = self.body if self.state == ACCEPTED else ""
        return [
            self.kid, self.ctr, self.tag, self.oa, self.scts, self.encrypted, body,
            self.state, self.verb, self.answer, self.resends,
        ]  # fmt: skip


def _entry(row: list) -> Entry:
    entry = Entry(*row[:7])
    entry.state, entry.verb, entry.answer, entry.resends = row[7:11]
    return entry


class Journal:
    """The record in RAM and on flash. Every method that changes it writes once, before it returns."""

    def __init__(self, store: Store):
        self._store = store
        found = store.read(_RECORD)
        lost = found is None and store.lost(_RECORD)
        stored = found or {}
        self.lost: bool = lost or stored.get("lost", False)  # stays so: a record written later knows no counters
        self.entries = [_entry(row) for row in stored.get("ring", ())]
        self._slots = stored.get("slots", {})  # kid -> [epoch, high, floor]
        self.used = stored.get("used", [0, 0])  # answers sent in this hour and day
        if found is None and not lost:
            self._write()  # slot 0 is whole before the first command, so that a power cut there leaves no lost record

    def counters(self, kid: str, epoch: int) -> "tuple[int, int]":
        """(high, floor) of a slot's epoch (SC1 §5.1)."""
        slot = self._slots.get(kid)
        return (slot[1], slot[2]) if slot and slot[0] == epoch else (0, 0)

    def find(self, kid: str, ctr: int, tag: str = "") -> "Entry | None":
        """The entry of a counter; unsigned texts have kid "" and are told apart by `tag`."""
        for entry in self.entries:
            if entry.kid == kid and entry.ctr == ctr and (kid or entry.tag == tag):
                return entry
        return None

    def has_room(self) -> bool:
        """Can one more be accepted? An entry whose answer is unsent is never evicted."""
        return len(self.entries) < _RING or any(entry.state == SENT for entry in self.entries)

    def accept(self, entry: Entry, epoch: int) -> None:
        """Write down that `entry` will be carried out. The caller has asked `has_room()`."""
        if len(self.entries) >= _RING:
            self._evict()
        self.entries.append(entry)
        if entry.kid:
            high, floor = self.counters(entry.kid, epoch)
            self._slots[entry.kid] = [epoch, max(high, entry.ctr), floor]
        self._write()

    def reached(self, entry: Entry, verb: int) -> None:
        """Write down that verb number `verb` of `entry` is the next to run."""
        entry.verb = verb
        self._write()

    def answered(self, entry: Entry, answer: str) -> None:
        """Write down the answer that is to be sent."""
        entry.answer = answer
        entry.state = ANSWERED
        self._write()

    def sent(self, entry: Entry) -> None:
        """Write down that the answer reached the modem, or never will."""
        entry.state = SENT
        self._write()

    def may_resend(self, entry: Entry) -> bool:
        """Queue the cached answer once more, twice at most (SC1 §5.3)."""
        if entry.state != SENT or entry.resends >= _MAX_RESENDS:
            return False
        entry.resends += 1
        entry.state = ANSWERED
        self._write()
        return True

    def save(self) -> None:
        """Write the record as it is: after the budget changed without an entry."""
        self._write()

    def _evict(self) -> None:
        for entry in self.entries:
            if entry.state == SENT:
                self.entries.remove(entry)
                slot = self._slots.get(entry.kid)
                if slot:
                    slot[2] = max(slot[2], entry.ctr)
                return

    def _write(self) -> None:
        record = {"ring": [entry.row() for entry in self.entries], "slots": self._slots, "used": self.used}
        if self.lost:
            record["lost"] = True
        self._store.write(_RECORD, record)
