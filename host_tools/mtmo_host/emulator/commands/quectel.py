"""Quectel's packet service: contexts with a number (EC25, BG95) or one session without (M95); its own queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.commands.pdp import bring
from mtmo_host.emulator.commands.session import address, credentials, open_session
from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.radio import Auth
from mtmo_host.emulator.registry import Arguments, Reply, cme, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_TYPES = ("IP", "IPV6", "IPV4V6")
_SESSION = "TCP"


@command("+QICSGP", "= ? =?", vendor=True)
def context(modem: Modem, call: Call) -> Iterable[str] | None:
    """cid, type, APN, user, password, authentication; M95: 1 (GPRS), APN, user, password."""
    if modem.personality.pdp.one_session:
        return _session_context(modem, call)
    first, last = modem.personality.pdp.cids
    if call.kind is Kind.TEST:
        return [f"+QICSGP: ({first}-{last}),(1-3),<apn>,<username>,<password>,(0-3)"]
    if call.kind is Kind.READ:
        raise cme(4)
    arguments = Arguments(call)
    cid = arguments.number(0, range(first, last + 1))
    if len(arguments) == 1:
        c = modem.contexts.define(cid)
        return [f'+QICSGP: {_TYPES.index(c.pdp_type) + 1},"{c.apn}","{c.user}","",{int(c.auth)}']
    pdp_type = _TYPES[arguments.number(1, (1, 2, 3)) - 1]
    apn, user, password = (arguments.text(i, "", limit=100) for i in (2, 3, 4))
    auth = Auth(arguments.number(5, range(4), 0))
    found = modem.contexts.define(cid)
    found.pdp_type = pdp_type
    credentials(found, apn, user, password, auth)
    return None


def _session_context(modem: Modem, call: Call) -> Iterable[str] | None:
    session = modem.contexts.session(_SESSION)
    if call.kind is Kind.TEST:
        return ['+QICSGP: (0,1),"APN","USER","PWD"']
    if call.kind is Kind.READ:
        return [f'+QICSGP: 1,"{session.apn}","{session.user}",""']
    arguments = Arguments(call)
    arguments.number(0, (0, 1))
    apn, user, password = (arguments.text(index, "", limit=64) for index in (1, 2, 3))
    credentials(session, apn, user, password)
    return None


@command("+QIACT", "x = ? =?", vendor=True)
def activate(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """Activate a context; the query gives the addresses. M95: the one session."""
    if modem.personality.pdp.one_session:
        return None if call.kind is Kind.TEST else _open(modem, call)
    first, last = modem.personality.pdp.cids
    if call.kind is Kind.TEST:
        return [f"+QIACT: ({first}-{last})"]
    if call.kind is Kind.READ:
        return [f'+QIACT: {c.cid},1,1,"{c.result.address}"' for c in modem.contexts.all() if c.result is not None]
    cid = Arguments(call).number(0, range(first, last + 1))
    return Reply(wait_ms=modem.latency("+CGACT"), then=lambda: bring(modem, [cid], True))


def _open(modem: Modem, call: Call) -> Reply:
    if call.kind is not Kind.EXECUTE:
        raise cme(4)

    def then() -> Reply:
        open_session(modem, modem.contexts.session(_SESSION))
        return Reply()

    return Reply(wait_ms=modem.latency("session"), then=then)


@command("+QIDEACT", "x = =?", vendor=True)
def deactivate(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """The IP service of a context ends; on LTE the bearer stays. M95: DEACT OK."""
    one = modem.personality.pdp.one_session
    if call.kind is Kind.TEST:
        return None if one else ["+QIDEACT: (1-15)"]
    if one:
        modem.contexts.session(_SESSION).result = None
        return Reply(final="DEACT OK")
    Arguments(call).number(0, range(1, 17))
    return Reply(wait_ms=modem.latency("+CGACT"), then=Reply)


@command("+QIREGAPP", "x =?", vendor=True)
def register_application(modem: Modem, call: Call) -> None:
    """M95: takes the session's settings over."""


@command("+QILOCIP", "x =?", vendor=True)
def local_address(modem: Modem, call: Call) -> Reply | None:
    """M95: the address, and no OK behind it."""
    if call.kind is Kind.TEST:
        return None
    session = modem.contexts.session(_SESSION)
    if not session.active:
        raise cme(3)
    return Reply([address(session)], final=None)


@command("+QURCCFG", "= =?", vendor=True)
def urc_port(modem: Modem, call: Call) -> Iterable[str] | None:
    """Where URCs go; kept over resets. This line is uart1."""
    ports = ("usbat", "usbmodem", "uart1", "all")
    if call.kind is Kind.TEST:
        return ['+QURCCFG: "urcport",("' + '","'.join(ports[:3]) + '")']
    arguments = Arguments(call)
    if arguments.text(0).lower() != "urcport":
        raise arguments.error
    if len(arguments) == 1:
        return [f'+QURCCFG: "urcport","{modem.memory.urc_port}"']
    port = arguments.text(1)
    if port not in ports:
        raise arguments.error
    modem.memory.values["urcport"] = "uart1" if port == "all" else port
    return None


@command("+QGMR", "x =?", vendor=True)
def revision(modem: Modem, call: Call) -> Iterable[str] | None:
    """The revision with its sub-version."""
    return None if call.kind is Kind.TEST else [modem.personality.cgmr + "_01.001.01.001"]


@command("+QNWINFO", "x =?", vendor=True)
def network_information(modem: Modem, call: Call) -> Iterable[str] | None:
    """Access technology, operator, band, channel."""
    if call.kind is Kind.TEST:
        return None
    cell, registered = modem.registration.cell, modem.registration.registered
    if cell is None or not registered:
        return ["+QNWINFO: No Service"]
    act = {0: "GSM", 2: "WCDMA", 9: "NBIoT"}.get(modem.registration.act, "FDD LTE")
    return [f'+QNWINFO: "{act}","{cell.plmn}","LTE BAND 3",1300']
