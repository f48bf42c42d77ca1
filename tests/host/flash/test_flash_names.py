"""Private names that modules share when compiled: the code does the same, and no two meet in one place."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from mtmo_host import resources
from mtmo_host.console.traceback import explained
from mtmo_host.flash.compile import device_sources
from mtmo_host.flash.names import functions, shared


def run(sources: dict[str, str], last: str) -> dict[str, object]:
    """The namespace of module `last` after the modules before it have run in the same one."""
    space: dict[str, object] = {}
    for text in sources.values():
        exec(text, space)
    return {last: space[last]}


def identifiers(source: str) -> set[str]:
    tree = ast.parse(source)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def device() -> dict[str, str]:
    root = resources.device_dir()
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in device_sources(root)}


KEPT = (
    ("a function that another module asks for", "def _helper():\n    return 1\nx = 1\ny = x._helper", "_helper"),
    ("a class", "class _Line:\n    pass\nx = _Line()", "_Line"),
    ("a variable of a class", "_a = 1\nclass A:\n    _a = 2\nx = A()._a", "_a"),
    ("a public attribute", "class A:\n    pass\na = A()\na.seen = 1", "seen"),
    ("a public variable", "seen = 1", "seen"),
    ("an argument that some call names", "def f(size):\n    return size\nx = f(size=1)", "size"),
    (
        "an argument of a function in a function",
        "def f(a):\n    def g(size):\n        return size\n    return g(a)",
        "size",
    ),
    ("an argument that is bound anew by an import", "def f(json):\n    import json\n    return json", "json"),
)


@pytest.mark.parametrize(("what", "source", "name"), KEPT, ids=[row[0] for row in KEPT])
def test_a_name_that_is_said_elsewhere_is_kept(what: str, source: str, name: str) -> None:
    assert name in identifiers(shared({"mtmo/a.py": source})["mtmo/a.py"]) | {
        node.name
        for node in ast.walk(ast.parse(shared({"mtmo/a.py": source})["mtmo/a.py"]))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def test_private_names_of_two_modules_become_the_same() -> None:
    one = "_TABLE = (1, 2)\nclass A:\n    def __init__(self, limit):\n        self._limit = limit + _TABLE[0]"
    other = "_ROWS = (3,)\nclass B:\n    def __init__(self, count):\n        self._count = count + _ROWS[0]"
    names = shared({"mtmo/a.py": one, "mtmo/b.py": other})
    assert identifiers(names["mtmo/a.py"]) == identifiers(names["mtmo/b.py"])


def test_two_attributes_of_one_object_never_become_the_same() -> None:
    base = "class Base:\n    def __init__(self):\n        self._one = 1\n        self._two = 2"
    derived = (
        "class Derived(Base):\n    def __init__(self):\n        Base.__init__(self)\n        self._three = 3\n"
        "    def all(self):\n        return [self._one, self._two, self._three]\nfound = Derived().all()"
    )
    names = shared({"mtmo/base.py": base, "mtmo/derived.py": derived})
    assert run(names, "found") == {"found": [1, 2, 3]}


def test_a_variable_that_a_function_sets_and_one_that_another_module_reads() -> None:
    source = (
        "_count = 0\n_seen = 0\ndef add(by):\n    global _count\n    _count += by\n    return _count\nfound = add(2)"
    )
    names = shared({"mtmo/a.py": source, "mtmo/b.py": "def look(module):\n    return module._seen"})
    assert run({"a": names["mtmo/a.py"]}, "found") == {"found": 2}
    assert "_seen" in identifiers(names["mtmo/a.py"])
    assert "_count" not in identifiers(names["mtmo/a.py"])


def test_arguments_with_defaults_closures_and_stars_work_as_before() -> None:
    source = (
        "def f(first, second=2, *rest):\n    def g(x):\n        return x + first\n"
        "    return [g(item) for item in (second, *rest)] + [(lambda y: y * second)(first)]\nfound = f(1), f(1, 5, 7)"
    )
    assert run(shared({"mtmo/a.py": source}), "found") == run({"a": source}, "found")


def test_what_applications_call_keeps_its_arguments() -> None:
    source = "class Agent:\n    def notify(self, text):\n        return text"
    assert "text" in identifiers(shared({"mtmo/agent.py": source})["mtmo/agent.py"])
    assert "text" not in identifiers(shared({"mtmo/dispatch/ready.py": source})["mtmo/dispatch/ready.py"])


def test_private_functions_and_methods_are_shared_and_do_the_same() -> None:
    source = (
        "def _double(x):\n    return 2 * x\n"
        "class A:\n    def __init__(self):\n        self._base = 3\n"
        "    def _own(self, by):\n        return self._base + _double(by)\n"
        "    def all(self):\n        return self._own(4)\n"
        "class B(A):\n    def _own(self, by):\n        return A._own(self, by) + 1\n"
        "found = A().all(), B().all()"
    )
    names = shared({"mtmo/a.py": source})
    assert run(names, "found") == run({"a": source}, "found") == {"found": (11, 12)}
    assert not {"_double", "_own", "_base"} & identifiers(names["mtmo/a.py"])


def test_a_class_and_its_base_of_the_same_name_keep_their_methods_apart() -> None:
    base = "class Agent:\n    def _one(self):\n        return 1\n    def all(self):\n        return self._one()"
    derived = (
        "import agent\nclass Agent(agent.Agent):\n    def _two(self):\n        return 2\n"
        "    def both(self):\n        return self.all(), self._two()"
    )
    names = shared({"mtmo/agent.py": base, "mtmo/flashed.py": derived})
    one, two = (
        next(n.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)) for text in names.values()
    )
    assert one != two


def test_the_names_of_the_source_are_told_from_the_common_ones() -> None:
    source = "def _first():\n    pass\nclass A:\n    def _second(self):\n        self._second()"
    found = functions({"mtmo/a.py": source})
    assert sorted(name for names in found.values() for name in names) == ["_first", "_second"]


def test_the_console_puts_the_sources_name_behind_the_common_one() -> None:
    (name, common), names = next(iter(functions(device()).items()))
    line = f'  File "{name}", line 1, in {common}'
    assert explained(line) == f"{line} ({' or '.join(names)})"
    assert explained("hello") == "hello"


@cache
def compiled_as_it_is() -> dict[str, str]:
    return shared(device())


@pytest.mark.parametrize("name", [*sorted(device())[::12], "mtmo/agent.py", "mtmo/flashed.py"])
def test_a_private_name_that_comes_goes_or_is_renamed_changes_its_own_module_alone(name: str) -> None:
    before = device()
    method = "\n\nclass Extra:\n    def _fresh(self):\n        return self._fresh, self._newer\n"
    fresh = "_fresh_table = [1]\n\n\ndef _fresh_helper():\n    return _fresh_table\n" + method
    renamed = fresh.replace("_newer", "_hits").replace("_fresh_helper", "_hit")
    one = compiled_as_it_is()
    two, three = (shared({**before, name: before[name] + text}) for text in (fresh, renamed))
    assert {other for other in one if one[other] != two[other]} == {name}
    assert {other for other in one if two[other] != three[other]} <= {name}
    first = ast.parse(before[name])
    for node in ast.walk(first):
        if isinstance(node, ast.ClassDef):
            node.body.append(ast.parse("def _early(self):\n    return self._early, self._later").body[0])
    if any(isinstance(node, ast.ClassDef) for node in ast.walk(first)):
        four = shared({**before, name: ast.unparse(first)})
        assert {other for other in one if one[other] != four[other]} == {name}


def test_a_method_that_is_called_like_a_variable_of_its_module_keeps_its_name() -> None:
    own = "def _own():\n    return 1\n"
    source = own + "class A:\n    def _own(self):\n        return _own()\nfound = getattr(A(), '_own')()"
    assert run(shared({"mtmo/a.py": source}), "found") == {"found": 1}
