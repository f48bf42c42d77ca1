"""A text that must wait is where the log says it is, and is served later; behind `reboot modem` it is in the store."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from routed_parts import parts_of
from twist import Twist
from virtual_time import run
from world import OPERATOR, World, live

from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import encode_deliver

MINUTE = {"texts-per-minute": 2, "replies-per-hour": 60}


def handed_on(world: World, text: str) -> None:
    """Class 0: the modem shows it at once though it stores others, and never again."""
    tpdu = encode_deliver(oa=Address(OPERATOR), scts=datetime(2026, 3, 14, tzinfo=UTC), text=text, dcs=0xF0)
    pdu = bytes.fromhex("07919471016700F0") + tpdu
    world.modem.urc(f"+CMT: ,{len(tpdu)}\r\n{pdu.hex().upper()}")
    world.pump()


def waits(world: World, where: str) -> int:
    return sum("too many texts a minute" in line and line.endswith(where) for line in world.log)


def test_a_text_of_class_0_that_is_one_too_many_a_minute_waits_in_ram_and_is_served(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        commands = [world.sign("ping") for _ in range(5)]
        for command in commands:
            handed_on(world, command.sms)
            await asyncio.sleep(1)
        assert waits(world, "in RAM, until power fails") == 3 and not waits(world, "in the modem")
        await world.until(lambda: len(world.network.sent) == 5, 300)
        assert [world.verified(i, command) for i, command in enumerate(commands)] == ["OK pong"] * 5

    live(tmp_path, story, **MINUTE)


def test_of_more_texts_of_class_0_than_ram_takes_the_next_is_refused_with_an_answer(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        commands = [world.sign("ping") for _ in range(8)]
        for command in commands:
            handed_on(world, command.sms)
            await asyncio.sleep(1)
        await asyncio.sleep(300)
        answers = {}
        for i, (_, text) in enumerate(world.network.sent):
            for command in commands:
                if text.startswith(f"=A{command.ctr}."):
                    answers[command.ctr] = world.verified(i, command)
        said = [answers.get(command.ctr, "") for command in commands]
        assert said == ["OK pong"] * 6 + ["E20 too many texts"] + [""]  # once a day
        assert sum("the modem keeps none of them" in line for line in world.log) == 2

    live(tmp_path, story, **MINUTE)


def test_a_routed_text_that_is_one_too_many_waits_with_the_network_until_that_is_not_asked_to_keep_it(
    tmp_path: Path,
) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        for _ in range(2):
            assert await world.ask("ping") == "OK pong"
        world.text(world.sign("ping").sms)
        await asyncio.sleep(5)
        assert waits(world, "with the network") == 1 and len(world.network.waiting) == 1
        world.network.waiting.clear()
        world.network._in_flight = False
        # the modem has acknowledged it itself: nobody keeps it but we
        world.board.port.twist = lambda octets: octets.replace(b"OK", b"+CMS ERROR: 340")
        world.text(world.sign("ping").sms)
        await asyncio.sleep(3)
        world.board.port.twist = lambda octets: octets
        assert waits(world, "in RAM, until power fails") == 1
        await world.until(lambda: len(world.network.sent) == 3, 300)

    async def alone() -> None:
        async with World(tmp_path, name="nrf91", wrap=Twist, **MINUTE) as world:
            await story(world)

    run(alone())


def test_a_joined_text_whose_segments_are_acknowledged_waits_in_ram(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        for _ in range(2):
            assert await world.ask("ping") == "OK pong"
        command = world.sign("ping")
        for part in parts_of(command.sms, 3):
            world.network.submit(world.modem, part)
        await asyncio.sleep(5)
        assert waits(world, "in RAM, until power fails") == 1 and not world.network.waiting
        await world.until(lambda: len(world.network.sent) == 3, 300)
        assert world.verified(2, command) == "OK pong"

    live(tmp_path, story, name="nrf91", **MINUTE)


@pytest.mark.parametrize("name", ["a7670", "sim800", "bg95"])
def test_what_comes_behind_reboot_modem_waits_in_the_store_until_it_is_set_up_again(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        await world.stop()
        commands = [world.sign(body) for body in ("ping", "reboot modem", "set sweep-min 20", "status")]
        for command in commands:
            world.text(command.sms)
        await world.until(lambda: not world.network.waiting)
        world.start()
        await world.until(lambda: any("accepted" in line and "reboot" in line for line in world.log))
        begun = len(world.log)
        await world.until(lambda: len(world.network.sent) == 4)
        rest = world.log[begun:]
        set_up = next(i for i, line in enumerate(rest) if "imei=" in line)
        accepted = [i for i, line in enumerate(rest) if "accepted" in line]
        assert len(accepted) == 2 and min(accepted) > set_up, rest
        assert not any("the same text again" in line for line in rest)
        said = {world.verified(i, command)[:8] for i in range(4) for command in commands if _answers(world, i, command)}
        assert said == {"OK pong", "OK modem", "OK sweep", "OK st=st"}

    live(tmp_path, story, name=name)


def _answers(world: World, which: int, command: object) -> bool:
    try:
        world.verified(which, command)  # type: ignore[arg-type]
    except ValueError:
        return False
    return True
