"""Facts about the command line's grammar (V.250 §5)."""

from __future__ import annotations

import pytest

from mtmo_host.emulator.grammar import GrammarError, Parameter, split_line


def _names(line: str) -> list[tuple[str, str]]:
    return [(call.name, call.kind.value) for call in split_line(line)]


@pytest.mark.parametrize(
    ("line", "calls"),
    [
        ("", []),
        ("E0", [("E", "")]),
        ("e0v1&c1&D2", [("E", ""), ("V", ""), ("&C", ""), ("&D", "")]),
        ("+cmee = 1 ; + creg?", [("+CMEE", "="), ("+CREG", "?")]),
        ("E0+CMEE=1", [("E", ""), ("+CMEE", "=")]),
        ("+CNMI=?;+CSQ", [("+CNMI", "=?"), ("+CSQ", "")]),
        ("S3?S4=10S5=8", [("S", "?"), ("S", "="), ("S", "=")]),
        ('+CGDCONT=1,"IP","a;b";I', [("+CGDCONT", "="), ("I", "")]),
        ("D*99#", [("D", "")]),
        (";;E1;", [("E", "")]),
        ("^RESET", [("^RESET", "")]),
    ],
)
def test_a_line_splits_into_its_commands(line: str, calls: list[tuple[str, str]]) -> None:
    assert _names(line) == calls


@pytest.mark.parametrize(
    ("line", "parameters"),
    [
        ("+X=1,2", (Parameter("1"), Parameter("2"))),
        ("+X=,2,", (Parameter(""), Parameter("2"), Parameter(""))),
        ('+X="a, b",""', (Parameter("a, b", True), Parameter("", True))),
        ('+X= "SM" , 3 ', (Parameter("SM", True), Parameter("3"))),
    ],
)
def test_parameters_keep_strings_and_lose_blanks(line: str, parameters: tuple[Parameter, ...]) -> None:
    assert split_line(line)[0].parameters == parameters


@pytest.mark.parametrize("line", ["5", "+", '+CSQ=1?"', '+X="a', '+X=a"b"', '+X="a"b', "S3", "+X?1", "\x7f", "é"])
def test_what_is_no_command_line_is_refused(line: str) -> None:
    with pytest.raises(GrammarError):
        split_line(line)
