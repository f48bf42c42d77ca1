"""Days of the agent with a modem that misbehaves, under the real interpreter (soak.py), and what they brought up."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak import Day, replay
from virtual_rig import Rig

MODEMS = ("a7670", "bg95", "sim800")
SEEDS = (1, 2)


def live(folder: Path, name: str, seed: int, hours: float) -> None:
    try:
        result = Day(folder, name, seed, hours).live()
    except BaseException:
        print(replay(name, seed, hours))
        raise
    assert result.commands > 10 * hours


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", MODEMS)
def test_two_hours_with_faults_lose_nothing_and_leak_nothing(tmp_path: Path, name: str, seed: int) -> None:
    live(tmp_path, name, seed, 2)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_day_with_faults_loses_nothing_and_leaks_nothing(tmp_path: Path) -> None:
    live(tmp_path, "sim800", 1, 24)  # a day on which a busy card took a store away


def test_a_store_full_to_the_brim_is_emptied_within_the_heap(tmp_path: Path) -> None:
    with Rig(tmp_path, name="bg95") as rig:
        rig.modem.faults.fire("F9", over=2)
        assert len(rig.stored()) > 200
        rig.text(rig.sign("count 1").sms)
        rig.until(lambda: not rig.stored(), 1800)
        rig.network.retry(rig.modem)
        rig.until(lambda: rig.ran == ["1"])
