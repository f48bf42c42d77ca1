"""Writes the generated parts of docs/architecture.md: the rooms with their modules, their imports, the APN's phases.

`--check` compares instead and ends with 1 on a difference.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from rooms import LAYERS  # noqa: E402 - run as a program, the path comes first

DEVICE = ROOT / "device" / "mtmo"
PAGE = ROOT / "docs" / "architecture.md"


def modules(room: str) -> list[Path]:
    """The files of a room, its main noun first."""
    single = DEVICE / f"{room}.py"
    return (
        [single]
        if single.exists()
        else sorted((DEVICE / room).glob("*.py"), key=lambda path: (path.stem != "__init__", path))
    )


def rooms() -> str:
    """A table: layer, room, what each of its modules is by its own docstring."""
    rows = ["| | room | module | what it is |", "|---|---|---|---|"]
    for number, layer in enumerate(LAYERS):
        for room in layer:
            for path in modules(room):
                if room == "dialects" and path.stem not in ("__init__", "models"):
                    continue  # a record for each family
                said = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
                said = re.sub(r"\s*\((?:L\d[^)]*)\)\.?$", "", said).rstrip(".").replace("|", "\\|")
                leaf = "" if path.stem in ("__init__", room) else f"`{path.stem}`"
                rows.append(f"| {number} | `{room}` | {leaf} | {said} |")
    return "\n".join(rows)


def diagram() -> str:
    """Who imports whom, room by room, when loaded; what is loaded late is not drawn."""
    known = {room for layer in LAYERS for room in layer}
    plain = set(LAYERS[0]) | {"dialects"}
    lines = ["```mermaid", "flowchart TD"]
    for number, layer in reversed(list(enumerate(LAYERS))):
        lines += [f"  subgraph L{number}", *(f"    {room}" for room in layer), "  end"]
    for layer in reversed(LAYERS):
        for room in layer:
            found = {other for path in modules(room) for other in _imported(path)}
            lines += [f"  {room} --> {other}" for other in sorted(found & known - plain - {room})]
    return "\n".join([*lines, "```"])


def phases() -> str:
    """The APN transaction's phases and what moves it, from the table in apn/transaction.py."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for start, event, end in _literal(DEVICE / "apn" / "transaction.py", "_MOVES"):
        lines.append(f"  {start} --> {end}: {event.strip('_').lower().replace('_', ' ')}")
    return "\n".join([*lines, "```"])


def _imported(path: Path) -> Iterator[str]:
    package = path.relative_to(DEVICE).parts[:-1]
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level == len(package) + 1:
            yield from [node.module.split(".")[0]] if node.module else (alias.name for alias in node.names)


def _literal(path: Path, name: str) -> Any:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return [[ast.unparse(item) for item in row.elts] for row in node.value.elts]  # type: ignore[attr-defined]
    raise LookupError(name)


def page() -> str:
    """The page with its generated parts as they should be."""
    text = PAGE.read_text(encoding="utf-8")
    for name, made in (("rooms", rooms()), ("diagram", diagram()), ("phases", phases())):
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(start)
        text = before + start + made + "\n" + end + rest.partition(end)[2]
    return text


def main() -> int:
    """Write or compare."""
    if "--check" in sys.argv:
        return 0 if PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
