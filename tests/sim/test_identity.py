"""Which modem it is: asked again before nothing is known of it, and held to until another one is surely there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from twist import Twist
from world import World, live


class Deaf(Twist):
    """Does not pass the first `times` commands on that begin with one of `commands`."""

    commands: tuple[bytes, ...] = ()
    times = 0

    def __init__(self, port: Any) -> None:
        super().__init__(port)
        left = [self.times]

        def heard(octets: bytes) -> bool:
            if left[0] and octets.startswith(self.commands):
                left[0] -= 1
                return False
            return True

        self.heard = heard


def deaf(*commands: bytes, times: int) -> type[Deaf]:
    return type("Deaf", (Deaf,), {"commands": commands, "times": times})


def dialects(world: World) -> list[str]:
    """What it was taken for, each time that it was set up."""
    return [line.split("dialect=")[1] for line in world.log if "dialect=" in line]


# each question is put twice by itself, so that four lost ones are two that found no answer
@pytest.mark.parametrize("lost", [
    deaf(b"AT+CGMM", b"ATI", times=4), deaf(b"AT+CGMI", b"AT+CGMM", b"ATI", times=5), deaf(b"AT+CGMI", times=2),
])  # fmt: skip
def test_a_modem_whose_first_answers_are_lost_is_asked_again(tmp_path: Path, lost: type[Deaf]) -> None:
    async def story(world: World) -> None:
        assert await world.ask("ping") == "OK pong"
        assert dialects(world) == ["sara_r4"]

    live(tmp_path, story, name="sara_r4", wrap=lost)


@pytest.mark.parametrize("model", [b"00:41]", b"356938035643809", b"", b"u-blox", b"SARA-X", b"+CGMM: x"])
def test_a_known_modem_is_not_forgotten_when_its_model_is_not_read(tmp_path: Path, model: bytes) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = lambda octets: octets.replace(b"SARA-R410M-02B", model)
        world.modem.restart()
        await asyncio.sleep(1000)  # it says nothing when it restarts
        assert await world.ask("ping") == "OK pong"
        assert dialects(world) == ["sara_r4", "sara_r4"]

    live(tmp_path, story, name="sara_r4", wrap=Twist)


@pytest.mark.parametrize(("times", "taken_for"), [(1, "a7670"), (3, "sim7600")])
def test_a_model_of_another_family_is_believed_when_it_is_read_twice(
    tmp_path: Path, times: int, taken_for: str
) -> None:
    async def story(world: World) -> None:
        left = [times]

        def twist(octets: bytes) -> bytes:
            if left[0] and b"\r\nA7670E" in octets:
                left[0] -= 1
                return octets.replace(b"A7670E-LASE", b"SIM7600E-H")
            return octets

        world.board.port.twist = twist
        world.modem.restart()
        await asyncio.sleep(60)
        assert dialects(world) == ["a7670", taken_for]

    live(tmp_path, story, wrap=Twist)


def test_an_imei_that_is_not_read_is_the_one_that_was_known(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = lambda octets: octets.replace(b"356938035643809", b"A7670E-LASE")
        world.modem.restart()
        await asyncio.sleep(60)
        assert world.agent.modem.imei == "356938035643809"

    live(tmp_path, story, wrap=Twist)


def test_the_number_of_the_card_is_found_behind_its_slot(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        number = world.modem.sim.iccid.encode()
        world.board.port.twist = lambda octets: octets.replace(b"+ICCID: " + number, b'+ICCID: 0,"' + number + b'"')
        world.modem.restart()
        await asyncio.sleep(60)
        assert world.agent.modem.iccid == world.modem.sim.iccid

    live(tmp_path, story, wrap=Twist)


def test_a_number_that_was_noted_with_its_filler_is_no_other_card(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        doors = world.agent.lockouts
        for noted in (world.modem.sim.iccid + "F", world.modem.sim.iccid + "f", world.modem.sim.iccid):
            doors._sim = [noted, world.modem.sim.imsi]
            assert not doors.see_sim(world.modem.sim.iccid, world.modem.sim.imsi), noted
        assert doors.see_sim(world.modem.sim.iccid[:-1] + "1", "")

    live(tmp_path, story)


def test_a_firmware_is_named_whole_though_a_time_stands_in_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert world.agent.modem.firmware == "L0.0.00.00.05.06 [Feb 03 2018 13:00:41]"

    live(tmp_path, story, name="sara_r4")


@pytest.mark.parametrize("lost", [b"ATE0", b"ATV1", b"AT+CMEE=1", b"AT+CPIN?", b"AT+CPMS=", b"AT+CSGT", b"AT+CPSMS"])
def test_a_command_of_the_set_up_that_is_lost_does_not_begin_it_anew(tmp_path: Path, lost: bytes) -> None:
    async def story(world: World) -> None:
        assert dialects(world) == ["sara_r4"]
        assert not any("recovery" in line for line in world.log)
        assert asyncio.get_running_loop().time() < 30
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, name="sara_r4", wrap=deaf(lost, times=2))


@pytest.mark.parametrize("name", ["sim7080", "sim7000", "bg95", "sim800"])
def test_a_restart_without_a_word_is_noticed_though_texts_are_indicated_as_before(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(30)
        world.modem.faults.fire("F7", silent=True)
        await asyncio.sleep(20)
        world.modem.settings.cnmi = [2, 1, 0, 0, 0]  # as some firmwares come up
        await asyncio.sleep(1000)
        assert len(dialects(world)) == 2

    live(tmp_path, story, name=name)


def test_the_answer_to_the_radios_switching_on_is_not_needed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        lines: list[bytes] = []

        def heard(octets: bytes) -> bool:
            if octets.startswith(b"AT+CFUN=1") and b"AT+CFUN=1\r" not in lines:
                world.modem.faults.switch("F5", rate=1, times=1)
            lines.append(octets)
            return True

        world.board.port.heard = heard
        command = world.sign("apn set em")
        world.text(command.sms)
        await world.until(lambda: len(world.network.sent) == 2, 1800)
        assert world.verified(1, command).startswith("OK apn=em state=confirmed")
        assert lines.count(b"AT+CFUN=1\r") == 1

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize("command", [b"AT+CMGL=4", b'AT+CPMS="SM"'])
def test_a_card_that_is_busy_for_seconds_is_no_reason_for_recovery(tmp_path: Path, command: bytes) -> None:
    async def story(world: World) -> None:
        left = [4]

        def heard(octets: bytes) -> bool:
            if octets.startswith(command) and left[0]:
                left[0] -= 1
                world.modem.faults.switch("F13", times=1)
            return True

        world.board.port.heard = heard
        await asyncio.sleep(1000)  # a sweep
        assert not left[0]
        assert not any("recovery" in line for line in world.log)
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, wrap=Twist)
