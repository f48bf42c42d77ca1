"""The commands: what there is, from table.py; the code of a verb is loaded when it is first used (L3; design 4.6)."""

import sys

from .. import heap, log
from ..errors import AtError, VerbError
from ..settings import changed_by

# What a power cut while it runs means for a verb
RERUN = "run"  # harmless to run again
DONE = "done"  # the boot that followed was its effect
INTERRUPTED = "e20"  # must not run twice: answered "E20 interrupted"

_rows: "list[tuple]" = []  # the application's own verbs: as in the table, with a function in the module's place


def _table() -> "tuple[str, ...]":
    """The verbs of this package, see table.py; where RAM is scarce it is forgotten at once."""
    from .table import TABLE

    if not heap.roomy():
        del sys.modules["mtmo.verbs.table"]
        del sys.modules["mtmo.verbs"].table
    return TABLE


def _row(name: str, lines: "tuple[str, ...]") -> tuple:
    """What is known of the verb `name`, the application's own or one of the table's `lines`; () of none."""
    for row in _rows:
        if row[0] == name:
            return row
    start = name + "|"
    for line in lines:
        if line.startswith(start) and "|" not in name:
            return tuple(line.split("|"))
    return ()


class Verb:
    """One command, made from its row when a text names it."""

    def __init__(self, row: tuple):
        self.name, self.verb_class, self.on_power_loss, self.last, self._code, self.help = row

    async def run(self, context, args: "list[str]") -> str:
        """Carry it out; where RAM is scarce, its code is there only meanwhile. Raises VerbError and AtError."""
        code = self._code
        if not isinstance(code, str):
            return await _words(code(context, args))
        module = __import__("mtmo.verbs." + code, None, None, ("VERBS",))
        try:
            return await _words(module.VERBS[self.name](context, args))
        finally:
            # pins holds the pulses that have not ended; the others may stay where nothing else needs the room
            if code != "pins" and not heap.roomy():
                sys.modules.pop("mtmo.verbs." + code, None)
                globals().pop(code, None)


async def _words(words) -> str:
    # of a verb that is async or not
    return await words if hasattr(words, "send") else words


def register(name: str, verb_class: str, help_text: str, function) -> None:
    """Add an application's own verb, `function(args)` or `function(context, args)`; its name must be free."""
    if _row(name, _table()):
        raise ValueError("verb %s exists" % name)

    async def run(context, args):
        try:
            try:
                words = function(args)
            except TypeError as error:
                if _has_run(error):
                    raise
                words = function(context, args)
            return await _words(words)
        except (VerbError, AtError):
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the application's mistake must not stop the agent
            log.warn("verb", "%s: %r", name, error)
            raise VerbError(20, "failed")

    _rows.append((name, verb_class, INTERRUPTED, "", run, help_text))


def _has_run(error: TypeError) -> bool:
    # raised inside the function, not by the call of it: there is no inspect, but the call alone is one frame deep
    traceback = getattr(error, "__traceback__", None)
    if traceback is not None:
        return traceback.tb_next is not None
    import io

    frames = io.StringIO()
    sys.print_exception(error, frames)
    return frames.getvalue().count("\n  File ") != 1


def find(words: "list[str]") -> "tuple[Verb, list[str]]":
    """The verb that `words` begin with, the longest name first, and the words behind it. Raises VerbError 11."""
    lines = _table()
    for count in (2, 1):
        row = _row(" ".join(words[:count]), lines) if len(words) >= count else ()
        if row:
            verb = Verb(row)
            if verb.name == "set" and len(words) > 1:
                verb.verb_class = changed_by(words[1])  # some settings are an admin's
            return verb, words[count:]
    raise VerbError(11, "unknown verb")


def names() -> "list[str]":
    """The names of all verbs, the application's own last."""
    return [line.split("|")[0] for line in _table()] + [row[0] for row in _rows]


def uptime(seconds: int) -> str:
    """Like 3d4h, 4h12m, 12m or 45s: the two largest units."""
    minutes = seconds // 60
    hours = minutes // 60
    if hours >= 24:
        return "%dd%dh" % (hours // 24, hours % 24)
    if hours:
        return "%dh%dm" % (hours, minutes % 60)
    return "%dm" % minutes if minutes else "%ds" % seconds
