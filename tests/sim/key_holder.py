"""Somebody who holds keys of a device, and what the device answers."""

from __future__ import annotations

import asyncio

from world import IMEI, MASTER, World

from mtmo.store import Store
from mtmo_host.sms import base32, sc1

RECOVERY = bytes(range(32, 64))


def device_key(kid: str = "A", epoch: int = 1) -> bytes:
    return sc1.derive_device_key(RECOVERY if kid == "Z" else MASTER, IMEI, kid, epoch)


def words(kid: str, epoch: int, key: bytes | None = None) -> str:
    return f"key {kid} {epoch} {base32.encode_bits(key or device_key(kid, epoch))}"


class Holder:
    """Holds the key of one slot and epoch, and counts."""

    def __init__(self, world: World, kid: str, epoch: int, counter: int = 1000) -> None:
        self.world, self.kid, self.counter = world, kid, counter
        self.keys = sc1.SlotKeys(device_key(kid, epoch))

    def sign(self, body: str, encrypted: bool = False) -> sc1.SignedCommand:
        self.counter += 1
        return sc1.sign(self.keys, IMEI, self.kid, self.counter, body, encrypted)

    async def ask(self, body: str, encrypted: bool = False) -> str:
        command = self.sign(body, encrypted)
        sent = len(self.world.network.sent)
        self.world.text(command.sms)
        await self.world.until(lambda: len(self.world.network.sent) > sent, 100)
        return self.answer(command)

    def answer(self, command: sc1.SignedCommand, which: int = -1) -> str:
        return sc1.verify_reply(self.keys, IMEI, self.world.network.sent[which][1], command.tag).text

    async def silent(self, body: str, reason: str, encrypted: bool = False) -> None:
        sent, writes, lines = len(self.world.network.sent), self.world.store.writes, len(self.world.log)
        self.world.text(self.sign(body, encrypted).sms)
        await asyncio.sleep(20)
        assert (len(self.world.network.sent), self.world.store.writes) == (sent, writes)
        assert "refused: " + reason in "\n".join(self.world.log[lines:])


def with_recovery(world: World) -> None:
    """The keys record as it was provisioned, with slots A, B (viewer) and Z."""
    slots = [
        {"kid": kid, "epoch": 1, "role": role, "key": device_key(kid).hex()}
        for kid, role in (("A", "admin"), ("B", "viewer"), ("Z", "admin"))
    ]
    Store(str(world.folder)).write("keys", {**world.key_rows(), "slots": slots})
