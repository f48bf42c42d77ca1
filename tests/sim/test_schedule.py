"""`report every Nh` through reboots, with a clock that is set, that is not, and that lies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from world import IMEI, World, live

from mtmo_host.sms import sc1

HOUR_S = 3600
UNSET = datetime(1980, 1, 6, tzinfo=UTC)
SETTINGS = {
    "reply-to": "short:54321", "replies-per-hour": 60, "replies-per-day": 500, "report-h": 24, "sweep-min": 120,
}  # fmt: skip


def reports(world: World) -> int:
    texts = [sc1.verify_notice(world.keys, IMEI, text).text for _, text in world.network.sent if text[0] == "+"]
    assert all(text.startswith("report st=stable reg=home") for text in texts)
    return len(texts)


def scheduled(folder: Path, story: Callable[[World], Awaitable[None]]) -> None:
    live(folder, story, **SETTINGS)


async def reboots(world: World, every_s: int, hours: float, off_s: int = 60) -> int:
    """So many hours in which the board restarts again and again; how many writes they cost."""
    writes = -world.store.writes
    for _ in range(int(hours * HOUR_S) // every_s):
        await asyncio.sleep(every_s - off_s)
        writes += world.store.writes
        await world.stop()
        await asyncio.sleep(off_s)
        world.start()
    return writes


@pytest.mark.parametrize("every_s", [1800, 5 * HOUR_S])
def test_by_the_networks_time_a_board_that_restarts_often_reports_in_time(tmp_path: Path, every_s: int) -> None:
    async def story(world: World) -> None:
        writes = await reboots(world, every_s, 24 * 2.5)
        assert reports(world) == 2
        assert writes <= 2 * 2 + 1

    scheduled(tmp_path, story)


def test_where_no_clock_is_set_the_hours_are_written_down_once_an_hour(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.modem.clock_base = UNSET
        await world.stop()
        world.start()
        writes = await reboots(world, 5 * HOUR_S, 24 * 3.5)
        assert reports(world) == 2, "four of five hours count"
        assert writes <= 24 * 3.5 + 2 * 3
        writes = world.store.writes
        await asyncio.sleep(20 * HOUR_S)
        assert world.store.writes - writes <= 22

    scheduled(tmp_path, story)


def test_a_clock_that_jumps_costs_one_report_and_none_is_lost_for_years(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(HOUR_S)
        for years in (20, -40, 20):
            world.modem.clock_base += timedelta(days=365 * years)
            await asyncio.sleep(3 * HOUR_S)
        assert reports(world) <= 2
        sent = reports(world)
        await reboots(world, 5 * HOUR_S, 25)
        assert reports(world) == sent + 1

    scheduled(tmp_path, story)


def test_a_clock_that_is_set_late_takes_over_what_has_passed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        now = world.modem.clock_base
        world.modem.clock_base = UNSET
        await world.ask("report off")
        await world.ask("report every 24h")
        await asyncio.sleep(12 * HOUR_S)
        world.modem.clock_base = now
        await asyncio.sleep(2 * HOUR_S)
        await reboots(world, 600, 9)
        assert reports(world) == 0
        await reboots(world, 600, 2)
        assert reports(world) == 1

    scheduled(tmp_path, story)


def test_a_period_begins_when_reports_are_switched_on(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("report off")
        await asyncio.sleep(30 * HOUR_S)
        await world.ask("report every 2h")
        sent = reports(world)
        await asyncio.sleep(1.9 * HOUR_S)
        assert reports(world) == sent
        await asyncio.sleep(0.2 * HOUR_S)
        assert reports(world) == sent + 1

    scheduled(tmp_path, story)


def test_a_board_that_was_off_for_days_reports_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(60)
        await world.stop()
        await asyncio.sleep(80 * HOUR_S)
        world.start()
        await asyncio.sleep(HOUR_S)
        assert reports(world) == 1

    scheduled(tmp_path, story)
