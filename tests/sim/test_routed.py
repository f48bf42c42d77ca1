"""Texts that the modem does not store: each is acknowledged in time, behind the journal, also one nobody can read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from air import OPERATOR
from routed_parts import parts_of
from sayings import now_s, said
from twist import Twist
from virtual_time import run
from world import World, live

from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import encode_deliver


class Acks:
    """Counts AT+CNMA by its number and notes how long each text waited for it."""

    def __init__(self, world: World) -> None:
        self.given: list[str] = []
        self.waited_s: list[float] = []
        self._shown_s = 0.0
        world.modem.trace = self._trace

    def _trace(self, direction: str, octets: bytes, now_ms: int) -> None:
        if direction == "tx" and (b"+CMT:" in octets or b"+CDS:" in octets):
            self._shown_s = now_s()
        for line in octets.split(b"\r"):
            if direction == "rx" and line.startswith(b"AT+CNMA="):
                self.given.append(line[8:].decode())
                self.waited_s.append(now_s() - self._shown_s)


def test_a_routed_command_is_journalled_then_acknowledged_then_answered(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        acks = Acks(world)
        order: list[str] = []
        accept = world.agent.journal.accept
        world.agent.journal.accept = lambda *what: (order.append("journal"), accept(*what))[1]
        assert await world.ask("ping") == "OK pong"
        assert acks.given == ["1"]
        assert order == ["journal"]
        assert max(acks.waited_s) < 2
        assert not world.network.waiting

    live(tmp_path, story, name="nrf91")


def test_a_routed_text_is_acknowledged_as_soon_as_the_port_is_free(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        acks = Acks(world)
        command = world.sign("status")
        world.text(command.sms)
        await asyncio.sleep(0.05)
        for _ in range(4):
            world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) == 5)
        assert len(acks.given) == 5
        # the longest command in between is a text on its way, which nothing may interrupt
        assert max(acks.waited_s) < 2 + 4

    live(tmp_path, story, name="nrf91")


def test_what_cannot_be_read_is_acknowledged_too(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        acks = Acks(world)
        world.network.submit(world.modem, bytes.fromhex("040b911234"))  # ends in the middle of its address
        await asyncio.sleep(20)
        world.board.port.twist = lambda octets: octets.replace(b"\r\n0791", b"\r\n0x91")
        world.text("never read")
        await asyncio.sleep(20)
        world.board.port.twist = lambda octets: octets
        assert acks.given == ["1", "1"]
        assert max(acks.waited_s) < 4, "the PDU of the second one is waited for, two seconds at most"
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, name="nrf91", wrap=Twist)


def test_an_unsigned_text_is_acknowledged_and_silent(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        acks = Acks(world)
        world.text("status")
        await asyncio.sleep(60)
        assert acks.given == ["1"]
        assert not world.network.sent

    live(tmp_path, story, name="nrf91")


def test_a_full_journal_leaves_the_text_with_the_network(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        acks = Acks(world)
        journal = world.agent.journal
        room, journal.has_room = journal.has_room, lambda signed: False
        world.text(world.sign("ping").sms)
        await asyncio.sleep(5)
        assert acks.given[:1] == ["2"]
        assert not world.network.sent
        journal.has_room = room
        world.network.attached(world.modem)  # it tries again
        await world.until(lambda: world.network.sent)
        assert acks.given[-1] == "1"

    live(tmp_path, story, name="nrf91")


def test_segments_of_a_routed_text_are_joined_in_any_order_and_doubled(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        acks = Acks(world)
        command = world.sign("ping")
        parts = parts_of(command.sms, 3)
        for part in (parts[2], parts[0], parts[0], parts[1]):
            world.network.submit(world.modem, part)
        await world.until(lambda: world.network.sent)
        assert world.verified(0, command) == "OK pong"
        assert acks.given == ["1"] * 4

    live(tmp_path, story, name="nrf91")


def test_a_client_that_was_dropped_registers_anew(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        world.modem.settings.cnmi = (0, 0, 0, 0, 0)
        world.modem.urc("+CMS ERROR: 524")
        world.pump()
        await asyncio.sleep(10)
        assert tuple(world.modem.settings.cnmi)[:4] == (3, 2, 0, 1)
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, name="nrf91")


def test_an_acknowledgement_that_is_lost_makes_nothing_run_twice(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        left = [1]

        def heard(octets: bytes) -> bool:
            if octets.startswith(b"AT+CNMA") and left[0]:
                left[0] -= 1
                return False
            return True

        world.board.port.heard = heard
        world.text(world.sign("ping").sms)
        await world.until(lambda: world.network.sent, 300)
        await asyncio.sleep(300)
        assert sum("accepted" in line for line in world.log) == 1
        assert await world.ask("ping") == "OK pong"

    async def alone() -> None:
        # not by live(): the modem counts the lost acknowledgement against the agent
        async with World(tmp_path, name="nrf91", wrap=Twist) as world:
            await story(world)

    run(alone())


def test_a_class_0_text_that_a_storing_modem_shows_at_once_is_served(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        text = world.sign("ping").sms
        tpdu = encode_deliver(oa=Address(OPERATOR), scts=datetime(2026, 3, 14, tzinfo=UTC), text=text, dcs=0xF0)
        pdu = bytes.fromhex("07919471016700F0") + tpdu
        world.modem.urc(f"+CMT: ,{len(tpdu)}\r\n{pdu.hex().upper()}")
        world.pump()
        await world.until(lambda: world.network.sent, 30)
        assert not said(world, "not acknowledged")

    live(tmp_path, story)
