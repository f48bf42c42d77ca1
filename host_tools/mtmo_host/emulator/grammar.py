"""The command line of V.250 §5: splits the text between `AT` and the end of the line into single commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

EXTENDED = "+#$%^*_@!\\"  # what begins a command with a long name; vendors use all of them
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!%-./:_")  # V.250 §5.4.1


class Kind(Enum):
    """The four ways to give a command (V.250 §5.4.2 to §5.4.4)."""

    EXECUTE = ""
    SET = "="
    READ = "?"
    TEST = "=?"


class GrammarError(Exception):
    """The line is not a command line; `offset` counts characters after `AT`."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} at {offset}")
        self.offset = offset


@dataclass(frozen=True)
class Parameter:
    """One value: its text without quotes, and whether it was quoted; an omitted one is empty and not quoted."""

    text: str
    quoted: bool = False

    @property
    def omitted(self) -> bool:
        """Nothing stood between the commas."""
        return not self.text and not self.quoted


@dataclass(frozen=True)
class Call:
    """One command of a line: its name in upper case, how it was given, and its parameters."""

    name: str
    kind: Kind
    parameters: tuple[Parameter, ...] = ()
    raw: str = ""  # parameters as written


@lru_cache(maxsize=256)
def split_line(text: str) -> tuple[Call, ...]:
    """The commands of a line, in order; raises GrammarError. Drivers say the same few lines again and again."""
    return tuple(_calls(text))


def _calls(text: str) -> Iterator[Call]:
    offset = 0
    while offset < len(text):
        char = text[offset]
        if char in " ;":
            offset += 1
        elif char in EXTENDED:
            call, offset = _extended(text, offset)
            yield call
        elif char.upper() == "D":
            end = text.find(";", offset)  # a dial string takes the rest of the line
            end = len(text) if end < 0 else end + 1
            yield Call("D", Kind.EXECUTE, (Parameter(text[offset + 1 : end]),), text[offset + 1 : end])
            offset = end
        else:
            call, offset = _basic(text, offset)
            yield call


def _basic(text: str, start: int) -> tuple[Call, int]:
    offset = start
    name = text[offset].upper()
    offset += 1
    if name == "&" and offset < len(text):
        name += text[offset].upper()
        offset += 1
    if not name[-1].isascii() or not name[-1].isalpha():
        raise GrammarError("no command begins here", start)
    number, offset = _digits(text, offset)
    if name == "S":
        return _register(text, number, offset)
    if offset < len(text) and text[offset] == "?":
        return Call(name, Kind.READ), offset + 1
    parameters = (Parameter(number),) if number else ()
    return Call(name, Kind.EXECUTE, parameters, number), offset


def _register(text: str, number: str, offset: int) -> tuple[Call, int]:
    rest = text[offset:].lstrip(" ")
    offset = len(text) - len(rest)
    if rest.startswith("?"):
        return Call("S", Kind.READ, (Parameter(number),), number), offset + 1
    if not rest.startswith("="):
        raise GrammarError("a register needs = or ?", offset)
    value, offset = _digits(text, offset + 1)
    return Call("S", Kind.SET, (Parameter(number), Parameter(value)), f"{number}={value}"), offset


def _digits(text: str, offset: int) -> tuple[str, int]:
    found = ""
    while offset < len(text) and (text[offset] == " " or "0" <= text[offset] <= "9"):
        found += text[offset].strip()
        offset += 1
    return found, offset


def _extended(text: str, start: int) -> tuple[Call, int]:
    name = text[start]
    offset = start + 1
    while offset < len(text) and (text[offset] == " " or text[offset].upper() in _NAME):
        name += text[offset].strip().upper()
        offset += 1
    if len(name) == 1:
        raise GrammarError("a command has no name", start)
    if offset == len(text) or text[offset] == ";":
        return Call(name, Kind.EXECUTE), offset
    if text[offset] == "?":
        return Call(name, Kind.READ), _end(text, offset + 1)
    if text[offset] != "=":
        raise GrammarError("expected = or ?", offset)
    raw, offset = _raw_parameters(text, offset + 1)
    if raw.strip() == "?":
        return Call(name, Kind.TEST), offset
    return Call(name, Kind.SET, tuple(_parameters(raw)), raw), offset


def _end(text: str, offset: int) -> int:
    while offset < len(text) and text[offset] == " ":
        offset += 1
    if offset < len(text) and text[offset] != ";":
        raise GrammarError("expected ; or the end of the line", offset)
    return offset


def _raw_parameters(text: str, start: int) -> tuple[str, int]:
    quoted = False
    for offset in range(start, len(text)):
        if text[offset] == '"':
            quoted = not quoted
        elif text[offset] == ";" and not quoted:
            return text[start:offset], offset
    if quoted:
        raise GrammarError("a string has no end", len(text))
    return text[start:], len(text)


def _parameters(raw: str) -> Iterator[Parameter]:
    field, quoted, in_string = "", False, False
    for offset, char in enumerate(raw):
        if char == '"':
            if not in_string and (quoted or field):
                raise GrammarError("a string begins inside a value", offset)
            in_string, quoted = not in_string, True
        elif in_string:
            field += char
        elif char == ",":
            yield Parameter(field, quoted)
            field, quoted = "", False
        elif char != " ":
            if quoted:
                raise GrammarError("something follows a string", offset)
            field += char
    yield Parameter(field, quoted)
