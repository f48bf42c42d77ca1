"""The few fields of a TPDU that a modem itself looks at (TS 23.040 §9.2.2, §9.2.3); it needs no text in PDU mode."""

from __future__ import annotations

from enum import IntEnum


class Mti(IntEnum):
    """TP-MTI towards the mobile; 3 is reserved and treated as DELIVER (TS 23.040 §9.2.3.1)."""

    DELIVER = 0
    SUBMIT = 1
    STATUS_REPORT = 2


def mti(tpdu: bytes) -> int:
    """The type of a TPDU from the network."""
    kind = tpdu[0] & 3 if tpdu else 0
    return Mti.DELIVER if kind == 3 else kind


def deliver_pid_dcs(tpdu: bytes) -> tuple[int, int]:
    """TP-PID and TP-DCS of a DELIVER; zeros when it is cut short."""
    if len(tpdu) < 2:
        return 0, 0
    after_oa = 3 + (tpdu[1] + 1) // 2
    if len(tpdu) < after_oa + 2:
        return 0, 0
    return tpdu[after_oa], tpdu[after_oa + 1]


def message_class(dcs: int) -> int | None:
    """Message class 0 to 3 out of a TP-DCS, or None (TS 23.038 §4)."""
    if dcs & 0x80 == 0 and dcs & 0x10:
        return dcs & 3
    return dcs & 3 if dcs & 0xF0 == 0xF0 else None


def is_waiting_indication(dcs: int) -> bool:
    """The message is of the group 'message waiting: store' (TS 23.038 §4)."""
    return dcs & 0xF0 in (0xD0, 0xE0)


def sca_octets(number: str) -> bytes:
    """A service-centre address as it stands in front of a TPDU; one zero octet for none (TS 24.011 §8.2.5.1)."""
    digits = number.lstrip("+")
    if not digits:
        return b"\x00"
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2))
    return bytes([1 + len(swapped) // 2, 0x91 if number.startswith("+") else 0x81]) + bytes.fromhex(swapped)
