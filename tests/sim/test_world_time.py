"""A day is one of the world: what is counted by hours and days goes on where the board is off, and ends in time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from world import World, live

HOUR_S = 3600
DAY_S = 24 * HOUR_S
PIN = "Zq71x9"
UNSET = datetime(1980, 1, 6, tzinfo=UTC)
BEGIN = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
ROOM = {"texts-per-minute": 60, "same-texts-per-hour": 60, "sweep-min": 120}


def now_s() -> float:
    return asyncio.get_running_loop().time()


def stamped(world: World, text: str, at: datetime | None = None) -> None:
    """A text with the true time of its service centre, or another."""
    world.stamp_from(at or BEGIN + timedelta(seconds=now_s()))
    world.text(text)


async def off(world: World, hours: float) -> None:
    """The board is without power for so long; the modem and its clock go on."""
    await world.stop()
    await asyncio.sleep(hours * HOUR_S)
    world.start()
    await asyncio.sleep(60)


async def spend(world: World, count: int) -> int:
    """So many pings, and how many are answered within ten minutes."""
    before = len(world.network.sent)
    for _ in range(count):
        stamped(world, world.sign("ping").sms)
        await asyncio.sleep(5)
    await asyncio.sleep(600)
    return len(world.network.sent) - before


@pytest.mark.parametrize("source", ["clock", "stamps", "hours on flash"])
def test_a_budget_goes_on_after_the_hours_off_and_does_not_begin_anew_earlier(tmp_path: Path, source: str) -> None:
    async def story(world: World) -> None:
        if source != "clock":
            world.modem.clock_base = UNSET
        assert await spend(world, 12) == 9, "one is kept for an APN report"
        await off(world, 2)
        assert await spend(world, 1) == 0
        if source == "hours on flash":
            await asyncio.sleep(24 * HOUR_S)
        else:
            await off(world, 20)
            await asyncio.sleep(2 * HOUR_S)
        await spend(world, 5)
        await asyncio.sleep(900)
        assert len(world.network.sent) == 9 + 4 + 5, "with those that waited"

    live(tmp_path, story, **{"replies-per-day": 10, "replies-per-hour": 60, **ROOM})


def test_an_answer_that_waits_for_the_budget_is_sent_when_it_allows(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        commands = [world.sign("ping") for _ in range(12)]
        for command in commands:
            world.text(command.sms)
            await asyncio.sleep(5)
        await asyncio.sleep(23 * HOUR_S)
        assert len(world.network.sent) == 5
        await asyncio.sleep(3 * HOUR_S)
        assert len(world.network.sent) == 10
        await asyncio.sleep(25 * HOUR_S)
        assert len(world.network.sent) == 12
        said = [world.verified(i, command) for i, command in enumerate(commands)]
        assert [text[:7] for text in said] == ["OK pong"] * 12

    live(tmp_path, story, **{"replies-per-day": 6, **ROOM})


def test_a_ring_that_is_full_of_waiting_answers_lets_the_texts_in_one_after_the_other(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(30):
            world.text(world.sign("ping").sms)
            await asyncio.sleep(5)
        await asyncio.sleep(HOUR_S)
        assert (len(world.network.sent), len(world.stored())) == (5, 17), "eight wait in the ring"
        for _ in range(6):
            await off(world, 23)
            await asyncio.sleep(HOUR_S)
        assert (len(world.network.sent), len(world.stored())) == (30, 0)
        assert len({text for _, text in world.network.sent}) == 30

    live(tmp_path, story, **{"replies-per-day": 6, **ROOM})


@pytest.mark.parametrize("source", ["clock", "stamps", "hours on flash"])
def test_a_pin_opens_after_a_day_though_the_board_was_off(tmp_path: Path, source: str) -> None:
    async def story(world: World) -> None:
        if source != "clock":
            world.modem.clock_base = UNSET
        await asyncio.sleep(HOUR_S)
        for guess in range(20):
            stamped(world, f"#{guess:06} ping")
            await asyncio.sleep(5)
        await off(world, 1)
        assert world.agent.lockouts.pin_locked()
        stamped(world, f"#{PIN} ping")
        await asyncio.sleep(600)
        assert world.agent.lockouts.pin_locked(), "not a restart opens it"
        for _ in range(26 if source == "hours on flash" else 1):
            await asyncio.sleep(HOUR_S if source == "hours on flash" else 60)
            await off(world, 23)
        stamped(world, f"#{PIN} ping")
        await world.until(lambda: world.network.sent, 100)
        assert world.network.sent[0][1] == "OK pong"

    live(tmp_path, story, access="pin", pin=PIN, **ROOM)


@pytest.mark.parametrize("years", [-20, -1, 1, 10, 60])
@pytest.mark.parametrize("set_clock", [True, False])
def test_forged_stamps_open_no_pin_and_hold_none_shut(tmp_path: Path, set_clock: bool, years: int) -> None:
    async def story(world: World) -> None:
        if not set_clock:
            world.modem.clock_base = UNSET
        await asyncio.sleep(HOUR_S)
        locked = 0
        for _ in range(10):  # days, an hour each, in which the attacker guesses as often as he may
            forged = BEGIN + timedelta(days=365 * years, seconds=now_s())
            for guess in range(60):
                stamped(world, f"#{guess:06} ping", forged if guess % 2 else None)
                await asyncio.sleep(5)
            locked += world.agent.lockouts.pin_locked()
            await asyncio.sleep(3000)
            await off(world, 23.2)
        guesses = sum("wrong PIN" in line for line in world.log)
        assert locked >= 9
        assert guesses <= 2 * 20 * 10 + 30, "a day's guesses for the day, and as many for the boot"
        for _ in range(2):  # a boot in which the last lie shows
            await off(world, 24)
            stamped(world, f"#{PIN} ping")
            await asyncio.sleep(600)
        assert world.network.sent, "and whoever knows it gets in"

    live(tmp_path, story, access="pin", pin=PIN, **ROOM)


def test_guesses_are_counted_through_a_reboot(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(2):
            for guess in range(11):
                world.text(f"#{guess:06} ping")
                await asyncio.sleep(5)
            await asyncio.sleep(2 * HOUR_S)
            assert world.store.writes <= 8
            await world.stop()
            world.start()
            await asyncio.sleep(60)
        assert world.agent.lockouts.pin_locked()

    live(tmp_path, story, access="pin", pin=PIN, **ROOM)


def test_who_is_muted_stays_so_through_a_reboot_for_an_hour(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(6):
            world.text("hello, I am out of office")
            await asyncio.sleep(30)
        world.text(world.sign("ping").sms)
        await asyncio.sleep(20)
        assert len(world.network.sent) == 4
        await world.stop()
        world.start()
        await asyncio.sleep(60)
        world.text("ping")
        await asyncio.sleep(60)
        assert len(world.network.sent) == 4
        await off(world, 1)
        world.text("ping")
        await asyncio.sleep(60)
        assert len(world.network.sent) == 5

    live(tmp_path, story, access="allow-list", **{"replies-per-hour": 60})


def test_a_stale_counter_is_told_once_a_day_however_often_the_board_restarts(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        old = world.sign("set sweep-min 30").sms
        await world.ask("set sweep-min 60")
        await asyncio.sleep(HOUR_S)
        told = []
        for boot in range(5):
            before = len(world.network.sent)
            stamped(world, old)
            await asyncio.sleep(900)
            told.append(len(world.network.sent) - before)
            await off(world, 1 if boot < 3 else 23)
        assert told == [1, 0, 0, 0, 1]

    live(tmp_path, story)


def test_an_idle_board_writes_nothing_for_the_sake_of_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.modem.clock_base = UNSET
        writes = world.store.writes
        await asyncio.sleep(30 * HOUR_S)
        assert world.store.writes == writes
        await world.ask("ping")
        writes = world.store.writes
        await asyncio.sleep(60 * HOUR_S)
        assert 20 <= world.store.writes - writes <= 25, "once an hour, until the day of the answer is over"

    live(tmp_path, story)


@pytest.mark.parametrize(("set_clock", "most"), [(True, 3 + 1), (False, 3 + 5)])
def test_an_hour_a_day_costs_few_writes_beside_those_of_its_texts(tmp_path: Path, set_clock: bool, most: int) -> None:
    async def story(world: World) -> None:
        if not set_clock:
            world.modem.clock_base = UNSET
        writes = []
        for _ in range(6):
            writes.append(-world.store.writes)
            await world.ask("ping")
            await asyncio.sleep(HOUR_S - 120)
            writes[-1] += world.store.writes
            await off(world, 23)
        assert max(writes) <= most, writes

    live(tmp_path, story, **{"replies-per-day": 10})


def test_while_the_clock_goes_on_time_costs_no_write(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(120)
        await world.ask("ping")
        writes = world.store.writes
        await asyncio.sleep(60 * HOUR_S)
        assert world.store.writes == writes

    live(tmp_path, story)
