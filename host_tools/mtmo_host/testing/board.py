"""A virtual board of a desk: real MicroPython with the agent flashed, a modem on its UART, an operator with the key."""

from __future__ import annotations

import asyncio
import itertools
import time

from mtmo_host.errors import MtmoError
from mtmo_host.lab.device import Device
from mtmo_host.lab.lab import make_image
from mtmo_host.lab.state import LabState
from mtmo_host.sms import sc1
from mtmo_host.sms.numbers import DEFAULT_OPERATOR
from mtmo_host.testing.desk import Desk
from mtmo_host.testing.modem import DeskModem

_READY_S = 60.0
_ANSWER_S = 60.0
_HEAP_KIB = 256


class DeskBoard:
    """`repl` is the pty of its REPL, `modem` the emulated modem behind its UART."""

    modem: DeskModem

    def __init__(self, desk: Desk, number: int, modem: str, baud: int | None) -> None:
        self._desk, self._baud = desk, baud
        self._state = LabState(desk.folder / f"board-{number}")
        self._master, _ = self._state.master(None)
        fingerprint = self._master.fingerprint()
        members = self._state.members(number, board="unix", modem=modem, access="signed", fingerprint=fingerprint)
        self._member = members[-1]
        self._counters = itertools.count(int(time.time()))
        self.repl = ""

    async def start(self) -> None:
        """Flash it, power it, and wait until the agent serves. Raises MtmoError with its last words."""
        self._desk.at_end(self._release)
        core, who = self._desk.core, self._member.identity
        make_image(self._state, self._member, self._master, "signed")
        endpoint = core.add_endpoint(who.name, imei=who.imei, iccid=who.iccid, imsi=who.imsi, msisdn=who.msisdn)
        device = Device(self._member, endpoint.id, core, self._state, heap_kib=_HEAP_KIB, baud=self._baud)
        self.modem = DeskModem(self._desk, who, endpoint.id, device.modem, device.line)
        self._desk.at_end(device.stop)
        await device.start()
        self.repl = str(device.board.port)
        try:
            await asyncio.wait_for(device.ready.wait(), _READY_S)
        except TimeoutError:
            lines = "; ".join(text for _, _, text in core.device_log(endpoint.id).after(0)[-5:])
            raise MtmoError(f"the agent is not ready after {_READY_S:g} s: {lines}", field=who.name) from None

    async def _release(self) -> None:
        self._state.close()

    @property
    def log(self) -> list[str]:
        """What the board printed."""
        lines = self._desk.do(lambda: self._desk.core.device_log(self.modem.endpoint_id).after(0))
        return [text for _, _, text in lines]

    def wait_for_log(self, text: str, timeout: float = _ANSWER_S) -> str:
        """The line that the board prints with this text in it. Raises MtmoError when it does not come."""
        found = lambda: next((line for line in self.log if text in line), "")  # noqa: E731
        return self._desk.until(found, timeout, f"the board did not print {text!r}")

    def ask(self, command: str, timeout: float = _ANSWER_S) -> str:
        """Sign a command, send it, and return the answer, whose signature was checked. Raises MtmoError."""
        imei, keys = self.modem.imei, self._master.slot(self.modem.imei)
        signed = sc1.sign(keys, imei, "A", next(self._counters), command)
        before = len(self.modem.sent)
        self.modem.text(signed.sms, DEFAULT_OPERATOR)
        answer = self.modem.wait_for_sent(before + 1, timeout)[before]
        return sc1.verify_reply(keys, imei, answer.text, signed.tag).text
