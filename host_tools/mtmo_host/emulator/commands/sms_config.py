"""How short messages are served: format, stores, indications, service centre, acknowledgement (TS 27.005 §3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.radio import RP_PROTOCOL_ERROR
from mtmo_host.emulator.registry import Arguments, Reply, cms, command
from mtmo_host.emulator.sms import text_body, text_mode

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_NOT_SUPPORTED = 303
_INVALID = 304
_NO_ACK_EXPECTED = 340
_SCA_DIGITS = 20


def _list(values: Sequence[int], *, in_full: bool = False) -> str:
    """`(0-3)` for a run of three or more, else `(0,2)`."""
    if not in_full and len(values) > 2 and list(values) == list(range(values[0], values[-1] + 1)):
        return f"({values[0]}-{values[-1]})"
    return "(" + ",".join(map(str, values)) + ")"


@command("+CMGF", "= ? =?", sms=True)
def message_format(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CMGF: 0 PDU mode, 1 text mode."""
    modes = modem.personality.sms.modes
    if call.kind is Kind.TEST:
        return [f"+CMGF: {_list(modes)}"]
    if call.kind is Kind.READ:
        return [f"+CMGF: {modem.settings.cmgf}"]
    modem.settings.cmgf = Arguments(call, cms(_NOT_SUPPORTED)).number(0, modes, 0)
    return None


@command("+CSMS", "= ? =?", sms=True, sim=True)
def service(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSMS: 1 makes routed messages wait for +CNMA (TS 27.005 §3.2.1)."""
    services = modem.personality.sms.services
    if call.kind is Kind.TEST:
        return [f"+CSMS: {_list(services)}"]
    kinds = f"1,1,{modem.broadcasts.possible:d}"
    if call.kind is Kind.READ:
        return [f"+CSMS: {modem.settings.csms},{kinds}"]
    modem.settings.csms = Arguments(call, cms(_NOT_SUPPORTED)).number(0, services)
    return [f"+CSMS: {kinds}"]


def _names(stores: Sequence[str]) -> str:
    return "(" + ",".join(f'"{name}"' for name in stores) + ")"


@command("+CPMS", "= ? =?", sms=True, sim=True)
def stores(modem: Modem, call: Call) -> Iterable[str]:
    """+CPMS: the memories to read, to write and to receive into (TS 27.005 §3.2.2)."""
    store = modem.sms.store
    if not store.names:
        return _no_places(call)
    received_into = modem.personality.sms.receive_stores or store.writable
    if call.kind is Kind.TEST:
        return ["+CPMS: " + ",".join(map(_names, (store.names, store.writable, received_into)))]
    if call.kind is Kind.READ:
        return ["+CPMS: " + ",".join(f'"{mem}",{store.used(mem)},{store.total(mem)}' for mem in modem.settings.cpms)]
    arguments = Arguments(call, cms(302))
    arguments.at_most(3)
    chosen = [arguments.text(index, modem.settings.cpms[index]).upper() for index in range(3)]
    known = chosen[0] in store.names and chosen[1] in store.writable and chosen[2] in received_into
    if not (known and arguments.given(0)):
        raise cms(302)
    modem.settings.cpms = chosen
    return ["+CPMS: " + ",".join(f"{store.used(mem)},{store.total(mem)}" for mem in chosen)]


def _no_places(call: Call) -> Iterable[str]:
    """A family without a store has "MT" all the same, without a place in it."""
    if call.kind is Kind.TEST:
        return ['+CPMS: ("MT"),("MT"),("MT")']
    if call.kind is Kind.READ:
        return ['+CPMS: "MT",0,0,"MT",0,0,"MT",0,0']
    arguments = Arguments(call, cms(302))
    arguments.at_most(3)
    if any(arguments.text(index, "MT").upper() != "MT" for index in range(3)):
        raise cms(302)
    return ["+CPMS: 0,0,0,0,0,0"]


@command("+CNMI", "= ? =?", sms=True)
def indications(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CNMI: mode, mt, bm, ds, bfr, each within the ranges of the family; omitted ones stay (TS 27.005 §3.4.1)."""
    sms = modem.personality.sms
    ranges = sms.cnmi_ranges
    if call.kind is Kind.TEST:
        return ["+CNMI: " + ",".join(_list(values, in_full=sms.cnmi_in_full) for values in ranges)]
    if call.kind is Kind.READ:
        return ["+CNMI: " + ",".join(map(str, (*modem.settings.cnmi, *sms.cnmi_read_more)))]
    arguments = Arguments(call, cms(_NOT_SUPPORTED))
    arguments.at_most(len(ranges))
    cnmi = modem.settings.cnmi
    wanted = tuple(arguments.number(index, allowed, cnmi[index]) for index, allowed in enumerate(ranges))
    if sms.zero_first and any(cnmi) and any(wanted):
        raise cms(302)
    if any(wanted[index] == value and wanted[0] not in modes for index, value, modes in sms.cnmi_needs):
        raise cms(_NOT_SUPPORTED)
    modem.settings.cnmi = wanted
    modem.sms.cnmi_changed()
    return None


@command("+CSCA", "= ? =?", sms=True, sim=True)
def service_centre(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSCA: the service centre's number, on the card (TS 27.005 §3.3.1)."""
    if call.kind is Kind.TEST:
        return None
    if call.kind is Kind.READ:
        shown = text_mode.shown(modem.sim.smsc, modem.settings.cscs)
        return [f'+CSCA: "{shown}",{145 if modem.sim.smsc.startswith("+") else 129}']
    arguments = Arguments(call, cms(_INVALID))
    number = text_mode.meant(arguments.text(0, limit=84), modem.settings.cscs)
    toa = arguments.number(1, range(128, 256), 145 if number.startswith("+") else 129)
    digits = number.lstrip("+")
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= _SCA_DIGITS):
        raise cms(_INVALID)
    modem.sim.smsc = ("+" if digits and toa & 0x70 == 0x10 else "") + digits
    return None


@command("+CNMA", "x = =?", sms=True, sim=True)
def acknowledge(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """+CNMA: 0 and 1 acknowledge, 2 refuses with the cause of a DELIVER-REPORT, or 111 (TS 27.005 §3.4.4)."""
    if call.kind is Kind.TEST:
        return None if modem.settings.cmgf else ["+CNMA: (0-2)"]
    if modem.settings.csms != 1 and not modem.personality.sms.ack_always:
        raise cms(302)
    arguments = Arguments(call, cms(_INVALID))
    arguments.at_most(0 if modem.settings.cmgf else 2)  # text mode knows the plain acknowledgement alone
    kind = arguments.number(0, (0, 1, 2), 0)
    length = arguments.number(1, range(1, 165), 0) if arguments.given(1) else 0
    if not modem.sms.awaits_acknowledgement:
        raise cms(_NO_ACK_EXPECTED)
    if not length:
        modem.sms.acknowledge(RP_PROTOCOL_ERROR if kind == 2 else None)
        return None
    prompt = modem.personality.sms.prompt
    return Reply(prompt=prompt, on_body=lambda body: _report(modem, body, length, refuse=kind == 2))


def _report(modem: Modem, body: bytes | None, length: int, *, refuse: bool) -> Reply:
    if body is None:
        return Reply(final=modem.personality.sms.escape_result)
    report = text_body.pdu_octets(modem, body)
    if report is None or len(report) != length:
        raise cms(_INVALID)
    cause = report[1] if refuse and len(report) > 1 else RP_PROTOCOL_ERROR  # TP-FCS (TS 23.040 §9.2.3.22)
    if not modem.sms.acknowledge(cause if refuse else None):
        raise cms(_NO_ACK_EXPECTED)
    return Reply()
