"""Every profile of faults on three families of modems, each with a seed of its own, and seeds that once failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from storm import MODEMS, live, replay, story_of

from mtmo_host.emulator.faults import PROFILES

ROWS = [(profile.name, name) for profile in PROFILES for name in MODEMS]
# what went wrong once: a family was forgotten, a text deleted unread, a modem reset for lost answers
KEPT = (
    ("lossy", "sara_r4", 14), ("lossy", "sara_r4", 44), ("lossy", "sara_r4", 48), ("noisy-line", "bg95", 20),
    ("chatty", "sim7000", 30), ("chatty", "bg95", 50), ("lossy", "bg95", 24),
)  # fmt: skip
STORMS = [(profile, name, 1000 + number) for number, (profile, name) in enumerate(ROWS)] + list(KEPT)


@pytest.mark.parametrize(("profile", "name", "seed"), STORMS)
def test_the_agent_serves_again_within_20_minutes(tmp_path: Path, profile: str, name: str, seed: int) -> None:
    try:
        live(tmp_path, profile, story_of(profile), name, seed, patient=True)
    except BaseException:
        print(replay(profile, name, seed))
        raise
