"""Texts that were to be deleted and still lie in the modem's store (L3; TS 27.005 §3.5.4).

Loaded when there are some.
"""

from micropython import const

from .. import log, once
from ..clock import now_s

_AGAIN_S = const(120)  # well below the time between two sweeps, or every other one would be left out


async def look(inbox, modem, mem: int, listing) -> None:
    """Learn from a listing of store number `mem` what is gone at last and what is not; delete that again, now and then.
    Raises AtError.

    What a place holds once more may have been delivered once more: one that was gone right behind its last deletion is
    deleted whenever it is there, or a sender who repeats himself could fill the store.
    """
    marks = listing.marks
    if not listing.spoilt:
        shown = [marks[place] for place in listing.again]
        for mark, where in list(inbox.doomed.items()):
            if where == mem and mark not in shown:
                del inbox.doomed[mark]
    is_due = now_s() >= inbox.again_s
    erased = [mark for mark in inbox.erased if mark in inbox.doomed]
    for place in listing.again:
        mark = marks[place]
        is_fresh = mark not in inbox.doomed
        if is_fresh:
            log.warn("sms", "place %d was deleted, and holds the same text", place)
            inbox.doom(place, mark)
        elif mark in erased:
            erased.remove(mark)
        elif is_due:
            inbox.again_s = now_s() + _AGAIN_S
        else:
            continue
        await inbox.delete([place])
        if not await once("inbox.segments").read_one(modem, place, mark):
            erased.append(mark)
    inbox.erased = erased
