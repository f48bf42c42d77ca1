"""Each of the 88 attack cases is shown by a test that exists."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from attack_cases import ATTACK_CASES
from hostile_cases import CASES

ROOT = Path(__file__).resolve().parents[2]


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_there_are_88_cases() -> None:
    assert sorted(ATTACK_CASES) == list(range(1, 89))


@pytest.mark.parametrize("number", range(1, 89))
def test_the_case_is_shown_by_a_test_that_exists(number: int) -> None:
    assert ATTACK_CASES[number], "no test"
    for test in ATTACK_CASES[number]:
        path, name = test.split("::")
        if name.startswith("ROW "):
            assert name.removeprefix("ROW ") in {case.number for case in CASES}
        else:
            assert name in functions_of(path), test


def test_every_row_of_the_hostile_texts_has_its_case() -> None:
    assert {int(case.number) for case in CASES} <= {
        number for number, tests in ATTACK_CASES.items() if any("::ROW" in test for test in tests)
    }
