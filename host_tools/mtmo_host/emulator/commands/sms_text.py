"""Settings of text mode and of sending, and keeping them (TS 27.005 §3.2.4, §3.3, §3.5.6)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, cms, command
from mtmo_host.emulator.sms import text_body

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_INVALID = 304
_INVALID_TEXT = 305
_LINK_KEPT_MS = 5000  # with +CMMS=1: 1 to 5 s after the last message
_PROFILES = range(1)


@command("+CSMP", "= ? =?", sms=True)
def text_parameters(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSMP: first octet, validity period, protocol and coding of what text mode sends."""
    if call.kind is Kind.TEST:
        return None
    if call.kind is Kind.READ:
        first, period, pid, dcs = modem.settings.csmp
        shown = f'"{period}"' if isinstance(period, str) else period
        return [f"+CSMP: {first},{shown},{pid},{dcs}"]
    arguments = Arguments(call, cms(_INVALID_TEXT))
    arguments.at_most(4)
    first, _, pid, dcs = modem.settings.csmp
    first, pid, dcs = (arguments.number(index, range(256), old) for index, old in ((0, first), (2, pid), (3, dcs)))
    modem.settings.csmp = (first, _period(modem, arguments, first), pid, dcs)
    return None


def _period(modem: Modem, arguments: Arguments, first: int) -> int | str:
    """<vp>: a number, or a time when the first octet says so."""
    old = modem.settings.csmp[1]
    if not text_body.is_absolute(first):
        return arguments.number(1, range(256), 167 if isinstance(old, str) else old)
    text = arguments.text(1, old if isinstance(old, str) else None, limit=20)
    text_body.time_octets(text)
    return text


@command("+CSDH", "= ? =?", sms=True)
def text_header(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSDH: 1 shows all header fields in text mode."""
    if call.kind is Kind.TEST:
        return ["+CSDH: (0,1)"]
    if call.kind is Kind.READ:
        return [f"+CSDH: {modem.settings.csdh}"]
    modem.settings.csdh = Arguments(call, cms(_INVALID)).number(0, (0, 1), 0)
    return None


@command("+CMMS", "= ? =?", sms=True)
def more_messages(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CMMS: keeps the link for more messages: 1 until none comes for 5 s, 2 for good."""
    settings = modem.settings
    if settings.cmms == 1 and modem.now_ms >= settings.cmms_until_ms:
        settings.cmms = 0
    if call.kind is Kind.TEST:
        return ["+CMMS: (0-2)"]
    if call.kind is Kind.READ:
        return [f"+CMMS: {settings.cmms}"]
    settings.cmms = Arguments(call, cms(_INVALID)).number(0, range(3), 0)
    link_used(modem)
    return None


def link_used(modem: Modem) -> None:
    """A message went: the link is kept a while more."""
    modem.settings.cmms_until_ms = modem.now_ms + _LINK_KEPT_MS


@command("+CSAS", "x = =?", sms=True, sim=True)
def save(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSAS: keep +CSMP, +CSCB and the service centre, which is on the card, for +CRES."""
    if call.kind is Kind.TEST:
        return ["+CSAS: (0)"]
    Arguments(call, cms(_INVALID)).number(0, _PROFILES, 0)
    modem.memory.values["csas"] = json.dumps([modem.settings.csmp, modem.settings.cscb, modem.sim.smsc])
    return None


@command("+CRES", "x = =?", sms=True, sim=True)
def restore(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CRES: what +CSAS kept, or the defaults."""
    if call.kind is Kind.TEST:
        return ["+CRES: (0)"]
    Arguments(call, cms(_INVALID)).number(0, _PROFILES, 0)
    csmp, cscb, *smsc = json.loads(modem.memory.values.get("csas", '[[17, 167, 0, 0], [0, "", ""]]'))
    modem.settings.csmp, modem.settings.cscb = tuple(csmp), tuple(cscb)
    if smsc:
        modem.sim.smsc = smsc[0]
    return None
