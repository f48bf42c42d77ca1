"""What the network's tests share: a clock to turn by hand, a modem that only takes and answers, a served network."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx

from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.sim import Sim
from mtmo_host.network.core import Core
from mtmo_host.network.rest import create_app
from mtmo_host.network.schema import Endpoint, Message
from mtmo_host.network.server import serve
from mtmo_host.network.signer import Signer
from mtmo_host.network.store import Store
from mtmo_host.sms.address import Address
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.tpdu import Deliver, decode_deliver, encode_submit

START = 1_795_348_800.0  # 2026-11-22 12:00:00 UTC


class Clock:
    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeModem:
    """Keeps what the network hands over; `answer` is the RP cause of the next results, None for an acknowledgement."""

    sim: Sim
    imei: str
    core: Core
    taken: list[bytes] = field(default_factory=list)
    answer: int | None = None
    silent: bool = False
    waiting: list[int] = field(default_factory=list)

    def deliver(self, tpdu: bytes, token: int, now_ms: int) -> None:
        self.taken.append(tpdu)
        self.waiting.append(token)

    def settle(self) -> None:
        """Answers everything that waits, and lets the network work, until nothing moves."""
        self.core.advance()
        while self.waiting and not self.silent:
            self.core.mt_result(cast(Modem, self), self.waiting.pop(0), self.answer)
            self.core.advance()

    def attach(self) -> None:
        self.core.attached(cast(Modem, self))
        self.settle()

    def detach(self) -> None:
        self.core.detached(cast(Modem, self))
        self.core.advance()

    def send(self, da: str, text: str, *, ton: int = 0, **more: Any) -> Any:
        return self.core.mo_submit(cast(Modem, self), encode_submit(da=Address(da, ton), text=text, **more))

    @property
    def delivered(self) -> list[Deliver]:
        return [decode_deliver(tpdu) for tpdu in self.taken if tpdu[0] & 3 == 0]


class World:
    """A network on a hand-turned clock with two devices, unit-1 and unit-2."""

    def __init__(self, store: Store | None = None) -> None:
        self.clock = Clock()
        self.store = store or Store.open(":memory:", self.clock)
        self.core = Core(self.store, self.clock, now_ms=lambda: int(self.clock.now * 1000))
        self.one, self.first = self._device(1)
        self.two, self.second = self._device(2)

    def _device(self, number: int) -> tuple[Endpoint, FakeModem]:
        values = identity(number)
        endpoint = self.core.add_endpoint(f"unit-{number}", **values)
        sim = Sim(values["iccid"], values["imsi"], "+" + values["msisdn"])
        return endpoint, FakeModem(sim, values["imei"], self.core)

    def message(self, message_id: int) -> Message:
        found = self.store.messages.get(message_id)
        assert found is not None
        return found

    def status(self, message_id: int) -> int:
        return self.message(message_id).status_id

    def pass_time(self, seconds: float) -> None:
        """Turns the clock in steps no longer than what the network asks for."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            due = self.core.next_wake()
            self.clock.now = min(end, max(due, self.clock.now + 0.001)) if due is not None else end
            self.first.settle()
            self.second.settle()


def identity(number: int) -> dict[str, str]:
    return {
        "imei": f"49015420323751{number}",
        "iccid": f"898830300000673476{number}",
        "imsi": f"29505090189625{number}",
        "msisdn": f"42366392152053{number}",
    }


def make_signer(folder: Path) -> Signer:
    return Signer(MasterKey.create(folder / "fleet.key", demo=True), CounterStore(folder / "counters.json"))


@contextlib.asynccontextmanager
async def served(core: Core, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The really served application, and a client that holds a bearer token."""
    server = await serve(create_app(core, **options), port=0)
    try:
        async with httpx.AsyncClient(base_url=server.url, timeout=10, verify=False) as client:
            answer = await client.post(
                "/api/v1/authenticate", json={"application_token": core.store.application_token()}
            )
            client.headers["Authorization"] = f"Bearer {answer.json()['auth_token']}"
            yield client
    finally:
        await server.stop()


async def eventually(condition: Any, timeout_s: float = 10.0) -> Any:
    """The first true value of `condition()`, which may be a coroutine function."""
    async with asyncio.timeout(timeout_s):
        while True:
            value = condition()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.02)
