"""A transfer-layer PDU that a modem takes, in hex: SMS-SUBMIT (L1, TS 23.040 §9.2.2.2, TS 27.005 §3.1).

Loaded for each text that is sent.
"""

from binascii import hexlify

from micropython import const

from ..errors import EncodeError
from . import gsm7
from .fields import DIGITS, Address
from .userdata import GSM7, MAX_OCTETS, UCS2

_ALPHANUMERIC = const(5)  # TON, TS 23.040 §9.1.2.5


def encode_submit(
    da: Address,
    text: str,
    *,
    mr: int = 0,
    srr: bool = False,
    vp: "int | None" = None,
    alphabet: "int | None" = None,
    concat: "tuple | None" = None,
) -> "tuple[str, int]":
    """(pdu_hex, length) of an SMS-SUBMIT for `AT+CMGS=length`, service centre as stored (TS 23.040 §9.2.2.2).

    `vp`: validity in minutes, rounded up to what TP-VP can say. `alphabet`: GSM7 or UCS2, the cheaper by default.
    `srr`: ask for a status report. `concat`: (ref, ref_bits, max, seq). Raises EncodeError.
    """
    septets = None if alphabet == UCS2 else gsm7.encode(text)
    if septets is None and alphabet == GSM7:
        raise EncodeError("text", "not in the GSM alphabet")
    udh = b""
    if concat:
        ref, ref_bits, total, seq = concat
        udh = bytes((5, 0, 3, ref, total, seq) if ref_bits == 8 else (6, 8, 4, ref >> 8, ref & 255, total, seq))
    head = len(udh)
    if septets is None:
        from . import ucs2

        ud = bytearray(udh) + ucs2.encode(text)
        udl = len(ud)
    else:
        fill = bytearray((head * 8 + 6) // 7)
        udl = len(fill) + len(septets)
        ud = gsm7.pack(fill + septets)
        ud[:head] = udh
    if len(ud) > MAX_OCTETS:
        raise EncodeError("text", "too long for one segment")
    out = bytearray((0, 0x01 | (0x20 if srr else 0) | (0x40 if udh else 0) | (0 if vp is None else 0x10), mr & 255))
    out.extend(encode_address(da))
    out.append(0)
    out.append(8 if septets is None else 0)
    if vp is not None:
        out.append(encode_relative_vp(vp))
    out.append(udl)
    out.extend(ud)
    return str(hexlify(bytes(out)), "utf-8").upper(), len(out) - 1


def encode_address(address: Address) -> bytearray:
    """Length, type and digits of a TP address; raises EncodeError."""
    toa = 0x80 | address.ton << 4 | address.npi
    if address.ton == _ALPHANUMERIC:
        septets = gsm7.encode(address.number)
        if septets is None or len(septets) > 11:
            raise EncodeError("da", "no alphanumeric address")
        return bytearray(((len(septets) * 7 + 3) // 4, toa)) + gsm7.pack(septets)
    digits = address.number.encode()
    if not 0 < len(digits) <= 20:
        raise EncodeError("da", "1 to 20 digits")
    out = bytearray((len(digits), toa))
    for i in range(len(digits)):
        digit = DIGITS.find(digits[i : i + 1])
        if digit < 0:
            raise EncodeError("da", "no digit")
        if i & 1:
            out[-1] = out[-1] & 15 | digit << 4
        else:
            out.append(0xF0 | digit)
    return out


def encode_relative_vp(minutes: int) -> int:
    """TP-VP relative format (TS 23.040 §9.2.3.12.1); at least 5 minutes, at most 63 weeks."""
    if minutes <= 720:
        return max(0, (minutes + 4) // 5 - 1)
    if minutes <= 1440:
        return 143 + (minutes - 720 + 29) // 30
    days = (minutes + 1439) // 1440
    return 166 + days if days <= 30 else min(255, 192 + (days + 6) // 7)
