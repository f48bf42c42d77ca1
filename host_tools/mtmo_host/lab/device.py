"""One device of the lab: a virtual board with the agent, an emulated modem behind its UART, both durable."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from pathlib import Path
from typing import Any

from mtmo_host import profile as profiles
from mtmo_host.durable import write_whole
from mtmo_host.emulator import personalities
from mtmo_host.emulator.endpoints import SocketEndpoint
from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.radio import RP_MEMORY_EXCEEDED, MoResult, PdpRequest, PdpResult
from mtmo_host.emulator.sim import Sim
from mtmo_host.emulator.transcript.recorder import Recorder, free_name
from mtmo_host.errors import MtmoError
from mtmo_host.lab.state import LabState, Member
from mtmo_host.network.core import Core
from mtmo_host.virtual_board.board import VirtualBoard

SPEED = 20.0  # the emulated modems boot and answer that much faster than real ones; a desk is not the field
_READY = b"agent: ready"
_SAVE_S = 1.0
_LINE_OCTETS = 512

_log = logging.getLogger(__name__)


class DurableNetwork:
    """The network as a lab modem sees it: a message counts as delivered once the modem's store is on disk."""

    def __init__(self, core: Core, path: Path) -> None:
        self._core = core
        self._path = path
        self._saved = ""

    def attached(self, modem: Modem) -> None:
        self._core.attached(modem)

    def detached(self, modem: Modem) -> None:
        self._core.detached(modem)

    def mo_submit(self, modem: Modem, tpdu: bytes) -> MoResult:
        return self._core.mo_submit(modem, tpdu)

    def mt_result(self, modem: Modem, token: int, cause: int | None) -> None:
        if cause is None:
            try:
                self.save(modem)  # store, then acknowledge
            except OSError as error:
                _log.warning("%s: %s: the text stays in the network", self._path, error.strerror)
                cause = RP_MEMORY_EXCEEDED
        self._core.mt_result(modem, token, cause)

    def activate(self, modem: Modem, request: PdpRequest) -> PdpResult:
        return self._core.activate(modem, request)

    def load(self, modem: Modem) -> None:
        """Give the modem what it kept without power. Raises MtmoError for a damaged file."""
        fix = "remove it: only stored texts are lost"
        try:
            state = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise MtmoError(f"cannot be read: {error}", field=str(self._path), fix=fix) from None
        try:
            modem.load(state if isinstance(state, dict) else {})
        except MtmoError as error:
            raise MtmoError(error.message, field=str(self._path), fix=fix) from None

    def save(self, modem: Modem) -> None:
        """Write down what the modem keeps without power, if it changed."""
        text = json.dumps(modem.dump())
        if text != self._saved:
            write_whole(self._path, text, 0o600)
            self._saved = text


class Device:
    """`start()` powers modem and board; `ready` is set when the agent says that it serves."""

    def __init__(
        self,
        member: Member,
        endpoint_id: int,
        core: Core,
        state: LabState,
        *,
        heap_kib: int,
        baud: int | None,
        record: Path | None = None,
        faults: tuple[str, ...] = (),
        micropython: Path | None = None,
    ) -> None:
        self.member = member
        self.endpoint_id = endpoint_id
        self.ready = asyncio.Event()
        self._core = core
        self._log = core.device_log(endpoint_id)
        self._line = b""
        self._network = DurableNetwork(core, state.modem_file(member))
        who = member.identity
        self.modem = Modem(
            personalities.find(member.modem),
            Sim(who.iccid, who.imsi, who.msisdn),
            self._network,
            imei=who.imei,
            speed=SPEED,
            name=who.name,
        )
        self._profile = profiles.load(member.board)
        ours, theirs = socket.socketpair()
        self._sockets = (ours, theirs)
        self.line = SocketEndpoint(self.modem, ours, baud=baud)
        self.board = VirtualBoard(
            state.image(member),
            heap_kib=heap_kib,
            uarts={self._profile.uart.id: theirs},
            link=state.repl_link(member),
            log=self._printed,
            on_pin=self._pin,
            micropython=micropython,
            romfs=romfs if (romfs := state.romfs(member)).exists() else None,
        )
        self._faults = faults
        self._record = record
        self._recorder: Recorder | None = None
        self._saver: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Power on. Raises MtmoError when the board's image or the modem's file is damaged."""
        self._network.load(self.modem)
        if self._record is not None:
            path = free_name(self._record, self.member.identity.name)
            self._recorder = Recorder(self.modem, path, now_ms=self.line.now_ms)
        await self.line.start()
        self.modem.advance(self.line.now_ms)
        self.modem.faults.choose(*self._faults)
        self.modem.power_on(self.line.now_ms)
        self._core.set_modem(self.endpoint_id, self.modem)
        self._core.set_inspector(self.endpoint_id, self._inspect)
        await self.board.start()
        self._saver = asyncio.create_task(self._save_often())

    async def stop(self) -> None:
        """Power off; what was on flash and in the modem's store stays there."""
        if self._saver is not None:
            self._saver.cancel()
        await self.board.stop()
        await self.line.close()
        if self._recorder is not None:
            self._recorder.close()
        self._save()
        for sock in self._sockets:
            sock.close()

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_S)
            self._save()

    def _save(self) -> None:
        try:
            self._network.save(self.modem)
        except OSError as error:
            _log.warning("%s: the modem's store cannot be saved: %s", self.member.identity.name, error.strerror)

    def _printed(self, octets: bytes) -> None:
        self._line += octets
        *lines, self._line = self._line.split(b"\n")
        self._line = self._line[-_LINE_OCTETS:]
        for line in lines:
            text = line.strip(b"\r").decode("utf-8", "replace")
            if text:
                self._log.append(text)
            if _READY in line:
                self.ready.set()

    def _pin(self, pin: int, level: int) -> None:
        keys = {"pwrkey": self.modem.power_key, "reset": self.modem.reset_key}
        for name, key in keys.items():
            line = self._profile.pins.get(name)
            if line is not None and line.pin == pin:
                key(level == line.active, self.line.now_ms)
                self.line.service()

    def _inspect(self) -> dict[str, Any]:
        return {
            "modem": self.member.modem,
            "board": self.member.board,
            "repl": str(self.board.port),
            "powered": self.modem.powered,
            "violations": [str(violation) for violation in self.modem.violations],
        }
