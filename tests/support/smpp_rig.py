"""An ESME that knows octets only (SMPP 3.4, written from the specification), and a network to bind to."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from network_world import World

from mtmo_host.network.smpp import SmppServer

DEVICE = "423663921520531"  # unit-1 of World
TRANSMITTER, RECEIVER, TRANSCEIVER = 0x02, 0x01, 0x09
QUERY, SUBMIT, DELIVER, UNBIND, CANCEL, ENQUIRE, NACK = 0x03, 0x04, 0x05, 0x06, 0x08, 0x15, 0x80000000
RESP = 0x80000000


@dataclass(frozen=True)
class Packet:
    """command_id, command_status, sequence_number and body."""

    command: int
    status: int
    sequence: int
    body: bytes


@dataclass(frozen=True)
class Delivered:
    """A deliver_sm taken apart."""

    source: bytes
    dest: bytes
    esm_class: int
    data_coding: int
    message: bytes
    tlvs: dict[int, bytes] = field(default_factory=dict)


def packet(command: int, body: bytes = b"", *, sequence: int = 1, status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def sar(ref: int, total: int, seq: int) -> bytes:
    return tlv(0x020C, ref.to_bytes(2, "big")) + tlv(0x020E, bytes((total,))) + tlv(0x020F, bytes((seq,)))


def submit_body(text: bytes, *, coding: int = 0, esm: int = 0, registered: int = 0, tlvs: bytes = b"") -> bytes:
    addresses = b"\0\0\x0012345\0\1\1" + DEVICE.encode() + b"\0"
    return (
        b"\0"
        + addresses[1:]
        + bytes((esm, 0, 0))
        + b"\0\0"
        + bytes((registered, 0, coding, 0, len(text)))
        + text
        + tlvs
    )


class Esme:
    """One connection; every call is bounded by `PATIENCE_S`."""

    PATIENCE_S = 10.0

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.sequence = reader, writer, 0

    @classmethod
    async def call(cls, server: SmppServer) -> Esme:
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    @classmethod
    async def bound(cls, world: World, server: SmppServer, kind: int = TRANSCEIVER, version: int = 0x34) -> Esme:
        esme = await cls.call(server)
        assert (await esme.bind(world, kind, version)).status == 0
        return esme

    async def bind(self, world: World, kind: int = TRANSCEIVER, version: int = 0x34) -> Packet:
        names = b"".join(text.encode() + b"\0" for text in world.store.smpp_account())
        return await self.ask(kind, names + b"\0" + bytes((version, 0, 0)) + b"\0")

    def send(self, command: int, body: bytes = b"", *, status: int = 0, sequence: int | None = None) -> None:
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        self.writer.write(packet(command, body, sequence=sequence, status=status))

    async def ask(self, command: int, body: bytes = b"") -> Packet:
        self.send(command, body)
        return await self.read()

    async def submit(self, text: bytes, **more: Any) -> Packet:
        return await self.ask(SUBMIT, submit_body(text, **more))

    async def read(self) -> Packet:
        async with asyncio.timeout(self.PATIENCE_S):
            length, *values = struct.unpack(">IIII", await self.reader.readexactly(16))
            return Packet(*values, await self.reader.readexactly(length - 16))

    async def deliver_sm(self) -> Delivered:
        got = await self.read()
        assert got.command == DELIVER
        self.send(DELIVER | RESP, b"\0", sequence=got.sequence)
        return taken_apart(got.body)

    async def ended(self) -> bool:
        async with asyncio.timeout(self.PATIENCE_S):
            while await self.reader.read(65536):
                pass
        return True


def taken_apart(body: bytes) -> Delivered:
    """§4.6.1, field by field."""
    at = body.index(0) + 1
    end = body.index(0, at + 2)
    source, at = body[at + 2 : end], end + 1
    end = body.index(0, at + 2)
    dest, at = body[at + 2 : end], end + 1
    esm_class, at = body[at], at + 3
    assert body[at : at + 2] == b"\0\0"  # schedule_delivery_time and validity_period are the SMSC's to leave empty
    data_coding, length, at = body[at + 4], body[at + 6], at + 7
    message, at = body[at : at + length], at + length
    tlvs = {}
    while at < len(body):
        tag, size = struct.unpack_from(">HH", body, at)
        tlvs[tag] = body[at + 4 : at + 4 + size]
        assert len(tlvs[tag]) == size
        at += 4 + size
    return Delivered(source, dest, esm_class, data_coding, message, tlvs)


def play(scenario: Callable[[World, SmppServer], Awaitable[None]], **options: Any) -> None:
    """Runs the scenario against a served network."""

    async def run() -> None:
        world = World()
        server = SmppServer(world.core, **options)
        await server.start(port=0)
        try:
            await scenario(world, server)
        finally:
            async with asyncio.timeout(5):
                await server.stop()

    asyncio.run(run())
