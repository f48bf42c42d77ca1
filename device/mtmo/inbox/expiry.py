"""Which sets of segments waited too long (L3; concat.py). Loaded while there are some.

A set expires half an hour after we met it; one that lay in the store when the board started, and is half an hour older
by its time stamp than the newest text of one who may command or the modem's clock, after five minutes: a board that
restarts every hour would keep it for ever, and what waits with the network for the rest of it comes soon after a boot,
or never. What came since the boot is aged by uptime alone: a service centre whose clock is wrong does it no harm.
"""

from micropython import const

from .. import once
from ..calendar import minute
from ..clock import now_s

_WAIT_S = const(1800)
_GIVEN_UP_S = const(300)
_STALE_MIN = const(30)
_SINCE_S, _SCTS, _STALE, _PARTS = 1, 2, 3, 4  # as in concat.py


async def look(inbox, modem, cut: bool) -> None:
    """Delete the sets that waited too long; `cut`: the rest of one may not have been shown yet. Raises AtError."""
    sets = inbox.sets
    if any([held[_SCTS] for held in sets]):
        world = await once("modem.network_time").clock_minute(modem)
        if inbox.newest:
            world = max(world, _minute_of(inbox.newest))
        for held in sets:
            if held[_SCTS]:
                stamped = _minute_of(held[_SCTS])
                held[_STALE] = bool(stamped) and world - stamped >= _STALE_MIN
    if not cut:
        await inbox.drop(expired(sets, inbox.listed, now_s()))
    inbox.due_s = next_s(sets, now_s())


def expired(sets: "list[list]", listed: "dict | None", now: int) -> "list[int]":
    """Places of the sets that waited too long, of those that `listed` (None: every place) has a part of; they are
    forgotten. One that no listing has shown for as long again has lost its segments, and is forgotten as well.
    """
    places: "list[int]" = []
    for held in list(sets):
        lie = [part[0] for part in held[_PARTS:] if part and part[0] >= 0]
        seen = listed is None or not lie or any([place in listed for place in lie])
        if now >= _due_s(held) and (seen or now - held[_SINCE_S] >= 2 * _WAIT_S):
            sets.remove(held)
            places.extend(lie)
    return places


def next_s(sets: "list[list]", now: int) -> int:
    """When the next set expires; 0 for none."""
    dues = [_due_s(held) for held in sets]
    return min([due_s for due_s in dues if due_s > now] or [0])


def _due_s(held: list) -> int:
    return held[_SINCE_S] + (_GIVEN_UP_S if held[_STALE] else _WAIT_S)


def _minute_of(stamp: tuple) -> int:
    # of an SCTS as tpfields reads it; 0 for a year that cannot be
    return minute(stamp[0] - 2000, stamp[1], stamp[2], stamp[3], stamp[4], stamp[6])
