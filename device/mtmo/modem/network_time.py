"""The modem's clock, and the look at it that keeps world time (L3; TS 27.007 §8.15). Loaded once an hour at most."""

from micropython import const

from ..at import fields
from ..calendar import minute
from ..errors import AtRefused

_CLOCK = const(17)  # yy/MM/dd,hh:mm:ss
_FIRST_S = const(300)  # by then the network has set the clock, and the boot is worth a write
_NEXT_S = const(3600)


async def look(agent, first: bool) -> int:
    """Compare world time with the modem's clock, write down what a cut would lose; in how many seconds to look again.

    `first`: since boot. Raises AtError.
    """
    journal, lockouts = agent.journal, agent.lockouts
    if first:
        await agent.modem.attempt("AT+CTZU=1")  # the clock follows the network's
    journal.calendar.see_clock(await clock_minute(agent.modem))
    if not journal.calendar.write_wait_s():
        if lockouts.unwritten:
            lockouts.note()
        if journal.touched or journal.calendar.would_lose():
            journal.save()
    if first:
        return _FIRST_S
    if journal.calendar.by_clock or agent.settings["report-h"]:
        return _NEXT_S  # the hours that dispatch/schedule.py writes down are ours, too
    return max(_FIRST_S, journal.calendar.write_wait_s())


async def clock_minute(modem) -> int:
    """The minute of the modem's clock as `calendar.minute` counts it; 0 while nobody has set it."""
    try:
        infos = await modem.chat.request("AT+CCLK?", 10000, b"+CCLK:")
        text = fields(infos[0])[0]
        year, month, day, hour, minutes, _ = [int(text[i : i + 2]) for i in range(0, _CLOCK, 3)]
        return minute(year, month, day, hour, minutes, int(text[_CLOCK : _CLOCK + 3] or "0"))
    except (AtRefused, IndexError, ValueError):
        return 0
