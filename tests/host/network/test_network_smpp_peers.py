"""What an ESME can rely on (names, dates, versions), and what a broken or hostile one cannot do. Octets on a socket."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import random
import re
import tracemalloc
from pathlib import Path

import pytest
from network_world import START, World, eventually
from smpp_rig import (
    CANCEL,
    DELIVER,
    DEVICE,
    ENQUIRE,
    NACK,
    QUERY,
    RESP,
    SUBMIT,
    TRANSCEIVER,
    TRANSMITTER,
    UNBIND,
    Delivered,
    Esme,
    packet,
    play,
    sar,
    submit_body,
    tlv,
)

from mtmo_host.network.items import sms_item
from mtmo_host.network.schema import CANCELED, DELIVERED, EXPIRED, FAILED
from mtmo_host.network.smpp import SmppServer

RINVMSGID, RINVCMDLEN, RSUBMITFAIL = 0x0C, 0x02, 0x45
RECEIPTED_MESSAGE_ID, MESSAGE_STATE = 0x001E, 0x0427


def open_sockets() -> int:
    """Both ends of every connection are in this process."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += str(link.readlink()).startswith("socket:")
    return found


def query(name: bytes) -> bytes:
    return name + b"\0\0\x0012345\0"


def test_a_message_has_one_name_everywhere() -> None:
    """SMPP 3.4 §5.2.23: an ESME compares characters."""

    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.bound(world, server)
        for _ in range(12):  # names of one digit and of two
            name = (await esme.submit(b"hello", registered=1)).body.rstrip(b"\0")
            assert (await esme.ask(QUERY, query(name))).body.split(b"\0")[0] == name
            assert str(sms_item(world.message(int(name)), "unit-1")["id"]).encode() == name
        world.first.attach()
        for number in range(12):
            receipt = await esme.deliver_sm()
            assert re.match(rb"id:(\S+) sub:", receipt.message)[1] == b"%d" % (number + 1)  # type: ignore[index]
            assert receipt.tlvs[RECEIPTED_MESSAGE_ID] == b"%d\0" % (number + 1)
        for wrong in (b"", b"01", b"0000000001", b"0x1", b"1 ", b"+1", b"9" * 64, "١".encode()):
            assert (await esme.ask(QUERY, query(wrong))).status == RINVMSGID, wrong
            assert (await esme.ask(CANCEL, b"\0" + wrong + bytes(7))).status == RINVMSGID, wrong

    play(scenario)


def test_a_message_that_has_ended_says_when() -> None:
    """(what happened, message_state): §4.8.2, §5.2.28; before the end final_date is one zero octet."""

    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.bound(world, server)

        async def state(name: bytes) -> tuple[bytes, int, int]:
            answer = await esme.ask(QUERY, query(name))
            _, date, rest = answer.body.split(b"\0", 2)
            assert len(rest) == 2
            return date, rest[0], rest[1]

        names = [(await esme.submit(b"hello")).body.rstrip(b"\0") for _ in range(4)]
        assert [await state(name) for name in names] == [(b"", 1, 0)] * 4
        world.core.cancel(int(names[0]))
        world.clock.now = START + 61.5
        world.first.attach()
        world.clock.now = START + 3600
        world.first.answer = 21
        names.append((await esme.submit(b"refused")).body.rstrip(b"\0"))
        world.first.settle()
        world.first.detach()
        names.append((await esme.submit(b"too late")).body.rstrip(b"\0"))
        world.pass_time(8 * 86_400)
        found = {world.status(int(name)): await state(name) for name in names}
        assert found[CANCELED][:2] == (b"261122120000000+", 4)
        assert found[DELIVERED] == (b"261122120101000+", 2, 0)
        assert found[FAILED][:2] == (b"261122130000000+", 5)
        assert found[EXPIRED][1] == 3
        assert re.fullmatch(rb"26112[34]\d{6}000\+", found[EXPIRED][0])

    play(scenario)


@pytest.mark.parametrize(("version", "optional"), [(0x00, False), (0x33, False), (0x34, True), (0x50, True)])
def test_optional_parameters_go_to_esmes_that_know_them(version: int, optional: bool) -> None:
    """SMPP 3.4 §3.4: an SMSC sends none to an ESME of an earlier version."""

    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.call(server)
        answer = await esme.bind(world, TRANSCEIVER, version)
        assert answer.body == b"mtmo\0" + (tlv(0x0210, b"\x34") if optional else b"")
        world.first.attach()
        await esme.submit(b"hello", registered=1)
        world.first.settle()
        receipt = await esme.deliver_sm()
        assert receipt.tlvs == ({RECEIPTED_MESSAGE_ID: b"1\0", MESSAGE_STATE: b"\2"} if optional else {})
        for length in (0, 1, 160):
            world.first.send("12345", "x" * length)
            mo = await esme.deliver_sm()
            assert mo == Delivered(DEVICE.encode(), b"12345", 0, 0, b"x" * length)

    play(scenario)


def test_a_receipt_shows_no_letter_as_another() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await Esme.bound(world, server)
        await esme.submit("`é{@} 🙂 and so on and on".encode("utf-16-be"), coding=8, registered=1)
        world.first.settle()
        receipt = await esme.deliver_sm()
        assert receipt.message.endswith(b" text:??\x1b\x28\x00\x1b\x29 ? and so on an")
        assert (receipt.data_coding, receipt.esm_class) == (0, 4)

    play(scenario)


def test_nothing_is_taken_behind_an_unbind_and_everything_before_nonsense() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.bound(world, server)
        esme.writer.write(packet(SUBMIT, submit_body(b"a")) + packet(UNBIND) + packet(SUBMIT, submit_body(b"b")))
        assert [(await esme.read()).command for _ in range(2)] == [SUBMIT | RESP, UNBIND | RESP]
        assert await esme.ended()
        esme = await Esme.bound(world, server)
        esme.writer.write(packet(SUBMIT, submit_body(b"c")) + bytes(16) + packet(SUBMIT, submit_body(b"d")))
        first, second = await esme.read(), await esme.read()
        assert (first.command, first.status) == (SUBMIT | RESP, 0)
        assert (second.command, second.status) == (NACK, RINVCMDLEN)
        assert await esme.ended()
        assert [message.payload for message in world.store.messages.of_endpoint(world.one.id)] == ["a", "c"]

    play(scenario)


def test_only_its_own_answer_ends_a_deliver_sm() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        esme = await Esme.bound(world, server)
        world.first.send("12345", "once")
        got = await esme.read()
        esme.send(SUBMIT | RESP, b"\0", sequence=got.sequence)
        esme.send(ENQUIRE | RESP, sequence=got.sequence)
        await esme.ask(ENQUIRE)
        assert world.store.messages.smpp_waiting("mtmo", 0, 10)
        esme.send(DELIVER | RESP, b"\0", sequence=got.sequence)
        await eventually(lambda: not world.store.messages.smpp_waiting("mtmo", 0, 10))

    play(scenario)


def test_an_esme_that_never_reads_does_not_hold_up_the_end() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        before = open_sockets()
        esme = await Esme.bound(world, server, TRANSMITTER)
        esme.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(100):
            esme.writer.write(packet(ENQUIRE) * 10_000)
            await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            await server.stop()
            await eventually(lambda: open_sockets() <= before - 1)  # the listener too

    play(scenario)


SEEDS = (
    packet(SUBMIT, submit_body(b"hello", registered=1)),
    packet(SUBMIT, submit_body(bytes.fromhex("050003070201") + b"one", esm=0x40)),
    packet(SUBMIT, submit_body(b"two", tlvs=sar(300, 2, 2))),
    packet(SUBMIT, submit_body(b"", coding=8, tlvs=tlv(0x0424, "длинный".encode("utf-16-be") * 40))),
    packet(QUERY, query(b"1")),
    packet(CANCEL, b"\x001\0" + bytes(6)),
    packet(ENQUIRE),
    packet(DELIVER | RESP, b"\0"),
    packet(NACK, status=3),
    packet(0x07, bytes(20)),  # replace_sm
    packet(0x21, bytes(30)),  # submit_multi
    packet(0x103, bytes(40)),  # data_sm
)


def mutated(chance: random.Random) -> bytes:
    """A packet with octets changed, cut, doubled or put in; its length is mostly made to fit again."""
    octets = bytearray(chance.choice(SEEDS))
    for _ in range(chance.choice((0, 1, 1, 2, 5, 20))):
        at = chance.randrange(len(octets)) if octets else 0
        match chance.randrange(4):
            case 0:
                octets[at : at + 1] = bytes((chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256))),))
            case 1:
                del octets[at : at + chance.randrange(1, 9)]
            case 2:
                octets[at:at] = octets[at : at + chance.randrange(1, 40)]
            case _:
                octets[at:at] = chance.randbytes(chance.randrange(1, 9))
    if len(octets) >= 16 and chance.randrange(60):
        octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


async def hostile(world: World, server: SmppServer, packets: int, seed: int) -> None:
    """So many damaged packets over bound and unbound sessions; each session still ends, and the server still serves."""
    chance = random.Random(seed)
    before = open_sockets()
    sent = 0
    while sent < packets:
        esme = await (Esme.bound(world, server) if chance.randrange(5) else Esme.call(server))
        count = chance.randrange(1, 60)
        esme.writer.write(b"".join(mutated(chance) for _ in range(count)))
        esme.writer.write(packet(ENQUIRE))
        if chance.randrange(2):
            esme.writer.write_eof()
            assert await esme.ended()
        else:
            await asyncio.sleep(0)
        esme.writer.close()
        sent += count
        if not chance.randrange(20):
            world.first.settle()
            world.first.send("12345", "and something comes the other way")
    await eventually(lambda: open_sockets() <= before)
    esme = await Esme.bound(world, server, TRANSMITTER)
    assert (await esme.submit(b"still there")).status == 0
    esme.writer.close()


def test_damaged_packets_leave_no_trace_but_answers(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        await hostile(world, server, 1000, 1)
        gc.collect()
        tracemalloc.start()
        await hostile(world, server, 1000, 2)
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        await hostile(world, server, 1000, 3)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < 300_000  # the store in memory is outside; what stays here would be sessions and buffers

    with caplog.at_level(logging.WARNING):
        play(scenario)
    assert [record.getMessage() for record in caplog.records if record.name != "mtmo_host.network.delivery"] == []
