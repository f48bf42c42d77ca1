"""help and ping (L3)."""

from ..errors import VerbError
from . import find, names


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


VERBS = {"help": _help, "ping": _ping}
