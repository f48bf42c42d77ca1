"""log and log at: the newest lines of the log or of the AT trace, newest first, so that an SMS cuts the oldest (L3)."""

from micropython import const

from .. import log, once
from ..errors import VerbError

_LINES = const(5)
_MAX_LINES = const(32)


def _log(context, args: "list[str]") -> str:
    lines = log.last
    if args and args[0] == "at":
        lines = once("at.trace_text").lines
        args = args[1:]
    count = args[0] if args else str(_LINES)
    if len(args) > 1 or not count.isdigit() or not 1 <= int(count) <= _MAX_LINES:
        raise VerbError(12, "log (at) (1..32)")
    return " / ".join([_brief(line) for line in reversed(lines(int(count)))]) or "empty"


def _brief(line: str) -> str:
    # "[    54.511] warn sms: text" as "54.511 sms: text", "[…] debug at: < OK" as "54.511 < OK"
    stamp, words = line[1:].split("] ", 1)
    words = words[words.find(" ") + 1 :]
    return stamp.strip() + " " + (words[4:] if words.startswith("at: <") or words.startswith("at: >") else words)


VERBS = {"log": _log}
