"""What an emulated modem and the SMS network say to each other: the records and the network's side as a protocol.

Sources: RP layer 3GPP TS 24.011, session management causes TS 24.008 §10.5.6.6 and TS 24.301 §9.9.4.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

# RP causes (TS 24.011 §8.2.5.4) that the emulator itself produces
RP_NO_ANSWER = 0  # not on the wire: the modem went away before it answered
RP_MEMORY_EXCEEDED = 22
# Who hears what became of an MT TPDU: the network by its number, a function, or nobody; of the cause as in mt_result()
Token = int | Callable[[int | None], None] | None
RP_PROTOCOL_ERROR = 111

# SM and ESM causes a rejected activation carries
SM_UNKNOWN_APN = 27
SM_AUTH_FAILED = 29
SM_NOT_SUBSCRIBED = 33


class Auth(IntEnum):
    """Authentication protocol of a PDP context (`+CGAUTH`, TS 27.007 §10.1.31)."""

    NONE = 0
    PAP = 1
    CHAP = 2
    EITHER = 3


@dataclass(frozen=True)
class MoResult:
    """What became of a submitted TPDU: accepted, or the RP cause (TS 24.011 §8.2.5.4); `scts` is 7 octets."""

    ok: bool
    cause: int = 0
    scts: bytes | None = None


@dataclass(frozen=True)
class PdpRequest:
    """A PDP or PDN activation as the network sees it; an empty `apn` asks for the subscription's default."""

    cid: int
    pdp_type: str = "IP"
    apn: str = ""
    auth: Auth = Auth.NONE
    user: str = ""
    password: str = ""
    default_bearer: bool = False  # part of an LTE attach: a reject refuses the attach itself

    def __repr__(self) -> str:
        return (
            f"PdpRequest(cid={self.cid}, apn={self.apn!r}, auth={self.auth.name}, default_bearer={self.default_bearer})"
        )


@dataclass(frozen=True)
class PdpResult:
    """Accepted with address, DNS servers and the negotiated APN, or rejected with an SM cause.

    `flows`: what is sent out is answered; without it there is an address and nothing behind it.
    """

    ok: bool
    address: str = ""
    dns: tuple[str, ...] = ()
    negotiated_apn: str = ""
    cause: int = 0
    flows: bool = True

    @classmethod
    def accept(cls, address: str, dns: tuple[str, ...], negotiated_apn: str) -> PdpResult:
        """The network gave the context an address."""
        return cls(True, address, dns, negotiated_apn)

    @classmethod
    def reject(cls, cause: int) -> PdpResult:
        """The network refused; `cause` of TS 24.008 §10.5.6.6: 27 unknown APN, 29 authentication, 33 subscription."""
        return cls(False, cause=cause)


@dataclass(frozen=True)
class Cell:
    """The serving cell; None instead of a cell means no coverage."""

    plmn: str = "26201"
    operator: str = "Testnet"
    tac: int = 0x1A2B
    cell_id: int = 0x01C3E502
    act: int | None = None  # access technology, TS 27.007 §7.3: 7 E-UTRAN, 0 GSM; None is the best the modem has
    roaming: bool = False
    sms_only: bool = False  # +CREG says 6 or 7: registered for messages alone
    reject_cause: int = 0  # the attach is refused with this EMM cause (TS 24.301 §9.9.3.9); 0 accepts
    rssi_dbm: int = -71
    rsrp_dbm: int = -95


class Network(Protocol):
    """What a modem sees of the network. Called from within feed() and advance(), never from within deliver()."""

    def attached(self, modem: Modem) -> None:
        """The modem became reachable for SMS: deliver what waits.

        Called again, while attached, when a store that refused a message for want of room has room (RP-SMMA,
        TS 24.011 §7.3.4).
        """

    def detached(self, modem: Modem) -> None:
        """The modem is no longer reachable."""

    def mo_submit(self, modem: Modem, tpdu: bytes) -> MoResult:
        """Take an SMS-SUBMIT TPDU (no SCA; TP-MR is the modem's) and say whether it is accepted."""
        ...

    def mt_result(self, modem: Modem, token: int, cause: int | None) -> None:
        """The outcome of deliver(): None is RP-ACK, 0 no answer, else the cause of the RP-ERROR."""

    def activate(self, modem: Modem, request: PdpRequest) -> PdpResult:
        """Activate a PDP context or PDN connection, or refuse it."""
        ...
