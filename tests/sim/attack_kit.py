"""What test_more_attacks.py is written with: a row of its table, and what a text costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from world import IMEI, MASTER, World

from mtmo.envelope import Slot
from mtmo_host.sms import sc1
from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import encode_deliver

LISTED = Address("12345")
BEGIN = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)


@dataclass
class Attack:
    """`carry_out(world)` returns what it has gained; `settings` are the victim's."""

    name: str
    carry_out: Callable[[World], Awaitable[Any]]
    gained: Any
    settings: dict[str, Any]


ATTACKS: list[Attack] = []


def attack(name: str, gained: Any, **settings: Any) -> Callable[[Any], Any]:
    def add(carry_out: Callable[[World], Awaitable[Any]]) -> Callable[[World], Awaitable[Any]]:
        ATTACKS.append(Attack(name, carry_out, gained, settings))
        return carry_out

    return add


def cost(world: World) -> tuple[int, int, int]:
    """MO texts, flash writes, accepted texts so far."""
    return len(world.network.sent), world.store.writes, sum("accepted from" in line for line in world.log)


async def costs(world: World, *texts: str | bytes, oa: Address | None = None, wait_s: float = 30) -> tuple[int, ...]:
    """What texts, or whole DELIVERs, cost: MO texts, flash writes, accepted texts."""
    before = cost(world)
    for text in texts:
        if isinstance(text, str):
            world.text(text, oa)
        else:
            world.network.submit(world.modem, text)
        await asyncio.sleep(2)
    await asyncio.sleep(wait_s)
    return tuple(now - then for now, then in zip(cost(world), before, strict=True))


async def restart(world: World, cause: str = "power", off_s: float = 0) -> None:
    await world.stop()
    await asyncio.sleep(off_s)
    world.cause = cause
    lines = len(world.log)
    world.start()
    await world.until(lambda: any("agent: ready" in line for line in world.log[lines:]))
    await asyncio.sleep(5)


def deliver(text: str, oa: Address = LISTED, *, at: datetime = BEGIN, **fields: Any) -> bytes:
    return encode_deliver(oa=oa, scts=at, text=text, **fields)


def part(text: str, seq: int, total: int = 2, ref: int = 7, oa: Address = LISTED, at: datetime = BEGIN) -> bytes:
    return deliver(text, oa, at=at, header=bytes((5, 0, 3, ref, total, seq)))


def operators_key(world: World, kid: str = "B", role: str = "operator") -> Callable[[str], str]:
    """One more slot, of a role; the function signs by it."""
    key = sc1.derive_device_key(MASTER, IMEI, kid, 1)
    world.agent.keys.slots[kid] = Slot(kid, key, 1, role)
    world.agent.keys.write()
    count = iter(range(1, 100))
    return lambda body: sc1.sign(sc1.SlotKeys(key), IMEI, kid, next(count), body, False).sms
