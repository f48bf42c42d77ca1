"""An empty APN is not compared: the modem shows what the network assigned, and no set-up cycles the radio for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from air import Offer
from twist import Twist
from world import World, live

ASSIGNED = "iot.mnc007.mcc901.gprs"


def assigned(world: World) -> list[bytes]:
    """From now on the modem shows the assigned APN where its own is empty; what is written to it of APN and radio."""
    port = world.board.port
    port.twist = lambda octets: octets.replace(b'+CGDCONT: 1,"IP",""', b'+CGDCONT: 1,"IP","%s"' % ASSIGNED.encode())
    written: list[bytes] = []

    def heard(octets: bytes) -> bool:
        if octets.startswith((b"AT+CGDCONT=", b"AT+CFUN=", b"AT+CGATT=")) and octets != b"AT+CFUN=1\r":
            written.append(octets)
        return True

    port.heard = heard
    return written


def subscribed(world: World) -> None:
    """The subscription's default APN is there."""
    world.network.apns[""] = Offer(granted=ASSIGNED)


async def set_ups(world: World, count: int) -> int:
    """So many boots of the board and restarts of the modem; what they wrote of APN and radio."""
    written = 0
    for boot in range(count):
        if boot % 2:
            await world.stop()
            world.start()
        else:
            world.modem.restart()
        lines = assigned(world)
        await asyncio.sleep(300)
        written += len(lines)
        assert not world.agent.apn.restoring
    return written


@pytest.mark.parametrize("name", ["a7670", "bg95", "ec25", "sim7600"])
def test_no_set_up_cycles_the_radio_for_an_assigned_apn(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        subscribed(world)
        await world.until(lambda: not world.agent.apn.restoring)
        assert await set_ups(world, 6) == 0
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, name=name, apn="-", wrap=Twist)


def test_an_empty_apn_is_taken_though_it_reads_back_as_another(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        subscribed(world)
        await asyncio.sleep(60)
        assigned(world)
        assert (await world.ask("apn set -")).startswith("Q txn=")
        await world.until(lambda: len(world.network.sent) == 2)
        assert "state=confirmed" in world.network.sent[-1][1]
        assert await world.ask("apn set -") == "OK apn=- unchanged"
        assert await set_ups(world, 4) == 0

    live(tmp_path, story, wrap=Twist)


def test_an_empty_fallback_is_not_compared_either(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        subscribed(world)
        del world.network.apns["iot"]
        world.modem.contexts.get(1).apn = "stolen"
        await world.stop()
        world.start()
        assigned(world)
        await world.until(lambda: world.agent.apn.fallback == "-", 7200)
        world.modem.restart()
        written = assigned(world)
        await asyncio.sleep(300)
        assert written == []

    live(tmp_path, story, wrap=Twist)


def test_another_ones_apn_that_no_network_takes_is_written_over(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        subscribed(world)
        await asyncio.sleep(60)
        await world.stop()
        world.modem.contexts.get(1).apn = "stolen"
        world.modem.restart()
        world.start()
        await world.until(lambda: world.modem.contexts.get(1).apn == "", 3 * 3600)
        await asyncio.sleep(300)
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, apn="-")
