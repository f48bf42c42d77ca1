"""The setting `cid`: data on another context than the family's own, since some carriers keep 1 for IMS."""

from __future__ import annotations

from pathlib import Path

import pytest
from twist import Twist
from world import World, live


def written(world: World) -> list[bytes]:
    """Notes what goes to the modem from now on."""
    lines: list[bytes] = []
    world.board.port.heard = lambda octets: (lines.append(octets), True)[1]
    return lines


@pytest.mark.parametrize("name", ["a7670", "bg95", "sara_r5"])
def test_the_apn_is_written_into_the_context_that_the_setting_names(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        assert await world.ask("set cid 3") == "OK cid=3"
        await world.until(lambda: not world.agent.apn.moving(), 900)
        lines = written(world)
        command = world.sign("apn set em")
        before = len(world.network.sent)
        world.text(command.sms)
        await world.until(lambda: len(world.network.sent) == before + 2, 2000)
        assert world.verified(-1, command) == "OK apn=em state=confirmed txn=1"
        assert [line for line in lines if line.startswith(b"AT+CGDCONT=")] == [b'AT+CGDCONT=3,"IP","em"\r']

    live(tmp_path, story, name=name, wrap=Twist)


def test_an_open_transaction_keeps_its_context(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.text(world.sign("apn set em confirm=operator").sms)
        await world.until(lambda: world.agent.apn.state_name() == "trial", 900)
        assert await world.ask("set cid 3") == "E40 txn=1"
        assert world.agent.settings["cid"] == 0

    live(tmp_path, story)


def test_zero_is_the_familys_own_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for value, cid in (("3", 3), ("0", 1)):
            await world.ask("set cid " + value)
            await world.until(lambda cid=cid: world.agent.modem.dialect["cid"] == cid, 900)  # type: ignore[misc]

    live(tmp_path, story)
