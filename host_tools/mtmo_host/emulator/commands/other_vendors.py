"""Packet service of u-blox, Telit, Cinterion, Sierra Wireless; what Nordic's modem has of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.commands.pdp import bring, set_credentials
from mtmo_host.emulator.commands.session import address, credentials, try_session
from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.pdp import Context
from mtmo_host.emulator.radio import Auth
from mtmo_host.emulator.registry import Arguments, Reply, cme, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_PROFILES = range(7)
_UPSD_APN, _UPSD_USER, _UPSD_PASSWORD, _UPSD_AUTH, _UPSD_CID = 1, 2, 3, 6, 100


def _cids(modem: Modem) -> range:
    first, last = modem.personality.pdp.cids
    return range(first, last + 1)


# --- u-blox


@command("+UAUTHREQ", "= ? =?", vendor=True)
def ublox_credentials(modem: Modem, call: Call) -> Iterable[str] | None:
    """+UAUTHREQ: cid, protocol, and both strings in the family's order."""
    if call.kind is Kind.TEST:
        cids = _cids(modem)
        return [f"+UAUTHREQ: ({cids[0]}-{cids[-1]}),(0-3),64,64"]
    if call.kind is Kind.READ:
        return [f'+UAUTHREQ: {c.cid},{int(c.auth)},"{c.user}",""' for c in modem.contexts.all() if c.auth]
    set_credentials(modem, Arguments(call), password_first=modem.personality.pdp.vendor_auth_password_first)
    return None


def _profile(modem: Modem, profile: int) -> Context:
    """The context a profile is mapped to, or one of its own."""
    mapped = modem.memory.values.get(f"upsd{profile}")
    return modem.contexts.define(int(mapped)) if mapped else modem.contexts.session(f"profile {profile}")


@command("+UPSD", "= =?", vendor=True)
def ublox_profile(modem: Modem, call: Call) -> Iterable[str] | None:
    """+UPSD=profile,tag,value: 1 APN, 2 user, 3 password, 6 authentication, 100 the context it is mapped to."""
    if call.kind is Kind.TEST:
        return ["+UPSD: (0-6),(0-19,100)"]
    arguments = Arguments(call)
    profile = arguments.number(0, _PROFILES)
    tag = arguments.number(1, (*range(20), _UPSD_CID))
    context = _profile(modem, profile)
    apn, user, password, auth = context.apn, context.user, context.password, context.auth
    if tag == _UPSD_CID:
        modem.memory.values[f"upsd{profile}"] = str(arguments.number(2, _cids(modem)))
        return None
    if tag == _UPSD_APN:
        apn = arguments.text(2, "", limit=99)
    elif tag == _UPSD_USER:
        user, auth = arguments.text(2, "", limit=64), auth or Auth.PAP
    elif tag == _UPSD_PASSWORD:
        password = arguments.text(2, "", limit=64)
    elif tag == _UPSD_AUTH:
        auth = Auth(arguments.number(2, range(4)))
    credentials(context, apn, user, password, auth)
    return None


@command("+UPSDA", "= =?", vendor=True)
def ublox_action(modem: Modem, call: Call) -> Iterable[str] | Reply | None:
    """+UPSDA=profile,action: 3 activates, OK first and `+UUPSDA: 0,"ip"` after it; 4 deactivates."""
    if call.kind is Kind.TEST:
        return ["+UPSDA: (0-6),(0-4)"]
    arguments = Arguments(call)
    context = _profile(modem, arguments.number(0, _PROFILES))
    action = arguments.number(1, range(5))

    def report() -> None:
        up = try_session(modem, context)
        modem.urc(f'+UUPSDA: 0,"{address(context)}"' if up else f"+UUPSDA: {modem.last_sm_cause or 30}")

    if action == 3:
        return Reply(wait_ms=modem.latency("latency"), then=lambda: Reply(after=report))
    if action == 4 and context.cid != modem.contexts.default_cid:
        context.result = None
    return None


@command("+UPSND", "= =?", vendor=True)
def ublox_data(modem: Modem, call: Call) -> Iterable[str] | None:
    """+UPSND=profile,what: 0 the address, 8 whether it is active."""
    if call.kind is Kind.TEST:
        return ["+UPSND: (0-6),(0-8)"]
    arguments = Arguments(call)
    profile = arguments.number(0, _PROFILES)
    context = _profile(modem, profile)
    what = arguments.number(1, range(9))
    value = str(int(context.active)) if what == 8 else f'"{address(context) if context.active else ""}"'
    return [f"+UPSND: {profile},{what},{value}"]


# --- Telit


@command("#PDPAUTH", "= ? =?", vendor=True)
def telit_credentials(modem: Modem, call: Call) -> Iterable[str] | None:
    """#PDPAUTH: cid, protocol, user, password."""
    if call.kind is Kind.TEST:
        return ["#PDPAUTH: (1-6),(0-2),50,50"]
    if call.kind is Kind.READ:
        return [f'#PDPAUTH: {c.cid},{int(c.auth)},"{c.user}"' for c in modem.contexts.all()]
    set_credentials(modem, Arguments(call), password_first=False)
    return None


@command("#SGACT", "= ? =?", vendor=True)
def telit_activate(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """#SGACT=cid,1 answers with the address."""
    if call.kind is Kind.TEST:
        return ["#SGACT: (1-6),(0,1)"]
    if call.kind is Kind.READ:
        return [f"#SGACT: {c.cid},{int(c.active)}" for c in modem.contexts.all()]
    arguments = Arguments(call)
    cid, wanted = arguments.number(0, _cids(modem)), arguments.number(1, (0, 1))
    context = modem.contexts.define(cid)

    def then() -> Reply:
        bring(modem, [cid], bool(wanted))
        return Reply([f"#SGACT: {address(context)}"] if wanted else [])

    return Reply(wait_ms=modem.latency("+CGACT"), then=then)


@command("#CGPADDR +KCGPADDR", "x = =?", vendor=True)
def vendor_address(modem: Modem, call: Call) -> Iterable[str] | None:
    """Telit and Sierra: the address of a context."""
    if call.kind is Kind.TEST:
        return None
    arguments = Arguments(call)
    contexts = modem.contexts.all()
    if len(arguments):
        cid = arguments.number(0, _cids(modem))
        contexts = [context for context in contexts if context.cid == cid]
    return [f'{call.name}: {context.cid},"{address(context) if context.active else ""}"' for context in contexts]


@command("#QSS", "= ? =?", vendor=True)
def telit_card(modem: Modem, call: Call) -> Iterable[str] | None:
    """#QSS: whether a card is there."""
    if call.kind is Kind.TEST:
        return ["#QSS: (0-2)"]
    if call.kind is Kind.READ:
        return [f"#QSS: {modem.settings.plain.get('#QSS', '0')},{int(modem.sim.inserted)}"]
    modem.settings.plain["#QSS"] = str(Arguments(call).number(0, range(3)))
    return None


# --- Cinterion


@command("^SGAUTH", "= ? =?", vendor=True)
def cinterion_credentials(modem: Modem, call: Call) -> Iterable[str] | None:
    """^SGAUTH: cid, protocol, and both strings in the family's order; cid,0 for none."""
    if call.kind is Kind.TEST:
        return ["^SGAUTH: (1-16),(0-2),64,64"]
    if call.kind is Kind.READ:
        return [f'^SGAUTH: {c.cid},{int(c.auth)},"{c.user}"' for c in modem.contexts.all()]
    set_credentials(modem, Arguments(call), password_first=modem.personality.pdp.vendor_auth_password_first)
    return None


@command("^SICA", "= ? =?", vendor=True)
def cinterion_service(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """^SICA=1,cid: the internet service's connection."""
    if call.kind is Kind.TEST:
        return ["^SICA: (0,1),(1-16)"]
    if call.kind is Kind.READ:
        return [f"^SICA: {c.cid},{int(c.active)}" for c in modem.contexts.all()]
    arguments = Arguments(call)
    wanted, cid = arguments.number(0, (0, 1)), arguments.number(1, _cids(modem))
    if not wanted:
        return Reply()  # the bearer stays
    return Reply(wait_ms=modem.latency("+CGACT"), then=lambda: bring(modem, [cid], True))


@command("^SCFG", "= ? =?", vendor=True)
def cinterion_configuration(modem: Modem, call: Call) -> Iterable[str] | None:
    """^SCFG: whether the radio is off at start; other settings are kept as given."""
    name = '"MEopMode/Airplane/OnStart"'
    shown = f'^SCFG: {name},"{"on" if modem.memory.boot_cfun == 4 else "off"}"'
    if call.kind is Kind.TEST:
        return [f'^SCFG: {name},("off","on")']
    if call.kind is Kind.READ:
        return [shown]
    arguments = Arguments(call)
    if arguments.text(0).lower() != name.strip('"').lower():
        raise cme(20)
    if len(arguments) > 1:
        wanted = arguments.text(1).lower()
        if wanted not in ("on", "off"):
            raise arguments.error
        modem.memory.values["cfun"] = "4" if wanted == "on" else "1"
        shown = f'^SCFG: {name},"{wanted}"'
    return [shown]


@command("^SCKS", "= ? =?", vendor=True)
def cinterion_card(modem: Modem, call: Call) -> Iterable[str] | None:
    """^SCKS: whether a card is there."""
    if call.kind is Kind.TEST:
        return ["^SCKS: (0,1)"]
    if call.kind is Kind.READ:
        return [f"^SCKS: {modem.settings.plain.get('^SCKS', '0')},{int(modem.sim.inserted)}"]
    modem.settings.plain["^SCKS"] = str(Arguments(call).number(0, (0, 1)))
    return None


# --- Sierra Wireless


@command("+KCNXCFG", "= ? =?", vendor=True)
def sierra_connection(modem: Modem, call: Call) -> Iterable[str] | None:
    """+KCNXCFG: number, "GPRS", APN, user, password; 1 is the context of the attach."""
    if call.kind is Kind.TEST:
        return ['+KCNXCFG: (1-16),"GPRS"']
    if call.kind is Kind.READ:
        return [f'+KCNXCFG: {c.cid},"GPRS","{c.apn}","{c.user}","","IPV4"' for c in modem.contexts.all()]
    arguments = Arguments(call)
    context = modem.contexts.define(arguments.number(0, _cids(modem)))
    if arguments.text(1).upper() != "GPRS":
        raise arguments.error
    apn = arguments.text(2, "", limit=99)
    user, password = arguments.text(3, context.user), arguments.text(4, context.password)
    credentials(context, apn, user, password, context.auth or (Auth.PAP if user else Auth.NONE))
    return None


@command("+WPPP", "= ? =?", vendor=True)
def sierra_credentials(modem: Modem, call: Call) -> Iterable[str] | None:
    """+WPPP: protocol, cid, user, password."""
    if call.kind is Kind.TEST:
        return ["+WPPP: (0-2),(1-16),<user>,<password>"]
    if call.kind is Kind.READ:
        return [f'+WPPP: {int(c.auth)},{c.cid},"{c.user}",""' for c in modem.contexts.all()]
    arguments = Arguments(call)
    auth = Auth(arguments.number(0, range(3)))
    context = modem.contexts.define(arguments.number(1, _cids(modem), 1))
    credentials(context, context.apn, arguments.text(2, ""), arguments.text(3, ""), auth)
    return None


@command("+KCNXUP +KCNXDOWN", "= =?", vendor=True)
def sierra_switch(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """OK first, +KCNX_IND after it: 1 connected, 3 not."""
    if call.kind is Kind.TEST:
        return [f"{call.name}: (1-16)"]
    cid = Arguments(call).number(0, _cids(modem))
    context = modem.contexts.define(cid)

    def report() -> None:
        up = call.name == "+KCNXUP" and try_session(modem, context)
        modem.urc(f"+KCNX_IND: {cid},{1 if up else 3},0")

    return Reply(after=report)


# --- Nordic


@command("%XSMMA", "x =?", vendor=True)
def nordic_memory_available(modem: Modem, call: Call) -> None:
    """%XSMMA: tell the network there is room again (RP-SMMA)."""
    if call.kind is not Kind.TEST:
        modem.sms.deleted()


@command("%XSIM", "= ? =?", vendor=True)
def nordic_card(modem: Modem, call: Call) -> Iterable[str] | None:
    """%XSIM: whether a card is there and ready."""
    if call.kind is Kind.TEST:
        return ["%XSIM: (0,1)"]
    return [f"%XSIM: {int(modem.sim_state == 'READY')}"] if call.kind is Kind.READ else None
