"""Fields that several TPDUs share: addresses and time stamps (L1, TS 23.040 §9.1.2.5, §9.2.3.11)."""

from micropython import const

from ..errors import PduError
from . import gsm7

_ALPHANUMERIC = const(5)  # TON, TS 23.040 §9.1.2.5
DIGITS = b"0123456789*#abc"


class Address:
    """`ton`, `npi` and `number`: digits without a plus sign, or the text of an alphanumeric address (TON 5)."""

    def __init__(self, ton: int, npi: int, number: str):
        self.ton = ton
        self.npi = npi
        self.number = number


def decode_tp_address(octets: bytes, at: int, field: str) -> "tuple[Address, int]":
    """Address whose first octet counts useful semi-octets, and where it ends (TS 23.040 §9.1.2.5)."""
    size = len(octets)
    if at + 2 > size:
        raise PduError("truncated", field, size)
    count = octets[at]
    if count > 20:
        raise PduError("too_long", field, at)
    end = at + 2 + (count + 1) // 2
    if end > size:
        raise PduError("truncated", field, size)
    return decode_address(octets, at + 1, count), end


def decode_address(octets: bytes, at: int, count: int) -> Address:
    """Address from its type octet on, with `count` semi-octets behind it (TS 23.040 §9.1.2.5)."""
    toa = octets[at]
    at += 1
    ton = toa >> 4 & 7
    if ton == _ALPHANUMERIC:
        number = gsm7.decode(gsm7.unpack(octets[at : at + (count + 1) // 2], count * 4 // 7))
    else:
        digits = bytearray(count)
        for i in range(count):
            digit = octets[at + (i >> 1)]
            digit = digit >> 4 if i & 1 else digit & 15
            if digit == 15:
                digits = digits[:i]
                break
            digits[i] = DIGITS[digit]
        number = str(digits, "utf-8")
    return Address(ton, toa & 15, number)


def decode_timestamp(raw: bytes) -> "tuple | None":
    """(year, month, day, hour, minute, second, quarter hours east of UTC); None if it is no time (§9.2.3.11)."""
    out = [0] * 7
    for i in range(6):
        octet = raw[i]
        if octet & 15 > 9 or octet > 0x9F:
            return None
        out[i] = (octet & 15) * 10 + (octet >> 4)
    year, month, day, hour, minute, second, _ = out
    out[0] = year = year + (1900 if year >= 90 else 2000)
    if not 0 < month < 13 or hour > 23 or minute > 59 or second > 59:
        return None
    last = 30 + (month + month // 8) % 2 if month != 2 else 28 if year % 4 else 29
    # Some centres send the hours' digit as a hex digit: C2 is +08:00.
    zone = (raw[6] & 7) * 10 + (raw[6] >> 4)
    if not 0 < day <= last or zone > 79:
        return None
    out[6] = -zone if raw[6] & 8 else zone
    return tuple(out)
