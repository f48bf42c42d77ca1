"""status: what matters in one SMS, in a fixed order (L3; design 4.6)."""

import gc

from .. import __version__
from ..clock import now_s
from ..modem import REGISTRATION


async def _status(context, args: "list[str]") -> str:
    agent = context.agent
    modem = agent.modem
    await modem.registration()
    rssi = await modem.rssi_dbm()
    apn = await modem.negotiated_apn()
    address = await modem.address()
    await modem.read_store()
    return "st=%s reg=%s rssi=%s apn=%s ip=%s up=%s store=%d/%d left=%d v=%s boot=%s rej=%d heap=%d" % (
        agent.apn.state_name(),
        REGISTRATION[modem.stat],
        rssi or "?",
        apn or "-",
        address or "-",
        uptime(now_s()),
        modem.store_used,
        modem.store_size,
        agent.outbox.left(),
        __version__,
        agent.board.reset_cause(),
        agent.rejected,
        gc.mem_free() if hasattr(gc, "mem_free") else 0,
    )


def uptime(seconds: int) -> str:
    """Like 3d4h, 4h12m, 12m or 45s: the two largest units."""
    minutes = seconds // 60
    hours = minutes // 60
    if hours >= 24:
        return "%dd%dh" % (hours // 24, hours % 24)
    if hours:
        return "%dh%dm" % (hours, minutes % 60)
    return "%dm" % minutes if minutes else "%ds" % seconds


VERBS = {"status": _status}
