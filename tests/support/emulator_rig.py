"""An emulated modem on a bench: a network that records, virtual time, and a transcript reader for the tests."""

from __future__ import annotations

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.radio import MoResult, PdpRequest, PdpResult

IMEI = "356938035643809"
DELIVER = bytes.fromhex("0405802143F5000062112221100000024142")  # from 12345, 8-bit default class-less, 18 octets
SCA = "0791947101670000"


def submit(da: str = "919471325476F8", ud: str = "02C834") -> bytes:
    """An SMS-SUBMIT without validity period."""
    return bytes.fromhex("0100" + "0C" + da + "0000" + ud)


class FakeNetwork:
    """Implements the protocol, writes down what happens, and answers as told."""

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []
        self.requests: list[PdpRequest] = []
        self.mo_result = MoResult(ok=True)
        self.pdp_cause: dict[str, int] = {}  # APN -> SM cause

    def attached(self, modem: Modem) -> None:
        self.events.append(("attached",))

    def detached(self, modem: Modem) -> None:
        self.events.append(("detached",))

    def mo_submit(self, modem: Modem, tpdu: bytes) -> MoResult:
        self.events.append(("mo", tpdu.hex().upper()))
        return self.mo_result

    def mt_result(self, modem: Modem, token: int, cause: int | None) -> None:
        self.events.append(("mt", token, cause))

    def activate(self, modem: Modem, request: PdpRequest) -> PdpResult:
        self.requests.append(request)
        cause = self.pdp_cause.get(request.apn, 0)
        if cause:
            return PdpResult.reject(cause)
        return PdpResult.accept("10.64.0.7", ("10.0.0.1", "10.0.0.2"), request.apn or "default.example")


class Rig:
    """One modem, one network, one clock. Everything takes no time unless `speed` is given."""

    def __init__(
        self,
        name: str = "generic",
        *,
        speed: float = float("inf"),
        echo: bool = False,
        on: bool = True,
        sim: Sim | None = None,
        seed: int = 0,
    ) -> None:
        self.network = FakeNetwork()
        self.sim = sim or Sim("8949020000000000011", "262011234567890", "+491701234567", smsc="+491710760000")
        self.modem = Modem(personality(name), self.sim, self.network, imei=IMEI, seed=seed, speed=speed)
        self.now_ms = 0
        if on:
            self.modem.power_on(0)
            self.modem.advance(0)
            self.pass_ms(60_000 if speed != float("inf") else 0)
            self.modem.terminal.echo = echo
            self.modem.take_output()

    def pass_ms(self, ms: int) -> bytes:
        """Let time pass and return what the modem said."""
        self.now_ms += ms
        self.modem.advance(self.now_ms)
        return self.modem.take_output()

    def at(self, octets: bytes, wait_ms: int = 0) -> bytes:
        """Write, wait, and return the answer."""
        self.modem.feed(octets, self.now_ms)
        return self.pass_ms(wait_ms)

    def deliver(self, tpdu: bytes = DELIVER, token: int = 1) -> bytes:
        """Let the network deliver, and return what the modem said."""
        self.modem.deliver(tpdu, token, self.now_ms)
        return self.pass_ms(0)

    def take_events(self) -> list[tuple[object, ...]]:
        """What the network saw since the last call."""
        events, self.network.events = self.network.events, []
        return events
