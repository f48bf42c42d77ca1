"""The house rules a machine can check: layers, sizes, imports, docstrings (design §3, CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rooms import LAYERS, THROUGH_AGENT

ROOT = Path(__file__).resolve().parents[3]
DEVICE = ROOT / "device" / "mtmo"
HOST = ROOT / "host_tools" / "mtmo_host"
INSIDE = HOST / "virtual_board" / "inside"

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
DATA_FILES = {"national_tables.py", "profile_schema.py"}  # tables, not code

# Not in MicroPython, or not on every board
BANNED_ON_DEVICE = {
    "typing", "dataclasses", "enum", "contextlib", "functools", "itertools", "logging", "hmac", "datetime", "pathlib",
    "cryptolib", "socket", "requests", "threading", "_thread", "re",
}  # fmt: skip


def device_files() -> list[Path]:
    return sorted(DEVICE.rglob("*.py"))


def host_files() -> list[Path]:
    return sorted(path for path in HOST.rglob("*.py") if INSIDE not in path.parents)


def everything() -> list[Path]:
    return [*device_files(), *host_files(), *sorted(INSIDE.glob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """The parsed sources go with this file: whoever collects garbage later would walk through all of them."""
    yield
    tree.cache_clear()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(path: Path) -> str:
    """The layer table's name of a device file."""
    return path.relative_to(DEVICE).parts[0].removesuffix(".py")


def layer(module: str) -> int:
    return next(i for i, modules in enumerate(LAYERS) if module in modules)


def imported(path: Path) -> Iterator[str]:
    """Absolute dotted names that a file imports; the device's relative imports as mtmo.…"""
    package = ["mtmo", *path.relative_to(DEVICE).parts[:-1]] if DEVICE in path.parents else []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def device_imports(path: Path) -> set[str]:
    """Modules of the layer table that a device file imports."""
    known = {module for modules in LAYERS for module in modules}
    found = {item.split(".")[1] for item in imported(path) if item.startswith("mtmo.")}
    return found & known - {module_of(path)}


def test_every_device_module_has_its_layer() -> None:
    listed = {module for modules in LAYERS for module in modules}
    assert {module_of(path) for path in device_files()} - {"__init__"} <= listed


@pytest.mark.parametrize("path", device_files(), ids=name)
def test_device_imports_point_downwards(path: Path) -> None:
    module = module_of(path)
    if module == "__init__":
        return
    above = {other for other in device_imports(path) if layer(other) > layer(module)}
    assert not above


def test_modules_of_one_layer_import_each_other_without_cycles() -> None:
    edges: dict[str, set[str]] = {}
    for path in device_files():
        module = module_of(path)
        if module != "__init__":
            edges.setdefault(module, set()).update(o for o in device_imports(path) if layer(o) == layer(module))
    done: set[str] = set()
    while rest := {module for module in edges if module not in done}:
        free = {module for module in rest if edges[module] <= done}
        assert free, f"a cycle among {sorted(rest)}"
        done |= free


def test_no_more_is_reached_through_the_agent() -> None:
    reached: set[str] = set()
    for path in device_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and path.name != "agent.py":
                owner = node.value
                named = (
                    owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
                )
                reached |= {node.attr} if named in ("agent", "_agent") else set()
    assert len(reached) == THROUGH_AGENT, sorted(reached)


@pytest.mark.parametrize("path", [path for path in device_files() if path.name == "__init__.py"], ids=name)
def test_no_module_takes_the_place_of_a_name_that_its_package_uses(path: Path) -> None:
    """Importing a module binds it in its package: what the package calls by the same name would be gone."""
    modules = {file.stem for file in path.parent.iterdir()} - {"__init__"}
    bound: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and (node.level, node.module) != (1, None):
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            bound |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    assert not bound & modules


@pytest.mark.parametrize("path", device_files(), ids=name)
def test_the_device_imports_only_what_every_board_has(path: Path) -> None:
    roots = {item.split(".")[0] for item in imported(path)}
    assert not roots & BANNED_ON_DEVICE
    assert "mtmo_host" not in roots
    if module_of(path) != "board":
        assert "machine" not in roots


@pytest.mark.parametrize("path", host_files(), ids=name)
def test_the_host_never_imports_the_device(path: Path) -> None:
    assert "mtmo" not in {item.split(".")[0] for item in imported(path)}


@pytest.mark.parametrize("path", everything(), ids=name)
def test_files_and_functions_stay_short(path: Path) -> None:
    if path.name in DATA_FILES:
        return
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= MAX_FUNCTION_LINES, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", everything(), ids=name)
def test_modules_say_what_they_are(path: Path) -> None:
    assert ast.get_docstring(tree(path)), "no module docstring"


@pytest.mark.parametrize("path", [*device_files(), *host_files()], ids=name)
def test_public_functions_have_docstrings(path: Path) -> None:
    bare = [
        node.name
        for scope in [tree(path), *(n for n in tree(path).body if isinstance(n, ast.ClassDef) and n.name[0] != "_")]
        for node in scope.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not _is_obvious(node)
    ]
    assert not bare


def _is_obvious(node: ast.AST) -> bool:
    # an implementation of a documented protocol, a property of one line, or a click command's parameter
    if isinstance(node, ast.ClassDef):
        return False
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return (node.end_lineno or 0) - node.lineno < 12


@pytest.mark.parametrize("path", everything(), ids=name)
def test_no_exception_is_caught_blindly_and_nothing_is_left_for_later(path: Path) -> None:
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None), "bare except"
    if path.name != "test_tidy.py":
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=name)
def test_nobody_imports_from_a_test(path: Path) -> None:
    """What two tests need stands in tests/support, or beside them under a name of its own."""
    assert not [item for item in imported(path) if item.split(".")[-1].startswith("test_") and "vectors" not in item]


@pytest.mark.parametrize("folder", ["boards", "device", "docs", "host_tools", "tests"])
def test_each_top_level_folder_has_a_readme(folder: str) -> None:
    assert (ROOT / folder / "README.md").read_text(encoding="utf-8").startswith("# ")


def test_the_top_level_holds_what_was_agreed() -> None:
    agreed = {"device", "docs", "findings", "host_tools", "tests", "boards", "Makefile", "pyproject.toml", "LICENSE"}
    agreed |= {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - {"build", "dist"}
    assert found == agreed


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.M))
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## \S", makefile, re.M))
    assert targets == explained
    assert {"help", "run", "test", "check", "micropython", "sim", "bench", "flash", "console", "clean"} <= targets
