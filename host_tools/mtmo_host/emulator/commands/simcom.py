"""SIMCom's packet service: bearer and TCP sessions of SIM800, +CNACT of SIM70xx, +NETOPEN of SIM7600 and A76xx."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.commands.session import address, credentials, open_session, try_session
from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.pdp import Context
from mtmo_host.emulator.radio import Auth
from mtmo_host.emulator.registry import Arguments, Reply, cme, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_BEARERS = (1, 2, 3)
_NOT_ALLOWED = 3


def _default(modem: Modem) -> Context:
    return modem.contexts.define(modem.contexts.default_cid)


# --- SIM800, SIM7000: bearers


@command("+SAPBR", "= =?", vendor=True)
def bearer(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """+SAPBR: 0 close, 1 open, 2 query, 3 set, 4 get, 5 save, of a bearer 1 to 3."""
    if call.kind is Kind.TEST:
        return ['+SAPBR: (0-5),(1-3),"(CONTYPE,APN,USER,PWD,PHONENUM,RATE)"']
    arguments = Arguments(call)
    what, cid = arguments.number(0, range(6)), arguments.number(1, _BEARERS)
    context = modem.contexts.session(f"bearer {cid}")
    if what == 0:
        context.result = None
    elif what == 1:
        return Reply(wait_ms=modem.latency("session"), then=lambda: _open(modem, context))
    elif what == 2:
        return [f'+SAPBR: {cid},{1 if context.active else 3},"{address(context)}"']
    elif what == 3:
        _set_bearer(context, arguments)
    elif what == 4:
        return ["+SAPBR:", "CONTYPE: GPRS", f"APN: {context.apn}", f"USER: {context.user}", "PWD: "]
    return None


def _open(modem: Modem, context: Context) -> Reply:
    if context.active:
        raise cme(_NOT_ALLOWED)
    open_session(modem, context)
    return Reply()


def _set_bearer(context: Context, arguments: Arguments) -> None:
    name, value = arguments.text(2).upper(), arguments.text(3, "", limit=64)
    apn, user, password = context.apn, context.user, context.password
    if name == "APN":
        apn = value
    elif name == "USER":
        user = value
    elif name == "PWD":
        password = value
    elif name not in ("CONTYPE", "PHONENUM", "RATE"):
        raise arguments.error
    credentials(context, apn, user, password)


# --- SIM800, SIM7000: the session of TCP


@command("+CSTT", "x = ? =?", vendor=True)
def task(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSTT: APN, user and password of the TCP session."""
    context = modem.contexts.session("TCP")
    if call.kind is Kind.TEST:
        return ['+CSTT: "APN","USER","PWD"']
    if call.kind is Kind.READ:
        return [f'+CSTT: "{context.apn}","{context.user}",""']
    arguments = Arguments(call)
    if context.active:
        raise cme(_NOT_ALLOWED)
    apn, user, password = (arguments.text(index, "", limit=64) for index in range(3))
    credentials(context, apn, user, password)
    return None


@command("+CIICR", "x =?", vendor=True)
def bring_up(modem: Modem, call: Call) -> Reply | None:
    """+CIICR: open the TCP session."""
    if call.kind is Kind.TEST:
        return None
    context = modem.contexts.session("TCP")
    return Reply(wait_ms=modem.latency("session"), then=lambda: _open(modem, context))


@command("+CIFSR", "x =?", vendor=True)
def local_address(modem: Modem, call: Call) -> Reply | None:
    """+CIFSR: the address, and no OK behind it."""
    if call.kind is Kind.TEST:
        return None
    context = modem.contexts.session("TCP")
    if not context.active:
        raise cme(_NOT_ALLOWED)
    return Reply([address(context)], final=None)


@command("+CIPSHUT", "x =?", vendor=True)
def shut(modem: Modem, call: Call) -> Reply | None:
    """+CIPSHUT: ends the TCP session; SHUT OK."""
    if call.kind is Kind.TEST:
        return None
    modem.contexts.session("TCP").result = None
    return Reply(final="SHUT OK")


@command("+CIPSTATUS", "x =?", vendor=True)
def status(modem: Modem, call: Call) -> Reply | None:
    """+CIPSTATUS: OK, then the state."""
    if call.kind is Kind.TEST:
        return None
    context = modem.contexts.session("TCP")
    state = "IP STATUS" if context.active else "IP START" if context.apn else "IP INITIAL"
    return Reply(after=lambda: modem.urc(f"STATE: {state}", always=True))


# --- SIM7000, SIM7080


@command("+CNACT", "= ? =?", vendor=True)
def net_activate(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """SIM70xx: OK first, `+APP PDP: n,ACTIVE` after it."""
    pdp = modem.personality.pdp
    if call.kind is Kind.TEST:
        return ["+CNACT: (0-2),<apn>" if pdp.one_session else "+CNACT: (0-3),(0-2)"]
    if call.kind is Kind.READ:
        return _net_state(modem, one=pdp.one_session)
    arguments = Arguments(call)
    if pdp.one_session:  # SIM7000: mode and APN
        wanted = arguments.number(0, range(3))
        context = _net_context(modem, 0)
        if arguments.given(1):
            context.apn = arguments.text(1, limit=64)
        return Reply(after=lambda: _net_switch(modem, context, bool(wanted), "+APP PDP: "))
    index = arguments.number(0, range(4))
    wanted = arguments.number(1, range(3))
    context = _net_context(modem, index)
    return Reply(after=lambda: _net_switch(modem, context, bool(wanted), f"+APP PDP: {index},"))


def _net_context(modem: Modem, index: int) -> Context:
    """Index 0 is the context of the attach."""
    return _default(modem) if index == 0 else modem.contexts.session(f"net {index}")


def _net_state(modem: Modem, *, one: bool) -> list[str]:
    if one:
        context = _net_context(modem, 0)
        return [f'+CNACT: {int(context.active)},"{address(context)}"']
    contexts = ((index, _net_context(modem, index)) for index in range(4))
    return [f'+CNACT: {index},{int(context.active)},"{address(context)}"' for index, context in contexts]


def _net_switch(modem: Modem, context: Context, wanted: bool, name: str) -> None:
    if not wanted and context is not _default(modem):
        context.result = None
    active = wanted and try_session(modem, context)
    modem.urc(name + ("ACTIVE" if active else "DEACTIVE"))


@command("+CNCFG", "= ? =?", vendor=True)
def net_config(modem: Modem, call: Call) -> Iterable[str] | None:
    """SIM70xx: index (0 is the context of the attach), type, APN, user, password, authentication."""
    if call.kind is Kind.TEST:
        return ["+CNCFG: (0-3),(0-4),150,127,127,(0-3)"]
    if call.kind is Kind.READ:
        contexts = ((index, _net_context(modem, index)) for index in range(4))
        return [f'+CNCFG: {index},1,"{c.apn}","{c.user}","",{int(c.auth)}' for index, c in contexts]
    arguments = Arguments(call)
    context = _net_context(modem, arguments.number(0, range(4)))
    arguments.number(1, range(5), 1)
    auth = Auth(arguments.number(5, range(4), 0))
    credentials(context, arguments.text(2, "", limit=100), arguments.text(3, ""), arguments.text(4, ""), auth)
    return None


@command("+CGNAPN", "x =?", vendor=True)
def network_apn(modem: Modem, call: Call) -> Iterable[str] | None:
    """SIMCom: the APN the network gave at the attach."""
    if call.kind is Kind.TEST:
        return None
    result = _default(modem).result
    granted = result.negotiated_apn if result is not None else ""
    return [f'+CGNAPN: {int(bool(granted))},"{granted}"']


# --- SIM7600, A76xx


@command("+NETOPEN", "x ? =?", vendor=True)
def net_open(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """SIMCom's IP service: OK first, `+NETOPEN: 0` after it."""
    context = _default(modem)
    if call.kind is Kind.TEST:
        return None
    if call.kind is Kind.READ:
        return [f"+NETOPEN: {int(context.active)}"]
    return Reply(after=lambda: modem.urc(f"+NETOPEN: {0 if try_session(modem, context) else 1}"))


@command("+NETCLOSE", "x =?", vendor=True)
def net_close(modem: Modem, call: Call) -> Reply | None:
    """OK first, `+NETCLOSE: 0` after it."""
    return None if call.kind is Kind.TEST else Reply(after=lambda: modem.urc("+NETCLOSE: 0"))


@command("+IPADDR", "x =?", vendor=True)
def ip_address(modem: Modem, call: Call) -> Iterable[str] | None:
    """The address of the default context."""
    if call.kind is Kind.TEST:
        return None
    if not _default(modem).active:
        raise cme(_NOT_ALLOWED)
    return [f"+IPADDR: {address(_default(modem))}"]


@command("+CGSOCKCONT", "= ? =?", vendor=True)
def socket_context(modem: Modem, call: Call) -> Iterable[str] | None:
    """SIM7600, older firmware: the APN of the IP service's context."""
    if call.kind is Kind.TEST:
        return ['+CGSOCKCONT: (1-16),"IP",,,(0),(0)']
    if call.kind is Kind.READ:
        return [f'+CGSOCKCONT: {c.cid},"{c.pdp_type}","{c.apn}","0.0.0.0",0,0' for c in modem.contexts.all()]
    arguments = Arguments(call)
    context = modem.contexts.define(arguments.number(0, range(1, 17)))
    context.pdp_type, context.apn = arguments.text(1, "IP"), arguments.text(2, "", limit=100)
    return None


@command("+CNSMOD", "= ? =?", vendor=True)
def system_mode(modem: Modem, call: Call) -> Iterable[str] | None:
    """SIMCom: 0 none, 1 GSM, 4 WCDMA, 8 LTE."""
    if call.kind is Kind.TEST:
        return ["+CNSMOD: (0,1)"]
    mode = {0: 1, 2: 4}.get(modem.registration.act, 8) if modem.registration.registered else 0
    return [f"+CNSMOD: 0,{mode}"] if call.kind is Kind.READ else None


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
