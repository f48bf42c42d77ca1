"""Thirty days of a board that has power for one hour a day, under the real interpreter: a day is one of the world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from virtual_rig import Rig

DAYS = 30
HOUR_S = 3600
UNSET = datetime(1980, 1, 6, tzinfo=UTC)
BEGIN = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
A_DAY = 8  # of which one is kept for an APN report
PIN = "Zq71x9"

Stamp = Callable[[Rig, int], datetime]


def true_time(rig: Rig, number: int) -> datetime:
    return BEGIN + timedelta(milliseconds=rig.now_ms, seconds=number)


def frozen(rig: Rig, number: int) -> datetime:
    return datetime(2019, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


def forged(rig: Rig, number: int) -> datetime:
    """Years ahead and behind, between true ones."""
    return true_time(rig, number) + timedelta(days=(0, 3650, -300, 0, 365)[number % 5])


# what tells the time: is the modem's clock set, and whose stamps come
SOURCES: dict[str, tuple[bool, Stamp]] = {
    "clock": (True, frozen),
    "clock, forged stamps": (True, forged),
    "stamps": (False, true_time),
    "forged stamps": (False, forged),
}


class Month:
    """Days with power for `hours` of them."""

    def __init__(self, rig: Rig, set_clock: bool, stamp: Stamp, hours: int = 1) -> None:
        self.rig = rig
        self._on_s = hours * HOUR_S
        self._stamp = stamp
        self._number = 0
        if not set_clock:
            rig.modem.clock_base = UNSET

    def text(self, text: str) -> None:
        """One text, and time to answer it."""
        self._number += 1
        self.rig.stamp_from(self._stamp(self.rig, self._number))
        self.rig.text(text)
        self.rig.run(15)

    def live(self, day: int, texts: list[str], late: tuple[str, ...] = ()) -> int:
        """Some time with power and the rest of the day without; how many answers went out."""
        rig = self.rig
        sent, began_ms = len(rig.network.sent), rig.now_ms
        for text in texts:
            self.text(text)
        rig.run(900)
        for text in late:
            self.text(text)
        rig.run(self._on_s - (rig.now_ms - began_ms) / 1000)
        rig.cut_power((day + 1) * 24 * HOUR_S - rig.now_ms / 1000)
        return len(rig.network.sent) - sent


@pytest.mark.parametrize("source", SOURCES)
def test_each_day_has_its_budget(tmp_path: Path, source: str) -> None:
    with Rig(tmp_path, replies_per_day=A_DAY, texts_per_minute=60) as rig:
        month = Month(rig, *SOURCES[source])
        answered = [month.live(day, [rig.sign("ping").sms for _ in range(A_DAY - 1)]) for day in range(DAYS)]
        assert sum(answered) == DAYS * (A_DAY - 1), answered
        if "forged" not in source:
            assert answered == [A_DAY - 1] * DAYS
        assert max(answered) <= 2 * A_DAY
        assert not rig.stored()
        assert not rig.errors, rig.errors[0]


def test_where_nothing_tells_the_time_the_hours_on_flash_do(tmp_path: Path) -> None:
    with Rig(tmp_path, replies_per_day=3, texts_per_minute=60) as rig:
        month = Month(rig, False, frozen, 2)
        answered = [month.live(day, [rig.sign("ping").sms] * (day < 4)) for day in range(DAYS)]
        assert sum(answered[:4]) == 2
        assert sum(answered) == 4, "18 days of two hours each are one, of which 80 minutes are written down"


@pytest.mark.parametrize("source", SOURCES)
def test_twenty_wrong_pins_shut_the_device_for_a_day_each_time(tmp_path: Path, source: str) -> None:
    with Rig(tmp_path, access="pin", pin=PIN, replies_per_day=60, same_texts_per_hour=60, texts_per_minute=60) as rig:
        month = Month(rig, *SOURCES[source])
        right = (f"#{PIN} ping",) * 4
        wrong = [f"#{guess:06} ping" for guess in range(40)]
        answered = [month.live(day, [] if day % 3 else wrong, right) for day in range(DAYS)]
        by_day = [answered[day::3] for day in range(3)]
        if "forged" not in source:
            assert by_day == [[0] * 10, [4] * 10, [4] * 10], answered
        assert min(by_day[2]) >= 3, "shut for two days at most, whatever was said"
        guesses = sum("refused: wrong PIN" in line for line in rig.log)
        assert guesses <= 10 * 20 * (2 if source == "forged stamps" else 1) + 20, "the clock must have spoken once"
