"""The table of commands is what the modems answer (COMMANDS.md)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from emulator_rig import Rig

from mtmo_host.emulator import personality_names

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import emulator_commands


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, emulator_commands.Asked]]:
    """Every command sent to every personality."""
    return emulator_commands.measured()


def test_the_table_is_up_to_date(measured: dict[str, dict[str, emulator_commands.Asked]]) -> None:
    table = emulator_commands.TABLE.read_text(encoding="utf-8")
    assert emulator_commands.written(measured) == table, "run tests/tools/emulator_commands.py"


@pytest.mark.parametrize("name", personality_names())
def test_what_a_family_has_answers_and_what_it_lacks_is_an_error(
    name: str, measured: dict[str, dict[str, emulator_commands.Asked]]
) -> None:
    has = set(Rig(name, on=False).modem.command_names())
    assert {command for command, asked in measured[name].items() if asked.supported} == has


@pytest.mark.parametrize("name", personality_names())
def test_a_probe_for_another_vendor_is_an_error_at_once(name: str) -> None:
    rig = emulator_commands.rig_of(name)
    for probe in emulator_commands.PROBES:
        assert rig.at(f"AT{probe}\r".encode(), 100).strip() in (b"ERROR", b"+CMS ERROR: 303"), probe
