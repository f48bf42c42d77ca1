"""Power fails under the real interpreter, in its flash and on its line: what was promised still holds afterwards.

At every operation of the flash, torn at one share after another, at the ends of commands on the line, at some other
octets, and twice in a row; `make cuts` goes through all shares and all octets.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from cuts import FILESYSTEMS, SCENARIOS, Course, Cut, sample, survive, survived

pytestmark = pytest.mark.slow

SAMPLE = 6
LINE_SAMPLE = 24


@functools.cache
def course(name: str, filesystem: str, folder: Path) -> Course:
    return survive(folder, SCENARIOS[name], filesystem, Cut(""))


@pytest.mark.parametrize("filesystem", FILESYSTEMS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_power_cut_anywhere_in_the_flash_breaks_no_promise(tmp_path: Path, name: str, filesystem: str) -> None:
    cuts = list(course(name, filesystem, tmp_path).rotating())
    assert len(cuts) > 10
    cuts = cuts[:: SCENARIOS[name].stride]
    assert [str(cut) for cut in cuts if not survived(tmp_path, name, filesystem, cut)] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_power_cut_on_the_line_breaks_no_promise(tmp_path: Path, name: str) -> None:
    cuts = list(course(name, "lfs", tmp_path).edges())
    assert len(cuts) > 6
    cuts = cuts[:: max(SCENARIOS[name].stride, len(cuts) // LINE_SAMPLE)]
    broken = [str(cut) for i, cut in enumerate(cuts) if not survived(tmp_path, name, FILESYSTEMS[i % 2], cut)]
    assert broken == []


@pytest.mark.parametrize("filesystem", FILESYSTEMS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_second_power_cut_in_the_boot_after_the_first_breaks_no_promise(
    tmp_path: Path, name: str, filesystem: str
) -> None:
    cuts = sample(course(name, filesystem, tmp_path), 7, max(1, SAMPLE // SCENARIOS[name].stride))
    assert [str(cut) for cut in cuts if not survived(tmp_path, name, filesystem, cut)] == []
