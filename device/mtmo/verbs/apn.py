"""apn, apn set, apn try, apn confirm, apn cancel (L3; apn.md §3)."""

from .. import once
from ..apn import OPERATOR, PROBE, TRIAL, TRY
from ..apn_profile import Profile
from ..envelope import unescape
from ..errors import ApnError, VerbError

_KEYS = ("user", "pass", "auth", "type")
_MAX_MINUTES = 1440


async def _show(context, args: "list[str]") -> str:
    agent = context.agent
    apn = agent.apn
    stored = await apn.stored_apn()
    negotiated = await agent.modem.negotiated_apn()
    words = ["apn=" + apn.good[0]]
    if apn.busy() and apn.candidate:
        words.append("wanted=" + apn.candidate[0])
    words.append("stored=%s negotiated=%s" % ("?" if stored is None else stored or "-", negotiated or "-"))
    words.append("state=%s txn=%d" % (apn.state_name(), apn.txn))
    if apn.phase == TRIAL:
        words.append("left=%ds" % agent.transaction().left_s())
    if apn.cause:
        words.append("cause=" + apn.cause)
    if apn.fallback:
        words.append("fallback=" + apn.fallback)
    if apn.history:
        words.append("last=" + ",".join(reversed(apn.history)))
    return " ".join(words)


async def _set(context, args: "list[str]") -> str:
    confirm, hold, serial = PROBE, "", ""
    rest = []
    for arg in args:
        key, _, value = arg.partition("=")
        if key == "confirm":
            confirm = value
        elif key == "hold":
            hold = value
        elif key == "sn" and len(value) == 4 and not value.strip("0123456789ABCDEFabcdef"):
            serial = " " + arg  # of a legacy form: the answer repeats it
        else:
            rest.append(arg)
    if confirm not in (PROBE, OPERATOR):
        raise VerbError(12, "confirm=probe/operator")
    if hold and confirm != OPERATOR:
        raise VerbError(12, "hold= goes with confirm=operator")
    return await _open(context, rest, confirm, _minutes(hold) if hold else 0) + serial


async def _try(context, args: "list[str]") -> str:
    if len(args) < 2:
        raise VerbError(12, "which apn, how many minutes")
    return await _open(context, args[:1] + args[2:], TRY, _minutes(args[1]))


async def _open(context, args: "list[str]", policy: str, hold_s: int) -> str:
    profile = parse(args)
    try:
        profile.check_fits(context.agent.modem.dialect)
    except ApnError as error:
        raise _refused(error)
    return await once("apn.open").request(context.agent, profile, context.entry, policy, hold_s)


async def _confirm(context, args: "list[str]") -> str:
    apn = context.agent.apn
    txn = _txn(args)
    if not apn.busy() and apn.history and apn.history[-1] == "%d:confirmed" % txn and apn.policy == OPERATOR:
        return "apn=%s state=confirmed txn=%d" % (apn.good[0], txn)  # done before a power cut
    if not apn.busy():
        raise VerbError(41, "no such txn")
    return context.agent.transaction().confirm(txn)


async def _cancel(context, args: "list[str]") -> str:
    if not context.agent.apn.busy():
        raise VerbError(41, "no such txn")
    return context.agent.transaction().cancel(_txn(args))


def parse(args: "list[str]") -> Profile:
    """The profile that `APN (user=) (pass=) (auth=) (type=)` names. Raises VerbError 12 before anything is written."""
    if not args or "=" in args[0]:
        raise VerbError(12, "which apn")
    values = {"user": "", "pass": "", "auth": "", "type": "ip"}
    for arg in args[1:]:
        key, equals, value = arg.partition("=")
        if not equals or key not in _KEYS:
            raise VerbError(12, "user= pass= auth= type=")
        values[key] = unescape(value)
    auth = values["auth"] or ("chap" if values["user"] else "none")
    try:
        return Profile(unescape(args[0]), values["user"], values["pass"], auth, values["type"])
    except ApnError as error:
        raise _refused(error)


def _refused(error: ApnError) -> VerbError:
    return VerbError(12, "%s: %s" % (error.field, error.reason))


def _minutes(text: str) -> int:
    # in seconds
    if not text.isdigit() or len(text) > 4 or not 1 <= int(text) <= _MAX_MINUTES:
        raise VerbError(12, "minutes: 1 to %d" % _MAX_MINUTES)
    return 60 * int(text)


def _txn(args: "list[str]") -> int:
    if len(args) != 1 or not args[0].isdigit() or len(args[0]) > 9:
        raise VerbError(12, "which txn")
    return int(args[0])


VERBS = {"apn": _show, "apn set": _set, "apn try": _try, "apn confirm": _confirm, "apn cancel": _cancel}
