"""The commands: a table of what there is; the code of a verb is loaded when it is first used (L3; design 4.6)."""

from micropython import const

from .. import log
from ..errors import AtError, VerbError

# What a power cut while it runs means for a verb
RUN = const(0)  # harmless to run again
DONE = const(1)  # the boot that followed was its effect
E20 = const(2)  # must not run twice: answered "E20 interrupted"

# name, class, after a cut, only as the last verb, module, help
TABLE = (
    ("help", "read", RUN, False, "basic", "help (VERB)"),
    ("ping", "read", RUN, False, "basic", "ping, answers pong"),
    ("status", "read", RUN, False, "status", "status, of modem, network and agent"),
    ("apn", "read", RUN, False, "apn", "apn, wanted and in use"),
    (
        "apn set",
        "write",
        RUN,
        True,
        "apn",
        "apn set APN (user=) (pass=) (auth=none/pap/chap) (type=ip/ipv6/ipv4v6), - for the empty APN",
    ),
    ("reboot", "danger", DONE, True, "power", "reboot (modem/board)"),
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
                return Verb(row), words[count:]
    raise VerbError(11, "unknown verb")


def names() -> "list[str]":
    """The names of all verbs, in the table's order."""
    return [row[0] for row in _rows]
