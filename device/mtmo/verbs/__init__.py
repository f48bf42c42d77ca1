"""The commands: a table of what there is; the code of a verb is loaded when it is first used (L3; design 4.6)."""

from micropython import const

from .. import log
from ..errors import AtError, VerbError
from ..settings import changed_by

# What a power cut while it runs means for a verb
RUN = const(0)  # harmless to run again
DONE = const(1)  # the boot that followed was its effect
E20 = const(2)  # must not run twice: answered "E20 interrupted"

# name, class, after a cut, only as the last verb, module, help
TABLE = (
    ("help", "read", RUN, False, "basic", "help (VERB)"),
    ("ping", "read", RUN, False, "basic", "ping, answers pong"),
    ("status", "read", RUN, False, "status", "status, of modem, network and agent"),
    ("net", "read", RUN, False, "basic", "net, operator, technology and SIM"),
    ("time", "read", RUN, False, "basic", "time, of the modem and since boot"),
    ("more", "read", RUN, False, "basic", "more, what did not fit the last answer"),
    ("log", "read", RUN, False, "log", "log (at) (N), newest lines of the log or of the AT trace"),
    ("get", "read", RUN, False, "manage", "get NAME, a setting"),
    ("apn", "read", RUN, False, "apn", "apn, wanted and in use"),
    (
        "apn set",
        "write",
        RUN,
        True,
        "apn",
        "apn set APN (user=) (pass=) (auth=none/pap/chap) (type=ip/ipv6/ipv4v6) (confirm=probe/operator) (hold=MIN),"
        " - for the empty APN",
    ),
    ("apn try", "write", RUN, True, "apn", "apn try APN MIN (user=) (pass=) (auth=) (type=), goes back in any case"),
    ("apn confirm", "write", RUN, False, "apn", "apn confirm N, keeps what is on trial"),
    ("apn cancel", "write", RUN, False, "apn", "apn cancel N, goes back at once"),
    ("set", "write", RUN, False, "manage", "set NAME VALUE, - for nothing"),
    ("report", "write", RUN, False, "manage", "report every Nh/off"),
    ("out", "write", E20, False, "pins", "out NAME on/off/pulse MS"),
    ("in", "read", RUN, False, "pins", "in NAME"),
    ("sms stop", "write", RUN, False, "manage", "sms stop, all but sms start and danger verbs"),
    ("sms start", "write", RUN, False, "manage", "sms start"),
    ("reboot", "danger", DONE, True, "power", "reboot (modem/board)"),
    ("allow list", "danger", RUN, False, "manage", "allow list, who may command"),
    ("allow add", "danger", E20, False, "manage", "allow add OA viewer/operator/admin"),
    ("allow del", "danger", E20, False, "manage", "allow del OA, but not the last admin"),
    ("key", "danger", RUN, True, "rotation", "key SLOT EPOCH KEY, encrypted and alone"),
    ("unlock", "danger", RUN, False, "manage", "unlock, the PIN, sms stop and another SIM"),
    ("factory", "danger", RUN, True, "manage", "factory, settings to default"),
)


_rows: list = list(TABLE)  # and the application's own, with a function in the module's place


class Verb:
    """One command, made from its row when a text names it."""

    def __init__(self, row: tuple):
        self.name, self.verb_class, self.after_cut, self.last, self._code, self.help = row

    async def run(self, context, args: "list[str]") -> str:
        """Carry it out; its code is imported now if it was not used before. Raises VerbError and AtError."""
        code = self._code
        if isinstance(code, str):
            code = __import__("mtmo.verbs." + code, None, None, ("VERBS",)).VERBS[self.name]
        words = code(context, args)
        return await words if hasattr(words, "send") else words


def register(name: str, verb_class: str, help_text: str, function) -> None:
    """Add an application's own verb, `function(args)` or `function(context, args)`; its name must be free."""
    if name in names():
        raise ValueError("verb %s exists" % name)

    async def run(context, args):
        try:
            try:
                words = function(args)
            except TypeError:
                words = function(context, args)  # with the wrong number of arguments nothing has run
            return await words if hasattr(words, "send") else words
        except (VerbError, AtError):
            raise
        except Exception as error:  # noqa: BLE001 - the application's mistake must not stop the agent
            log.warn("verb", "%s: %r", name, error)
            raise VerbError(20, "failed")

    _rows.append((name, verb_class, E20, False, run, help_text))


def find(words: "list[str]") -> "tuple[Verb, list[str]]":
    """The verb that `words` begin with, the longest name first, and the words behind it. Raises VerbError 11."""
    for count in (2, 1):
        name = " ".join(words[:count])
        for row in _rows:
            if row[0] == name and len(words) >= count:
                verb = Verb(row)
                if name == "set" and len(words) > 1:
                    verb.verb_class = changed_by(words[1])  # some settings are an admin's
                return verb, words[count:]
    raise VerbError(11, "unknown verb")


def names() -> "list[str]":
    """The names of all verbs, in the table's order."""
    return [row[0] for row in _rows]


def uptime(seconds: int) -> str:
    """Like 3d4h, 4h12m, 12m or 45s: the two largest units."""
    minutes = seconds // 60
    hours = minutes // 60
    if hours >= 24:
        return "%dd%dh" % (hours // 24, hours % 24)
    if hours:
        return "%dh%dm" % (hours, minutes % 60)
    return "%dm" % minutes if minutes else "%ds" % seconds
