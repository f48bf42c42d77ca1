"""Power fails during APN transactions: a spread of the cuts of apn_cuts.py, which as a program takes every one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("apn_cuts.py")
COURSES = (
    ("right, with CHAP", "sim7600"),
    ("an APN that blocks the attach", "bg95"),
)
# Makes the program find fault with every cut at the line
FUSSY = """
import sys
sys.path.insert(0, {folder!r})
import apn_cuts
def settled(self, world, good):
    assert not world.splits.place.startswith("sent"), "it is not as it was promised"
apn_cuts.Course._settled = settled
sys.exit(apn_cuts.main())
"""


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: it forks, and pytest's has threads."""
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, check=False, timeout=110)


def counts(done: subprocess.CompletedProcess[str]) -> tuple[int, ...]:
    """(cuts, courses, alike, broken) of a run that kept all promises."""
    assert done.returncode == 0, done.stdout + done.stderr
    return tuple(int(number) for number in re.findall(r"(\d+) (?:cuts|courses|of them|broken)", done.stdout))


# every fourth course, in which each case and each family comes several times
@pytest.mark.parametrize("share", ["1/16", "5/16", "9/16", "13/16"])
def test_a_power_cut_ends_on_good_or_a_confirmed_apn(share: str) -> None:
    cuts, courses, _, broken = counts(run(str(PROGRAM), "--shard", share, "--every", "80"))
    assert (cuts > 250, courses > 14, broken) == (True, True, 0), cuts


@pytest.mark.parametrize(("case", "family"), COURSES, ids=[row[1] for row in COURSES])
def test_cuts_that_are_taken_for_alike_have_the_same_end(case: str, family: str) -> None:
    cuts, _, alike, broken = counts(run(str(PROGRAM), "--unmerged", "--every", "5", case, family))
    assert cuts > 150
    assert alike > cuts // 3
    assert broken == 0


def test_a_broken_promise_is_reported_with_the_cut_and_its_replay() -> None:
    done = run("-c", FUSSY.format(folder=str(PROGRAM.parent)), "--every", "60", "right", "a7670")
    assert done.returncode == 1
    places = re.findall(r"^BROKEN 'right' a7670 (\S+): Traceback", done.stdout, re.M)
    assert places
    assert all(place.startswith("sent:") for place in places)
    assert f"apn_cuts.py 'right' a7670 {places[0]}\n" in done.stdout
    replay = run("-c", FUSSY.format(folder=str(PROGRAM.parent)), "right", "a7670", places[0])
    assert replay.stdout.count("BROKEN") == 1


def test_the_place_of_the_help_is_one_and_another_is_refused() -> None:
    (example,) = re.findall(r"apn_cuts.py (right a7670 \S+:\S+)", run(str(PROGRAM), "--help").stdout)
    assert counts(run(str(PROGRAM), *example.split()))[0] == 1
    nowhere = run(str(PROGRAM), "right", "a7670", "sent:9999:5/13")
    assert (nowhere.returncode, "no such place" in nowhere.stdout) == (1, True)


def test_what_the_log_says_is_done_is_not_done_again(tmp_path: Path) -> None:
    log = tmp_path / "cuts.log"
    words = (str(PROGRAM), "--every", "300", "--log", str(log), "right", "a7670")
    assert counts(run(*words))[0] >= 2
    assert log.read_text().startswith("'right' a7670: ")
    assert counts(run(*words))[0] == 0
