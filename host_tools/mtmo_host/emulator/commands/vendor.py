"""Vendor commands that have no noun of their own: packet service the vendors' way, and what is only kept."""

from __future__ import annotations

from collections.abc import Iterable

from mtmo_host.emulator.commands.pdp import _activate
from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.modem_types import Modem
from mtmo_host.emulator.radio import Auth
from mtmo_host.emulator.registry import Arguments, Reply, cme, command


@command("+NETOPEN", "x ? =?", vendor=True)
def net_open(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """SIMCom's IP service: OK first, `+NETOPEN: 0` after it."""
    cid = modem.contexts.default_cid
    context = modem.contexts.get(cid)
    is_open = context is not None and context.active
    if call.kind is Kind.TEST:
        return None
    if call.kind is Kind.READ:
        return [f"+NETOPEN: {int(is_open)}"]
    return Reply(after=lambda: modem.urc(f"+NETOPEN: {0 if is_open else 1}"))


@command("+NETCLOSE", "x =?", vendor=True)
def net_close(modem: Modem, call: Call) -> Reply | None:
    """OK first, `+NETCLOSE: 0` after it."""
    return None if call.kind is Kind.TEST else Reply(after=lambda: modem.urc("+NETCLOSE: 0"))


@command("+IPADDR", "x =?", vendor=True)
def ip_address(modem: Modem, call: Call) -> Iterable[str] | None:
    """The address of the default context."""
    if call.kind is Kind.TEST:
        return None
    context = modem.contexts.get(modem.contexts.default_cid)
    if context is None or context.result is None:
        raise cme(3)
    return [f"+IPADDR: {context.result.address}"]


@command("+CGNAPN", "x =?", vendor=True)
def network_apn(modem: Modem, call: Call) -> Iterable[str] | None:
    """SIMCom: the APN the network gave at the attach."""
    if call.kind is Kind.TEST:
        return None
    context = modem.contexts.get(modem.contexts.default_cid)
    granted = context.result.negotiated_apn if context is not None and context.result is not None else ""
    return [f'+CGNAPN: {int(bool(granted))},"{granted}"']


@command("+CNCFG", "= ? =?", vendor=True)
def net_config(modem: Modem, call: Call) -> Iterable[str] | None:
    """SIM7080: index 0 is the default context; type, APN, user, password, authentication."""
    context = modem.contexts.define(modem.contexts.default_cid)
    if call.kind is Kind.TEST:
        return ["+CNCFG: (0-3),(0-4),150,127,127,(0-3)"]
    if call.kind is Kind.READ:
        return [f'+CNCFG: 0,1,"{context.apn}","{context.user}","",{int(context.auth)}']
    arguments = Arguments(call)
    arguments.number(0, range(4))
    arguments.number(1, range(5), 1)
    context.apn = arguments.text(2, "", limit=100)
    context.user, context.password = arguments.text(3, ""), arguments.text(4, "")
    context.auth = Auth(arguments.number(5, range(4), 0))
    return None


@command("+CNACT", "= ? =?", vendor=True)
def net_activate(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """SIM70xx: OK first, `+APP PDP: n,ACTIVE` after it."""
    context = modem.contexts.define(modem.contexts.default_cid)
    if call.kind is Kind.TEST:
        return ["+CNACT: (0-3),(0-2)"]
    if call.kind is Kind.READ:
        address = context.result.address if context.result is not None else "0.0.0.0"  # noqa: S104
        return [f'+CNACT: 0,{int(context.active)},"{address}"']
    arguments = Arguments(call)
    index = arguments.number(0, range(4))
    wanted = arguments.number(1, range(3))
    word = "ACTIVE" if wanted and context.active else "DEACTIVE"
    return Reply(after=lambda: modem.urc(f"+APP PDP: {index},{word}"))


@command("+QICSGP", "= =?", vendor=True)
def quectel_context(modem: Modem, call: Call) -> Iterable[str] | None:
    """Quectel: cid, type, APN, user, password, authentication in one."""
    if call.kind is Kind.TEST:
        return ["+QICSGP: (1-15),(1-3),<apn>,<username>,<password>,(0-3)"]
    arguments = Arguments(call)
    cid = arguments.number(0, range(1, 16))
    if len(arguments) == 1:
        c = modem.contexts.define(cid)
        return [f'+QICSGP: 1,"{c.apn}","{c.user}","",{int(c.auth)}']
    pdp_type = ("IP", "IPV6", "IPV4V6")[arguments.number(1, (1, 2, 3)) - 1]
    apn, user, password = (arguments.text(i, "", limit=100) for i in (2, 3, 4))
    auth = Auth(arguments.number(5, range(4), 0))
    context = modem.contexts.define(cid)
    context.pdp_type, context.apn, context.user, context.password, context.auth = pdp_type, apn, user, password, auth
    return None


@command("+QIACT", "= ? =?", vendor=True)
def quectel_activate(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """Quectel: activate a context; the query gives the addresses."""
    if call.kind is Kind.TEST:
        return ["+QIACT: (1-15)"]
    if call.kind is Kind.READ:
        return [f'+QIACT: {c.cid},1,1,"{c.result.address}"' for c in modem.contexts.all() if c.result is not None]
    cid = Arguments(call).number(0, range(1, 16))
    return Reply(wait_ms=modem.latency("+CGACT"), then=lambda: _activate(modem, [cid], True))


@command("+QIDEACT", "= =?", vendor=True)
def quectel_deactivate(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """Quectel: the IP service of a context ends; on LTE the bearer stays."""
    return ["+QIDEACT: (1-15)"] if call.kind is Kind.TEST else Reply(wait_ms=modem.latency("+CGACT"), then=Reply)


_KEPT = {
    "+QURCCFG": '"urcport","uart1"',
    "+QCFG": "",
    "+CNMP": "2",
    "+CMNB": "3",
    "+IPREX": "115200",
}


@command(" ".join(_KEPT), "= ? =?", vendor=True)
def kept(modem: Modem, call: Call) -> Iterable[str] | None:
    """Kept and given back, without effect."""
    if call.kind is Kind.TEST:
        return None
    name, comma, _ = call.raw.partition(",")
    asks = call.kind is Kind.READ or (call.name in ("+QCFG", "+QURCCFG") and not comma)
    if asks:
        return [f"{call.name}: {modem.settings.plain.get(call.name + name, _KEPT[call.name])}"]
    modem.settings.plain[call.name + (name if comma else "")] = call.raw.strip()
    return None


@command("+QGMR", "x =?", vendor=True)
def quectel_revision(modem: Modem, call: Call) -> Iterable[str] | None:
    """Quectel: the revision with its sub-version."""
    return None if call.kind is Kind.TEST else [modem.personality.cgmr + "_01.001.01.001"]


@command("+CNSMOD", "= ? =?", vendor=True)
def system_mode(modem: Modem, call: Call) -> Iterable[str] | None:
    """SIMCom: 0 none, 8 LTE."""
    if call.kind is Kind.TEST:
        return ["+CNSMOD: (0,1)"]
    return [f"+CNSMOD: 0,{8 if modem.registration.registered else 0}"] if call.kind is Kind.READ else None


@command("+CPSI", "? =?", vendor=True)
def system_information(modem: Modem, call: Call) -> Iterable[str] | None:
    """SIMCom: the serving cell in one line."""
    if call.kind is Kind.TEST:
        return None
    cell = modem.registration.cell
    if cell is None or not modem.registration.registered:
        return ["+CPSI: NO SERVICE,Online"]
    plmn = f"{cell.plmn[:3]}-{cell.plmn[3:]}"
    place = f"{plmn},0x{cell.tac:04X},{cell.cell_id}"
    return [f"+CPSI: LTE,Online,{place},257,EUTRAN-BAND3,1300,5,5,-94,{cell.rsrp_dbm * 10},-660,15"]
