"""Constants of one device module in another, put in where they are said before the modules are compiled.

MicroPython folds `_NAME = const(…)` within a module only. A constant that another module imports is a name that is kept
for good, an entry in the globals of each module that says it, and a look-up each time. Here its value is known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

Value = int | str
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
_INTERNED = 10  # a text so short is kept once, however often it is said


def put_in(trees: Mapping[str, ast.Module], public: tuple[str, ...]) -> None:
    """Change the modules in place: file name to syntax tree. What the modules in `public` define stays as it is."""
    modules = {_dotted(name): name for name in trees}
    values = {name: {} if name in public else _values(tree) for name, tree in trees.items()}
    for name, tree in trees.items():
        _Putter(name, tree, modules, values).visit(tree)
    said = {node.attr for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    said |= {alias.name for tree in trees.values() for node in _imports(tree) for alias in node.names}
    said |= {str(node.value) for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    for name, tree in trees.items():
        gone = set(values[name]) - said
        tree.body = [node for node in tree.body if _defined(node) not in gone]


def _dotted(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _defined(node: ast.stmt) -> str:
    # the constant that a statement defines, "" for none
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        return name if _CONSTANT.fullmatch(name) else ""
    return ""


def _values(tree: ast.Module) -> dict[str, Value]:
    """The constants of a module that are defined once, at its top."""
    found: dict[str, Value] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and _defined(node):
            value = _literal(node.value)
            if value is not None:
                found[_defined(node)] = value
    again = _bound_again(tree, set(found))
    return {name: value for name, value in found.items() if name not in again}


def _literal(value: ast.expr) -> Value | None:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "const":
        value = value.args[0]
    try:
        found = ast.literal_eval(value)
    except ValueError:
        return None
    if type(found) is int or (type(found) is str and len(found) <= _INTERNED):
        return found
    return None


def _bound_again(tree: ast.Module, names: set[str]) -> set[str]:
    """Those of `names` that the module binds more than once."""
    times = dict.fromkeys(names, 0)
    for node in ast.walk(tree):
        bound: list[str] = []
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound = [node.id]
        elif isinstance(node, ast.arg):
            bound = [node.arg]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
            bound = [node.name or ""]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound = [alias.asname or alias.name.split(".")[0] for alias in node.names]
        for name in bound:
            if name in times:
                times[name] += 1
    return {name for name, count in times.items() if count > 1}


def _imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))


class _Putter(ast.NodeTransformer):
    """Puts values in the place of names in one module, and takes them out of its imports."""

    def __init__(
        self, name: str, tree: ast.Module, modules: Mapping[str, str], values: Mapping[str, Mapping[str, Value]]
    ) -> None:
        self._package = name.removesuffix(".py").split("/")[:-1]
        self._modules, self._values = modules, values
        self._own: dict[str, Value] = dict(values[name])  # what a name of this module stands for
        self._aliases: dict[str, set[str]] = {}  # name -> the modules that it may stand for, "" for anything else
        for node in _imports(tree):
            self._note(node)
        for other in ast.walk(tree):
            if isinstance(other, ast.Assign):
                for target in other.targets:
                    if isinstance(target, ast.Name):
                        self._aliases.setdefault(target.id, set()).add(self._loaded(other.value))
            elif isinstance(other, ast.arg):
                self._aliases.setdefault(other.arg, set()).add("")
        again = _bound_again(tree, set(self._own))
        self._own = {said: value for said, value in self._own.items() if said not in again}

    def _note(self, node: ast.ImportFrom) -> None:
        home = self._home(node)
        known = self._values.get(self._modules.get(home, ""), {})
        for alias in node.names:
            said = alias.asname or alias.name
            if alias.name in known:
                self._own[said] = known[alias.name]
            else:
                self._aliases.setdefault(said, set()).add(self._modules.get(f"{home}.{alias.name}", ""))

    def _home(self, node: ast.ImportFrom) -> str:
        base = self._package[: len(self._package) - node.level + 1] if node.level else []
        return ".".join([*base, *([node.module] if node.module else [])])

    def _loaded(self, value: ast.expr) -> str:
        # the module that once("room.module") gives
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "once":
            named = value.args[0].value if isinstance(value.args[0], ast.Constant) else None
            return self._modules.get(f"mtmo.{named}", "") if isinstance(named, str) else ""
        return ""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        known = self._values.get(self._modules.get(self._home(node), ""), {})
        node.names = [
            alias for alias in node.names if not (alias.name in known and (alias.asname or alias.name) in self._own)
        ]
        return node if node.names else ast.Pass()

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self._own:
            return ast.Constant(self._own[node.id])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            homes = self._aliases.get(node.value.id, set())
            known = self._values.get(next(iter(homes)), {}) if len(homes) == 1 else {}
            if node.attr in known:
                return ast.Constant(known[node.attr])
        self.generic_visit(node)
        return node
