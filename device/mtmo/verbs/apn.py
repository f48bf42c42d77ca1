"""apn and apn set (L3; apn.md)."""

from ..apn_rules import Profile
from ..envelope import unescape
from ..errors import ApnError, VerbError

_KEYS = ("user", "pass", "auth", "type")
_AUTH = ("none", "pap", "chap")
_TYPES = ("ip", "ipv6", "ipv4v6")


async def _show(context, args: "list[str]") -> str:
    apn = context.agent.apn
    negotiated = await context.agent.modem.negotiated_apn()
    text = "apn=%s negotiated=%s state=%s txn=%d" % (apn.good[0], negotiated or "-", apn.state_name(), apn.txn)
    return text + (" last=" + apn.history[-1] if apn.history else "")


async def _set(context, args: "list[str]") -> str:
    profile = parse(args)
    dialect = context.agent.modem.dialect
    if len(profile.user) > dialect["user_max"] or len(profile.password) > dialect["password_max"]:
        raise VerbError(12, "user or pass too long for this modem")
    return await context.agent.apn.request(profile, context.entry)


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
    if auth not in _AUTH or values["type"] not in _TYPES:
        raise VerbError(12, "auth=none/pap/chap type=ip/ipv6/ipv4v6")
    try:
        return Profile(unescape(args[0]), values["user"], values["pass"], auth, values["type"])
    except ApnError as error:
        raise VerbError(12, "%s: %s" % (error.field, error.reason))


VERBS = {"apn": _show, "apn set": _set}
