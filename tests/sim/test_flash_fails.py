"""A flash that takes no record, for a while or for good: nothing begins that could be lost or done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from key_holder import words
from virtual_time import run
from world import World

from mtmo import provision, store, verbs
from mtmo.errors import ConfigError
from mtmo.settings import Settings
from mtmo_host.flash.files import serialise

MENDED_S = 1200  # longer than a flash that failed is left alone
FOR_GOOD = 1 << 30


class Flash:
    """What stands for the flash: of the attempts to write, numbers `at` to `at + lasts - 1` fail."""

    def __init__(self) -> None:
        self.torn = False  # do some octets reach the file, and what was there is gone?
        self.mend()

    def mend(self) -> None:
        """It works again; attempts count from 0."""
        self.fail(FOR_GOOD)

    def fail(self, at: int = 0, lasts: int = FOR_GOOD) -> None:
        """From the next attempt on, or from a later one."""
        self.at, self.lasts, self.attempts = at, lasts, 0

    def open(self, path: str, mode: str) -> Any:
        """As the built-in."""
        if mode == "wb":
            self.attempts += 1
            if self.at <= self.attempts - 1 < self.at + self.lasts:
                if self.torn:
                    Path(path).write_bytes(b"MTM1 torn")
                raise OSError(28, "ENOSPC")
        return Path(path).open(mode)


@pytest.fixture(params=["full", "torn"])
def flash(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Flash:
    flash = Flash()
    flash.torn = request.param == "torn"
    monkeypatch.setattr(store, "open", flash.open, raising=False)
    return flash


@pytest.fixture
def ran() -> Iterator[list[str]]:
    """What the verb `count`, which must not run twice, was given."""
    ran: list[str] = []

    def count(context: Any, args: list[str]) -> str:
        ran.append(args[0])
        return "counted"

    verbs._rows.append(("count", "read", "e20", "", count, ""))
    yield ran
    verbs._rows.clear()


def alive(world: World) -> None:
    assert world.alive(), world.death()


def test_reads_are_answered_and_writes_wait_until_the_flash_takes_records_again(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            assert await world.ask("ping") == "OK pong"
            flash.fail()
            assert await world.ask("ping") == "OK pong"
            assert " door=flash" in await world.ask("status")
            command = world.sign("set sweep-min 20")
            world.text(command.sms)
            await asyncio.sleep(120)
            assert world.verified(-1, command) == "E20 flash fails"
            world.text(world.sign("set reply-parts 2").sms)
            await asyncio.sleep(120)
            assert len(world.network.sent) == 4, "it is said once a day"
            assert len(world.stored()) == 2, "neither was accepted"
            assert world.agent.settings["sweep-min"] == 15
            flash.mend()
            await world.until(lambda: not world.stored(), MENDED_S)
            await world.until(lambda: len(world.network.sent) == 6)
            assert world.verified(-2, command) == "OK sweep-min=20"
            assert " door=open" in await world.ask("status")
            alive(world)
        assert world.resets == 0

    run(story())


def test_a_write_that_waits_for_the_flash_is_superseded_by_a_newer_text(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            flash.fail()
            command = world.sign("set sweep-min 20")
            world.text(command.sms)
            await asyncio.sleep(60)
            assert await world.ask("ping") == "OK pong"
            flash.mend()
            await world.until(lambda: not world.stored(), MENDED_S)
            await asyncio.sleep(60)
            assert world.verified(-1, command) == f"E21 high={world.counter}"
            assert world.agent.settings["sweep-min"] == 15

    run(story())


def test_a_flash_that_fails_for_a_day_is_asked_some_hundred_times_and_says_so(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            flash.fail()
            await world.ask("ping")
            await asyncio.sleep(86400)
            assert flash.attempts <= 2 * 110
            assert sum("full; next attempt in" in line for line in world.log) <= 110
            alive(world)

    run(story())


def test_a_boot_with_a_flash_that_fails_serves_reads(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            replayed = world.sign("set sweep-min 20")
            world.text(replayed.sms)
            await world.until(lambda: world.network.sent)
            await world.stop()
            flash.fail()
            world.start()
            assert await world.ask("ping") == "OK pong"
            alive(world)
            sent = len(world.network.sent)
            for _ in range(5):
                world.text(replayed.sms)
                await asyncio.sleep(20)
            assert len(world.network.sent) <= sent + 2, "what was answered before the boot is known"
            assert world.resets == 0

    run(story())


def test_the_very_first_boot_with_a_flash_that_fails_is_no_boot_loop(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            await world.stop()
            for path in tmp_path.glob("journal.*"):
                path.unlink()
            flash.fail()
            world.start()
            assert await world.ask("ping") == "OK pong"
            flash.mend()
            await asyncio.sleep(MENDED_S)
            assert await world.ask("set sweep-min 20") == "OK sweep-min=20"

    run(story())


def test_a_read_that_is_replayed_while_the_flash_fails_is_answered_twice_more_at_most(
    tmp_path: Path, flash: Flash
) -> None:
    async def story() -> None:
        async with World(tmp_path) as world:
            flash.fail()
            command = world.sign("ping")
            for _ in range(6):
                world.text(command.sms)
                await asyncio.sleep(20)
            assert len(world.network.sent) == 3

    run(story())


def test_a_notice_whose_number_cannot_be_noted_is_not_sent(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path, **{"reply-to": "short:54321"}) as world:
            flash.fail()
            assert not world.agent.notify("one")
            flash.mend()
            await asyncio.sleep(MENDED_S)
            assert world.agent.notify("two")
            await world.until(lambda: world.network.sent)
            assert [text[:4] for _, text in world.network.sent] == ["+A1."]

    run(story())


def test_a_store_of_the_modem_that_fills_with_waiting_texts_is_emptied(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path, **{"texts-per-minute": 60}) as world:
            flash.fail()
            size = world.agent.modem.store_size
            for _ in range(size):
                world.text(world.sign("set sweep-min 20").sms)
            await asyncio.sleep(1000)
            assert len(world.stored()) <= size // 2 + 1
            assert await world.ask("ping") == "OK pong"
            alive(world)

    run(story())


def test_a_routed_text_that_cannot_be_noted_stays_in_the_network(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path, name="nrf91") as world:
            flash.fail()
            world.text(world.sign("set sweep-min 20").sms)
            await asyncio.sleep(60)
            assert world.network.waiting
            assert world.agent.settings["sweep-min"] == 15
            flash.mend()
            await asyncio.sleep(MENDED_S)
            world.network.retry(world.modem)
            await world.until(lambda: not world.network.waiting)
            await asyncio.sleep(10)
            assert world.agent.settings["sweep-min"] == 20
            alive(world)

    run(story())


def test_guesses_shut_the_pin_though_the_flash_fails(tmp_path: Path, flash: Flash) -> None:
    async def story() -> None:
        async with World(tmp_path, access="pin", pin="Zq71x9", **{"bad-pins-per-day": 3}) as world:
            flash.fail()
            for guess in ("aaaaaa", "bbbbbb", "cccccc"):
                world.text(f"#{guess} ping")
                await asyncio.sleep(20)
            world.text("#Zq71x9 ping")
            await asyncio.sleep(20)
            assert not world.network.sent
            assert any("the PIN is locked" in line for line in world.log)
            alive(world)

    run(story())


@pytest.mark.parametrize("at", range(3))
def test_a_provisioning_that_finds_no_room_stops_with_a_reason_and_can_be_had_again(
    tmp_path: Path, flash: Flash, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    given = tmp_path / "provision.json"
    given.write_bytes(serialise({"devid": "1", "keys": [], "allow": [["+491511234567", "admin"]], "settings": {}}))
    monkeypatch.setattr(provision, "_FILE", str(given))
    flash.fail(at)
    with pytest.raises(ConfigError, match=r"cannot be taken over: .*: (full|the flash rests)"):
        provision.apply(store.Store(str(tmp_path / "state")), Settings())
    flash.mend()
    records = store.Store(str(tmp_path / "state"))
    provision.apply(records, Settings())
    assert not given.exists()
    assert records.read("keys")["allow"] == [["+491511234567", "admin"]]


# body, answers that keep the promise
JOBS = (
    ("ping", {"OK pong"}),
    ("count 1", {"OK counted"}),
    ("ping;count 1", {"OK pong; OK counted", "OK pong; E20 flash fails"}),
    ("set sweep-min 20", {"OK sweep-min=20", "E20 flash fails"}),
    ("allow add +491701111111 viewer", {"OK listed=2", "E20 flash fails"}),
    ("sms stop", {"OK sms=stopped", "E20 flash fails"}),
    ("reboot", {"OK rebooted"}),
    ("factory", {"OK settings are the defaults", "E20 flash fails"}),
    ("key " + words("A", 2).split(" ", 1)[1], {"OK key=A epoch=2 pending", "E20 flash fails"}),
    ("apn set em", {"Q txn=1", "E20 flash fails"}),
)


async def job(world: World, flash: Flash, ran: list[str], body: str, answers: set[str], at: int, lasts: int) -> int:
    """One command while attempt number `at` to write fails, and some after it, then none; how many there were."""
    command = world.sign(body, body.startswith("key"))
    head = f"=A{command.ctr}."
    flash.fail(at, lasts)
    world.text(command.sms)
    await asyncio.sleep(400)
    attempts = flash.attempts
    flash.mend()
    await world.until(lambda: any(text.startswith(head) for _, text in world.network.sent), MENDED_S)
    await world.until(lambda: not world.stored(), MENDED_S)
    await asyncio.sleep(MENDED_S)
    heard = [world.verified(i, command) for i, (_, text) in enumerate(world.network.sent) if text.startswith(head)]
    waited = len(heard) > 1 and heard[0] == "E20 flash fails"  # said from RAM; the answer to the command came later
    said = set(heard[1:] if waited else heard)
    assert said <= answers, heard
    assert len(ran) <= 1
    assert len(ran) == any("counted" in text for text in said), (ran, heard)
    done = not any("E20" in text for text in said)
    _effect(world, body, done)
    resets = world.resets
    world.text(command.sms)
    await asyncio.sleep(60)
    assert (len(ran) <= 1, world.resets) == (True, resets), "a replay was carried out"
    assert sum("accepted" in line for line in world.log) == 1
    alive(world)
    return attempts


def _effect(world: World, body: str, done: bool) -> None:
    # what the answer says, RAM and flash agree on
    saved = store.Store(str(world.folder))
    settings, keys = world.agent.settings, world.agent.keys
    if body.startswith("set "):
        assert settings["sweep-min"] == (20 if done else 15)
        assert (saved.read("settings") or {}).get("sweep-min", 15) == settings["sweep-min"]
    elif body.startswith("allow "):
        assert len(keys.allowed) == len(saved.read("keys")["allow"]) == (2 if done else 1)
    elif body == "sms stop":
        assert world.agent.lockouts.stopped is done is (saved.read("doors") or {}).get("stopped", False)
    elif body.startswith("key "):
        assert ("A" in keys.pending) is done is ("next" in saved.read("keys")["slots"][0])
    elif body == "reboot":
        assert world.resets == 1
    elif body == "factory":
        assert (settings["apn-probe-s"] == 20) is done is (saved.read("settings") == {})
    elif body.startswith("apn "):
        assert world.agent.apn.good[0] == saved.read("apn")["good"][0] == ("em" if done else "iot")
        assert not world.agent.apn.busy()


@pytest.mark.parametrize("lasts", [2, FOR_GOOD], ids=["one write", "all"])
@pytest.mark.parametrize(("body", "answers"), JOBS, ids=[body[:12] for body, _ in JOBS])
def test_a_write_that_fails_anywhere_in_a_job_breaks_no_promise(
    tmp_path: Path, flash: Flash, ran: list[str], body: str, answers: set[str], lasts: int
) -> None:
    def once(folder: Path, at: int) -> int:
        async def main() -> int:
            async with World(folder) as world:
                return await job(world, flash, ran, body, answers, at, lasts)

        ran.clear()
        flash.mend()
        return int(run(main()))

    attempts = once(tmp_path / "unhurt", FOR_GOOD)
    assert attempts >= 3
    for at in range(attempts):
        try:
            once(tmp_path / str(at), at)
        except BaseException:
            print(f"write {at} of {attempts} fails, {lasts} times")
            raise
