"""Who the modem and its card are (V.250 §6.1, TS 27.007 §5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, AtError, cme, command
from mtmo_host.emulator.sms import text_mode

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_VERSIONS = {
    "+HWREV": "4",
    "%HWVERSION": "nRF9160 SICA B1A",
    "%XMODEMUUID": "25c95751-efa4-40d4-8b4a-1dcaab81fac9",
    "#XSLMVER": '"2.6.0","2.6.0"',
}


@command("I", "x")
def identification(modem: Modem, call: Call) -> Iterable[str]:
    """ATI, and the numbered pages some families have."""
    page = Arguments(call, AtError()).number(0, range(256), 0) if call.parameters else 0
    lines = modem.personality.ati_pages.get(page, modem.personality.ati)
    return [line.format(imei=modem.imei) for line in lines]


@command("+SIMCOMATI", "x", vendor=True)
def simcom_identification(modem: Modem, call: Call) -> Iterable[str]:
    """What SIMCom's own form adds up to here."""
    return identification(modem, call)  # type: ignore[return-value]


@command("+CGMI +GMI", "x =?")
@command("#CGMI", "x =?", vendor=True)
def manufacturer(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CGMI."""
    return None if call.kind is Kind.TEST else [modem.personality.cgmi]


@command("+CGMM +GMM", "x =?")
@command("#CGMM", "x =?", vendor=True)
def model(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CGMM."""
    return None if call.kind is Kind.TEST else [modem.personality.cgmm]


@command("+CGMR +GMR", "x =?")
@command("#CGMR", "x =?", vendor=True)
def revision(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CGMR."""
    return None if call.kind is Kind.TEST else [modem.personality.cgmr]


@command("+CGSN +GSN", "x = =?")
def serial_number(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CGSN: the IMEI bare, or with `+CGSN: ` when a kind is asked for (TS 27.007 §5.4)."""
    if call.kind is Kind.TEST:
        return None
    if call.kind is Kind.EXECUTE:
        return [modem.personality.cgsn_prefix + modem.imei]
    kind = Arguments(call).number(0, range(4), 0)
    values = (modem.imei, modem.imei, modem.imei[:14] + "01", "01")
    return [modem.imei] if kind == 0 else [f'+CGSN: "{values[kind]}"']


@command("#CGSN", "x =?", vendor=True)
def telit_serial_number(modem: Modem, call: Call) -> Iterable[str] | None:
    """The IMEI behind the command's name."""
    return None if call.kind is Kind.TEST else [f"#CGSN: {modem.imei}"]


@command("+HWREV %HWVERSION %XMODEMUUID #XSLMVER", "x =?", vendor=True)
def hardware(modem: Modem, call: Call) -> Iterable[str] | None:
    """Versions a vendor gives under a name of its own."""
    if call.kind is Kind.TEST:
        return None
    return [f"{call.name}: {_VERSIONS[call.name]}"]


@command("+GCAP", "x =?")
def capabilities(modem: Modem, call: Call) -> Iterable[str] | None:
    """+GCAP."""
    return None if call.kind is Kind.TEST else ["+GCAP: +CGSM"]


@command("+CIMI", "x =?", sim=True)
def imsi(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CIMI."""
    return None if call.kind is Kind.TEST else [modem.sim.imsi]


@command("+CCID", "x ? =?")
@command("+CICCID +QCCID +SQNCCID #CCID %XICCID ^SCID", "x ? =?", vendor=True)
def iccid(modem: Modem, call: Call) -> Iterable[str] | None:
    """The card's number, under each vendor's name for the command."""
    if call.kind is Kind.TEST:
        return None
    if not modem.sim.inserted:
        raise cme(10)
    if not modem.sim_ready:
        raise cme(14)
    return [modem.personality.iccid_prefix + modem.sim.iccid]


@command("+CNUM", "x =?", sim=True)
def own_number(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CNUM: the MSISDN, when the card knows it."""
    if call.kind is Kind.TEST or not modem.sim.msisdn:
        return None
    toa = 145 if modem.sim.msisdn.startswith("+") else 129
    return [f'+CNUM: "","{text_mode.shown(modem.sim.msisdn, modem.settings.cscs)}",{toa}']
