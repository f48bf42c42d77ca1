"""Private names of the device's modules, shared between modules before they are compiled.

MicroPython keeps every name of every module once, for good, and doubles that table when it is full: at 1260 names, for
15 kB of heap on a 64-bit board. Nobody outside a module says its arguments, private attributes, private variables and
private functions, so those of different modules may have the same names. `functions` tells what a traceback means.
"""

from __future__ import annotations

import ast
import itertools
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from mtmo_host.flash import constants

_LETTERS = string.ascii_uppercase
_FAMILY = 64  # attributes that the modules of one family have together, before one may shift another's
_STEP = 16
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Node = TypeVar("_Node", bound=ast.AST)
_Function = ast.FunctionDef | ast.AsyncFunctionDef

# Applications call these with keywords
_PUBLIC = ("mtmo/__init__.py", "mtmo/agent.py", "mtmo/errors.py", "mtmo/flashed.py")


def shared(sources: Mapping[str, str]) -> dict[str, str]:
    """The source of every module, with its private names exchanged for common ones.

    A private name's common one depends on its own module alone, so that a new one leaves the other modules as they are.
    """
    trees = {name: ast.parse(source) for name, source in sources.items()}
    constants.put_in(trees, _PUBLIC)
    opened = set(itertools.chain.from_iterable(_opened(tree) for tree in trees.values()))
    attributes = _attributes(trees, opened)
    keywords = {node.arg for node in _nodes(trees.values(), ast.keyword) if node.arg}
    for name, tree in trees.items():
        _Names(_variables(tree, opened), attributes[name]).visit(tree)
        if name not in _PUBLIC:
            _share_arguments(tree, keywords)
    return {name: ast.unparse(tree) for name, tree in trees.items()}


def functions(sources: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    """The functions that (module, common name) may be, as the source calls them."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, text in shared(sources).items():
        for before, after in zip(_every_function(sources[name]), _every_function(text), strict=True):
            if before != after:
                found.setdefault((name, after), []).append(before)
    return found


def _every_function(source: str) -> list[str]:
    return [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, _FUNCTIONS)]


def _opened(tree: ast.Module) -> Iterator[str]:
    """The names that a module says of anything but its own objects: another module may have them."""
    own = {"self", *(node.name for node in _nodes([tree], ast.ClassDef))}
    own |= {base.id for node in _nodes([tree], ast.ClassDef) for base in node.bases if isinstance(base, ast.Name)}
    for node in _nodes([tree], ast.Attribute):
        if not (isinstance(node.value, ast.Name) and node.value.id in own):
            yield node.attr
    for imported in _nodes([tree], ast.ImportFrom):
        yield from (alias.name for alias in imported.names)


def _attributes(trees: Mapping[str, ast.Module], opened: set[str]) -> dict[str, dict[str, str]]:
    """For each module the common names of its private attributes; two that one object may have never get the same."""
    members: dict[str, list[str]] = {}
    for name, head in _families(trees).items():
        members.setdefault(head, []).append(name)
    classes = {node.name for node in _nodes(trees.values(), ast.ClassDef)}
    found: dict[str, dict[str, str]] = {}
    for family in members.values():
        kept = opened | {
            name for each in family for node in _nodes([trees[each]], ast.ClassDef) for name in _assigned(node.body)
        }
        common: dict[str, str] = {}
        for rank, name in enumerate(sorted(family, key=lambda name: (_inherits(trees[name], classes), name))):
            free = (word for word in _pool(rank) if word not in common.values())
            for attribute in (node.attr for node in _nodes([trees[name]], ast.Attribute)):
                if _is_private(attribute) and attribute not in kept and attribute not in common:
                    common[attribute] = next(free)
            found[name] = common
    return found


def _families(trees: Mapping[str, ast.Module]) -> dict[str, str]:
    """For each module one that stands for all whose classes it inherits from or that inherit from its own."""
    homes: dict[str, list[str]] = {}
    for name, tree in trees.items():
        for node in _nodes([tree], ast.ClassDef):
            homes.setdefault(node.name, []).append(name)  # two modules may have a class of one name, one its base
    family = {name: name for name in trees}
    for name, tree in trees.items():
        for node in _nodes([tree], ast.ClassDef):
            for base in node.bases:
                for home in homes.get(_word(base), ()):
                    old, new = family[name], family[home]
                    family = {module: new if head == old else head for module, head in family.items()}
    return family


def _inherits(tree: ast.Module, classes: set[str]) -> bool:
    """Whether a module has a class whose base is one of `classes` of another module."""
    own = {node.name for node in _nodes([tree], ast.ClassDef)}
    bases = [base for node in _nodes([tree], ast.ClassDef) for base in node.bases]
    return any(_word(base) in classes and (isinstance(base, ast.Attribute) or _word(base) not in own) for base in bases)


def _word(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _variables(tree: ast.Module, opened: set[str]) -> dict[str, str]:
    """The common name of each private variable of a module, but for those that another module may say."""
    kept = opened | {name for node in _nodes([tree], ast.ClassDef) for name in _assigned(node.body)}
    own = [name for name in [*_assigned(tree.body), *_defined(tree.body)] if _is_private(name) and name not in kept]
    return dict(zip(own, _pool(), strict=False))


def _defined(body: Iterable[ast.stmt]) -> list[str]:
    return [node.name for node in body if isinstance(node, _FUNCTIONS)]


def _assigned(body: Iterable[ast.stmt]) -> list[str]:
    # what a module or class sets to anything but a constant, which leaves no name behind
    names = []
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "const"):
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    return list(dict.fromkeys(names))


def _share_arguments(tree: ast.Module, keywords: set[str]) -> None:
    # by position; those of functions within functions stay, since they may stand beside their surroundings'
    for function in _outermost(tree):
        bound = set(_bound_otherwise(function))
        names = {}
        for place, argument in enumerate(function.args.args):
            if argument.arg != "self" and argument.arg not in keywords | bound:
                names[argument.arg] = argument.arg = f"_{place}"
        _Names(names, {}).generic_visit(function)


def _outermost(node: ast.AST) -> Iterator[_Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            yield child
        else:
            yield from _outermost(child)


def _bound_otherwise(function: _Function) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, (*_FUNCTIONS, ast.Lambda)) and node is not function:
            yield from (argument.arg for argument in node.args.args + node.args.kwonlyargs)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


class _Names(ast.NodeTransformer):
    """Exchanges variables and attributes, functions and methods among them."""

    def __init__(self, variables: Mapping[str, str], attributes: Mapping[str, str]) -> None:
        self._variables = variables
        self._attributes = attributes

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        for child in node.body:
            if isinstance(child, _FUNCTIONS):
                child.name = self._attributes.get(child.name, child.name)
                self.generic_visit(child)  # its name is no variable of the module
            else:
                self.visit(child)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self._variables.get(node.name, node.name)
        self.generic_visit(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        node.name = self._variables.get(node.name, node.name)
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._variables.get(node.id, node.id)
        return node

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._variables.get(name, name) for name in node.names]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        self.generic_visit(node)
        node.attr = self._attributes.get(node.attr, node.attr)
        return node


def _pool(rank: int = 0) -> Iterator[str]:
    """Common names. The modules of a family take theirs from different ends, so that none shifts another's."""
    words = ["_" + "".join(word) for digits in (1, 2) for word in itertools.product(_LETTERS, repeat=digits)]
    if not rank:
        return iter(words)
    last = _FAMILY - _STEP * (rank - 1) % _FAMILY
    return itertools.chain(reversed(words[:last]), words[last:])


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _nodes(trees: Iterable[ast.AST], kind: type[_Node]) -> Iterator[_Node]:
    for tree in trees:
        yield from (node for node in ast.walk(tree) if isinstance(node, kind))
