"""Network, console and devices together: what `mtmo up` starts, and what its one line of JSON says."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtmo_host import profile as profiles
from mtmo_host.errors import MtmoError
from mtmo_host.flash.files import board_files
from mtmo_host.flash.provision import record, slot_key
from mtmo_host.flash.romfs_image import build_romfs, split_package
from mtmo_host.fleet.file import Device as FleetRow
from mtmo_host.fleet.file import upsert
from mtmo_host.fleet.running import UP, Running, announced
from mtmo_host.fleet.session import Session, save_session
from mtmo_host.lab.device import Device
from mtmo_host.lab.services import Address, Services
from mtmo_host.lab.state import LabState, Member
from mtmo_host.network.core import Core
from mtmo_host.network.signer import Signer
from mtmo_host.network.store import Store
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.numbers import DEFAULT_OPERATOR
from mtmo_host.sms.sc1 import RECOVERY_KID
from mtmo_host.virtual_board.image import FlashImage
from mtmo_host.virtual_board.romfs import build_partition

_FIRST_APN = "iot"
_PROBE_S = 5  # an APN is confirmed after three proofs; the desk need not wait a minute for them
# nobody pays here, and a dozen answers is a short visit
_LIMITS = {"replies-per-hour": 60, "replies-per-day": 500, "texts-per-minute": 60, "same-texts-per-hour": 60}
_READY_S = 60.0


@dataclass(frozen=True)
class Options:
    """What the user asked for; None picks the default and, for a port, the next free one."""

    devices: int
    access: str
    board: str
    modem: str | None
    state: Path
    database: str | None
    keys: Path | None
    heap_kib: int
    baud: int | None
    http: Address | None
    smpp: Address | None
    faults: tuple[str, ...] = ()  # of every modem, from its start on
    record: Path | None = None  # folder for a transcript of each device
    micropython: Path | None = None  # binary that the boards run on
    romfs: bool = False  # do new devices have the agent in a ROMFS partition?
    pin: Callable[[], str] | None = None  # asks for the PIN of new devices, where access is pin


class Lab:
    """`start()` returns when everything answers; `stop()` ends it. `say` gets one line for a person at a time."""

    def __init__(self, options: Options, say: Callable[[str], None]) -> None:
        self._options = options
        self._say = say
        self._stack = contextlib.AsyncExitStack()
        self.devices: list[Device] = []

    async def start(self) -> dict[str, Any]:
        """Bring everything up; the object of the `--json` line. Raises MtmoError, and leaves nothing running then."""
        try:
            return await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End everything; states are on disk."""
        await self._stack.aclose()

    async def _start(self) -> dict[str, Any]:
        options = self._options
        profile = profiles.load(options.board)
        state = LabState(options.state)
        self._stack.callback(state.close)
        master, key_file = state.master(options.keys)
        members = state.members(
            options.devices,
            board=options.board,
            modem=options.modem or profile.modem,
            access=options.access,
            fingerprint=master.fingerprint(),
        )
        store = Store.open(options.database or options.state)
        self._stack.callback(store.close)
        core = Core(store)
        counters = CounterStore(state.directory / "counters.json")
        services = Services(core, Signer(master, counters), DEFAULT_OPERATOR, self._say)
        self._stack.push_async_callback(services.stop)
        await services.start(options.http, options.smpp)
        for member in members:
            make_image(state, member, master, options.access, options.pin, romfs=options.romfs)
            await self._start_device(state, core, member)
        await self._wait_until_ready()
        ready = services.ready(str(key_file), [self._row(device) for device in self.devices])
        self._publish(state, ready, key_file)
        self._stack.enter_context(announced(Running(UP, os.getpid(), ready["http"], str(state.directory.resolve()))))
        return ready

    async def _start_device(self, state: LabState, core: Core, member: Member) -> None:
        who = member.identity
        endpoint = core.add_endpoint(who.name, imei=who.imei, iccid=who.iccid, imsi=who.imsi, msisdn=who.msisdn)
        options = self._options
        device = Device(
            member, endpoint.id, core, state,
            heap_kib=options.heap_kib, baud=options.baud, record=options.record, faults=options.faults,
            micropython=options.micropython,
        )  # fmt: skip
        self._stack.push_async_callback(device.stop)
        await device.start()
        self.devices.append(device)

    async def _wait_until_ready(self) -> None:
        waits = [asyncio.create_task(device.ready.wait()) for device in self.devices]
        if waits:
            await asyncio.wait(waits, timeout=_READY_S)
        for wait in waits:
            wait.cancel()
        for device in self.devices:
            if not device.ready.is_set():
                self._say(f"{device.member.identity.name}: the agent is not ready; see its log on the console page")

    def _row(self, device: Device) -> dict[str, Any]:
        who = device.member.identity
        return {
            "id": device.endpoint_id,
            "name": who.name,
            "imei": who.imei,
            "iccid": who.iccid,
            "imsi": who.imsi,
            "msisdn": who.msisdn,
            "modem": device.member.modem,
            "repl": str(device.board.port),
            "at": None,
        }

    def _publish(self, state: LabState, ready: dict[str, Any], key_file: Path) -> None:
        rows = [
            FleetRow(row["name"], row["imei"], row["iccid"], row["msisdn"], str(row["id"]), device.member.board)
            for row, device in zip(ready["devices"], self.devices, strict=True)
        ]
        try:
            upsert(state.fleet_file, *rows)
            session = Session(ready["http"], ready["token"], str(key_file), DEFAULT_OPERATOR, str(state.fleet_file))
            save_session(state.directory, session)
        except OSError as error:
            raise MtmoError(f"cannot write: {error.strerror}", field=str(state.directory)) from None


def make_image(
    state: LabState,
    member: Member,
    master: MasterKey,
    access: str,
    pin: Callable[[], str] | None = None,
    *,
    romfs: bool = False,
) -> None:
    """The flash image of a device that has none yet: the agent, its keys, and the operator as admin."""
    path = state.image(member)
    if path.exists():
        return
    imei = member.identity.imei
    provision = record(
        imei,
        keys=[slot_key(master, imei), slot_key(state.recovery(), imei, RECOVERY_KID)],
        allow=[["short:" + DEFAULT_OPERATOR, "admin"]],
        settings={"apn": _FIRST_APN, "apn-probe-s": _PROBE_S, **_LIMITS, **({"pin": pin()} if pin else {})},
        access=access,
        demo=master.demo,
    )
    files = board_files(profiles.load(member.board), provision)
    if romfs:
        package, files = split_package(files)
        build_partition(state.romfs(member), content=build_romfs(package))
    FlashImage.build(path, files)
