"""What the line has spoilt is read again before it is deleted; what came through costs no command more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from twist import Twist, once
from world import OPERATOR, World, live

from mtmo_host.sms.address import Address
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.tpdu import encode_deliver

UNANNOUNCED = b'\r\n+CTZE: "+08",0\r\n'


def said_to_the_modem(world: World) -> list[str]:
    """Its commands from now on."""
    lines: list[str] = []
    world.board.port.heard = lambda octets: lines.append(octets.decode()) or True
    return lines


def _other_digit(at: int, digit: bytes) -> Callable[[bytes], bytes]:
    """Once, digit number `at` of a listed PDU becomes `digit`."""
    left = [1]

    def twist(octets: bytes) -> bytes:
        found = re.search(rb"\r\n0791[0-9A-F]{60}", octets)
        if not found or not left:
            return octets
        left.pop()
        place = found.start() + 2 + at
        assert octets[place : place + 1] != digit
        return octets[:place] + digit + octets[place + 1 :]

    return twist


def test_a_text_whose_pdu_was_spoilt_on_the_line_is_read_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = once(b"\r\n0791", b"\r\n0x91")
        world.text(world.sign("ping").sms)
        await world.until(lambda: len(world.network.sent) == 1, 10)

    live(tmp_path, story, wrap=Twist)


def test_a_text_that_never_comes_through_stays_until_its_place_is_needed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = lambda octets: octets.replace(b"\r\n0791", b"\r\n0x91")
        world.text("junk")
        await asyncio.sleep(4000)
        assert world.stored()
        assert not list(world.modem.violations)
        for _ in range(23):
            world.text("junk")
        await world.until(lambda: not world.network.waiting, 2000)
        world.modem.violations.clear()
        world.board.port.twist = lambda octets: octets
        assert await world.ask("ping") == "OK pong"
        await world.until(lambda: not world.stored(), 60)  # a few of them a second

    live(tmp_path, story, name="sara_r4", wrap=Twist)


def test_status_says_how_many_texts_lie_unread(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert "unread" not in await world.ask("status")
        world.board.port.twist = lambda octets: octets.replace(b"EABA7B0D", b"EABA7BxD")
        world.text("junk")
        await asyncio.sleep(20)
        assert " unread=1 " in await world.ask("status")
        world.board.port.twist = lambda octets: octets
        await asyncio.sleep(1000)
        assert "unread" not in await world.ask("status")

    live(tmp_path, story, wrap=Twist)


# the type of message, the length of the originator and its number, the alphabet, the text's length, the text
@pytest.mark.parametrize(("at", "digit"), [(17, b"6"), (19, b"9"), (23, b"3"), (31, b"4"), (46, b"7"), (51, b"3")])
def test_a_command_that_the_line_has_changed_is_read_again_and_carried_out(
    tmp_path: Path, at: int, digit: bytes
) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = _other_digit(at, digit)
        lines = said_to_the_modem(world)
        assert await world.ask("ping") == "OK pong"
        assert sum(line.startswith("AT+CMGR") for line in lines) == 2
        assert not any("refused" in line for line in world.log)

    live(tmp_path, story, wrap=Twist)


def test_urcs_that_cut_the_pdu_of_every_listing_do_not_cost_the_text(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        def cut(octets: bytes) -> bytes:
            return octets.replace(b"00405812143F5", UNANNOUNCED + b"00405812143F5") if b"+CMGL" in octets else octets

        world.board.port.twist = cut
        assert await world.ask("ping") == "OK pong"
        await asyncio.sleep(3)

    live(tmp_path, story, wrap=Twist)


def test_a_text_whose_header_was_spoilt_is_found_at_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = once(b"+CMGL:", b"+BMGL:")
        world.text(world.sign("ping").sms)
        await world.until(lambda: world.network.sent, 10)

    live(tmp_path, story, wrap=Twist)


def test_a_text_whose_header_never_comes_through_is_not_looked_for_without_end(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.board.port.twist = lambda octets: octets.replace(b"+CMGL:", b"+BMGL:")
        lines = said_to_the_modem(world)
        world.text(world.sign("ping").sms)
        await asyncio.sleep(800)
        assert sum(line.startswith("AT+CMGL") for line in lines) < 12
        world.board.port.twist = lambda octets: octets
        await world.until(lambda: world.network.sent, 1800)

    live(tmp_path, story, wrap=Twist)


def test_an_index_that_became_another_texts_costs_neither_of_them(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.stop()
        half = segments("x" * 200, ref=7)[0]
        scts = datetime(2026, 3, 14, tzinfo=UTC)
        tpdu = encode_deliver(oa=Address(OPERATOR), scts=scts, payload=half.ud, header=half.udh)
        command = world.sign("ping")
        world.text(command.sms)
        world.network.submit(world.modem, tpdu)
        await world.until(lambda: not world.network.waiting)
        world.start()
        world.board.port.twist = once(b"+CMGL: 1,", b"+CMGL: 2,")
        await world.until(lambda: world.network.sent)
        assert world.verified(0, command) == "OK pong"
        assert _places(world) == [2], "the half of a long text waits for its other half"
        rest = segments("x" * 200, ref=7)[1]
        tpdu = encode_deliver(oa=Address(OPERATOR), scts=scts, payload=rest.ud, header=rest.udh)
        world.network.submit(world.modem, tpdu)
        await world.until(lambda: not world.stored(), 2000)

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize("oa", [OPERATOR, "4915112345678"], ids=["on the list", "a stranger"])
@pytest.mark.parametrize("spoilt", [
    b"0500034D62",  # of 98 segments
    b"0500094D02", b"0500FF4D02",  # an element that does not fit: a header to be ignored, if it came so
])  # fmt: skip
def test_a_segment_whose_header_the_line_has_changed_is_not_lost(tmp_path: Path, oa: str, spoilt: bytes) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping")
        size = -(-len(command.sms) // 2)
        world.board.port.twist = once(b"0500034D0202", spoilt + b"02")
        for part in (1, 0):
            text = command.sms[part * size :][:size]
            scts = datetime(2026, 3, 14, 8, tzinfo=UTC)
            header = bytes((5, 0, 3, 77, 2, part + 1))
            world.network.submit(world.modem, encode_deliver(oa=Address(oa), scts=scts, text=text, header=header))
        await world.until(lambda: world.network.sent, 20)
        assert world.verified(0, command) == "OK pong"

    live(tmp_path, story, wrap=Twist, **{"any-sender-if-signed": True, "reply-to": "short:54321"})


@pytest.mark.parametrize("name", ["a7670", "nrf91"])
def test_a_command_behind_a_header_that_does_not_fit_is_carried_out(tmp_path: Path, name: str) -> None:
    """TS 23.040 §9.2.3.24: the header is ignored, not the text."""

    async def story(world: World) -> None:
        command = world.sign("ping")
        header = bytes.fromhex("05C01B0200A5")
        scts = datetime(2026, 3, 14, 8, tzinfo=UTC)
        tpdu = encode_deliver(oa=Address(OPERATOR), scts=scts, text=command.sms, header=header)
        world.network.submit(world.modem, tpdu)
        await world.until(lambda: world.network.sent, 20)
        assert world.verified(0, command) == "OK pong"
        assert any("header whose last element does not fit is ignored" in line for line in world.log)
        assert not world.stored()

    live(tmp_path, story, name=name)


def test_a_command_that_came_through_costs_three_commands(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        lines = said_to_the_modem(world)
        await world.ask("ping")
        assert [line.split("=")[0].strip() for line in lines if line[:2] == "AT"] == ["AT+CMGL", "AT+CMGD", "AT+CMGS"]

    live(tmp_path, story, wrap=Twist)


@pytest.mark.parametrize(("oa", "text", "readings"), [
    ("12345", "hello", 2), ("4915", "hello", 0), ("4915", "*A101.22CDX6MYSKTB4 ping", 2),
])  # fmt: skip
def test_only_what_may_have_been_a_command_is_read_twice_before_it_is_deleted(
    tmp_path: Path, oa: str, text: str, readings: int
) -> None:
    async def story(world: World) -> None:
        lines = said_to_the_modem(world)
        scts = datetime(2026, 3, 14, 8, tzinfo=UTC)
        world.network.submit(world.modem, encode_deliver(oa=Address(oa), scts=scts, text=text))
        await world.until(lambda: any("refused: " in line for line in world.log), 10)
        assert sum(line.startswith("AT+CMGR") for line in lines) == readings

    live(tmp_path, story, wrap=Twist)


def _places(world: World) -> list[int]:
    return [index for index, _ in world.modem.sms.store.items("ME")]
