"""Every row of tests/field_cases.py names tests that exist."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from field_cases import CASES

TESTS = Path(__file__).resolve().parents[2]
LINES = [f"A{n}" for n in range(1, 18)] + [f"B{n}" for n in range(18, 21)] + [f"C{n}" for n in range(21, 28)]


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_line_has_its_row() -> None:
    assert list(CASES) == LINES


@pytest.mark.parametrize("line", CASES)
def test_the_row_says_the_rule_the_places_and_tests_that_exist(line: str) -> None:
    case = CASES[line]
    assert case.rule
    assert case.places
    assert case.tests
    for test in case.tests:
        path, name = test.split("::")
        assert name in functions_of(path), test
