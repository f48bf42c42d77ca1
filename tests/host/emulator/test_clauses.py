"""Each command in use has its clause in the maker's manual, or stands there as unverified."""

from __future__ import annotations

import re

import agent_commands
import pytest

from mtmo_host.emulator import personality, personality_names
from mtmo_host.emulator.personalities.clauses import CLAUSES, How
from mtmo_host.profile_schema import MODEMS


def test_every_personality_has_its_clauses() -> None:
    assert sorted(CLAUSES) == sorted(personality_names())


@pytest.mark.parametrize("name", MODEMS)
def test_every_command_of_the_agent_stands_in_the_table(name: str) -> None:
    names = set(CLAUSES[name].names())
    optional = {"+ICCID", "+CGAUTH"}  # asked last, of whoever knows no other; a name in an error message
    missing = (agent_commands.of_the_code() | agent_commands.of_dialect(name)) - names - optional
    assert not missing


@pytest.mark.parametrize("name", MODEMS)
def test_every_line_that_a_record_of_the_agent_knows_stands_in_the_table(name: str) -> None:
    assert not agent_commands.heard_of(name) - set(CLAUSES[name].names())


def test_the_scan_finds_what_the_agent_says() -> None:
    assert {"E", "V", "+CMEE", "+CNMA", "+CMGL", "+CPMS", "+CTZU"} <= agent_commands.of_the_code()
    assert {"+CGAUTH", "+CPING", "+CEREG"} <= agent_commands.of_dialect("a7670")


@pytest.mark.parametrize("name", personality_names())
def test_a_clause_is_a_section_once_and_no_command_has_two(name: str) -> None:
    family = CLAUSES[name]
    seen: set[str] = set()
    for source in family.sources:
        for command, section in source.sections():
            assert command not in seen, command
            seen.add(command)
            quoted = source.how is How.QUOTED and section == "-"
            assert quoted or re.fullmatch(r"\d+(\.\d+){1,2}", section), (command, section)
    assert bool(family.unverified()) == bool(family.missing)


CITED = re.compile(r"§(\d+(?:\.\d+)+)")


def test_what_a_record_cites_is_the_clause_of_the_table() -> None:
    for name in ("a7670", "nrf91"):
        for quirk in personality(name).quirks:
            cited = set(CITED.findall(quirk.source))
            known = {clause[1] for command in quirk.commands if (clause := CLAUSES[name].clause(command))}
            assert cited <= known, (name, quirk.name, cited, known)
