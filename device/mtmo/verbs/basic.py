"""help, ping, more, time and net (L3)."""

from ..at import fields
from ..clock import now_s
from ..errors import AtRefused, VerbError
from ..modem import REGISTRATION
from . import find, names, uptime

_RATS = {"0": "GSM", "2": "UMTS", "3": "EDGE", "4": "HSDPA", "6": "HSPA", "7": "LTE", "8": "LTE-M", "9": "NB-IoT"}


def _help(context, args: "list[str]") -> str:
    if not args:
        return ", ".join(names())
    try:
        verb, _ = find(args)
    except VerbError:
        raise VerbError(12, "no such verb")
    return verb.help


def _ping(context, args: "list[str]") -> str:
    return "pong"


def _more(context, args: "list[str]") -> str:
    dispatcher = context.agent.dispatcher
    entry = context.entry
    rest = dispatcher.rest
    if rest is None or rest[:2] != (entry.kid, entry.oa):
        raise VerbError(20, "nothing more")
    if rest[2] and not entry.encrypted:
        raise VerbError(20, "ask encrypted")
    dispatcher.rest = None
    return rest[3]


async def _time(context, args: "list[str]") -> str:
    # the network's time as the modem has it (TS 27.007 §8.15): a blank in it would be two words
    clock = await info(context.agent.modem, "AT+CCLK?")
    return "modem=%s up=%s" % (clock[0].replace(" ", "") or "?", uptime(now_s()))


async def _net(context, args: "list[str]") -> str:
    modem = context.agent.modem
    stat = REGISTRATION[await modem.registration()]
    op, rat = await operator(modem)
    return "reg=%s op=%s rat=%s rssi=%s save=%s restarts=%d weak=%d iccid=%s imsi=%s" % (
        stat, op, rat, await modem.rssi_dbm() or "?", modem.saving, modem.restarts, modem.undervoltage,
        modem.iccid or "?", modem.imsi or "?",
    )  # fmt: skip


async def operator(modem) -> "tuple[str, str]":
    """Name of the network, without blanks, and the access technology (TS 27.007 §7.3)."""
    parts = await info(modem, "AT+COPS?")
    name = parts[2] if len(parts) > 2 else ""
    return "-".join(name.split()) or "-", _RATS.get(parts[3], "-") if len(parts) > 3 else "-"


async def info(modem, line: str) -> "list[str]":
    """The parameters that the modem answers `line` with; [""] where it refuses."""
    try:
        infos = await modem.chat.request(line, 10000, line[2:-1].encode() + b":")
        return fields(infos[0]) if infos else [""]
    except AtRefused:
        return [""]


VERBS = {"help": _help, "ping": _ping, "more": _more, "time": _time, "net": _net}
