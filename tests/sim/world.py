"""One agent on CPython, the emulated modem behind its port, and an operator, in one process on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mtmo import log
from mtmo.agent import Agent
from mtmo.store import Store
from mtmo_host.emulator import personalities
from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.radio import MoResult, PdpRequest, PdpResult
from mtmo_host.emulator.sim import Sim
from mtmo_host.sms import sc1
from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import decode_submit, encode_deliver

IMEI = "356938035643809"
MASTER = bytes(range(32))
OPERATOR = "12345"


class Power(Exception):
    """The board restarts; nothing in the agent may catch it."""


class Network:
    """The network's side: store and forward to one modem; keeps what the device sent, accepts the APNs in `apns`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []  # (da, text)
        self.waiting: list[bytes] = []  # DELIVER TPDUs, the first one perhaps in flight
        self.apns = {"iot", "em"}
        self._token = 0
        self._in_flight = False

    def submit(self, modem: Modem, tpdu: bytes) -> None:
        """Take a TPDU for the device."""
        self.waiting.append(tpdu)
        self._forward(modem)

    def _forward(self, modem: Modem) -> None:
        if self.waiting and modem.reachable and not self._in_flight:
            self._in_flight = True
            self._token += 1
            modem.deliver(self.waiting[0], self._token, int(asyncio.get_running_loop().time() * 1000))

    def attached(self, modem: Modem) -> None:
        asyncio.get_running_loop().call_soon(self._forward, modem)

    def detached(self, modem: Modem) -> None: ...

    def mo_submit(self, modem: Modem, tpdu: bytes) -> MoResult:
        submit = decode_submit(tpdu)
        self.sent.append((submit.da.number, submit.text or ""))
        return MoResult(True)

    def mt_result(self, modem: Modem, token: int, cause: int | None) -> None:
        self._in_flight = False
        if cause is None:
            self.waiting.pop(0)
            asyncio.get_running_loop().call_soon(self._forward, modem)

    def activate(self, modem: Modem, request: PdpRequest) -> PdpResult:
        if request.apn in self.apns:
            return PdpResult.accept("10.64.3.9", ("10.0.0.1",), request.apn)
        return PdpResult.reject(27)


class Port:
    """The agent's UART, on the modem's octets."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self._data = asyncio.Event()
        self._rx = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        modem.on_wake = self.pump

    def now_ms(self) -> int:
        return int(asyncio.get_running_loop().time() * 1000)

    def pump(self) -> None:
        """Let the modem's time pass and take what it says."""
        self._modem.advance(self.now_ms())
        self._rx += self._modem.take_output()
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
        self._modem.feed(octets, self.now_ms())
        self.pump()


class Board:
    """What the agent asks of the hardware. `unfed_ms` is the longest time that its watchdog was not fed."""

    def __init__(self, modem: Modem, wrap: Callable[[Port], Any] | None = None) -> None:
        self.port: Any = wrap(Port(modem)) if wrap else Port(modem)
        self._modem = modem
        self.cause = "power"
        self.unfed_ms = 0
        self._fed_ms = 0

    def boot_ms(self) -> int:
        return 20000

    async def power_on(self) -> None:
        self._modem.power_on(self.port.now_ms())

    async def reset_modem(self) -> None:
        self._modem.restart()

    async def power_cycle(self) -> None:
        self._modem.power_off(self.port.now_ms())
        await asyncio.sleep(3)
        await self.power_on()

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


class World:
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
        self.network = Network()
        self.modem = Modem(
            personalities.find(name), Sim("8988303000006734768", "295050901896257", "+423663921520532"), self.network,
            imei=IMEI, speed=20,
        )  # fmt: skip
        self.keys = sc1.SlotKeys(sc1.derive_device_key(MASTER, IMEI, "A", 1))
        self.counter = 100
        self.log: list[str] = []
        self.last_text = ""
        self.resets = 0
        self._sent_at = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
        self._provision({"access": access, "apn": apn, "apn-probe-s": 1, **settings})

    def _provision(self, settings: dict[str, Any]) -> None:
        key = sc1.derive_device_key(MASTER, IMEI, "A", 1).hex()
        store = Store(str(self.folder))
        store.write("settings", {name: value for name, value in settings.items() if name != "apn"})
        store.write("apn", {"good": [settings["apn"]]})
        slots = [{"kid": "A", "epoch": 1, "role": "admin", "key": key}]
        store.write("keys", {"devid": IMEI, "slots": slots, "allow": [["short:" + OPERATOR, "admin"]]})

    async def __aenter__(self) -> World:
        self._said = log.say
        log.say = self.log.append
        self.modem.power_on(0)
        self.start()
        await self.until(lambda: any("agent: ready" in line for line in self.log))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        log.say = self._said

    def start(self) -> None:
        """Power on: a fresh agent on the same flash and the same modem."""
        self.boot()
        self._task = asyncio.create_task(self._power_cycles())

    def boot(self) -> None:
        """A fresh agent with nothing in RAM."""
        self.store = self.open_store()
        self.board = Board(self.modem, self._wrap)
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

    def sign(self, body: str, encrypted: bool = False) -> sc1.SignedCommand:
        """The next command of the operator."""
        self.counter += 1
        return sc1.sign(self.keys, IMEI, "A", self.counter, body, encrypted)

    def text(self, text: str, oa: Address | None = None, *, again: bool = False) -> None:
        """A text goes to the modem over the air; `again`: the very same one, time stamp and all."""
        if not again:
            self._sent_at += timedelta(seconds=1)
        self.last_text = text
        tpdu = encode_deliver(oa=oa or Address(OPERATOR), scts=self._sent_at, text=text)
        self.network.submit(self.modem, tpdu)

    async def ask(self, body: str, encrypted: bool = False) -> str:
        """Sign `body`, send it, and return the verified text of the answer."""
        command = self.sign(body, encrypted)
        before = len(self.network.sent)
        self.text(command.sms)
        await self.until(lambda: len(self.network.sent) > before)
        return self.verified(-1, command)

    def verified(self, which: int, command: sc1.SignedCommand) -> str:
        """The text of an answer whose MAC holds for `command`."""
        return sc1.verify_reply(self.keys, IMEI, self.network.sent[which][1], command.tag).text

    def stored(self) -> list[object]:
        """What still lies in the modem's message stores."""
        store = self.modem.sms.store
        return [item for mem in store.names for item in store.items(mem)]

    async def until(self, fact: Callable[[], object], timeout_s: float = 600) -> None:
        """Wait, in virtual time, for something to become true."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not fact():
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError("\n".join(self.log[-20:]))
            await asyncio.sleep(0.05)
