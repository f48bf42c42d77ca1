"""Whose device this is: its id, the key slots with their next keys, the allow-list, and the recovery counter (L3)."""

import binascii

from . import log
from .envelope import Slot
from .errors import StoreError

RECORD = "keys"
RECOVERY = "Z"


class Keys:
    """The record in RAM and on flash. Whoever changes a field calls `write()`."""

    def __init__(self, store):
        self._store = store
        record = store.read(RECORD) or {}
        self.devid: str = record.get("devid", "")
        self.allowed: "list[list[str]]" = record.get("allow", [])  # [[form, role], …]
        self.slots: "dict[str, Slot]" = {}
        self.pending: "dict[str, Slot]" = {}  # the key that takes over with its first valid message (SC1 §6)
        for row in record.get("slots", ()):
            self.slots[row["kid"]] = _slot(row, row)
            if "next" in row:
                self.pending[row["kid"]] = _slot(row, row["next"])
        # [epoch, high] of slot Z: kept here because the journal may get lost (SC1 §5.9)
        self._recovery: list = record.get("recovery", [0, 0])
        self.losses: int = record.get("losses", 0)  # of the journal: each makes notices count from further up

    def recovery_high(self, epoch: int) -> int:
        """The highest counter that slot Z has used in `epoch`."""
        return self._recovery[1] if self._recovery[0] == epoch else 0

    def note_recovery(self, epoch: int, ctr: int) -> None:
        """Slot Z has used `ctr`."""
        if ctr > self.recovery_high(epoch):
            self._recovery = [epoch, ctr]
            self.write()

    def note_loss(self) -> int:
        """The journal is lost: how often by now."""
        self.losses += 1
        self.write()
        return self.losses

    def promote(self, kid: str) -> None:
        """The next key of a slot is its key from now on, and the old one is gone. Raises StoreError: it is not."""
        old = self.slots[kid]
        self.slots[kid] = self.pending.pop(kid)
        try:
            self.write()
        except StoreError:
            self.slots[kid], self.pending[kid] = old, self.slots[kid]
            raise
        log.info("keys", "slot %s: epoch %d is in use, the old key erased", kid, self.slots[kid].epoch)

    def notice_slot(self) -> "Slot | None":
        """The slot that signs notices: the first admin's, never the recovery slot."""
        for kid in sorted(self.slots):
            if kid != RECOVERY and self.slots[kid].role == "admin":
                return self.slots[kid]
        return None

    def write(self) -> None:
        """Store everything: one write, so that power may fail at any moment."""
        rows = []
        for kid in sorted(self.slots):
            row = _row(self.slots[kid])
            if kid in self.pending:
                row["next"] = _row(self.pending[kid])
            rows.append(row)
        record: dict = {"devid": self.devid, "slots": rows, "allow": self.allowed}
        record["recovery"] = self._recovery
        record["losses"] = self.losses
        self._store.write(RECORD, record)


def _slot(row: dict, key: dict) -> Slot:
    log.hide(key["key"])
    return Slot(row["kid"], binascii.unhexlify(key["key"]), key["epoch"], row["role"])


def _row(slot: Slot) -> dict:
    key = binascii.hexlify(slot.k_dev).decode()
    return {"kid": slot.kid, "epoch": slot.epoch, "role": slot.role, "key": key}
