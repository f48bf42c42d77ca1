"""User data and what every TPDU with user data has: coding, header, text (L1, TS 23.040 §9.2.3.24, TS 23.038 §4)."""

from micropython import const

from ..errors import PduError
from . import gsm7

_TYPING = const(False)
if _TYPING:
    from .fields import Address

GSM7 = const(0)
DATA8 = const(1)
UCS2 = const(2)

MAX_OCTETS = const(140)
_MAX_SEPTETS = const(160)


class Tpdu:
    """What any TPDU with user data has; `text` is None for 8-bit data and compressed text.

    sca: Address, None when absent · mms: more messages wait · units: the octets behind the header, for GSM7 the codes
    of its septets (`gsm7.unpack`): what segments are joined by · ud: always the octets behind the header as they came,
    fill bits included · message_class: 0…3 or None · concat: (ref, ref_bits, max, seq) or None · ports: (dst, src) or
    None · trailing: octets behind the user data · truncated: see `decode` · national: a national language table was
    asked for, the text is read by the default one · udh_ignored: its last element does not fit it, `udh` is empty ·
    silent: short message type 0, acknowledge and never show (TS 23.040 §9.2.3.9) · replace: 1…7 for "replace short
    message type n", else 0 · sim_download: for the (U)SIM, not for us · flash: class 0, show at once (TS 23.038 §4).
    """

    pid = dcs = alphabet = 0
    udh = ud = b""
    units: "bytes | bytearray" = b""
    text: "str | None" = None
    message_class: "int | None" = None
    concat: "tuple[int, int, int, int] | None" = None
    ports: "tuple[int, int] | None" = None
    compressed = national = truncated = udh_ignored = False
    trailing = 0
    sca: "Address | None"
    mms: bool
    lp: bool
    udhi: bool
    silent: bool
    replace: int
    sim_download: bool
    flash: bool


def require(octets: bytes, at: int, layout: tuple) -> None:
    """The octets from `at` on must hold each (field, size) of `layout`."""
    for field, size in layout:
        if at + size > len(octets):
            raise PduError("truncated", field, at)
        at += size


def decode_user_data(tpdu: Tpdu, octets: bytes, at: int, lenient: bool) -> None:
    """TP-UDL at `at`, TP-UD behind it (TS 23.040 §9.2.3.16, §9.2.3.24). UDL counts septets for GSM7, else octets."""
    _coding(tpdu, tpdu.dcs)
    udl = octets[at]
    septets = tpdu.alphabet == GSM7 and not tpdu.compressed
    if udl > (_MAX_SEPTETS if septets else MAX_OCTETS):
        raise PduError("over_max", "udl", at)
    at += 1
    count = (udl * 7 + 7) // 8 if septets else udl
    have = len(octets) - at
    if have < count:
        if not lenient:
            raise PduError("truncated", "ud", len(octets))
        tpdu.truncated = True
        count = have
        udl = min(udl, have * 8 // 7) if septets else have
    tpdu.trailing = have - count
    ud = octets[at : at + count]
    head = 0
    if tpdu.udhi:
        if not udl:
            raise PduError("missing", "udh", at - 1)
        head = 1 + ud[0]
        if head > count or (septets and (head * 8 + 6) // 7 > udl):
            raise PduError("overrun", "udhl", at)
        _elements(tpdu, ud[1:head])
    tpdu.ud = ud[head:] if head else ud
    if septets:
        tpdu.units = gsm7.unpack(ud, udl, (head * 8 + 6) // 7)
        tpdu.text = gsm7.decode(tpdu.units)
        return
    tpdu.units = tpdu.ud
    if tpdu.alphabet == UCS2 and not tpdu.compressed:
        if len(tpdu.ud) & 1 and not tpdu.truncated:
            raise PduError("odd", "ud", at + count)
        from . import ucs2

        tpdu.text = ucs2.decode(tpdu.ud)


def _coding(tpdu: Tpdu, dcs: int) -> None:
    # alphabet, class and compression (TS 23.038 §4)
    alphabet = GSM7
    if dcs < 0x80:
        alphabet = dcs >> 2 & 3
        if alphabet == 3:
            alphabet = GSM7
        tpdu.compressed = bool(dcs & 0x20)
        if dcs & 0x10:
            tpdu.message_class = dcs & 3
    elif dcs >= 0xF0:
        if dcs & 4:
            alphabet = DATA8
        tpdu.message_class = dcs & 3
    elif dcs >= 0xE0:
        alphabet = UCS2
    tpdu.alphabet = alphabet


def _elements(tpdu: Tpdu, udh: bytes) -> None:
    """Information elements; an unknown or senseless one is skipped, of a repeated one the last counts (§9.2.3.24).

    Too few or too many octets in the final one: the whole header is ignored, not the text behind it.
    """
    at = 0
    size = len(udh)
    while at < size:
        at += 2 + (udh[at + 1] if at + 1 < size else 0)
    if at > size:
        tpdu.udh_ignored = True
        return
    tpdu.udh = udh
    at = 0
    while at < size:
        iei = udh[at]
        iedl = udh[at + 1]
        at += 2
        if (iei == 0 and iedl == 3) or (iei == 8 and iedl == 4):
            ref = udh[at] if iedl == 3 else udh[at] << 8 | udh[at + 1]
            total = udh[at + iedl - 2]
            seq = udh[at + iedl - 1]
            if 0 < seq <= total:
                tpdu.concat = (ref, 8 if iedl == 3 else 16, total, seq)
        elif iei == 4 and iedl == 2:
            tpdu.ports = (udh[at], udh[at + 1])
        elif iei == 5 and iedl == 4:
            tpdu.ports = (udh[at] << 8 | udh[at + 1], udh[at + 2] << 8 | udh[at + 3])
        elif (iei == 0x24 or iei == 0x25) and iedl == 1 and udh[at]:
            tpdu.national = True
        at += iedl
