"""The SMS platform in one object: what modems see of the network, and what REST, SMPP and the console drive. Sans-I/O.

`advance()` does what is due and `next_wake()` says when that is; `run()` is the asyncio loop around the two.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from mtmo_host.emulator.radio import RP_PROTOCOL_ERROR, MoResult, PdpRequest, PdpResult
from mtmo_host.errors import MtmoError
from mtmo_host.network import wire
from mtmo_host.network.delivery import Delivery
from mtmo_host.network.events import DeviceLog, Event, Events, Listener
from mtmo_host.network.policy import Policy, address_type_of
from mtmo_host.network.routing import (
    CAUSE_COMMAND_UNSUPPORTED,
    CAUSE_OUT_OF_ORDER,
    CAUSE_UNKNOWN_SUBSCRIBER,
    Refusal,
    route,
    subscriber,
)
from mtmo_host.network.schema import (
    ADDRESS_TYPE_NAMES,
    ALPHANUMERIC,
    DELIVERED,
    INTERNATIONAL,
    LOCAL,
    MT,
    PENDING,
    REST_API,
    Endpoint,
    Message,
)
from mtmo_host.network.store import Store
from mtmo_host.sms import command as sms_command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

log = logging.getLogger(__name__)

_NUMBER_MAX = 17
_NAME_MAX = 11
_MIN_EXPIRY_S = 1.0
_STORE_PAUSE_S = 1.0


class FieldError(MtmoError):
    """A value of a request that cannot be used; `field` names it as the REST API does."""


class UnknownEndpoint(MtmoError):
    """There is no such device."""


def monotonic_ms() -> int:
    """The modems' time: the clock of asyncio's loop, in milliseconds."""
    return time.monotonic_ns() // 1_000_000


class Core:
    """Implements emulator.radio.Network; `clock` gives unix seconds, `now_ms` the time handed to modems."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.time,
        *,
        now_ms: Callable[[], int] = monotonic_ms,
        policy: Policy | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.policy = policy or Policy()
        self.events = Events()
        self._wake = asyncio.Event()
        self._logs: dict[int, DeviceLog] = {}
        self._inspectors: dict[int, Callable[[], dict[str, Any]]] = {}
        self._modems: dict[int, Modem] = {}
        self._now_ms = now_ms
        self._ids: dict[str, int] = {}  # IMSI -> device
        store.messages.requeue()
        self.delivery = Delivery(store, self.policy, self.events, clock, now_ms, self._wake.set)
        for endpoint in store.endpoints():
            self.delivery.kick(endpoint.id)

    # devices

    def add_endpoint(
        self, name: str, *, imei: str | None, iccid: str, imsi: str, msisdn: str, endpoint_id: int | None = None
    ) -> Endpoint:
        """Makes the device, or brings the one with that ICCID up to date."""
        found = self.store.add_endpoint(name, imei=imei, iccid=iccid, imsi=imsi, msisdn=msisdn, endpoint_id=endpoint_id)
        self._ids.clear()
        return found

    def endpoint(self, endpoint_id: int) -> Endpoint:
        """The device, or UnknownEndpoint."""
        found = self.store.endpoint(endpoint_id)
        if found is None or found.status_id == 2:
            raise UnknownEndpoint(f"Endpoint with Id '{endpoint_id}' not found.")
        return found

    def reachable(self, endpoint_id: int) -> bool:
        """Whether the device is attached to the network."""
        return self.delivery.reachable(endpoint_id)

    def device_log(self, endpoint_id: int) -> DeviceLog:
        """The device's live log, for whoever runs its board to fill."""
        if endpoint_id not in self._logs:
            self._logs[endpoint_id] = DeviceLog(self.clock)
        return self._logs[endpoint_id]

    def set_inspector(self, endpoint_id: int, inspector: Callable[[], dict[str, Any]]) -> None:
        """What `inspect` adds for the device: modem, pins, whatever its owner can tell (JSON values)."""
        self._inspectors[endpoint_id] = inspector

    def set_modem(self, endpoint_id: int, modem: Modem) -> None:
        """The emulated modem of the device, for whoever looks into it or troubles it."""
        self._modems[endpoint_id] = modem

    def modem(self, endpoint_id: int) -> Modem:
        """The device's emulated modem, brought up to the present time; UnknownEndpoint when it has none."""
        modem = self._modems.get(endpoint_id)
        if modem is None:
            raise UnknownEndpoint(f"Endpoint with Id '{endpoint_id}' has no emulated modem here.")
        modem.advance(self._now_ms())
        return modem

    def modems(self) -> list[Modem]:
        """All emulated modems, brought up to the present time."""
        return [self.modem(endpoint_id) for endpoint_id in self._modems]

    def inspect(self, endpoint_id: int) -> dict[str, Any]:
        """The emulator's view of a device, as JSON values."""
        endpoint = self.endpoint(endpoint_id)
        sim = endpoint.sim
        inspector = self._inspectors.get(endpoint_id)
        return {
            "id": endpoint.id,
            "name": endpoint.name,
            "imei": endpoint.imei,
            "msisdn": None if sim is None else sim.msisdn,
            "reachable": self.reachable(endpoint_id),
            **({} if inspector is None else inspector()),
        }

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` for each event until the returned function is called."""
        return self.events.listen(listener)

    # emulator.radio.Network

    def attached(self, modem: Modem) -> None:
        """The modem is reachable (again), or its message store has room again."""
        endpoint_id = self._id_of(modem)
        if endpoint_id is None:
            log.warning("a SIM that is not on the platform: IMSI %s", modem.sim.imsi)
            return
        self.delivery.attach(endpoint_id, modem)
        self.events.publish(Event("endpoint", endpoint_id))

    def detached(self, modem: Modem) -> None:
        """The modem is away."""
        endpoint_id = self._id_of(modem)
        if endpoint_id is not None:
            self.delivery.detach(endpoint_id)
            self.events.publish(Event("endpoint", endpoint_id))

    def mo_submit(self, modem: Modem, tpdu: bytes) -> MoResult:
        """Stores an MO and routes it; refused with an RP cause when it may not or cannot go."""
        endpoint_id = self._id_of(modem)
        sender = None if endpoint_id is None else self.store.endpoint(endpoint_id)
        if sender is None:
            return MoResult(False, CAUSE_UNKNOWN_SUBSCRIBER)
        if tpdu and tpdu[0] & 3 == sms_command.MTI:
            return MoResult(False, CAUSE_COMMAND_UNSUPPORTED)
        try:
            sms = wire.read_submit(tpdu, self.clock())
        except wire.WireError as error:
            log.warning("device %s sent a TPDU that cannot be read: %s", sender.name, error)
            return MoResult(False, RP_PROTOCOL_ERROR)
        now = self.clock()
        routed = route(self.store, self.policy, sender, sms, now)
        if isinstance(routed, Refusal):
            return MoResult(False, routed.cause)
        rows = [routed.mo] if routed.mt is None else [routed.mo, routed.mt]
        try:
            stored = [self._stored(message_id) for message_id in self.store.messages.add(*rows)]
        except SQLAlchemyError:
            log.exception("an MO of %s cannot be stored", sender.name)
            return MoResult(False, CAUSE_OUT_OF_ORDER)
        self.events.publish(Event("mo", sender.id, stored[0]))
        if len(stored) == 1:
            self.delivery.report(stored[0], DELIVERED)
        else:
            self._accept(stored[1])
        return MoResult(True, 0, wire.scts(now))

    def mt_result(self, modem: Modem, token: int, cause: int | None) -> None:
        """The outcome of a delivery: None is RP-ACK, 0 no answer, else the cause of the RP-ERROR."""
        endpoint_id = self._id_of(modem)
        if endpoint_id is not None:
            self.delivery.result(endpoint_id, token, cause)

    def activate(self, modem: Modem, request: PdpRequest) -> PdpResult:
        """A data connection by the policy's list of access points."""
        endpoint_id = self._id_of(modem)
        endpoint = None if endpoint_id is None else self.store.endpoint(endpoint_id)
        return self.policy.activate(endpoint, request)

    def _id_of(self, modem: Modem) -> int | None:
        imsi = modem.sim.imsi
        if imsi not in self._ids:
            endpoint = self.store.endpoint_by_imsi(imsi)
            if endpoint is None:
                return None
            self._ids[imsi] = endpoint.id
        return self._ids[imsi]

    # MT

    def submit_mt(
        self,
        endpoint_id: int,
        payload: str,
        *,
        source_address: str | None = None,
        source_address_type: int | None = None,
        udh: bytes | None = None,
        ud: bytes | None = None,
        dcs: int | None = None,
        pid: int = 0,
        expiry_date: float | None = None,
        interface: int = REST_API,
        registered_delivery: int = 0,
        smpp_system_id: str | None = None,
        p2p: bool = False,
    ) -> int:
        """Stores an MT for the device: its id. `payload` is text, or hex digits where `dcs` says 8-bit data.

        Text that one SMS cannot hold goes in several, unless the caller brings a `udh` (with its length octet) or the
        `ud` behind it (septets one per octet, or octets), which go as they are.
        Raises FieldError and UnknownEndpoint.
        """
        endpoint = self.endpoint(endpoint_id)
        if endpoint.sim is None:
            raise FieldError("The endpoint has no SIM.", field="endpoint")
        if not self.policy.mt:
            raise FieldError("SMS to devices is switched off.", field="endpoint")
        address, kind = self._source(source_address, source_address_type)
        try:
            plan = wire.plan(payload, dcs, udh or b"", ud)
        except wire.WireError as error:
            raise FieldError(error.message, field=error.field or "payload") from error
        if plan.segments > self.policy.max_segments:
            raise FieldError(f"The text needs more than {self.policy.max_segments} SMS.", field="payload")
        now = self.clock()
        row = {
            **subscriber(endpoint),
            "sms_type": MT,
            "status_id": PENDING,
            "source_address": address,
            "source_address_type": kind,
            "dest_address": endpoint.sim.msisdn,
            "payload": payload,
            "dcs": plan.dcs,
            "pid": pid,
            "udh": udh.hex().upper() if udh else None,
            "ud": None if ud is None else ud.hex().upper(),
            "submit_date": now,
            "expiry_date": self._expiry(expiry_date, now),
            "interface": interface,
            "registered_delivery": registered_delivery,
            "smpp_system_id": smpp_system_id,
            "p2p": p2p,
            "segments": plan.segments,
            **wire.command_columns(payload),
        }
        (message_id,) = self.store.messages.add(row)
        self._accept(self._stored(message_id))
        return message_id

    def phone_send(self, number: str, payload: str, dest: str) -> int:
        """A text from an external phone to a device, named by name, number or id: the MT's id."""
        if not self.policy.p2p_ext:
            raise FieldError("Texts from outside are switched off.", field="dest")
        return self.submit_mt(
            self.find(dest).id,
            payload,
            source_address="+" + number.lstrip("+"),
            source_address_type=INTERNATIONAL,
            interface=LOCAL,
            p2p=True,
        )

    def find(self, who: str) -> Endpoint:
        """The device of that number, name or id."""
        found = self.store.endpoint_by_number(who) or self.store.endpoint_by_name(who)
        if found is None and who.isascii() and who.isdigit() and len(who) < 19:
            found = self.store.endpoint(int(who))
        if found is None or found.status_id == 2:
            raise UnknownEndpoint(f"No device has the number, name or id {who!r}.", field="dest")
        return found

    def cancel(self, message_id: int) -> bool:
        """Cancels an MT that has not been handed over; False when it is too late."""
        done = self.store.messages.cancel(message_id, self.clock())
        if done:
            message = self._stored(message_id)
            self.events.publish(Event("status", message.endpoint_id, message))
        return done

    def _source(self, address: str | None, kind: int | None) -> tuple[str, int]:
        text = (address or self.policy.default_source).strip()
        if kind is None:
            kind = address_type_of(text, self.policy.a2p_max_digits)
        if kind not in ADDRESS_TYPE_NAMES:
            raise FieldError("145, 161 or 208.", field="source_address_type")
        if kind == ALPHANUMERIC:
            if len(text) > _NAME_MAX:
                raise FieldError(f"A name has at most {_NAME_MAX} characters.", field="source_address")
        else:
            text = text.removeprefix("+")
            if not (text.isascii() and text.isdigit()) or len(text) > _NUMBER_MAX:
                raise FieldError(f"A number has 1 to {_NUMBER_MAX} digits.", field="source_address")
        try:
            wire.check_source(text, kind)
        except wire.WireError as error:
            raise FieldError(error.message, field="source_address") from error
        return text, kind

    def _expiry(self, wanted: float | None, now: float) -> float:
        if wanted is None:
            return now + self.policy.default_expiry_s
        if wanted < now + _MIN_EXPIRY_S:
            raise FieldError("The expiry date is over.", field="expiry_date")
        return min(wanted, now + self.policy.max_expiry_s)

    def _accept(self, message: Message) -> None:
        self.events.publish(Event("mt", message.endpoint_id, message))
        self.delivery.accepted(message)

    def _stored(self, message_id: int) -> Message:
        message = self.store.messages.get(message_id)
        if message is None:
            raise LookupError(f"message {message_id} is gone from the store")
        return message

    # time

    def advance(self) -> None:
        """Does everything that is due now."""
        self.delivery.advance()

    def next_wake(self) -> float | None:
        """When advance() has something to do (unix seconds), None for never."""
        return self.delivery.next_wake()

    async def run(self) -> None:
        """Drives the network on the running loop until cancelled."""
        while True:
            self._wake.clear()
            try:
                self.advance()
                due = self.next_wake()
            except SQLAlchemyError:
                log.exception("the store does not answer; trying again")
                due = self.clock() + _STORE_PAUSE_S
            timeout = None if due is None else max(0.0, due - self.clock())
            try:
                async with asyncio.timeout(timeout):
                    await self._wake.wait()
            except TimeoutError:
                continue
