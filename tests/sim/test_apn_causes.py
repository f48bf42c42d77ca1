"""Causes that no APN is to blame for: what the modem refuses, and what the network denies to everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apn_phases import phase, report
from world import World, live

from mtmo.apn import ROLLBACK, TESTING
from mtmo_host.emulator.radio import Cell

PLMN_NOT_ALLOWED = 11  # TS 24.301 §9.9.3.9


class Stubborn:
    """A line on which the modem does not take one APN."""

    def __init__(self, port: Any) -> None:
        self.now_ms, self.readinto, self._port = port.now_ms, port.readinto, port
        self.tries = 0

    async def write(self, octets: bytes) -> None:
        self.tries += b'"stubborn"' in octets
        await self._port.write(octets.replace(b'=1,"IP","stubborn"', b'=99,"IP","stubborn"'))


def test_what_the_modem_refuses_three_times_is_taken_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set stubborn")
        world.text(command.sms)
        assert await report(world, command, 2) == "E42 txn=1 cause=modem"
        assert world.board.port.tries == 3
        assert world.modem.contexts.get(1).apn == "iot"
        assert (await world.ask("apn")).endswith("state=stable txn=1 last=1:modem")

    live(tmp_path, story, wrap=Stubborn)


def test_a_network_that_denies_everybody_is_named_and_no_word_is_lost(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em")
        world.text(command.sms)
        await phase(world, TESTING)
        world.modem.set_cell(Cell(reject_cause=PLMN_NOT_ALLOWED), world.board.port.now_ms())
        await phase(world, ROLLBACK)
        assert world.agent.apn.cause == "denied"
        world.modem.set_cell(Cell(), world.board.port.now_ms())
        assert await report(world, command, 2) == "E42 txn=1 cause=denied"
        assert world.modem.contexts.get(1).apn == "iot"

    live(tmp_path, story)
