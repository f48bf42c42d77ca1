"""Texts that were to be deleted and still lie in the modem's store (L3; TS 27.005 §3.5.4).

Loaded when there are some.
"""

from micropython import const

from . import log
from .clock import now_s

_AGAIN_S = const(900)


async def look(inbox, mem: int, listing) -> None:
    """Learn from a listing of store number `mem` what is gone at last and what is not; delete that again, now and then.

    Raises AtError.
    """
    marks = listing.marks
    fresh = [place for place in listing.again if marks[place] not in inbox.doomed]
    for place in fresh:
        log.warn("sms", "place %d was deleted, and holds the same text", place)
        inbox.doom(place, marks[place])
    if not listing.spoilt:
        shown = [marks[place] for place in listing.again]
        for mark, where in list(inbox.doomed.items()):
            if where == mem and mark not in shown:
                del inbox.doomed[mark]
    if listing.again and now_s() >= inbox.again_s:
        inbox.again_s = now_s() + _AGAIN_S
        fresh = listing.again
    await inbox.delete(fresh)
