"""The scheduled report, through reboots: by the modem's clock where it is set, else by hours that are noted (L3).

Loaded for a moment, once an hour, while `report` is on.
"""

from micropython import const

from ..clock import now_s
from ..modem.network_time import clock_minute

_HOUR_S = const(3600)
_FIRST_S = const(300)  # of a boot that are worth a write: with one an hour, a board may restart as often as it likes


async def look(agent, since_s: "int | None") -> "tuple[int, int, bool]":
    """When the running period began, in how many seconds to look again, and whether a report is due. Raises AtError.

    `since_s` is what the last look returned, None after a boot. `journal.period`: [minute of the clock at its beginning
    or 0, seconds that had passed at the last write]; at most one write an hour, none while the clock goes on.
    """
    journal = agent.journal
    now = now_s()
    begins = not journal.period
    booted = begins or since_s is None
    began_s = since_s or 0
    if booted:
        await agent.modem.attempt("AT+CTZU=1")  # the clock follows the network's
    minute = await clock_minute(agent.modem)
    journal.calendar.see_clock(minute)
    began, passed_s = journal.period or (minute, 0)
    goes_on = 0 < began <= minute
    if goes_on:
        began_s = now - 60 * (minute - began)  # whatever happened meanwhile
    elif booted:
        began_s = now - passed_s
    left_s = _HOUR_S * agent.settings["report-h"] - (now - began_s)
    if left_s <= 0:
        journal.period = [minute, 0]  # written with the report
        return now, _HOUR_S, True
    if begins or not (goes_on or (booted and not minute)):
        journal.period = [minute - (now - began_s) // 60, 0] if minute else [began, now - began_s]
        journal.save()
    return began_s, min(left_s, _HOUR_S if minute or not booted else _FIRST_S), False
