"""The settings that a board is provisioned with: a TOML file, checked against the agent's own table."""

from __future__ import annotations

import ast
import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtmo_host import resources
from mtmo_host.errors import MtmoError

_Row = tuple[str, str, Any, Any, str, str]  # name, kind, default, bounds or choices, class of verb, help
# taken at provisioning only: later the APN changes by its transaction
_FIRST_APN: _Row = ("apn", "text", "", None, "write", "the APN to start with")


def load_settings(path: Path) -> dict[str, Any]:
    """The `name = value` lines of a TOML file; raises MtmoError for what is not one."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fix = 'write lines like reply-to = "+491511234567"'
        raise MtmoError(f"not TOML: {error}", field=str(path), fix=fix) from None
    except OSError as error:
        raise MtmoError(f"cannot read: {error.strerror}", field=str(path)) from None


def check_settings(settings: Mapping[str, Any], where: str, device: Path | None = None) -> None:
    """Raises MtmoError for a name or value that the agent would refuse; `where` is the file or option to name."""
    table = settings_table(device)
    for name, value in settings.items():
        row = table.get(name)
        if row is None:
            near = difflib.get_close_matches(name, table, n=1)
            meant = f", did you mean {near[0]!r}?" if near else ""
            raise MtmoError(f"unknown setting {name!r}{meant}", field=where, fix=f"one of {', '.join(table)}")
        problem = _problem(row, value)
        if problem:
            shown = "a value" if row[1] == "secret" else repr(value)
            raise MtmoError(f"{shown} does not fit: {problem}", field=f"{where}: {name}", fix=row[5])


def fitting(settings: Mapping[str, Any], device: Path | None = None) -> dict[str, Any]:
    """Those of a board's settings that the agent to be flashed takes; another one may have written them."""
    table = settings_table(device)
    return {name: value for name, value in settings.items() if name in table and not _problem(table[name], value)}


def settings_table(device: Path | None = None) -> dict[str, _Row]:
    """The agent's table of settings, read from its source: the agent that is flashed decides what it takes."""
    path = (device or resources.device_dir()) / "mtmo" / "settings" / "table.py"
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except OSError as error:
        raise MtmoError(f"cannot read: {error.strerror}", field=str(path)) from None
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "TABLE":
            rows: tuple[_Row, ...] = ast.literal_eval(node.value)
            return {row[0]: row for row in (*rows, _FIRST_APN)}
    raise MtmoError("has no TABLE of settings", field=str(path))


def _problem(row: _Row, value: Any) -> str | None:
    _, kind, _, allowed, _, _ = row
    if not isinstance(value, (str, int, list)) or (isinstance(value, list) and kind != "list"):
        return "give a text, a number or true/false"
    if kind in ("text", "address", "choice") and not isinstance(value, str):
        return "a text"
    if kind == "secret" and not (
        isinstance(value, str) and re.fullmatch("[A-Za-z0-9]*", value) and _fits(value, allowed)
    ):
        return f"a text of {allowed[0]} to {allowed[1]} letters and digits"
    if kind == "choice" and value not in allowed:
        return "one of " + ", ".join(repr(choice) for choice in allowed)
    if kind == "bool" and not isinstance(value, bool) and value not in ("on", "off", "yes", "no", "true", "false"):
        return "true or false"
    if kind == "int" and not (
        isinstance(value, int) and not isinstance(value, bool) and allowed[0] <= value <= allowed[1]
    ):
        return f"{allowed[0]} to {allowed[1]}"
    return None


def _fits(secret: str, bounds: tuple[int, int]) -> bool:
    return not secret or bounds[0] <= len(secret) <= bounds[1]
