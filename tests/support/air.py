"""Both ends of the air for one simulated device: the network's side of its modem, and the operator who texts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mtmo_host.emulator import personalities
from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.radio import SM_AUTH_FAILED, SM_UNKNOWN_APN, Auth, MoResult, PdpRequest, PdpResult
from mtmo_host.emulator.sim import Sim
from mtmo_host.sms import sc1
from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import decode_submit, encode_deliver

IMEI = "356938035643809"
MASTER = bytes(range(32))
OPERATOR = "12345"


@dataclass(frozen=True)
class Offer:
    """What the network makes of one APN: whom it lets in, what it grants; `cause` refuses everybody."""

    user: str = ""
    password: str = ""
    auth: tuple[Auth, ...] = (Auth.NONE, Auth.PAP, Auth.CHAP, Auth.EITHER)
    cause: int = 0
    granted: str = "{apn}"  # the APN it says it gives
    addresses: Mapping[str, str] = field(
        default_factory=lambda: {"IP": "10.64.3.9", "IPV6": "2001:db8::39", "IPV4V6": "10.64.3.9"}
    )
    dns: tuple[str, ...] = ("10.0.0.1",)
    flows: bool = True  # what is sent out is answered

    def answer(self, request: PdpRequest) -> PdpResult:
        """What the modem hears."""
        if self.cause:
            return PdpResult.reject(self.cause)
        if (request.user, request.password) != (self.user, self.password) or request.auth not in self.auth:
            return PdpResult.reject(SM_AUTH_FAILED)
        address = self.addresses.get(request.pdp_type.upper())
        if address is None:
            return PdpResult.reject(50)  # another type of address only (TS 24.301 §9.9.4.4)
        return PdpResult(True, address, self.dns, self.granted.format(apn=request.apn), flows=self.flows)


class Network:
    """Store and forward to one modem; keeps what the device sent, knows the APNs in `apns`.

    `now_ms()` is the simulation's clock; `soon(do)` calls `do` when what is under way has ended.
    """

    def __init__(self, now_ms: Callable[[], int], soon: Callable[[Callable[[], None]], object]) -> None:
        self.sent: list[tuple[str, str]] = []  # (da, text)
        self.waiting: list[bytes] = []  # DELIVER TPDUs, the first one perhaps in flight
        self.apns = {"iot": Offer(), "em": Offer()}
        self._now_ms, self._soon = now_ms, soon
        self._token = 0
        self._in_flight = False

    def submit(self, modem: Modem, tpdu: bytes) -> None:
        """Take a TPDU for the device."""
        self.waiting.append(tpdu)
        self._forward(modem)

    def retry(self, modem: Modem) -> None:
        """What a modem had no room for is offered again."""
        self._forward(modem)

    def _forward(self, modem: Modem) -> None:
        if self.waiting and modem.reachable and not self._in_flight:
            self._in_flight = True
            self._token += 1
            modem.deliver(self.waiting[0], self._token, self._now_ms())

    def attached(self, modem: Modem) -> None:
        self._soon(lambda: self._forward(modem))

    def detached(self, modem: Modem) -> None: ...

    def mo_submit(self, modem: Modem, tpdu: bytes) -> MoResult:
        submit = decode_submit(tpdu)
        self.sent.append((submit.da.number, submit.text or ""))
        return MoResult(True)

    def mt_result(self, modem: Modem, token: int, cause: int | None) -> None:
        self._in_flight = False
        if cause is None:
            self.waiting.pop(0)
            self._soon(lambda: self._forward(modem))

    def activate(self, modem: Modem, request: PdpRequest) -> PdpResult:
        offer = self.apns.get(request.apn.lower())
        return offer.answer(request) if offer else PdpResult.reject(SM_UNKNOWN_APN)


class Operator:
    """Holds the fleet's key: signs and counts commands, texts them to the device's modem, verifies the answers."""

    def __init__(self, name: str, network: Network, seed: int = 0) -> None:
        """`name` is the modem's personality."""
        self.network = network
        self.modem = Modem(
            personalities.find(name), Sim("8988303000006734768", "295050901896257", "+423663921520532"), network,
            imei=IMEI, speed=20, seed=seed,
        )  # fmt: skip
        self.keys = sc1.SlotKeys(sc1.derive_device_key(MASTER, IMEI, "A", 1))
        self.counter = 100
        self.last_text = ""
        self._sent_at = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)

    def key_rows(self) -> dict[str, Any]:
        """Who may command the device: this operator alone, as admin."""
        key = sc1.derive_device_key(MASTER, IMEI, "A", 1).hex()
        slots = [{"kid": "A", "epoch": 1, "role": "admin", "key": key}]
        return {"devid": IMEI, "slots": slots, "allow": [["short:" + OPERATOR, "admin"]]}

    def sign(self, body: str, encrypted: bool = False) -> sc1.SignedCommand:
        """The next command of the operator."""
        self.counter += 1
        return sc1.sign(self.keys, IMEI, "A", self.counter, body, encrypted)

    def text(self, text: str, oa: Address | None = None, *, again: bool = False) -> None:
        """A text goes to the modem over the air; `again`: the very same one, time stamp and all."""
        scts = self._sent_at if again else self.next_scts()
        self.last_text = text
        tpdu = encode_deliver(oa=oa or Address(OPERATOR), scts=scts, text=text)
        self.network.submit(self.modem, tpdu)

    def next_scts(self) -> datetime:
        """The time stamp of one more text."""
        self._sent_at += timedelta(seconds=1)
        return self._sent_at

    def stamp_from(self, at: datetime) -> None:
        """The service centre's clock stands at `at`, and moves a second with each text."""
        self._sent_at = at

    def verified(self, which: int, command: sc1.SignedCommand) -> str:
        """The text of an answer whose MAC holds for `command`."""
        return sc1.verify_reply(self.keys, IMEI, self.network.sent[which][1], command.tag).text

    def stored(self) -> list[object]:
        """What still lies in the modem's message stores."""
        store = self.modem.sms.store
        return [item for mem in store.names for item in store.items(mem)]
