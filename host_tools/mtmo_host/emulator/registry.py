"""The table of commands: name to handler, and what a handler takes and gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import EXTENDED, Call, Kind
from mtmo_host.emulator.personality import Personality

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem


class AtError(Exception):
    """A command that ends in an error: `ERROR`, or `+CME ERROR`/`+CMS ERROR` with a number."""

    def __init__(self, code: int | None = None, *, sms: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.sms = sms


def cme(code: int) -> AtError:
    """`+CME ERROR` (TS 27.007 §9.2); a plain `ERROR` while +CMEE is 0."""
    return AtError(code)


def cms(code: int) -> AtError:
    """`+CMS ERROR` (TS 27.005 §3.2.5)."""
    return AtError(code, sms=True)


@dataclass
class Reply:
    """What a command answers.

    `info` are its lines; `final` None means silence. With `wait_ms` the modem first takes that long, then asks `then`
    for the real reply. With `prompt` it first takes a message body, then asks `on_body` (None: aborted). `after` runs
    when the result is out, for what a modem says or does after OK.
    """

    info: Iterable[str] = ()
    final: str | None = "OK"
    wait_ms: int = 0
    then: Callable[[], Reply] | None = None
    abortable: bool = False
    prompt: bytes | None = None
    many_lines: bool = False  # a CR in the body is part of it, and is answered with another prompt
    on_body: Callable[[bytes | None], Reply] | None = None
    after: Callable[[], None] | None = None


Handler = Callable[["Modem", Call], "Reply | Iterable[str] | None"]


@dataclass(frozen=True)
class Command:
    """One entry: which forms exist and what must be ready."""

    name: str
    handler: Handler
    kinds: frozenset[Kind]
    sms: bool  # errors of its parameters are +CMS ERROR
    sim: bool  # needs a card that is unlocked
    vendor: bool  # only where the personality names it


_COMMANDS: dict[str, Command] = {}


def command(
    names: str, kinds: str = "", *, sms: bool = False, sim: bool = False, vendor: bool = False
) -> Callable[[Handler], Handler]:
    """Enter a handler under each of `names`; `kinds` lists its forms out of `x = ? =?` (x: execute)."""
    forms = frozenset(Kind.EXECUTE if kind == "x" else Kind(kind) for kind in kinds.split())

    def enter(handler: Handler) -> Handler:
        for name in names.split():
            if name in _COMMANDS:
                raise ValueError(f"{name} is entered twice")
            _COMMANDS[name] = Command(name, handler, forms, sms, sim, vendor)
        return handler

    return enter


def find(name: str) -> Command | None:
    """The entry called `name`."""
    return _COMMANDS.get(name)


def all_names() -> list[str]:
    """Every command there is, in the order of entering."""
    return list(_COMMANDS)


def names_for(personality: Personality) -> list[str]:
    """The commands of one family, in the order of entering."""
    return [name for name, entry in _COMMANDS.items() if exists(entry, personality)]


def exists(entry: Command, personality: Personality) -> bool:
    """The family has this command."""
    if personality.only and entry.name[0] in EXTENDED:
        return entry.name in personality.only
    return entry.name not in personality.lacks and (not entry.vendor or entry.name in personality.commands)


class Arguments:
    """Reads a call's parameters, with the error of its kind of command for each that is missing or out of range."""

    def __init__(self, call: Call, error: AtError | None = None) -> None:
        self._parameters = call.parameters
        self.error = error or cme(50)  # incorrect parameters

    def __len__(self) -> int:
        return len(self._parameters)

    def at_most(self, count: int) -> None:
        """More than `count` parameters are an error."""
        if len(self._parameters) > count:
            raise self.error

    def given(self, index: int) -> bool:
        """A value stands there."""
        return index < len(self._parameters) and not self._parameters[index].omitted

    def number(self, index: int, allowed: range | tuple[int, ...], default: int | None = None) -> int:
        """A decimal number out of `allowed`, or `default` where none is given."""
        if not self.given(index):
            if default is None:
                raise self.error
            return default
        text = self._parameters[index].text
        if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) not in allowed:
            raise self.error
        return int(text)

    def text(self, index: int, default: str | None = None, *, limit: int = 128) -> str:
        """A string of at most `limit` characters; quotes are not demanded, as modems do not."""
        if not self.given(index):
            if default is None:
                raise self.error
            return default
        text = self._parameters[index].text
        if len(text) > limit:
            raise self.error
        return text
