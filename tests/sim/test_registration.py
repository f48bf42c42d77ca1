"""Registration by the whole table of TS 27.007 §7.2, and what contradicts it before anything is repaired."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from twist import Twist
from world import World, live

from mtmo.modem import REGISTRATION

REPAIRS = (b"AT+COPS=0", b"AT+CFUN=", b"AT+CGATT=1")
SETTLED_S = 60  # by then the modem has the record's APN
HOUR_S = 3600


def saying(stat: int) -> Callable[[bytes], bytes]:
    """A line on which every domain says `stat`, asked or not."""

    def twist(octets: bytes) -> bytes:
        octets = re.sub(rb"(\+C(?:G|E)?REG: \d),\d", rb"\g<1>,%d" % stat, octets)
        return re.sub(rb"(\+C(?:G|E)?REG: )\d\r", rb"\g<1>%d\r" % stat, octets)

    return twist


class Watched(Twist):
    """Notes what is written."""

    def __init__(self, port: object) -> None:
        super().__init__(port)
        self.written: list[bytes] = []
        self.heard = lambda octets: (self.written.append(octets), True)[1]

    def repairs(self) -> list[bytes]:
        """The lines that repair what may be in order."""
        return [octets for octets in self.written if octets.startswith(REPAIRS)]


async def settled(world: World) -> None:
    await asyncio.sleep(SETTLED_S)
    world.board.port.written.clear()


@pytest.mark.parametrize(("stat", "name"), [
    (0, "off"), (1, "home"), (2, "searching"), (3, "denied"), (4, "unknown"), (5, "roaming"), (6, "sms-only"),
    (7, "sms-only-roaming"), (8, "emergency"), (9, "home"), (10, "roaming"), (11, "emergency"), (12, "unknown"),
])  # fmt: skip
def test_each_stat_of_the_table_has_its_meaning(tmp_path: Path, stat: int, name: str) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = lambda octets: re.sub(rb"(REG: \d),\d", rb"\g<1>,%d" % stat, octets)
        assert REGISTRATION[await world.agent.modem.registration()] == name
        assert world.agent.modem.sms_possible() == (name in ("home", "roaming", "sms-only", "sms-only-roaming"))
        assert world.agent.modem.data_possible() == (name in ("home", "roaming"))

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize("stat", [4, 12])
def test_a_healthy_modem_that_has_no_word_for_its_state_is_left_alone(tmp_path: Path, stat: int) -> None:
    async def story(world: World) -> None:
        await settled(world)
        world.board.port.twist = saying(stat)
        world.modem.urc("+CEREG: 1")
        await asyncio.sleep(6 * HOUR_S)
        assert world.board.port.repairs() == []
        assert not [line for line in world.log if "no network" in line]
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, wrap=Watched)


@pytest.mark.parametrize("stat", [4, 9, 10])
def test_such_a_modem_takes_a_good_apn_and_keeps_it(tmp_path: Path, stat: int) -> None:
    async def story(world: World) -> None:
        await settled(world)
        world.board.port.twist = saying(stat)
        command = world.sign("apn set em")
        world.text(command.sms)
        await world.until(lambda: len(world.network.sent) == 2, 2000)
        assert world.verified(1, command) == "OK apn=em state=confirmed txn=1"

    live(tmp_path, story, wrap=Watched)


def test_emergency_service_alone_proves_no_apn(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em")
        world.text(command.sms)
        await world.until(lambda: world.network.sent)
        world.board.port.twist = saying(8)
        await world.until(lambda: any("rollback" in line for line in world.log), 2000)
        world.board.port.twist = lambda octets: octets
        await world.until(lambda: len(world.network.sent) == 2, 2000)
        assert world.verified(1, command) == "E42 txn=1 cause=no-service"

    live(tmp_path, story, wrap=Watched)


@pytest.mark.parametrize("stat", [0, 2, 3])
def test_what_just_came_contradicts_every_state(tmp_path: Path, stat: int) -> None:
    async def story(world: World) -> None:
        await settled(world)
        world.board.port.twist = saying(stat)
        world.modem.urc("+CEREG: 2")
        for _ in range(12):
            world.text("hello")
            await asyncio.sleep(300)
        assert world.board.port.repairs() == []

    live(tmp_path, story, wrap=Watched)


@pytest.mark.parametrize("stat", [0, 2, 3, 4])
def test_a_modem_without_a_network_is_still_repaired(tmp_path: Path, stat: int) -> None:
    async def story(world: World) -> None:
        def twist(octets: bytes) -> bytes:
            return re.sub(rb"\+CGATT: \d", b"+CGATT: 0", saying(stat)(octets))

        await settled(world)
        world.board.port.twist = twist
        world.modem.urc("+CEREG: 2")
        await asyncio.sleep(3 * HOUR_S)
        assert b"AT+COPS=0\r" in world.board.port.written
        assert any("still no network" in line for line in world.log)

    live(tmp_path, story, wrap=Watched)


class SlowAck(Watched):
    """The answer to AT+CNMA takes its time; the rest of what the modem says waits behind it."""

    slow_s = 0.0

    async def readinto(self, buf: bytearray) -> int:
        count = await super().readinto(buf)
        if self.slow_s and self.written[-1].startswith(b"AT+CNMA"):
            self.written.append(b"")
            await asyncio.sleep(self.slow_s)
        return count


@pytest.mark.parametrize(("ack_s", "slow_s"), [(10, 8), (150, 60), (150, 140)])
def test_a_modem_that_takes_its_time_to_acknowledge_is_not_dead(tmp_path: Path, ack_s: int, slow_s: int) -> None:
    async def story(world: World) -> None:
        world.agent.modem.dialect["ack_s"] = ack_s
        world.board.port.slow_s = slow_s
        for count in range(3):
            world.text(world.sign("ping").sms)
            await world.until(lambda: len(world.network.sent) == count + 1, 1000)  # noqa: B023 - waited for at once
        world.board.port.slow_s = 0
        assert not [line for line in world.log if "recovery" in line or "acknowledged" in line or "no answer" in line]
        assert len([line for line in world.log if "dialect=" in line]) == 1

    live(tmp_path, story, name="nrf91", wrap=SlowAck)
