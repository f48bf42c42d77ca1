"""The report of an APN transaction, the one text that must arrive: repeated until it is sent (L3; apn.md §3).

Loaded when one is due.

| outcome | report | signed answer or notice | unsigned one |
|---|---|---|---|
| sent, or taken before | done | done | done |
| budget used up | when it allows, with the one text that is kept for it | when it allows | when it allows |
| passing, full, no prompt | until it is sent | 8 times more | 8 times more |
| passing, but once more will do | until it is sent | once more | once more |
| unknown | until it is sent | once more | never again |
| refused for good | by `reply-to`; once a day, three times in all | never again | never again |
| no number, or a denied one | by `reply-to` | never again | never again |

It waits twice as long each time, from half a minute up to an hour for the report, half an hour for the others; behind
an unknown outcome ten minutes at least.
"""

from micropython import const

from .. import log
from ..journal import Entry
from ..outbox import BUDGET, GIVEN_UP, REFUSED, SENT, UNKNOWN
from . import STORED_STABLE

_PAUSE_S = const(30)
_PAUSE_MAX_S = const(3600)
_PAUSES = const(7)
_UNKNOWN_S = const(600)
_DAY_S = const(86400)
_REFUSALS = const(3)


async def send(agent, tries: int) -> int:
    """Try it, after `tries` in vain; in how many seconds once more, 0: it has come to its end."""
    apn = agent.apn
    now = agent.journal.calendar.now_s()
    refused, last_s = apn.refused
    if refused and now - last_s < _DAY_S:
        return min(_PAUSE_MAX_S, last_s + _DAY_S - now)
    form, kid, ctr, tag, encrypted = apn.who
    outcome = await agent.dispatcher.send_part(Entry(kid, ctr, tag, form, "", encrypted, ""), 1, apn.due, True)
    if outcome == BUDGET:
        return agent.outbox.wait_s()
    reply_to = agent.settings["reply-to"]
    if outcome in (GIVEN_UP, REFUSED) and reply_to and form != reply_to:
        apn.who[0] = reply_to
        return _PAUSE_S
    if outcome == REFUSED:
        apn.refused = [refused + 1, now]
        if refused + 1 < _REFUSALS:
            apn.note(STORED_STABLE)
            return _PAUSE_MAX_S
    if outcome in (SENT, GIVEN_UP, REFUSED, ""):
        if outcome != SENT:
            log.warn("apn", "nobody can be told: %s", apn.due)
        agent.journal.save()
        apn.report_sent()
        return 0
    return max(_UNKNOWN_S if outcome == UNKNOWN else 0, min(_PAUSE_MAX_S, _PAUSE_S << min(tries, _PAUSES)))
