"""Segments of long texts in the modem's store: who may leave some, how long they stay, and that they still join."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from twist import Twist
from world import OPERATOR, World, live

from mtmo_host.sms.address import TON_ALPHANUMERIC, TON_INTERNATIONAL, TON_NATIONAL, Address
from mtmo_host.sms.tpdu import encode_deliver

LISTED = Address(OPERATOR)
STRANGERS = (
    Address("+491511234567", TON_INTERNATIONAL),
    Address(OPERATOR, TON_ALPHANUMERIC, 0),
    Address("015112345678", TON_NATIONAL),
)
SCTS = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


def part(text: str, seq: int, *, total: int = 2, ref: int = 7, oa: Address = LISTED, scts: datetime = SCTS) -> bytes:
    return encode_deliver(oa=oa, scts=scts, text=text, header=bytes((5, 0, 3, ref, total, seq)))


async def unanswered(world: World, *tpdus: bytes) -> None:
    for tpdu in tpdus:
        world.network.submit(world.modem, tpdu)
    await world.until(lambda: not world.network.waiting)
    await asyncio.sleep(10)


@pytest.mark.parametrize("oa", STRANGERS, ids=lambda oa: str(oa.ton))
def test_a_segment_of_one_who_may_command_nothing_is_deleted_at_once_and_named(tmp_path: Path, oa: Address) -> None:
    async def story(world: World) -> None:
        writes, rejected = world.store.writes, world.agent.rejected
        await unanswered(world, part("a", 1, oa=oa), part("a", 2, total=9, ref=8, oa=oa))
        assert not world.stored() and not world.agent.inbox.sets
        assert sum("refused: sender not on the allow-list" in line for line in world.log) == 2
        assert (world.agent.rejected - rejected, world.store.writes, world.network.sent) == (2, writes, [])

    live(tmp_path, story)


def test_with_any_sender_if_signed_a_strangers_signed_command_is_joined(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        sms = world.sign("ping").sms
        await unanswered(world, part(sms[:9], 1, oa=STRANGERS[0]), part(sms[9:], 2, oa=STRANGERS[0]))
        assert any("accepted from +491511234567" in line for line in world.log)

    live(tmp_path, story, **{"any-sender-if-signed": True})


def test_a_segment_whose_originator_the_line_has_changed_is_not_a_strangers(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        left = [1]

        def twist(octets: bytes) -> bytes:
            if left and b"05812143F5" in octets:
                left.pop()
                return octets.replace(b"05812143F5", b"05812143F9")
            return octets

        command = world.sign("ping")
        world.board.port.twist = twist
        await unanswered(world, part(command.sms[:9], 1), part(command.sms[9:], 2))
        assert world.verified(0, command) == "OK pong"

    live(tmp_path, story, wrap=Twist)


def test_ram_holds_no_text_of_a_stored_segment_and_the_text_is_joined_all_the_same(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping")
        parts = [part(command.sms[i * 9 :][: 9 if i < 2 else None], i + 1, total=3) for i in range(3)]
        await unanswered(world, parts[2], parts[0])
        kept = [item for one in world.agent.inbox.sets for item in one[4:] if item]
        assert len(kept) == 2 and all(isinstance(what, int) for _, _, what in kept)
        await unanswered(world, parts[1])
        assert world.verified(0, command) == "OK pong"

    live(tmp_path, story)


def test_a_segment_whose_place_was_given_away_is_not_joined_and_comes_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping")
        parts = [part(command.sms[:9], 1), part(command.sms[9:], 2)]
        await unanswered(world, parts[0])
        store = world.modem.sms.store
        ((_, stored),) = store.items("ME")
        heard: list[bytes] = []

        def swap(octets: bytes) -> bool:
            # somebody else deletes it behind the listing, and another text takes the place
            if octets.startswith(b"AT+CMGR=") and not heard:
                heard.append(octets)
                stored.pdu = stored.pdu[:8] + part("other", 1, ref=9)
            return True

        original = stored.pdu
        world.board.port.heard = swap
        await unanswered(world, parts[1])
        assert not world.network.sent
        assert any("holds another text by now" in line for line in world.log)
        world.board.port.heard = lambda octets: True
        stored.pdu = original
        world.agent.modem.list_all_due = True
        world.agent.wake()
        await world.until(lambda: world.network.sent, 60)
        assert world.verified(0, command) == "OK pong"

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize("by", ["a newer text", "the modem's clock"])
def test_a_set_of_before_the_boot_expires_by_its_time_stamp_though_the_board_restarts(tmp_path: Path, by: str) -> None:
    async def story(world: World) -> None:
        old = SCTS.replace(hour=8)
        await unanswered(world, part("a", 1, scts=old))
        assert len(world.stored()) == 1
        if by == "the modem's clock":
            world.modem.clock_base = SCTS
        for _ in range(4):  # never up for half an hour
            await world.stop()
            world.start()
            await world.until(lambda: world.agent.modem.cnmi)
            if by == "a newer text":
                world.text("hello")
            await asyncio.sleep(400)
        assert not world.stored()

    live(tmp_path, story)


def test_a_set_of_before_the_boot_is_joined_with_what_comes_minutes_later(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping")
        old = SCTS.replace(month=1)
        await unanswered(world, part(command.sms[:9], 1, scts=old))
        await world.stop()
        world.start()
        await asyncio.sleep(30)
        world.text("hello")
        await asyncio.sleep(200)
        await unanswered(world, part(command.sms[9:], 2, scts=old))
        assert world.verified(0, command) == "OK pong"

    live(tmp_path, story)


def test_a_time_stamp_of_next_year_expires_nothing_that_came_since_the_boot(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping")
        await unanswered(world, part("x", 1, ref=1, scts=SCTS.replace(year=2027)), part(command.sms[:9], 1))
        await asyncio.sleep(1000)
        await unanswered(world, part(command.sms[9:], 2))
        assert world.verified(0, command) == "OK pong"
        await asyncio.sleep(2000)

    live(tmp_path, story)
