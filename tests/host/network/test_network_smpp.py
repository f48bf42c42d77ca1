"""The SMPP server with a client library that is not ours (smpplib), and with raw octets where a client would not go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import smpplib.client
import smpplib.exceptions
from network_world import START, World, eventually

from mtmo_host.errors import MtmoError
from mtmo_host.network import smpp_codec as codec
from mtmo_host.network.schema import BUFFERED, CANCELED, DELIVERED
from mtmo_host.network.smpp import SmppServer
from mtmo_host.network.smpp_codec import Framer, Pdu, Sm
from mtmo_host.network.smpp_map import expiry_of

DEVICE = "423663921520531"


class Esme:
    """smpplib in a thread of its own: collects deliver_sm and the answers to submit_sm."""

    def __init__(self, port: int) -> None:
        self.client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
        self.received: list[Any] = []
        self.answers: list[Any] = []
        self.client.set_message_received_handler(lambda pdu: self.received.append(pdu))
        self.client.set_message_sent_handler(lambda pdu: self.answers.append(pdu))
        self.client.set_error_pdu_handler(lambda pdu: self.answers.append(pdu))

    def bind(self, kind: str, system_id: str, password: str) -> None:
        self.client.connect()
        getattr(self.client, f"bind_{kind}")(system_id=system_id, password=password)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            self.client.listen()
        except (smpplib.exceptions.ConnectionError, OSError, ValueError, AttributeError):
            return  # the connection is over

    def submit(self, text: bytes, **values: Any) -> None:
        fields: dict[str, Any] = {
            "source_addr_ton": 2,
            "source_addr": "12345",
            "dest_addr_ton": 1,
            "dest_addr_npi": 1,
            "destination_addr": DEVICE,
            "short_message": text,
            "registered_delivery": True,
        }
        self.client.send_message(**(fields | values))


def play(scenario: Callable[[World, SmppServer], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        world = World()
        server = SmppServer(world.core, **options)
        await server.start(port=0)
        try:
            await scenario(world, server)
        finally:
            await server.stop()

    asyncio.run(run())


async def bound(world: World, server: SmppServer, kind: str = "transceiver") -> Esme:
    esme = Esme(server.port)
    await asyncio.to_thread(esme.bind, kind, *world.store.smpp_account())
    return esme


def test_a_submit_sm_reaches_the_device_and_a_receipt_comes_back() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await bound(world, server)
        await asyncio.to_thread(esme.submit, b"status")
        (answer,) = await eventually(lambda: esme.answers)
        message = world.message(int(answer.message_id))
        assert (message.payload, message.source_address, message.source_address_type) == ("status", "12345", 161)
        world.first.settle()
        assert [deliver.text for deliver in world.first.delivered] == ["status"]
        (receipt,) = await eventually(lambda: esme.received)
        assert receipt.esm_class & 0x3C == codec.ESM_RECEIPT
        assert receipt.receipted_message_id.rstrip(b"\0") == answer.message_id
        assert receipt.short_message.startswith(b"id:%d sub:001 dlvrd:001 submit date:2611221200" % message.id)
        assert b"stat:DELIVRD err:000 text:status" in receipt.short_message
        assert (receipt.source_addr, receipt.destination_addr) == (DEVICE.encode(), b"12345")
        await eventually(lambda: not world.store.messages.smpp_waiting("mtmo", 0, 10))

    play(scenario)


@pytest.mark.parametrize(
    ("octets", "coding", "esm_class", "text", "dcs"),
    [
        (b"\x00 \x1b\x65 \x10", 0, 0, "@ € Δ", 0),
        ("é".encode("latin-1"), 3, 0, "é", 0),
        (b"ascii", 1, 3, "ascii", 0),
        ("温度".encode("utf-16-be"), 8, 0, "温度", 8),
        (b"\x00\xff", 4, 0, None, 4),
        (b"flash", 0xF0, 0, "flash", 0xF0),
        (bytes.fromhex("050003CC0201") + b"first", 0, 0x40, "first", 0),
    ],
)
def test_each_data_coding_reaches_the_air_as_meant(
    octets: bytes, coding: int, esm_class: int, text: str | None, dcs: int
) -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        world.first.attach()
        esme = await bound(world, server, "transmitter")
        await asyncio.to_thread(esme.submit, octets, data_coding=coding, esm_class=esm_class)
        await eventually(lambda: esme.answers)
        world.first.settle()
        (deliver,) = world.first.delivered
        assert (deliver.text, deliver.dcs) == (text, dcs)
        if text is None:
            assert deliver.ud.payload == octets
        if esm_class & 0x40:
            assert deliver.ud.header == octets[:6]

    play(scenario)


def test_an_mo_comes_as_deliver_sm_and_waits_for_an_account_that_is_away() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        esme = await bound(world, server, "receiver")
        world.first.send("12345", "OK t=21 [€]")
        (mo,) = await eventually(lambda: esme.received)
        assert mo.short_message == b"OK t=21 \x1b\x3c\x1b\x65\x1b\x3e"
        assert (mo.source_addr, mo.destination_addr, mo.data_coding) == (DEVICE.encode(), b"12345", 0)
        await asyncio.to_thread(esme.client.disconnect)
        await eventually(lambda: not server._sessions)
        world.first.send("12345", "while away")
        world.first.send("491511234567", "P2P is not for applications", ton=1)
        again = SmppServer(world.core)  # as after a restart
        await again.start(port=0)
        other = await bound(world, again, "receiver")
        await eventually(lambda: other.received)
        assert [pdu.short_message for pdu in other.received] == [b"while away"]
        await again.stop()

    play(scenario)


def test_a_wrong_account_or_password_cannot_bind() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        system_id, password = world.store.smpp_account()
        for who, secret, status in ((system_id, "wrong", codec.RINVPASWD), ("nobody", password, codec.RINVSYSID)):
            with pytest.raises(smpplib.exceptions.PDUError) as caught:
                await asyncio.to_thread(Esme(server.port).bind, "transceiver", who, secret)
            assert caught.value.args[1] == status

    play(scenario)


class Raw:
    """A client that sends what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self._framer = Framer()
        self._pdus: list[Pdu] = []

    @classmethod
    async def open(cls, server: SmppServer) -> Raw:
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    async def ask(self, octets: bytes, count: int = 1) -> list[Pdu]:
        self.writer.write(octets)
        return await self.read(count)

    async def read(self, count: int) -> list[Pdu]:
        async with asyncio.timeout(10):
            while len(self._pdus) < count:
                octets = await self._reader.read(65536)
                if not octets:
                    break
                self._pdus += self._framer.feed(octets)
        found, self._pdus = self._pdus[:count], self._pdus[count:]
        return found

    async def ended(self) -> bool:
        async with asyncio.timeout(10):
            return await self._reader.read(1) == b""


def bind_pdu(world: World, command: int = codec.BIND_TRANSCEIVER, sequence: int = 1) -> bytes:
    system_id, password = world.store.smpp_account()
    body = codec.encode_text(system_id) + codec.encode_text(password) + b"\0\x34\0\0\0"
    return Pdu(command, 0, sequence, body).encode()


def submit_pdu(sequence: int, **values: Any) -> bytes:
    fields: dict[str, Any] = {
        "source": "12345",
        "source_ton": 0,
        "dest": DEVICE,
        "dest_ton": 1,
        "esm_class": 0,
        "data_coding": 0,
        "message": b"x",
    }
    return Pdu(codec.SUBMIT_SM, 0, sequence, codec.encode_sm(Sm(**(fields | values)))).encode()


def test_packets_may_come_byte_by_byte_or_all_at_once() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        for octet in bind_pdu(world):
            raw.writer.write(bytes((octet,)))
            await asyncio.sleep(0)
        assert [pdu.status for pdu in await raw.read(1)] == [0]
        answers = await raw.ask(b"".join(submit_pdu(number) for number in range(2, 52)), 50)
        assert [(pdu.sequence, pdu.status) for pdu in answers] == [(number, 0) for number in range(2, 52)]
        assert len(world.store.messages.of_endpoint(world.one.id)) == 50

    play(scenario)


@pytest.mark.parametrize(
    ("octets", "command", "status"),
    [
        (submit_pdu(7), codec.SUBMIT_SM | codec.RESPONSE, codec.RINVBNDSTS),
        (Pdu(codec.ENQUIRE_LINK, 0, 7).encode(), codec.ENQUIRE_LINK | codec.RESPONSE, codec.OK),
        (Pdu(0x103, 0, 7).encode(), codec.GENERIC_NACK, codec.RINVCMDID),
        (Pdu(codec.BIND_RECEIVER, 0, 7, b"x" * 20).encode(), codec.BIND_RECEIVER | codec.RESPONSE, codec.RINVSYSID),
        (Pdu(codec.BIND_RECEIVER, 0, 7, b"a\0" + b"b" * 9).encode(), 0x80000001, codec.RINVPASWD),
    ],
)
def test_an_unbound_session_gets_no_further(octets: bytes, command: int, status: int) -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        (pdu,) = await (await Raw.open(server)).ask(octets)
        assert (pdu.command_id, pdu.status, pdu.sequence) == (command, status, 7)

    play(scenario)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"dest": "999"}, codec.RINVDSTADR),
        ({"source": "12a", "source_ton": 1}, codec.RINVSRCADR),
        ({"message": b"x" * 255}, codec.OK),
        ({"message": b"x" * 2000}, codec.RINVMSGLEN),
        ({"message": b"\x05\x00", "esm_class": 0x40}, codec.RINVMSGLEN),
        ({"message": b"\xd8", "data_coding": 8}, codec.RINVMSGLEN),
        ({"schedule": "261123120000000+"}, codec.RINVSCHED),
        ({"validity": "tomorrow"}, codec.RINVEXPIRY),
        ({"validity": "200101000000000+"}, codec.RINVEXPIRY),
        ({"validity": "000000010000000R"}, codec.OK),
        ({"tlvs": {codec.TLV_SAR_REF: b"\0\1", codec.TLV_SAR_TOTAL: b"\2", codec.TLV_SAR_SEQ: b"\1"}}, codec.OK),
        (
            {"tlvs": {codec.TLV_SAR_REF: b"\1", codec.TLV_SAR_TOTAL: b"\2", codec.TLV_SAR_SEQ: b"\1"}},
            codec.RINVPARLEN,
        ),
        ({"tlvs": {codec.TLV_MESSAGE_PAYLOAD: b"both"}}, codec.RINVMSGLEN),
    ],
)
def test_a_submit_sm_that_cannot_be_taken_names_its_fault(values: dict[str, Any], status: int) -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        _, pdu = await raw.ask(bind_pdu(world) + submit_pdu(2, **values), 2)
        assert pdu.status == status
        assert bool(world.store.messages.of_endpoint(world.one.id)) == (status == codec.OK)

    play(scenario)


@pytest.mark.parametrize("length", [0, 15, 80_000, 2**32 - 1])
def test_an_impossible_length_ends_the_session(length: int) -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        (pdu,) = await raw.ask(length.to_bytes(4, "big") + bytes(12))
        assert (pdu.command_id, pdu.status) == (codec.GENERIC_NACK, codec.RINVCMDLEN)
        assert await raw.ended()

    play(scenario)


def test_a_truncated_body_is_answered_whatever_its_length() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        await raw.ask(bind_pdu(world))
        body = submit_pdu(2)[16:]
        for length in range(len(body)):
            (pdu,) = await raw.ask(Pdu(codec.SUBMIT_SM, 0, 2, body[:length]).encode())
            assert pdu.status != codec.OK
        assert world.store.messages.of_endpoint(world.one.id) == []

    play(scenario)


def test_more_than_the_rate_is_throttled() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        pdus = await raw.ask(bind_pdu(world) + b"".join(submit_pdu(number) for number in range(2, 22)), 21)
        statuses = [pdu.status for pdu in pdus[1:]]
        assert statuses[:5] == [codec.OK] * 5
        assert statuses[-1] == codec.RTHROTTLED

    play(scenario, per_second=5)


def test_a_second_bind_and_a_submit_on_a_receiver_are_refused() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        octets = bind_pdu(world, codec.BIND_RECEIVER) + bind_pdu(world, sequence=2) + submit_pdu(3)
        octets += Pdu(codec.UNBIND, 0, 4).encode()
        pdus = await raw.ask(octets, 4)
        assert [pdu.status for pdu in pdus] == [codec.OK, codec.RALYBND, codec.RINVBNDSTS, codec.OK]
        assert await raw.ended()

    play(scenario)


def test_a_message_can_be_queried_and_canceled_by_its_own_account_only() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        _, answer = await raw.ask(bind_pdu(world) + submit_pdu(2), 2)
        world.core.advance()
        message_id = int(answer.body.rstrip(b"\0"))
        assert world.status(message_id) == BUFFERED
        foreign = world.core.submit_mt(world.one.id, "not yours")
        query = Pdu(codec.QUERY_SM, 0, 3, answer.body + b"\0\0\0").encode()
        cancel = Pdu(codec.CANCEL_SM, 0, 4, b"\0" + answer.body + bytes(6)).encode()
        other = Pdu(codec.QUERY_SM, 0, 5, str(foreign).encode() + b"\0\0\0\0").encode()
        queried, canceled, refused = await raw.ask(query + cancel + other, 3)
        assert queried.body.endswith(b"\x01\0")
        assert (canceled.status, world.status(message_id)) == (codec.OK, CANCELED)
        assert refused.status == codec.RQUERYFAIL

    play(scenario)


def test_a_deliver_sm_that_was_not_acknowledged_comes_again_on_the_next_session() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        await raw.ask(bind_pdu(world))
        for number in range(12):
            world.first.send("12345", f"n={number}")
        first = await raw.read(10)
        assert [pdu.command_id for pdu in first] == [codec.DELIVER_SM] * 10  # the window
        raw.writer.write(Pdu(codec.DELIVER_SM | codec.RESPONSE, 0, first[0].sequence, b"\0").encode())
        await raw.read(1)
        raw.writer.close()
        await eventually(lambda: not server._sessions)
        again = await Raw.open(server)
        _, *rest = await again.ask(bind_pdu(world), 11)
        assert b"n=1" in rest[0].body
        assert b"n=10" in rest[9].body

    play(scenario)


def test_a_receipt_that_a_restart_came_before_is_made_good() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        raw = await Raw.open(server)
        _, answer = await raw.ask(bind_pdu(world) + submit_pdu(2, registered_delivery=0x11), 2)
        message_id = int(answer.body.rstrip(b"\0"))
        world.store.messages.update(message_id, status_id=DELIVERED, final_date=START)  # and then the power went
        again = SmppServer(world.core)
        await again.start(port=0)
        raw = await Raw.open(again)
        _, receipt = await raw.ask(bind_pdu(world), 2)
        assert b"stat:DELIVRD" in receipt.body
        await again.stop()

    play(scenario)


@pytest.mark.parametrize(
    ("validity", "seconds"),
    [
        ("", None),
        ("000000010000000R", 3600),
        ("000002000000000R", 2 * 86_400),
        ("261122130000000+", 3600),
        ("261122140000004+", 3600),
        ("261122120000004-", 3600),
    ],
)
def test_validity_periods_are_absolute_or_relative(validity: str, seconds: int | None) -> None:
    sm = Sm("1", 0, "2", 0, 0, 0, b"", validity=validity)
    assert expiry_of(sm, START) == (None if seconds is None else START + seconds)


def test_a_busy_port_is_said() -> None:
    async def scenario(world: World, server: SmppServer) -> None:
        with pytest.raises(MtmoError, match="in use"):
            await SmppServer(world.core).start(port=server.port)

    play(scenario)
