"""One emulated modem of a desk, seen from both sides: the port a program opens, and the network behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from mtmo_host.emulator import Modem
from mtmo_host.emulator.endpoints import Endpoint
from mtmo_host.errors import MtmoError
from mtmo_host.lab.identity import Identity
from mtmo_host.network.schema import OPEN_STATUSES
from mtmo_host.sms.cbs import encode_pages
from mtmo_host.sms.numbers import DEFAULT_OPERATOR
from mtmo_host.testing.desk import Desk
from mtmo_host.testing.sent import Sent

_BOOT_S = 120.0  # the slowest real one, and some
_ANSWER_S = 10.0
_HAND_OVER_S = 5.0
_STEP_S = 0.005
_NEXT_MESSAGE_CODE = 0x10  # in a broadcast's serial number (TS 23.041 §9.4.1.2.1)


class DeskModem:
    """`port` is what the program under test opens; `text()` sends to it, `sent` is what it sent."""

    def __init__(self, desk: Desk, who: Identity, endpoint_id: int, modem: Modem, line: Endpoint) -> None:
        self._desk, self._line, self.modem, self.endpoint_id = desk, line, modem, endpoint_id
        self.name, self.imei, self.iccid, self.imsi = who.name, who.imei, who.iccid, who.imsi
        self.number = modem.sim.msisdn
        self.port = ""
        self._sn = 0

    async def start(self) -> None:
        """Power on, and wait for the network and the message store; a family that boots off the air is left there."""
        await self._line.start()
        self.port = self._line.address
        self._desk.at_end(self._line.close)
        self.modem.power_on(self._line.now_ms)
        deadline_s = asyncio.get_running_loop().time() + _BOOT_S
        while not self._booted():
            if asyncio.get_running_loop().time() > deadline_s:
                raise MtmoError(f"is not in the network after {_BOOT_S:g} s", field=self.name)
            await asyncio.sleep(_STEP_S)

    def _booted(self) -> bool:
        if self.modem.memory.boot_cfun == 1:
            return self.modem.reachable and self.modem.sms_ready
        return self.modem.uart_ready and self.modem.sim_ready

    # --- the network's side

    def text(self, text: str, sender: str = DEFAULT_OPERATOR) -> None:
        """A text for this modem's number: from a phone (`+4915112345678`), a short code or a name.

        Returns when the modem has it. One that cannot take it now gets it later, as from a real network.
        """
        __tracebackhide__ = True
        core = self._desk.core

        def submit() -> int:
            if sender.startswith("+"):
                return core.phone_send(sender, text, self.name)
            return core.submit_mt(self.endpoint_id, text, source_address=sender)

        message_id = self._desk.do(submit)

        def arrived() -> bool:
            message = self._desk.do(lambda: core.store.messages.get(message_id))
            return message is None or message.status_id not in OPEN_STATUSES

        with contextlib.suppress(MtmoError):
            self._desk.until(arrived, _HAND_OVER_S, "the modem did not take it")

    def broadcast(self, text: str, *, mid: int = 50, sn: int | None = None, dcs: int | None = None) -> None:
        """A cell broadcast; without `sn` a new one each time. It comes through where the program set +CSCB for it."""
        __tracebackhide__ = True
        self._sn = ((self._sn + _NEXT_MESSAGE_CODE) & 0xFFFF) if sn is None else sn
        pages = encode_pages(text, mid=mid, sn=self._sn, dcs=dcs)

        def send(now_ms: int) -> None:
            for page in pages:
                self.modem.broadcast(page, now_ms)

        self._act(send)

    @property
    def sent(self) -> list[Sent]:
        """The texts that the program sent, oldest first; a long one is one text."""
        return self._desk.sent(self.endpoint_id)

    def wait_for_sent(self, count: int = 1, timeout: float = _ANSWER_S) -> list[Sent]:
        """The texts that were sent, once there are `count`. Raises MtmoError when they do not come."""
        __tracebackhide__ = True
        what = f"{self.name} did not send {count}"
        return self._desk.until(lambda: found if len(found := self.sent) >= count else [], timeout, what)

    # --- what the world does to it

    def power_off(self) -> None:
        """Pull the plug."""
        self._act(lambda now_ms: self.modem.power_off(now_ms))

    def power_on(self) -> None:
        """Plug it in again."""
        self._act(lambda now_ms: self.modem.power_on(now_ms))

    def faults(self, *names: str) -> None:
        """Let go wrong what these profiles or faults say, for example `flaky` or `F13`; nothing more without any."""
        __tracebackhide__ = True
        self._act(lambda _: choose(self.modem, names))

    def do(self, act: Callable[[Modem], object]) -> None:
        """Call the emulated modem itself, on its own thread."""
        self._act(lambda _: act(self.modem))

    # --- what the program did wrong

    @property
    def violations(self) -> list[str]:
        """What the program did against the rules of the line."""
        return self._desk.do(lambda: [str(violation) for violation in self.modem.violations])

    def _act(self, act: Callable[[int], object]) -> None:
        __tracebackhide__ = True

        def run() -> None:
            now_ms = self._line.now_ms
            self.modem.advance(now_ms)
            act(now_ms)
            self._line.service()

        self._desk.do(run)


def choose(modem: Modem, faults: str | tuple[str, ...]) -> None:
    """Switch these faults on by name, and all others off."""
    faults = (faults,) if isinstance(faults, str) else faults
    modem.faults.clear()
    modem.faults.choose(*faults)
