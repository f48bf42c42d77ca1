"""The modem's life on virtual time: brought back, unlocked once, sought on the air, kept awake."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sayings import now_s, ready, said
from twist import Twist
from virtual_time import run
from world import World, live

from mtmo_host.emulator.radio import Cell

LADDER = ("AT", "ESC and Ctrl-Z", "ATE0 and set-up", "radio off and on", "reset pin", "power cycle")


# -- recovery


def test_a_dead_modem_gets_every_rung_in_order_each_logged_with_its_reason(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.heard = lambda octets: False
        world.text(world.sign("ping").sms)
        await world.until(lambda: said(world, "recovery: it answers nothing"), 900)
        rungs = [line.split("recovery: ")[1] for line in world.log if "recovery: " in line]
        assert [rung.split("; failure")[0] for rung in rungs[:6]] == list(LADDER)
        assert all("failure 1: AT" in rung for rung in rungs[:6])
        assert all(line[0] == "[" for line in world.log if "recovery: " in line), "with the time"
        world.board.port.heard = lambda octets: True
        await world.until(lambda: world.network.sent, 600)

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize(("command", "times"), [
    (b"AT+CMGD", 1), (b"AT+CMGL", 2), (b"AT+CPMS=", 2), (b"AT+CMGS", 1), (b"AT+CNMI?", 1), (b"AT+CEREG?", 2),
])  # fmt: skip
def test_an_answer_that_stays_away_is_no_reason_to_set_up_anew(tmp_path: Path, command: bytes, times: int) -> None:
    async def story(world: World) -> None:
        left = [times]

        def heard(octets: bytes) -> bool:
            if octets.startswith(command) and left[0]:
                left[0] -= 1
                return False
            return True

        world.board.port.heard = heard
        world.modem.urc("+CEREG: 2")
        world.text(world.sign("ping").sms)
        await world.until(lambda: world.network.sent, 300)
        await asyncio.sleep(1000)  # a sweep of all stores
        assert not left[0]
        assert len([line for line in world.log if "dialect=" in line]) == 1

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize(("times", "last"), [(2, "AT"), (3, "ESC and Ctrl-Z"), (6, "ATE0 and set-up"), (9, "radio")])
def test_every_third_failure_in_a_row_begins_one_rung_higher(tmp_path: Path, times: int, last: str) -> None:
    async def story(world: World) -> None:
        left = [times]

        def heard(octets: bytes) -> bool:
            if octets.startswith(b"AT+CMGL") and left[0]:
                left[0] -= octets.startswith(b"AT+CMGL")
                return False
            return True

        world.board.port.heard = heard
        # a listing is asked for once more by itself, so that two must be lost
        left[0] = 2 * times
        world.text(world.sign("ping").sms)
        await world.until(lambda: world.network.sent, 3600)
        rungs = [line for line in world.log if "recovery: " in line]
        assert f"recovery: {last}" in rungs[-1]
        assert len(rungs) == times

    live(tmp_path, story, wrap=Twist)


def test_a_restart_while_a_text_is_sent_is_noticed_within_10_s(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        restarted: list[float] = []

        def heard(octets: bytes) -> bool:
            if octets.endswith(b"\x1a") and not restarted:
                restarted.append(now_s())
                asyncio.get_running_loop().call_soon(world.modem.restart)
            return True

        world.board.port.heard = heard
        world.text(world.sign("ping").sms)
        await world.until(lambda: said(world, "setting it up"), 60)
        await world.until(lambda: sum("dialect=" in line for line in world.log) == 2, 60)
        assert now_s() - restarted[0] < 10
        assert said(world, "whether it was sent is unknown")
        await asyncio.sleep(300)
        assert len(world.network.sent) <= 1, "never blindly again"

    live(tmp_path, story, wrap=Twist)


def test_after_a_brown_out_while_sending_the_next_text_waits(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        falls = [2]
        times: list[float] = []

        def heard(octets: bytes) -> bool:
            if octets.startswith(b"AT+CMGS"):
                times.append(now_s())
                if falls[0]:
                    falls[0] -= 1
                    asyncio.get_running_loop().call_soon(world.modem.restart)
            return True

        world.board.port.heard = heard
        for _ in range(5):  # what fell with the modem may have been sent, and is not sent again
            world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) >= 3, 1800)
        assert times[1] - times[0] >= 15 and times[2] - times[1] >= 30
        assert said(world, "it restarted by itself, 2 so far")
        assert world.agent.modem.restarts == 2

    live(tmp_path, story, wrap=Twist)


def test_a_restart_that_is_told_in_two_lines_is_one(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for number in (1, 2):
            await asyncio.sleep(60)
            world.modem.power_off(world.board.port.now_ms())
            await asyncio.sleep(2)
            await world.board.power_on()
            world.pump()
            await asyncio.sleep(60)
            assert world.agent.modem.restarts == number
        assert said(world, "2 so far; no text for 0 s")

    live(tmp_path, story, name="bg95")


def test_a_weak_supply_is_counted_and_told(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(3):
            world.modem.urc("UNDER-VOLTAGE WARNNING")
            world.pump()
            await asyncio.sleep(1)
        assert world.agent.modem.undervoltage == 3
        assert said(world, "its supply is too weak, warning 3")
        assert " restarts=0 weak=3 " in await world.ask("net")

    live(tmp_path, story, name="sim800")


# -- SIM


async def _with_pin(folder: Path, pin: str, setting: str, until: Callable[[World], Any]) -> World:
    world = World(folder, **({"sim-pin": setting} if setting else {}))
    world.modem.sim.pin = pin
    world._said = None
    from mtmo import log

    kept = log.say
    log.say = world.log.append
    world.modem.power_on(0)
    world.start()
    try:
        await world.until(lambda: until(world), 600)
        await asyncio.sleep(1200)
        await world.stop()
        world.start()  # the board restarts, the modem does not
        await asyncio.sleep(1200)
        await world.stop()
    finally:
        log.say = kept
    return world


def test_the_sim_is_unlocked_with_the_pin_of_the_settings(tmp_path: Path) -> None:
    world = run(_with_pin(tmp_path, "1234", "1234", lambda world: ready(world)))
    assert world.modem.sim.unlocked
    assert not any("1234" in line for line in world.log)


def test_a_wrong_pin_is_tried_once_and_never_again_not_even_after_a_restart(tmp_path: Path) -> None:
    world = run(_with_pin(tmp_path, "1234", "9876", lambda world: said(world, "recovery")))
    assert world.modem.sim.pin_tries == 2
    assert said(world, "this sim-pin was tried in vain")


def test_without_a_pin_nothing_is_tried(tmp_path: Path) -> None:
    world = run(_with_pin(tmp_path, "1234", "", lambda world: said(world, "recovery")))
    assert world.modem.sim.pin_tries == 3
    assert said(world, "the SIM wants a PIN: set sim-pin")


# -- network


def test_without_a_network_the_agent_waits_ten_minutes_and_then_climbs(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        cell = world.modem.registration.cell
        began_s = now_s()
        world.modem.set_cell(None, world.board.port.now_ms())
        await world.until(lambda: said(world, "AT+COPS=0"), 900)
        assert 590 <= now_s() - began_s <= 720
        await world.until(lambda: said(world, "still no network: radio off and on"), 3000)
        await world.until(lambda: said(world, "still no network: reset, attempt 3"), 6000)
        world.text(world.sign("ping").sms)
        world.modem.set_cell(cell or Cell(), world.board.port.now_ms())
        await world.until(lambda: world.network.sent, 1200)

    live(tmp_path, story)


def test_a_text_that_nobody_indicated_is_read_on_the_return_to_the_network(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        world.pump()
        world.modem.faults.choose("F11")
        world.text(world.sign("ping").sms)
        await asyncio.sleep(30)
        assert not world.network.sent
        cell = world.modem.registration.cell
        for place in (None, cell or Cell()):
            world.modem.set_cell(place, world.board.port.now_ms())
            await asyncio.sleep(30)
        assert world.network.sent

    live(tmp_path, story)


@pytest.mark.parametrize("name", ["a7670", "sara_r5", "nrf91"])
def test_between_radio_off_and_on_is_the_records_pause(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        times: dict[bytes, float] = {}

        def note(direction: str, octets: bytes, now_ms: int) -> None:
            for line in octets.split(b"\r"):
                if direction == "rx" and line.startswith(b"AT+CFUN="):
                    times[line] = now_ms / 1000

        world.modem.trace = note
        world.text(world.sign("apn set em").sms)
        await world.until(lambda: len(world.network.sent) == 2, 2000)
        dialect = world.agent.modem.dialect
        off = next(line.encode() for line in dialect["radio_off"] if line.encode() in times)
        assert times[dialect["radio_on"].encode()] - times[off] >= dialect["radio_gap_s"]

    live(tmp_path, story, name=name)


# -- power saving


def test_power_saving_is_forced_off_and_read_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert world.agent.modem.saving == "off"
        assert " save=off " in await world.ask("net")
        assert world.modem.settings.psm[0] == "0"

    live(tmp_path, story, name="sim7080")


def test_power_saving_stays_on_when_the_setting_says_so_and_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        async with World(tmp_path, name="sim7080", psm=True) as world:
            assert world.agent.modem.saving == "psm"
            assert said(world, "power saving is on (psm): texts come late")

    run(main())


# -- the card


@pytest.mark.parametrize(("name", "lines"), [
    ("a7670", ("+CPIN: SIM REMOVED", "+CPIN: READY")), ("sim7600", ("+SIMCARD: NOT AVAILABLE", "+SIMCARD: AVAILABLE")),
    ("bg95", ("+QSIMSTAT: 1,0", "+QSIMSTAT: 1,1")), ("ec25", ("+QUSIM: 1",)), ("telit_me910", ("#QSS: 0", "#QSS: 1")),
    ("sara_r5", ("+UUSIMSTAT: 0", "+UUSIMSTAT: 6")), ("cinterion", ("^SCKS: 0", "^SCKS: 1")), ("nrf91", ("%XSIM: 1",)),
    ("sim800", ("+CSMINS: 1,0", "+CSMINS: 1,1")),
])  # fmt: skip
def test_a_card_that_is_changed_while_the_modem_is_on_is_noticed_at_once(
    tmp_path: Path, name: str, lines: tuple[str, ...]
) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(60)
        for line in lines[:-1]:
            world.modem.urc(line)
        world.pump()
        await asyncio.sleep(5)
        world.modem.sim.iccid, world.modem.sim.imsi = "8949020000123456789", "262011234567890"
        world.modem.urc(lines[-1])
        world.pump()
        await world.until(lambda: said(world, "another SIM: write"), 60)
        assert world.agent.modem.iccid == "8949020000123456789"

    live(tmp_path, story, name=name)


def test_a_card_that_is_changed_without_a_word_is_noticed_at_the_next_sweep(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(60)
        world.modem.sim.iccid, world.modem.sim.imsi = "8949020000123456789", "262011234567890"
        await world.until(lambda: said(world, "another SIM: write"), 16 * 60)

    live(tmp_path, story)


def test_the_same_card_put_back_changes_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(60)
        for line in ("+CPIN: SIM REMOVED", "+CPIN: READY", "+CPIN: READY"):
            world.modem.urc(line)
            world.pump()
            await asyncio.sleep(5)
        assert len([line for line in world.log if "dialect=" in line]) == 1
        assert not said(world, "another")

    live(tmp_path, story)
