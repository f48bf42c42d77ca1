"""SMS-COMMAND (TS 23.040 §9.2.2.4): what a mobile asks the service centre to do with an earlier message."""

from __future__ import annotations

from dataclasses import dataclass

from mtmo_host.sms.address import Address, decode_address, encode_address
from mtmo_host.sms.errors import PduError

MTI = 2  # towards the service centre
_MOST_DATA = 157  # octets (§9.2.3.21)


@dataclass(frozen=True, slots=True)
class Command:
    """`ct` 0 asks about, 1 wants no report of, 2 deletes, 3 wants a report of the message with the reference `mn`."""

    first: int
    mr: int
    pid: int
    ct: int
    mn: int
    da: Address
    data: bytes


def decode_command(tpdu: bytes) -> Command:
    """A command out of its octets. Raises PduError."""
    if not tpdu or tpdu[0] & 3 != MTI:
        raise PduError("wrong_mti", "first_octet", 0)
    da, at = decode_address(tpdu, 5, "da")
    if len(tpdu) < at + 1 or len(tpdu) != at + 1 + tpdu[at]:
        raise PduError("length_mismatch", "cdl", at)
    return Command(tpdu[0], tpdu[1], tpdu[2], tpdu[3], tpdu[4], da, tpdu[at + 1 :])


def encode_command(
    *, da: Address, ct: int = 0, mn: int = 0, pid: int = 0, data: bytes = b"", first: int = MTI, mr: int = 0
) -> bytes:
    """The octets of a command. Raises PduError."""
    if len(data) > _MOST_DATA:
        raise PduError("udl_over_max", "cd")
    for name, value in (("first_octet", first), ("mr", mr), ("pid", pid), ("ct", ct), ("mn", mn)):
        if not 0 <= value <= 255:
            raise PduError("out_of_range", name)
    if first & 3 != MTI:
        raise PduError("wrong_mti", "first_octet", 0)
    return bytes((first, mr, pid, ct, mn)) + encode_address(da, "da") + bytes((len(data),)) + data
