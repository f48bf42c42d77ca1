"""Which AT commands and indications the agent knows, read out of its source and its dialect records."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import mtmo
from mtmo import dialects
from mtmo.dialects import generic

_COMMAND = re.compile(r"AT([+#%^&][A-Z][A-Z0-9]*|[EVIZ](?=\d|$))")
_OF_SMS = ("legacy.py", "timeouts.py")  # what they call AT is the text of a message


def of_the_code() -> set[str]:
    """What is said to a modem of any family, outside the dialect records."""
    found: set[str] = set()
    package = Path(str(mtmo.__file__)).parent
    for path in package.rglob("*.py"):
        if path.name not in _OF_SMS and path.parent.name != "dialects":
            found |= _commands(ast.parse(path.read_text(encoding="utf-8")))
    return found


def _commands(tree: ast.AST) -> set[str]:
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    lines = [text.decode("latin-1") if isinstance(text, bytes) else text for text in texts]
    found = (_COMMAND.match(line) for line in lines if isinstance(line, str))
    return {match[1] for match in found if match}


def of_dialect(name: str) -> set[str]:
    """What is said to this family, as its record has it."""
    record = dialects.load(name)
    found = {"+" + registration for registration in record["registration"]}
    values = [record[key] for key in record if key != "name"]
    while values:
        value = values.pop()
        if isinstance(value, str):
            match = _COMMAND.match(value)
            found |= {match[1]} if match else set()
        elif isinstance(value, list | tuple):
            values += value
    return found


def heard_of(name: str) -> set[str]:
    """How lines of this family start that its own record names; those of the generic one belong to many families."""
    record = (
        __import__(f"mtmo.dialects.{name}", None, None, ("RECORD",)).RECORD if name != "generic" else generic.RECORD
    )
    keys = ("boot", "ready", "full", "urcs")
    return {line.decode().rstrip(":") for key in keys for line in record.get(key, ())}
