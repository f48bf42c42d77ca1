"""One agent on CPython, the emulated modem behind its port, and an operator, in one process on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from air import IMEI, MASTER, OPERATOR, Network, Operator
from virtual_time import run

import leaks
from mtmo import clock, log
from mtmo.agent import Agent
from mtmo.store import Store
from mtmo_host.emulator.modem import Modem

NOISE = b"\xfe\x80"  # what the other end makes of octets at a wrong speed

__all__ = ("IMEI", "MASTER", "OPERATOR", "Power", "World", "live")


class Power(BaseException):
    """The board restarts; nothing in the agent may catch it."""


def _now_ms() -> int:
    return int(asyncio.get_running_loop().time() * 1000)


class Port:
    """The agent's UART, on the modem's octets."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.baud = modem.baud
        self._data = asyncio.Event()
        self._rx = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        modem.on_wake = self.pump
        modem.driver_baud = lambda: self.baud

    def now_ms(self) -> int:
        return _now_ms()

    def pump(self) -> None:
        """Let the modem's time pass and take what it says."""
        if self._modem.on_wake != self.pump:
            return  # the board was restarted: another one listens
        self._modem.advance(self.now_ms())
        said = self._modem.take_output()
        self._rx += said if self.baud == self._modem.baud else NOISE * bool(said)
        if self._rx:
            self._data.set()
        if self._timer:
            self._timer.cancel()
        due = self._modem.next_wake_ms()
        if due is not None:
            delay_s = max(0, due - self.now_ms()) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay_s + 0.001, self.pump)

    async def readinto(self, buf: bytearray) -> int:
        while not self._rx:
            self._data.clear()
            await self._data.wait()
        count = min(len(buf), len(self._rx))
        buf[:count] = self._rx[:count]
        del self._rx[:count]
        return count

    async def write(self, octets: bytes) -> None:
        self._modem.feed(octets if self.baud == self._modem.baud else NOISE, self.now_ms())
        self.pump()


class Board:
    """What the agent asks of the hardware. `unfed_ms` is the longest time that its watchdog was not fed."""

    def __init__(self, modem: Modem, wrap: Callable[[Port], Any] | None = None) -> None:
        self._line = Port(modem)
        self.port: Any = wrap(self._line) if wrap else self._line
        self._modem = modem
        self.wanted_baud = self.baud = self._line.baud = 115_200
        self.cause = "power"
        self.levels = {"relay": False, "led": False}
        self.door = True
        self.unfed_ms = 0
        self._fed_ms = 0

    has_flow = False

    def boot_ms(self) -> int:
        return 20000

    def without_cts(self) -> None: ...

    def release(self) -> None:
        for name in self.levels:
            self.levels[name] = False

    def set_baud(self, baud: int) -> None:
        self.baud = self._line.baud = baud

    def is_on(self) -> bool | None:
        return None

    async def power_on(self) -> None:
        self._modem.power_on(self.port.now_ms())

    async def reset_modem(self) -> None:
        self._modem.restart()

    async def power_cycle(self) -> None:
        self._modem.power_off(self.port.now_ms())
        await asyncio.sleep(3)
        await self.power_on()

    def outputs(self) -> list[str]:
        return sorted(self.levels)

    def inputs(self) -> list[str]:
        return ["door"]

    def set_output(self, name: str, on: bool) -> None:
        self.levels[name] = on

    def read_input(self, name: str) -> bool:
        return self.door

    def start_watchdog(self) -> None:
        self._fed_ms = self.port.now_ms()

    def feed(self) -> None:
        now_ms = self.port.now_ms()
        self.unfed_ms = max(self.unfed_ms, now_ms - self._fed_ms)
        self._fed_ms = now_ms

    def reset_cause(self) -> str:
        return self.cause

    def reset(self) -> None:
        raise Power("reset")


class World(Operator):
    """`async with World(folder) as world`: the agent is up, and `world.text(…)` speaks to it.

    `wrap` puts something of the test's own between the agent and its UART.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "a7670",
        access: str = "signed",
        apn: str = "iot",
        wrap: Callable[[Port], Any] | None = None,
        **settings: Any,
    ) -> None:
        self.folder = folder
        self._wrap = wrap
        super().__init__(name, Network(_now_ms, lambda do: asyncio.get_running_loop().call_soon(do)))
        self.log: list[str] = []
        self.resets = 0
        self.cause = "power"  # of the next boot
        self._provision({"access": access, "apn": apn, "apn-probe-s": 1, **settings})

    def _provision(self, settings: dict[str, Any]) -> None:
        store = Store(str(self.folder))
        store.write("settings", {name: value for name, value in settings.items() if name != "apn"})
        store.write("apn", {"good": [settings["apn"]]})
        store.write("keys", self.key_rows())

    async def __aenter__(self) -> World:
        self._said = log.say
        log.say = self.log.append
        log._secrets.clear()  # a device boots with none; here one process is many devices
        self.modem.power_on(0)
        self.start()
        await self.until(lambda: any("agent: ready" in line for line in self.log))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        log.say = self._said
        self.check_secrets()

    def check_secrets(self) -> None:
        """None got out, by log or by air."""
        told = [*self.log, *(text for _, text in self.network.sent)]
        assert not leaks.found_in("\n".join(told)), "a secret in the log or in an answer"

    def start(self) -> None:
        """Power on: a fresh agent on the same flash and the same modem."""
        self.boot()
        self._task = asyncio.create_task(self._power_cycles())

    def boot(self) -> None:
        """A fresh agent with nothing in RAM, whose time begins now."""
        clock._last, clock._elapsed_ms = _now_ms(), 0
        self.store = self.open_store()
        self.board = Board(self.modem, self._wrap)
        self.board.cause = self.cause
        self.agent = Agent(self.board, self.store)

    def open_store(self) -> Store:
        """The flash."""
        return Store(str(self.folder))

    async def _power_cycles(self) -> None:
        while True:
            try:
                await self.agent.run()
            except Power:
                self.resets += 1
                self.cause = "reset"
                self.boot()

    def alive(self) -> bool:
        """Do the agent and its reader still run?"""
        return not self._task.done()

    def death(self) -> str:
        """What ended the agent."""
        return repr(self._task.exception())

    async def stop(self) -> None:
        """Power off, at once."""
        while not self._task.done():
            self._task.cancel()  # Python 3.11's wait_for() loses one that comes together with what it waits for
            await asyncio.wait((self._task,), timeout=0.001)

    def pump(self) -> None:
        """Let the modem catch up with the clock, so that a fault switched on now is met from now on."""
        port = self.board.port
        (port if isinstance(port, Port) else port.port).pump()

    async def ask(self, body: str, encrypted: bool = False) -> str:
        """Sign `body`, send it, and return the verified text of the answer."""
        command = self.sign(body, encrypted)
        before = len(self.network.sent)
        self.text(command.sms)
        await self.until(lambda: len(self.network.sent) > before)
        return self.verified(-1, command)

    async def until(self, fact: Callable[[], object], timeout_s: float = 600, every_s: float = 0.05) -> None:
        """Wait, in virtual time, for something to become true; it is looked at `every_s`."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not fact():
            assert not self._task.done() or self._task.cancelled(), self.death()
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError("\n".join(self.log[-20:]))
            await asyncio.sleep(every_s)


def live(folder: Path, story: Callable[[Any], Awaitable[None]], *, kind: type[World] = World, **options: Any) -> World:
    """Run one story in a world of its own, of `kind`; at its end the modem's store must be empty."""

    async def main() -> World:
        async with kind(folder, **options) as world:
            await story(world)
            await asyncio.sleep(5)
            assert not world.stored(), "the store is empty when the agent is idle"
            assert not list(world.modem.violations), list(world.modem.violations)
        return world

    return run(main())
