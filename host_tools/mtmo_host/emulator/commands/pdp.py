"""PDP contexts, attach and what the network granted (TS 27.007 §10.1)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.error_text import CME_TEXT, MM_TEXT, SM_TEXT, SM_TO_CME
from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.pdp import Context
from mtmo_host.emulator.radio import Auth
from mtmo_host.emulator.registry import Arguments, Reply, cme, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_TYPES = ("IP", "IPV6", "IPV4V6", "Non-IP")
_UNSPECIFIED_GPRS = 148
_LAST_PDN = 171
_APN_LIMIT = 100
_ANY = "0.0.0.0"  # noqa: S104 (no address asked for, not one to listen on)


def _cids(modem: Modem) -> range:
    first, last = modem.personality.pdp.cids
    return range(first, last + 1)


@command("+CGDCONT", "= ? =?")
def define(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CGDCONT: what is stored for a cid; the cid alone forgets it. An active context keeps what it was granted."""
    cids = _cids(modem)
    if call.kind is Kind.TEST:
        return [f'+CGDCONT: ({cids[0]}-{cids[-1]}),"{kind}",,,(0-2),(0-4)' for kind in _TYPES[:3]]
    if call.kind is Kind.READ:
        return [f'+CGDCONT: {c.cid},"{c.pdp_type}","{c.apn}","{c.address or _ANY}",0,0' for c in modem.contexts.all()]
    arguments = Arguments(call)
    cid = arguments.number(0, cids)
    if modem.personality.pdp.needs_radio_off and cid == modem.contexts.default_cid and modem.registration.cfun == 1:
        raise cme(3)
    if len(arguments) == 1:
        modem.contexts.delete(cid)
        return None
    pdp_type = arguments.text(1, "IP")
    if pdp_type.upper() not in [name.upper() for name in _TYPES]:
        raise cme(50)
    apn = arguments.text(2, "", limit=_APN_LIMIT)
    address = arguments.text(3, "")
    context = modem.contexts.define(cid)
    context.pdp_type, context.apn, context.address = pdp_type, apn, address
    return None


@command("+CGAUTH", "= ? =?")
def authentication(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CGAUTH: protocol, user and password, in the order of the family; the password is never given back."""
    pdp = modem.personality.pdp
    cids = _cids(modem)
    if call.kind is Kind.TEST:
        limit = pdp.auth_limit_form.format(limit=pdp.auth_limit)
        return [f"+CGAUTH: ({cids[0]}-{cids[-1]}),(0-{pdp.auth_types[-1]}),{limit},{limit}"]
    if call.kind is Kind.READ:
        return [f"+CGAUTH: {c.cid},{int(c.auth)}" + (f',"{c.user}",""' if c.auth else "") for c in modem.contexts.all()]
    arguments = Arguments(call)
    set_credentials(modem, arguments, password_first=pdp.auth_password_first)
    return None


def set_credentials(modem: Modem, arguments: Arguments, *, password_first: bool) -> None:
    """cid, protocol and both strings into a context, in the given order."""
    pdp = modem.personality.pdp
    context = modem.contexts.define(arguments.number(0, _cids(modem)))
    auth = Auth(arguments.number(1, pdp.auth_types, 0))
    needed = None if auth and pdp.auth_strings_required else ""
    first, second = (arguments.text(place, needed, limit=pdp.auth_limit) for place in (2, 3))
    if auth is Auth.NONE:
        first = second = ""
    user, password = (second, first) if password_first else (first, second)
    context.auth, context.user, context.password = auth, user, password


@command("+CGATT", "= ? =?", sim=True)
def attach(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """+CGATT: packet service on and off."""
    if call.kind is Kind.TEST:
        return ["+CGATT: (0,1)"]
    if call.kind is Kind.READ:
        return [f"+CGATT: {int(modem.registration.ps_attached)}"]
    wanted = Arguments(call).number(0, (0, 1)) == 1
    return Reply(wait_ms=modem.latency("+CGATT"), then=lambda: _attached(modem, wanted))


def _attached(modem: Modem, wanted: bool) -> Reply:
    if wanted and (modem.registration.cfun != 1 or modem.registration.cell is None):
        raise cme(30)
    modem.registration.set_attach(wanted)
    if wanted and not modem.registration.ps_attached:
        raise cme(sm_error(modem))
    return Reply()


@command("+CGACT", "= ? =?", sim=True)
def activate(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """+CGACT: activate or end contexts."""
    if call.kind is Kind.TEST:
        return ["+CGACT: (0,1)"]
    if call.kind is Kind.READ:
        return [f"+CGACT: {c.cid},{int(c.active)}" for c in modem.contexts.all()]
    arguments = Arguments(call)
    wanted = arguments.number(0, (0, 1)) == 1
    cids = [arguments.number(index, _cids(modem)) for index in range(1, len(arguments))]
    cids = cids or [context.cid for context in modem.contexts.all()]
    return Reply(wait_ms=modem.latency("+CGACT"), then=lambda: bring(modem, cids, wanted))


def bring(modem: Modem, cids: list[int], wanted: bool) -> Reply:
    """Activate or end contexts, as far as the network grants it."""
    for cid in cids:
        context = modem.contexts.get(cid)
        if not wanted:
            _deactivate(modem, cid)
        elif not modem.registration.ps_attached:
            raise cme(30)
        elif context is None:
            raise cme(_UNSPECIFIED_GPRS)
        elif not context.active:
            if not modem.contexts.activate(cid).ok:
                raise cme(sm_error(modem))
            _event(modem, f"ME PDN ACT {cid}")
    return Reply()


def _deactivate(modem: Modem, cid: int) -> None:
    context = modem.contexts.get(cid)
    if context is None or not context.active:
        return
    if modem.personality.pdp.eps and sum(c.active for c in modem.contexts.all()) == 1:
        raise cme(_LAST_PDN)
    modem.contexts.deactivate(cid)
    _event(modem, f"ME PDN DEACT {cid}")


def _event(modem: Modem, text: str) -> None:
    if modem.settings.cgerep[0]:
        modem.urc(f"+CGEV: {text}")


def sm_error(modem: Modem) -> int:
    """The +CME ERROR of the last refusal by the network."""
    if mm := modem.registration.mm_cause:
        return 100 + mm if 100 + mm in CME_TEXT else _UNSPECIFIED_GPRS
    cause = modem.last_sm_cause or 0
    return modem.personality.pdp.errors.get(cause, SM_TO_CME.get(cause, _UNSPECIFIED_GPRS))


@command("+CGEREP", "= ? =?")
def event_reports(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CGEREP: whether +CGEV is sent (TS 27.007 §10.1.19)."""
    if call.kind is Kind.TEST:
        return ["+CGEREP: (0-2),(0,1)"]
    if call.kind is Kind.READ:
        return ["+CGEREP: {},{}".format(*modem.settings.cgerep)]
    arguments = Arguments(call)
    modem.settings.cgerep = arguments.number(0, range(3), 0), arguments.number(1, (0, 1), 0)
    return None


@command("+CGPADDR", "x = =?")
def address(modem: Modem, call: Call) -> Iterable[str]:
    """+CGPADDR: the address of each active context."""
    if call.kind is Kind.TEST:
        return ["+CGPADDR: (" + ",".join(str(c.cid) for c in modem.contexts.all()) + ")"]
    return [_address(modem, context) for context in _asked(modem, call)]


def _address(modem: Modem, context: Context) -> str:
    pdp = modem.personality.pdp
    if context.result is None:
        return pdp.no_address_form.format(cid=context.cid)
    return pdp.address_form.format(cid=context.cid, address=context.result.address)


@command("+CGCONTRDP", "x = =?")
def granted(modem: Modem, call: Call) -> Iterable[str]:
    """+CGCONTRDP: APN, address with mask, and DNS as negotiated (TS 27.007 §10.1.23)."""
    if call.kind is Kind.TEST:
        return ["+CGCONTRDP: (" + ",".join(str(c.cid) for c in modem.contexts.all() if c.active) + ")"]
    return [_granted(context) for context in _asked(modem, call) if context.active]


def _granted(context: Context) -> str:
    result = context.result
    if result is None:
        return ""
    dns = (*result.dns, "", "")[:2]
    fields = (result.negotiated_apn, _with_mask(result.address), "", *dns)  # no gateway
    return f"+CGCONTRDP: {context.cid},{4 + context.cid}," + ",".join(f'"{field}"' for field in fields)


def _with_mask(address_text: str) -> str:
    try:
        version = ipaddress.ip_address(address_text).version
    except ValueError:
        return address_text
    return address_text + ".255.255.255.0" if version == 4 else address_text


def _asked(modem: Modem, call: Call) -> list[Context]:
    arguments = Arguments(call)
    if not len(arguments):
        return modem.contexts.all()
    asked = [modem.contexts.get(arguments.number(index, _cids(modem))) for index in range(len(arguments))]
    return [context for context in asked if context is not None]


@command("+CEER", "x =?")
def last_error(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CEER: why the last activation or attach failed (TS 27.007 §6.10), in u-blox's shape: kind, number, words."""
    if call.kind is Kind.TEST:
        return None
    if mm := modem.registration.mm_cause:
        return [f'+CEER: "EMM cause",{mm},"{MM_TEXT.get(mm, "Unspecified")}"']
    cause = modem.last_sm_cause
    if cause is None:
        return ["+CEER: No cause information available"]
    return [f'+CEER: "SM signalling error cause",{cause},"{SM_TEXT.get(cause, "Unspecified")}"']
