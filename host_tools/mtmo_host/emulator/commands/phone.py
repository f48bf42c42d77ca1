"""What phones do beside messages, as far as programs ask: calls, services, phonebook, card access, indicators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, AtError, Reply, cme, command
from mtmo_host.emulator.sms import text_mode

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_PHONEBOOKS = ("SM", "ON", "ME")
_NOT_FOUND = 22
_READ_BINARY, _READ_RECORD, _GET_RESPONSE, _STATUS = 176, 178, 192, 242
_EF_ICCID, _EF_IMSI = 0x2FE2, 0x6F07


@command("+CLCC", "x =?")
def calls(modem: Modem, call: Call) -> None:
    """+CLCC: there is no call."""


@command("+CUSD", "= ? =?")
def unstructured_data(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """+CUSD: a request is answered with 4, operation not supported (TS 27.007 §7.15)."""
    if call.kind is Kind.TEST:
        return ["+CUSD: (0-2)"]
    if call.kind is Kind.READ:
        return [f"+CUSD: {modem.settings.plain.get('+CUSD', '0')}"]
    arguments = Arguments(call)
    arguments.at_most(3)
    mode = arguments.number(0, range(3), 0)
    modem.settings.plain["+CUSD"] = str(mode % 2)
    if not arguments.given(1):
        return None
    text_mode.meant(arguments.text(1, limit=728), modem.settings.cscs)
    if not modem.registration.registered:
        raise cme(30)
    return Reply(after=lambda: modem.urc("+CUSD: 4"))


@command("+CPBS", "= ? =?", sim=True)
def phonebook(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CPBS: the phonebook in use; all are empty but the own number."""
    if call.kind is Kind.TEST:
        return ["+CPBS: (" + ",".join(f'"{name}"' for name in _PHONEBOOKS) + ")"]
    chosen = modem.settings.plain.get("+CPBS", "SM")
    if call.kind is Kind.READ:
        return [f'+CPBS: "{chosen}",{int(chosen == "ON")},{1 if chosen == "ON" else 250}']
    name = Arguments(call).text(0).upper()
    if name not in _PHONEBOOKS:
        raise Arguments(call).error
    modem.settings.plain["+CPBS"] = name
    return None


@command("+CPBR", "= =?", sim=True)
def phonebook_entries(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CPBR: the own number, or nothing."""
    own = modem.settings.plain.get("+CPBS") == "ON"
    if call.kind is Kind.TEST:
        return [f"+CPBR: (1-{1 if own else 250}),40,20"]
    arguments = Arguments(call)
    first = arguments.number(0, range(1, 251))
    arguments.number(1, range(first, 251), first)
    if own and first == 1 and modem.sim.msisdn:
        number = text_mode.shown(modem.sim.msisdn, modem.settings.cscs)
        return [f'+CPBR: 1,"{number}",{145 if modem.sim.msisdn.startswith("+") else 129},""']
    if own:
        raise cme(_NOT_FOUND)
    return None


@command("+CPOL", "= ? =?", sim=True)
def preferred_operators(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CPOL: the list on the card is empty, and stays so."""
    if call.kind is Kind.TEST:
        return ["+CPOL: (1-20),(0,2)"]
    if call.kind is Kind.SET:
        raise cme(3)
    return None


@command("+CIND", "? =?")
def indicators(modem: Modem, call: Call) -> Iterable[str]:
    """+CIND: signal, service, message, roaming (TS 27.007 §8.9)."""
    if call.kind is Kind.TEST:
        return ['+CIND: ("signal",(0-5)),("service",(0,1)),("message",(0,1)),("roam",(0,1)),("smsfull",(0,1))']
    cell, registered = modem.registration.cell, modem.registration.registered
    bars = min(5, max(0, (cell.rssi_dbm + 113) // 10)) if cell is not None and registered else 0
    store, mem = modem.sms.store, modem.settings.cpms[2]
    unread = any(stored.stat == 0 for _, stored in store.items(mem)) if mem else False
    full = bool(mem) and store.used(mem) == store.total(mem)
    return [f"+CIND: {bars},{registered:d},{unread:d},{registered and cell is not None and cell.roaming:d},{full:d}"]


@command("+CRSM", "= =?", sim=True)
def card_access(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CRSM: ICCID and IMSI can be read; other files are not there (TS 27.007 §8.18, TS 51.011 §9.4)."""
    if call.kind is Kind.TEST:
        return None
    arguments = Arguments(call)
    what = arguments.number(0, (_READ_BINARY, _READ_RECORD, _GET_RESPONSE, 214, 220, _STATUS, 203, 219))
    file = arguments.number(1, range(0x10000), 0)
    files = {_EF_ICCID: _swapped(modem.sim.iccid, 10), _EF_IMSI: _imsi(modem.sim.imsi)}
    if what == _STATUS:
        return ["+CRSM: 144,0"]
    if file not in files or what != _READ_BINARY:
        return ["+CRSM: 148,4"]
    return [f'+CRSM: 144,0,"{files[file]}"']


def _swapped(digits: str, octets: int) -> str:
    padded = digits.ljust(octets * 2, "F")[: octets * 2]
    return "".join(padded[index + 1] + padded[index] for index in range(0, octets * 2, 2))


def _imsi(imsi: str) -> str:
    """TS 31.102 §4.2.2: a length, then the digits behind the parity semi-octet."""
    return "08" + _swapped(("9" if len(imsi) % 2 else "1") + imsi, 8)


@command("+CSIM", "= =?", sim=True)
def generic_card_access(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSIM: whatever is asked, the card does not find it."""
    if call.kind is Kind.TEST:
        return None
    arguments = Arguments(call)
    length = arguments.number(0, range(8, 523))
    command_hex = arguments.text(1, limit=522)
    if len(command_hex) != length or set(command_hex.upper()) - set("0123456789ABCDEF"):
        raise AtError(50)
    return ['+CSIM: 4,"6A82"']
