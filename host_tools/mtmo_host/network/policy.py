"""What the network allows: service switches, limits, access points; one record with the defaults of the platform."""

from __future__ import annotations

from dataclasses import dataclass, field

from mtmo_host.emulator.radio import (
    SM_AUTH_FAILED,
    SM_NOT_SUBSCRIBED,
    SM_UNKNOWN_APN,
    Auth,
    PdpRequest,
    PdpResult,
)
from mtmo_host.network.schema import ALPHANUMERIC, INTERNATIONAL, NATIONAL, Endpoint
from mtmo_host.network.wire import is_name

_DAY_S = 86_400.0


@dataclass
class Policy:
    """Switches and limits; changeable while the network runs."""

    mo: bool = True
    mt: bool = True
    p2p_int: bool = True
    p2p_ext: bool = True
    a2p_max_digits: int = 7  # a peer address with more digits is a person's or another device's: P2P
    p2p_per_minute: int = 6
    default_source: str = "EMnify"
    default_expiry_s: float = _DAY_S
    max_expiry_s: float = 7 * _DAY_S
    max_segments: int = 10
    apns: frozenset[str] = frozenset({"em", "iot", "internet", "iot.1nce.net"})
    default_apn: str = "em"  # what a request without an APN gets
    apn_logins: dict[str, tuple[str, str]] = field(default_factory=dict)  # APN -> user, password it insists on
    dns: tuple[str, ...] = ("8.8.8.8", "8.8.4.4")

    def is_p2p(self, address: str, toa: int) -> bool:
        """Whether a peer's address makes a message person-to-person; short codes and names are applications."""
        if is_name(toa):
            return False
        return len(address.lstrip("+")) > self.a2p_max_digits

    def activate(self, endpoint: Endpoint | None, request: PdpRequest) -> PdpResult:
        """The answer to a PDP activation: the device's fixed address, or the SM cause of the refusal."""
        if endpoint is None or endpoint.status_id != 0:
            return PdpResult.reject(SM_NOT_SUBSCRIBED)
        apn = request.apn.lower() or self.default_apn
        if apn not in self.apns:
            return PdpResult.reject(SM_UNKNOWN_APN)
        login = self.apn_logins.get(apn)
        if login is not None and (request.auth is Auth.NONE or login != (request.user, request.password)):
            return PdpResult.reject(SM_AUTH_FAILED)
        return PdpResult.accept(endpoint.ip_address, self.dns, apn)


def address_type_of(address: str, a2p_max_digits: int = 7) -> int:
    """The type of number a bare address gets: a name, an international number, or a short code."""
    digits = address.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return ALPHANUMERIC
    return INTERNATIONAL if address.startswith("+") or len(digits) > a2p_max_digits else NATIONAL
