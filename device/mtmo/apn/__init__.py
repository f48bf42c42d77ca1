"""The APN record: what is good, and whether a transaction is open; what moves one is in transaction.py (L3; apn.md §3).

Only STABLE, OPEN and ROLLBACK are on flash: whatever was open at boot is rolled back.
"""

from micropython import const

from .. import log
from ..at import fields
from ..errors import AtRefused, StoreError

# Phases of a transaction
STABLE = const(0)
STAGED = const(1)
APPLYING = const(2)
TESTING = const(3)
TRIAL = const(4)
ROLLBACK = const(5)
PHASES = ("stable", "staged", "applying", "testing", "trial", "rollback")

# States of the record
STORED_STABLE = "stable"
STORED_OPEN = "open"
STORED_ROLLBACK = "rollback"

# What ends a trial well: three proofs, a word of the operator, or nothing at all
PROBE = "probe"
OPERATOR = "operator"
TRY = "try"

_RECORD = "apn"


class Apn:
    """The record of APNs, which is the authority.

    good, previous, candidate: rows of `Profile`; without a transaction only the APN is needed, which is first.
    """

    def __init__(self, store, modem):
        self._store = store
        self._modem = modem
        record = store.read(_RECORD) or {}
        self.txn = record.get("txn", 0)
        self.good: list = record.get("good", ["-"])
        self.recorded = "good" in record
        self.previous: "list | None" = record.get("previous")
        self.candidate: "list | None" = record.get("candidate")
        for row in (self.good, self.previous, self.candidate):
            if row and len(row) > 2:
                log.hide(row[2])
        self.policy: str = record.get("policy", PROBE)
        self.hold_s: int = record.get("hold", 0)
        self.who: list = record.get("who") or []  # [form, kid, ctr, tag, encrypted] that gets the report
        self.due: str = record.get("due", "")  # the report, until it was sent
        self.refused: "list[int]" = record.get("refused", [0, 0])  # how often for good, and when last
        self.history: "list[str]" = record.get("history", [])
        self.cause: str = record.get("cause", "")  # of the rollback that is under way
        self.boots: int = record.get("boots", 0)  # since the transaction was opened
        self.phase = STABLE if record.get("state", STORED_STABLE) == STORED_STABLE else ROLLBACK
        self.restoring = False  # the modem held another APN than the record at boot
        self.fallback: "str | None" = None  # the APN in use instead of `good`, which does not work; since boot

    def state_name(self) -> str:
        """The state as `status` says it."""
        return PHASES[self.phase]

    def busy(self) -> bool:
        """True while a transaction is open."""
        return self.phase != STABLE

    def moving(self) -> bool:
        """True while there is something to do: a transaction, or a modem to be brought back to the record."""
        return self.phase != STABLE or self.restoring

    def report_sent(self) -> None:
        """The report is with the network."""
        self.due = ""
        self.note(STORED_STABLE)

    def note(self, state: str) -> None:
        """As write(), where the record may as well stay behind: a boot then goes back, or reports once more."""
        try:
            self.write(state)
        except StoreError:
            pass  # the store has said so

    def write(self, state: str) -> None:
        """Store the record as STORED_STABLE, STORED_OPEN or STORED_ROLLBACK. Raises StoreError."""
        self._store.write(
            _RECORD,
            {
                "state": state,
                "txn": self.txn,
                "good": self.good,
                "previous": self.previous,
                "candidate": self.candidate,
                "policy": self.policy,
                "hold": self.hold_s,
                "who": self.who,
                "due": self.due,
                "refused": self.refused,
                "history": self.history,
                "cause": self.cause,
                "boots": self.boots,
            },
        )

    async def stored_apn(self) -> "str | None":
        """The APN in the modem's memory, which need not be in use; None when the modem does not say."""
        cid = "%d" % self._modem.dialect["cid"]
        try:
            for line in await self._modem.chat.request("AT+CGDCONT?", 5000, b"+CGDCONT:"):
                parts = fields(line)
                if parts[0] == cid and len(parts) > 2:
                    return parts[2]
        except AtRefused:
            return None
        return ""
