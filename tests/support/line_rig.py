"""What the tests of lines share: a modem, something mute, a loop that serves, and a client of pyserial."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import serial
from emulator_rig import IMEI, FakeNetwork

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.endpoints import Endpoint


def modem(name: str = "generic", speed: float = float("inf")) -> Modem:
    sim = Sim("8949020000000000011", "262011234567890", "+491701234567", smsc="+491710760000")
    return Modem(personality(name), sim, FakeNetwork(), imei=IMEI, speed=speed)


class Mute:
    """Something on a line that says what it is told and keeps when what came."""

    on_wake: Callable[[], None] | None = None
    driver_baud: Callable[[], int | None] | None = None

    def __init__(self, says: bytes = b"") -> None:
        self.says = says
        self.came: list[tuple[float, int]] = []

    def feed(self, octets: bytes, now_ms: int) -> None:
        self.came.append((time.monotonic(), len(octets)))

    def advance(self, now_ms: int) -> None: ...

    def next_wake_ms(self) -> int | None:
        return None

    def take_output(self) -> bytes:
        says, self.says = self.says, b""
        return says


def serve(endpoint: Endpoint, story: Callable[[], Awaitable[Any]], *, power: bool = True) -> Any:
    """Run `story` while the endpoint serves."""

    async def run() -> Any:
        await endpoint.start()
        try:
            if power and isinstance(endpoint.modem, Modem):
                endpoint.modem.power_on(endpoint.now_ms)
                await asyncio.sleep(0.05)
            return await story()
        finally:
            await endpoint.close()

    return asyncio.run(run())


def opened(port: str) -> contextlib.closing[Any]:
    return contextlib.closing(serial.serial_for_url(port, 115200, timeout=5))


def ask(client: Any, octets: bytes, end: bytes = b"OK\r\n") -> bytes:
    client.write(octets)
    answer = bytes(client.read_until(end))
    assert answer.endswith(end), answer
    return answer
