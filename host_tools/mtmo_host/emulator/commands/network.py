"""Radio, registration, operator, signal, power saving and clock (TS 27.007 §7, §8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, Reply, cme, command
from mtmo_host.emulator.sms import text_mode

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_NUMERIC = 2  # +COPS format
_OFF = 2  # +COPS mode: deregistered


@command("+CFUN", "= ? =?")
def functionality(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """+CFUN: 0 minimum, 1 full, 4 radio off; `,1` resets first, as some values of some families do."""
    values = modem.personality.cfun_values + modem.personality.power.restart_cfun
    if call.kind is Kind.TEST:
        return [f"+CFUN: ({','.join(map(str, sorted(values)))}),(0,1)"]
    if call.kind is Kind.READ:
        return [f"+CFUN: {modem.registration.cfun}"]
    arguments = Arguments(call)
    wanted = arguments.number(0, values)
    if arguments.number(1, (0, 1), 0) or wanted in modem.personality.power.restart_cfun:
        return Reply(after=modem.restart_soon)

    def switch() -> Reply:
        modem.registration.set_radio(wanted)
        return Reply()

    return Reply(wait_ms=modem.latency(f"+CFUN={wanted}"), then=switch)


@command("+CREG +CGREG +CEREG", "= ? =?")
def registration(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CREG, +CGREG, +CEREG: what is reported, and where the modem stands."""
    highest = 5 if call.name == "+CEREG" else 2
    if call.kind is Kind.TEST:
        return [f"{call.name}: (0-{highest})"]
    level = modem.settings.reports[call.name]
    if call.kind is Kind.READ:
        return [f"{call.name}: {level},{modem.registration.status(call.name, level, '?')}"]
    modem.settings.reports[call.name] = Arguments(call).number(0, range(highest + 1), 0)
    return None


@command("+COPS", "= ? =?", sim=True)
def operator(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """+COPS: the operator; selection is automatic, or to the one there is."""
    cell = modem.registration.cell
    if call.kind is Kind.TEST:
        return Reply(wait_ms=modem.latency("+COPS=?"), then=lambda: _scan(modem), abortable=True)
    if call.kind is Kind.READ:
        mode, style = modem.settings.cops_mode, modem.settings.cops_format
        if not modem.registration.registered or cell is None:
            return [f"+COPS: {mode}"]
        name = cell.plmn if style == _NUMERIC else _name(modem, cell.operator)
        return [f'+COPS: {mode},{style},"{name}",{modem.registration.act}']
    arguments = Arguments(call)
    mode = arguments.number(0, range(5), 0)
    if mode == 3:
        modem.settings.cops_format = arguments.number(1, range(3))
        return None
    if mode in (1, 4) and (cell is None or arguments.text(2, "") not in (cell.plmn, _name(modem, cell.operator))):
        if mode == 1:
            raise cme(30)
        mode = 0  # 4: automatic when the wanted one is not there
    modem.settings.cops_mode = mode
    if mode == _OFF:
        modem.registration.drop(0)
    else:
        modem.registration.search()
    return None


def _name(modem: Modem, operator_name: str) -> str:
    """In the terminal's alphabet, as all strings are (TS 27.007 §5.5)."""
    return text_mode.shown(operator_name, modem.settings.cscs)


def _scan(modem: Modem) -> Reply:
    cell = modem.registration.cell
    if cell is None or modem.registration.cfun != 1:
        return Reply(["+COPS: ,,(0-4),(0-2)"])
    status = 2 if modem.registration.registered else 1
    name = _name(modem, cell.operator)
    found = f'({status},"{name}","{name}","{cell.plmn}",{modem.registration.act})'
    return Reply([f"+COPS: {found},,(0-4),(0-2)"])


@command("+CSQ", "x =?")
def signal_quality(modem: Modem, call: Call) -> Iterable[str]:
    """+CSQ: 0 to 31 from -113 dBm in steps of 2, 99 unknown (TS 27.007 §8.5)."""
    if call.kind is Kind.TEST:
        return ["+CSQ: (0-31,99),(0-7,99)"]
    cell = modem.registration.cell
    if cell is None or modem.registration.cfun != 1:
        return ["+CSQ: 99,99"]
    return [f"+CSQ: {min(31, max(0, (cell.rssi_dbm + 113) // 2))},99"]


@command("+CESQ", "x =?")
def extended_signal_quality(modem: Modem, call: Call) -> Iterable[str]:
    """+CESQ: RSRP from -141 dBm in steps of 1, 255 unknown (TS 27.007 §8.69)."""
    if call.kind is Kind.TEST:
        return ["+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"]
    cell = modem.registration.cell
    if cell is None or modem.registration.cfun != 1:
        return ["+CESQ: 99,99,255,255,255,255"]
    return [f"+CESQ: 99,99,255,255,20,{min(97, max(0, cell.rsrp_dbm + 141))}"]


@command("+CPSMS", "= ? =?")
def power_saving(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """+CPSMS: 0 off, 1 on, 2 as from the factory; T3412 and T3324 in their last two places (TS 27.007 §7.38)."""
    if call.kind is Kind.TEST:
        return ['+CPSMS: (0-2),,,("00000000"-"11111111"),("00000000"-"11111111")']
    if call.kind is Kind.READ:
        mode, *timers = modem.settings.psm
        return [f"+CPSMS: {mode}" + "".join(f',"{value}"' if value else "," for value in timers)]
    arguments = Arguments(call)
    arguments.at_most(5)
    psm = arguments.number(0, range(3), 0)
    timers = [arguments.text(index, "", limit=8) for index in range(1, len(arguments))]
    if any(set(value) - {"0", "1"} or len(value) not in (0, 8) for value in timers):
        raise cme(50)
    modem.settings.psm = modem.personality.psm_default if psm == 2 else (str(psm), *timers)
    return Reply(after=modem.power_saving.activity)


@command("+CEDRXS", "= ? =?")
def edrx(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CEDRXS: the paging cycle by access technology (TS 27.007 §7.40)."""
    if call.kind is Kind.TEST:
        return ['+CEDRXS: (0-3),(4,5),("0000"-"1111")']
    if call.kind is Kind.READ:
        return [f'+CEDRXS: {act},"{cycle}"' for act, cycle in sorted(modem.settings.edrx.items())]
    arguments = Arguments(call)
    mode = arguments.number(0, range(4), 0)
    acts = (arguments.number(1, range(1, 6)),) if arguments.given(1) else (4, 5)
    cycle = arguments.text(2, "0101", limit=4)
    if set(cycle) - {"0", "1"} or len(cycle) != 4:
        raise cme(50)
    for act in acts:
        modem.settings.edrx.pop(act, None)
        if mode in (1, 2):
            modem.settings.edrx[act] = cycle
    return None


@command("+CEDRXRDP", "x =?")
def edrx_granted(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CEDRXRDP: what the network grants is what was asked for."""
    if call.kind is Kind.TEST:
        return None
    if not modem.settings.edrx:
        return ["+CEDRXRDP: 0"]
    return [f'+CEDRXRDP: {act},"{cycle}","{cycle}","0011"' for act, cycle in sorted(modem.settings.edrx.items())]


@command("+CCLK", "= ? =?")
def clock(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CCLK: yy/MM/dd,hh:mm:ss±zz, in quarter hours (TS 27.007 §8.15)."""
    if call.kind is Kind.TEST:
        return None
    if call.kind is Kind.READ:
        return [f'+CCLK: "{modem.clock:%y/%m/%d,%H:%M:%S}+00"']
    text = Arguments(call).text(0, limit=20)
    try:
        wanted = datetime.strptime(text[:17], "%y/%m/%d,%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise cme(50) from None
    modem.clock_base = wanted - timedelta(milliseconds=modem.now_ms)
    modem.faults.remains.jumped = timedelta()  # whatever it was, it is right now
    return None


@command("+CBC", "x =?")
def battery(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CBC: a full battery."""
    return None if call.kind is Kind.TEST else ["+CBC: 0,100,3900"]


@command("+CPAS", "x =?")
def activity(modem: Modem, call: Call) -> Iterable[str]:
    """+CPAS: ready."""
    return ["+CPAS: (0-5)"] if call.kind is Kind.TEST else ["+CPAS: 0"]


# access technologies of TS 27.007 §7.3 by network, and the number of +WS46 for GERAN, UTRAN and E-UTRAN
_GERAN, _UTRAN, _EUTRAN = (0, 1, 3, 8), (2, 4, 5, 6), (7, 9)
_WS46 = {
    (True, False, False): 12, (False, True, False): 22, (False, False, True): 28, (True, True, False): 29,
    (True, False, True): 30, (False, True, True): 31, (True, True, True): 25, (False, False, False): 28,
}  # fmt: skip


@command("+WS46", "? =?")
def wireless_network(modem: Modem, call: Call) -> Iterable[str]:
    """+WS46: the networks that the family knows (TS 27.007 §5.9); others cannot be chosen."""
    acts = modem.personality.acts
    kinds = any(act in _GERAN for act in acts), any(act in _UTRAN for act in acts), any(act in _EUTRAN for act in acts)
    number = _WS46[kinds]
    return [f"+WS46: ({number})"] if call.kind is Kind.TEST else [str(number)]
