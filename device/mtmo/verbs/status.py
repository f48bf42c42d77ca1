"""status: what matters in the first SMS, in a fixed order; the rest by more (L3; design 4.6)."""

import gc

from .. import __version__, unload
from ..clock import now_s
from ..modem import REGISTRATION
from . import uptime


async def _status(context, args: "list[str]") -> str:
    agent = context.agent
    modem = agent.modem
    await modem.registration()
    rssi = await modem.rssi_dbm()
    apn = await modem.negotiated_apn()
    address = await modem.address()
    await modem.read_store()
    first = "st=%s reg=%s rssi=%s apn=%s ip=%s up=%s store=%d/%d left=%d v=%s%s boot=%s rej=%d door=%s%s" % (
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
        " last=" + agent.apn.history[-1] if agent.apn.history else "",
        "minimal" if agent.minimal else agent.board.reset_cause(),
        agent.rejected,
        agent.lockouts.state(),
        (" unread=%d" % len(agent.inbox.unread) if agent.inbox.unread else "")
        + (" stuck=%d" % len(agent.inbox.doomed) if agent.inbox.doomed else ""),
    )
    return first + await _rest(modem)


async def _rest(modem) -> str:
    from .basic import operator

    unload("verbs.basic")
    op, rat = await operator(modem)
    heap = gc.mem_free() if hasattr(gc, "mem_free") else 0
    facts = (modem.model, modem.firmware, modem.imei, modem.iccid, op, rat)
    model, firmware, imei, iccid, op, rat = ["-".join(fact.split()) or "-" for fact in facts]
    return " heap=%d op=%s rat=%s model=%s fw=%s imei=%s iccid=%s" % (heap, op, rat, model, firmware, imei, iccid)


VERBS = {"status": _status}
