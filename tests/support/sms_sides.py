"""Both codecs behind one face, so that a requirement is shown for the network side and for the device by one test."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from mtmo import tpdu as device
from mtmo.errors import PduError as DevicePduError
from mtmo_host.sms import tpdu as host
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.pdu import split_pdu

OA_HEX = "0B915155214365F7"
SCTS_HEX = "52304190623540"


class Read(NamedTuple):
    """What both sides expose of a DELIVER; `national`: read by the default table on the device."""

    text: str | None
    data: bytes
    number: str
    ton: int
    npi: int
    scts: tuple[int, ...] | None
    concat: tuple[int, int, int, int] | None
    ports: tuple[int, int] | None
    trailing: int
    truncated: bool
    national: bool = False


class Refused(NamedTuple):
    """What both sides expose of a refusal; the words differ, field and offset are there."""

    reason: str
    field: str
    offset: int


class Host:
    """The network side."""

    @staticmethod
    def read(pdu: str, length: int | None = None, lenient: bool = False) -> Read:
        """DELIVER of a PDU in hex."""
        message = host.decode_deliver(split_pdu(pdu, length=length)[1], strict=not lenient)
        concat, ports, time = message.concat, message.ud.ports, message.scts.time
        return Read(
            message.text,
            message.ud.payload,
            message.oa.digits,
            message.oa.ton,
            message.oa.npi,
            None if time is None else as_tuple(time),
            concat and (concat.ref, concat.bits, concat.total, concat.seq),
            ports and (ports.dst, ports.src),
            message.trailing,
            message.ud.truncated,
        )

    @staticmethod
    def refusal(pdu: str, length: int | None = None) -> Refused | None:
        """Why a DELIVER is refused; None if it is not."""
        try:
            Host.read(pdu, length)
        except PduError as error:
            assert error.field and error.offset is not None
            return Refused(error.reason, error.field, error.offset)
        return None


class Device:
    """The agent."""

    @staticmethod
    def read(pdu: str, length: int | None = None, lenient: bool = False) -> Read:
        """DELIVER of a PDU in hex."""
        message: Any = device.decode(pdu, length, lenient)
        return Read(
            message.text,
            bytes(message.units if message.text is None else message.ud),
            message.oa.number,
            message.oa.ton,
            message.oa.npi,
            message.scts,
            message.concat,
            message.ports,
            message.trailing,
            message.truncated,
            message.national,
        )

    @staticmethod
    def refusal(pdu: str, length: int | None = None) -> Refused | None:
        """Why a DELIVER is refused; None if it is not."""
        try:
            Device.read(pdu, length)
        except DevicePduError as error:
            return Refused(error.reason, error.field, error.offset)
        return None


both_sides = pytest.mark.parametrize("side", [Host, Device], ids=["network", "device"])


def as_tuple(time: Any) -> tuple[int, ...]:
    """An aware datetime as the device shows it: quarter hours last."""
    quarters = int(time.utcoffset().total_seconds()) // 900
    return (time.year, time.month, time.day, time.hour, time.minute, time.second, quarters)


def deliver(
    ud: str, udl: int, *, dcs: int = 0, first: int = 0x04, oa: str = OA_HEX, pid: int = 0, scts: str = SCTS_HEX
) -> str:
    """A DELIVER in hex around user data in hex, without service-centre address."""
    return f"00{first:02X}{oa}{pid:02X}{dcs:02X}{scts}{udl:02X}{ud}"


def packed(septets: bytes, fill_bits: int = 0) -> str:
    """Septets packed bit by bit as the clause draws it: neither side's own code (TS 23.038 §6.1.2.1.1)."""
    bits = [0] * fill_bits + [septet >> bit & 1 for septet in septets for bit in range(7)]
    bits += [0] * (-len(bits) % 8)
    return bytes(
        sum(bit << at for at, bit in enumerate(bits[start : start + 8])) for start in range(0, len(bits), 8)
    ).hex()
