"""How an APN transaction begins, and whether a modem at boot must be brought back to the record (L3; apn.md §3).

Loaded when one is asked for and at each set-up.
"""

from .. import log
from ..apn_profile import Profile
from ..errors import ApnError, StoreError, VerbError
from ..modem import DENIED
from . import STAGED, STORED_OPEN


async def request(agent, wanted: Profile, entry, policy: str, hold_s: int) -> str:
    """Open a transaction for `wanted`, asked for by a journal entry; the answer's words.

    Raises VerbError 40, and StoreError with nothing changed.
    """
    apn = agent.apn
    if apn.who and apn.who[1:4] == [entry.kid, entry.ctr, entry.tag]:
        return "Q txn=%d" % apn.txn  # started before a power cut: never started again
    if apn.busy():
        raise VerbError(40, "txn=%d" % apn.txn)
    if await apn.stored_apn() is None:
        raise VerbError(12, "apn: not on this modem")  # which could not be brought back either
    from .granted import is_active

    if await is_active(agent.modem, apn.good, wanted, apn.restoring):
        return "apn=%s unchanged" % (wanted.apn or "-")
    before = apn.who, apn.due
    apn.txn += 1
    apn.candidate = wanted.row()
    apn.policy = policy
    apn.hold_s = hold_s
    apn.who = [entry.oa, entry.kid, entry.ctr, entry.tag, entry.encrypted]
    apn.due = ""
    apn.refused = [0, 0]
    apn.cause = ""
    apn.boots = 0
    try:
        apn.write(STORED_OPEN)
    except StoreError:
        apn.txn -= 1
        apn.candidate = None
        apn.who, apn.due = before
        raise
    apn.restoring = False
    apn.phase = STAGED
    return "Q txn=%d" % apn.txn


async def modem_differs(apn, modem) -> bool:
    """True if the modem must be rewritten, since it holds another APN than the record. Raises AtError."""
    if apn.busy():
        return False
    stored = await apn.stored_apn()
    if stored is None or (stored or "-").lower() in (apn.good[0].lower(), apn.fallback):
        return False
    if "-" in (apn.good[0], apn.fallback) and not await _denied(modem):
        # the subscription's default: what is shown is what the network assigned (apn.md §1)
        return False
    if Profile(*apn.good).is_stored_as(stored):
        return False
    if apn.recorded:
        log.warn("apn", "the modem has %s, the record says %s", stored or "-", apn.good[0])
        return True
    try:
        apn.good = Profile(stored).row()  # nobody said what works: what the modem has
    except ApnError:
        log.warn("apn", "the modem's APN is none that could be written back")
    return False


async def _denied(modem) -> bool:
    # no network with what the modem shows: it may be another's APN after all
    return modem.seeks() or await modem.registration() == DENIED
