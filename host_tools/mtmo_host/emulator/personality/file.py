"""A personality out of a TOML file: one of the built-in ones, and what the file says otherwise."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from mtmo_host.emulator.personality import Personality
from mtmo_host.emulator.personality.check import check
from mtmo_host.errors import MtmoError

_OWN_KEYS = ("base", "add_commands", "drop_commands")
_LIMIT = 1 << 17  # it is part of the first line of a transcript
_EXAMPLE = "see the emulator's README for an example"
_WORDS = {str: "a string", int: "a whole number", bool: "true or false", bytes: "a string"}


def load(path: Path, find: Callable[[str], Personality]) -> Personality:
    """The checked personality in `path`; `find` knows the built-in ones. Raises MtmoError with field and fix."""
    return parse(_read(path), path, find)


def parse(toml: str, path: Path, find: Callable[[str], Personality]) -> Personality:
    """The same of a text that stood in `path`."""
    try:
        data = tomllib.loads(toml)
    except (RecursionError, tomllib.TOMLDecodeError) as error:
        raise MtmoError(f"is not TOML: {error}", field=str(path), fix=_EXAMPLE) from None
    try:
        record = _personality(data, find, path)
        check(record)
    except MtmoError as error:
        raise MtmoError(f"{error.field}: {error.message}", field=str(path), fix=error.fix) from None
    return replace(record, toml=toml)


def _read(path: Path) -> str:
    fix = "name a TOML file, or one of the built-in personalities"
    if path.is_fifo():
        raise MtmoError("is no file", field=str(path), fix=fix)  # it would wait for a writer
    try:
        with path.open("rb") as file:
            octets = file.read(_LIMIT + 1)
    except OSError as error:
        raise MtmoError(f"cannot be read: {error.strerror}", field=str(path), fix=fix) from None
    if len(octets) > _LIMIT:
        raise MtmoError(f"is longer than {_LIMIT >> 10} kB", field=str(path), fix="a personality takes a page")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MtmoError(f"is not TOML: {error}", field=str(path), fix=_EXAMPLE) from None


def _personality(data: Mapping[str, Any], find: Callable[[str], Personality], path: Path) -> Personality:
    name = _convert(data.get("base", "generic"), str, "base")
    try:
        base = find(name)
    except MtmoError as error:
        raise MtmoError(error.message, field="base", fix=error.fix) from None
    own = {key: value for key, value in data.items() if key not in _OWN_KEYS}
    record: Personality = _changed(base, {"name": path.stem.lower(), **own}, "")
    added, dropped = (frozenset(_convert(data.get(key, []), tuple[str, ...], key)) for key in _OWN_KEYS[1:])
    return replace(
        record,
        file=str(path.resolve()),
        commands=(record.commands | added) - dropped,
        lacks=(record.lacks - added) | dropped,
    )


def _changed(record: Any, data: Mapping[str, Any], where: str) -> Any:
    """The record with the values of a TOML table in their fields."""
    hints = get_type_hints(type(record))
    known = [field.name for field in fields(record) if field.name not in ("file", "toml")]
    changes = {}
    for key, value in data.items():
        if key not in known:
            raise MtmoError("there is no such field", field=where + key, fix=_nearest(key, known, top=not where))
        old = getattr(record, key)
        if is_dataclass(old) and not isinstance(old, type):
            changes[key] = _changed(old, _table(value, where + key), f"{where}{key}.")
        else:
            changes[key] = _convert(value, hints[key], where + key)
    return replace(record, **changes)


def _nearest(key: str, known: list[str], *, top: bool) -> str:
    choices = [*known, *_OWN_KEYS] if top else known
    near = difflib.get_close_matches(key, choices, 1)
    return f"did you mean {near[0]}?" if near else "one of " + ", ".join(sorted(choices))


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MtmoError("is no table", field=where, fix=f"write [{where}] and its fields below")
    return value


def _convert(value: Any, hint: Any, where: str) -> Any:
    """A TOML value as the type of its field; `false` stands for none where a field may have none."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return None if value is False else _convert(value, arguments[0], where)
    if origin is tuple:
        return _sequence(value, arguments, where)
    if origin is frozenset:
        return frozenset(_sequence(value, (arguments[0], ...), where))
    if origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        items = _table(value, where).items()
        return MappingProxyType(
            {_key(key, arguments[0], where): _convert(item, arguments[1], f"{where}.{key}") for key, item in items}
        )
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _member(value, hint, where)
    if is_dataclass(hint):
        return _made(hint, _table(value, where), where)
    return _plain(value, hint, where)


def _plain(value: Any, hint: Any, where: str) -> Any:
    wanted = str if hint is bytes else hint
    if type(value) is not wanted:
        raise MtmoError(f"{value!r} is not {_WORDS[hint]}", field=where, fix=f"give {_WORDS[hint]}")
    if hint is not bytes:
        return value
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        raise MtmoError("holds a character beyond U+00FF", field=where, fix="one character is one octet") from None


def _sequence(value: Any, arguments: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise MtmoError(f"{value!r} is no list", field=where, fix="write it in [ ]")
    if len(arguments) == 2 and arguments[1] is ...:
        return tuple(_convert(item, arguments[0], f"{where}[{index}]") for index, item in enumerate(value))
    if len(value) != len(arguments):
        raise MtmoError(f"has {len(value)} values", field=where, fix=f"give {len(arguments)}")
    pairs = zip(value, arguments, strict=True)
    return tuple(_convert(item, hint, f"{where}[{index}]") for index, (item, hint) in enumerate(pairs))


def _key(key: str, hint: Any, where: str) -> Any:
    if hint is not int:
        return key
    if not key.isdecimal():
        raise MtmoError(f"{key!r} is no number", field=where, fix="its keys are numbers")
    return int(key)


def _member(value: Any, hint: type[Enum], where: str) -> Enum:
    names = {member.name.lower(): member for member in hint}
    if not isinstance(value, str) or value.lower() not in names:
        raise MtmoError(f"{value!r} is not known", field=where, fix="one of " + ", ".join(names))
    return names[value.lower()]


def _made(hint: Any, table: Mapping[str, Any], where: str) -> Any:
    """A record that is made whole: a boot step, a quirk."""
    hints = get_type_hints(hint)
    for key in table:
        if key not in hints:
            raise MtmoError("there is no such field", field=f"{where}.{key}", fix=_nearest(key, list(hints), top=False))
    needed = [f.name for f in fields(hint) if f.default is MISSING and f.default_factory is MISSING]
    for name in needed:
        if name not in table:
            raise MtmoError("is missing", field=f"{where}.{name}", fix="give it in each " + where.split("[", 1)[0])
    return hint(**{key: _convert(value, hints[key], f"{where}.{key}") for key, value in table.items()})
