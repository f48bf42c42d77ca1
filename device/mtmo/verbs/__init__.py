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


class Verb:
    """One command. `run(context, args)` returns its answer's words; it may be a coroutine function."""

    def __init__(
        self, name: str, verb_class: str, after_cut: int, last: bool, module: "str | None", help_text: str, run=None
    ):
        self.name = name
        self.verb_class = verb_class
        self.after_cut = after_cut
        self.last = last
        self.help = help_text
        self._module = module
        self._run = run

    async def run(self, context, args: "list[str]") -> str:
        """Carry it out; its code is imported now if it was not used before. Raises VerbError and AtError."""
        if self._run is None:
            module = __import__("mtmo.verbs." + self._module, None, None, ("VERBS",))
            self._run = module.VERBS[self.name]
        words = self._run(context, args)
        return await words if hasattr(words, "send") else words


_verbs = [Verb(*row) for row in TABLE]


def register(name: str, verb_class: str, help_text: str, function) -> None:
    """Add an application's own verb, `function(args)` or `function(context, args)`; its name must be free."""
    if any(verb.name == name for verb in _verbs):
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

    _verbs.append(Verb(name, verb_class, E20, False, None, help_text, run))


def find(words: "list[str]") -> "tuple[Verb, list[str]]":
    """The verb that `words` begin with, the longest name first, and the words behind it. Raises VerbError 11."""
    for count in (2, 1):
        name = " ".join(words[:count])
        for verb in _verbs:
            if verb.name == name and len(words) >= count:
                return verb, words[count:]
    raise VerbError(11, "unknown verb")


def names() -> "list[str]":
    """The names of all verbs, in the table's order."""
    return [verb.name for verb in _verbs]
