"""Transfer-layer PDUs as a modem shows and takes them, in hex (L1, TS 23.040 §9.2, TS 23.038 §4, TS 27.005 §3.1)."""

from binascii import hexlify, unhexlify

from micropython import const

from . import gsm7, ucs2
from .errors import EncodeError, PduError
from .tpfields import (
    Address,
    decode_address,
    decode_timestamp,
    decode_tp_address,
    encode_address,
    encode_relative_vp,
)

GSM7 = 0
DATA8 = 1
UCS2 = 2

_MAX_SCA = const(12)
_MAX_OCTETS = const(140)
_MAX_SEPTETS = const(160)


class _UserData:
    """TP-PID, TP-DCS and TP-UD of any TPDU; `text` is None for 8-bit data and compressed text.

    `units` are the octets behind the header, for GSM7 the codes of its septets (`gsm7.unpack`): what segments are
    joined by. `ud` are always the octets behind the header as they came, fill bits included.
    """

    pid = dcs = alphabet = 0
    udh = ud = units = b""
    text = message_class = concat = ports = None
    compressed = national = truncated = False
    trailing = 0

    @property
    def silent(self) -> bool:
        """Short message type 0: acknowledge, never show (TS 23.040 §9.2.3.9)."""
        return self.pid == 0x40

    @property
    def replace(self) -> int:
        """1…7 for "replace short message type n", else 0."""
        return self.pid - 0x40 if 0x41 <= self.pid <= 0x47 else 0

    @property
    def sim_download(self) -> bool:
        """(U)SIM data download: not for us."""
        return self.pid == 0x7F

    @property
    def flash(self) -> bool:
        """Class 0: show at once (TS 23.038 §4)."""
        return self.message_class == 0


class Deliver(_UserData):
    """SMS-DELIVER (TS 23.040 §9.2.2.1).

    sca, oa: Address (`sca` None when absent) · scts: (year, month, day, hour, minute, second, quarter hours) or None,
    scts_raw: 7 octets · concat: (ref, ref_bits, max, seq) or None · ports: (dst, src) or None · message_class: 0…3 or
    None · mms: more messages wait · lp, sri, rp, udhi · trailing: octets behind the user data · truncated: see
    `decode` · national: a national language table was asked for, the text is read by the default one.
    """


class StatusReport(_UserData):
    """SMS-STATUS-REPORT (TS 23.040 §9.2.2.3): mr, ra, scts, dt, st, outcome; `garbage` behind TP-ST loses nothing else.

    outcome: "delivered", "pending", "failed-temporary" or "failed-permanent" (TS 23.040 §9.2.3.15). pi: TP-PI, None
    where nothing stands behind TP-ST; with `garbage` neither it nor `pid`, `dcs` and user data mean anything.
    """

    pi = None
    garbage = False


def decode(pdu_hex: "str | bytes", length: "int | None" = None, lenient: bool = False) -> "Deliver | StatusReport":
    """The TPDU of a +CMT, +CMGR, +CMGL or +CDS line: service-centre address, then TPDU, in hex and nothing else.

    `length` is what the modem announced: TPDU octets without the address. `lenient` takes user data that ends early
    and sets `truncated`. Raises PduError only.
    """
    octets = _unhex(pdu_hex)
    size = len(octets)
    if not size:
        raise PduError("empty", "pdu", 0)
    at = 1 + octets[0]
    if at > size:
        raise PduError("overrun", "sca", 0)
    if octets[0] > _MAX_SCA:
        raise PduError("too_long", "sca", 0)
    if length is not None and length != size - at:
        raise PduError("mismatch", "length", at)
    if at == size:
        raise PduError("truncated", "first_octet", at)
    mti = octets[at] & 3
    if mti == 1:
        raise PduError("wrong", "mti", at)  # SUBMIT-REPORT; the reserved 3 is read as DELIVER (TS 23.040 §9.2.3.1)
    tpdu = StatusReport() if mti == 2 else Deliver()
    tpdu.sca = decode_address(octets, 1, 2 * octets[0] - 2) if octets[0] else None
    first = octets[at]
    tpdu.mms = not first & 0x04
    tpdu.lp = bool(first & 0x08)
    tpdu.udhi = bool(first & 0x40)
    if mti == 2:
        tpdu.srq = bool(first & 0x20)
        _status_report(tpdu, octets, at + 1)
    else:
        tpdu.sri = bool(first & 0x20)
        tpdu.rp = bool(first & 0x80)
        _deliver(tpdu, octets, at + 1, lenient)
    return tpdu


def _unhex(pdu_hex: "str | bytes") -> bytes:
    try:
        text = pdu_hex.encode() if isinstance(pdu_hex, str) else bytes(pdu_hex)
    except ValueError:
        raise PduError("not_hex", "pdu", 0)
    try:
        octets = unhexlify(text)
    except ValueError:
        octets = b""
    # MicroPython's unhexlify takes blanks: only what comes back the same was hex.
    if hexlify(octets) == text.lower():
        return octets
    for i in range(len(text)):
        if text[i] not in b"0123456789ABCDEFabcdef":
            raise PduError("not_hex", "pdu", i // 2)
    raise PduError("odd_hex", "pdu", len(text) // 2)


def _require(octets: bytes, at: int, layout: tuple) -> None:
    """The octets from `at` on must hold each (field, size) of `layout`."""
    for field, size in layout:
        if at + size > len(octets):
            raise PduError("truncated", field, at)
        at += size


def _deliver(tpdu: Deliver, octets: bytes, at: int, lenient: bool) -> None:
    tpdu.oa, at = decode_tp_address(octets, at, "oa")
    _require(octets, at, (("pid", 1), ("dcs", 1), ("scts", 7), ("udl", 1)))
    tpdu.pid = octets[at]
    tpdu.dcs = octets[at + 1]
    tpdu.scts_raw = octets[at + 2 : at + 9]
    tpdu.scts = decode_timestamp(tpdu.scts_raw)
    _user_data(tpdu, octets, at + 9, lenient)


def _status_report(tpdu: StatusReport, octets: bytes, at: int) -> None:
    _require(octets, at, (("mr", 1),))
    tpdu.mr = octets[at]
    tpdu.ra, at = decode_tp_address(octets, at + 1, "ra")
    _require(octets, at, (("scts", 7), ("dt", 7), ("st", 1)))
    tpdu.scts_raw = octets[at : at + 7]
    tpdu.scts = decode_timestamp(tpdu.scts_raw)
    tpdu.dt_raw = octets[at + 7 : at + 14]
    tpdu.dt = decode_timestamp(tpdu.dt_raw)
    tpdu.st = octets[at + 14]
    tpdu.outcome = _outcome(tpdu.st)
    try:
        _tail(tpdu, octets, at + 15)
    except PduError:
        # Modems append rubbish here: the report stands without it.
        tpdu.garbage = True


def _tail(tpdu: StatusReport, octets: bytes, at: int) -> None:
    """TP-PI and what it announces (TS 23.040 §9.2.3.27)."""
    if at == len(octets):
        return
    pi = octets[at]
    at += 1
    _require(octets, at, (("pid", pi & 1), ("dcs", pi >> 1 & 1), ("udl", pi >> 2 & 1)))
    if pi & 0x80:
        raise PduError("unknown", "pi", at - 1)
    tpdu.pi = pi
    if pi & 1:
        tpdu.pid = octets[at]
        at += 1
    if pi & 2:
        tpdu.dcs = octets[at]
        at += 1
    if pi & 4:
        _user_data(tpdu, octets, at, False)
    else:
        tpdu.trailing = len(octets) - at


def _outcome(st: int) -> str:
    if st < 0x20:
        return "delivered"
    if st < 0x40:
        return "pending"
    return "failed-temporary" if 0x60 <= st < 0x80 else "failed-permanent"


def _coding(tpdu: _UserData, dcs: int) -> None:
    """Alphabet, class and compression of TP-DCS (TS 23.038 §4)."""
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


def _user_data(tpdu: _UserData, octets: bytes, at: int, lenient: bool) -> None:
    """TP-UDL at `at`, TP-UD behind it (TS 23.040 §9.2.3.16, §9.2.3.24). UDL counts septets for GSM7, else octets."""
    _coding(tpdu, tpdu.dcs)
    udl = octets[at]
    septets = tpdu.alphabet == GSM7 and not tpdu.compressed
    if udl > (_MAX_SEPTETS if septets else _MAX_OCTETS):
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
        tpdu.udh = ud[1:head]
        _elements(tpdu, tpdu.udh, at + 1)
    tpdu.ud = ud[head:] if head else ud
    if septets:
        tpdu.units = gsm7.unpack(ud, udl, (head * 8 + 6) // 7)
        tpdu.text = gsm7.decode(tpdu.units)
        return
    tpdu.units = tpdu.ud
    if tpdu.alphabet == UCS2 and not tpdu.compressed:
        if len(tpdu.ud) & 1 and not tpdu.truncated:
            raise PduError("odd", "ud", at + count)
        tpdu.text = ucs2.decode(tpdu.ud)


def _elements(tpdu: _UserData, udh: bytes, offset: int) -> None:
    """Information elements; an unknown or senseless one is skipped, of a repeated one the last counts (§9.2.3.24)."""
    at = 0
    size = len(udh)
    while at < size:
        if at + 2 > size:
            raise PduError("truncated", "ie", offset + at)
        iei = udh[at]
        iedl = udh[at + 1]
        at += 2
        if at + iedl > size:
            raise PduError("overrun", "ie", offset + at - 2)
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


def segment(text: str, ref: int, ref_bits: int = 8) -> "list[tuple[str, int, tuple | None]]":
    """`text` as pieces (text, alphabet, concat) for `encode_submit`; concat is None where one TPDU holds it all.

    No piece ends inside an escape or a surrogate pair. Raises EncodeError beyond 255 segments or for a `ref` that
    does not fit `ref_bits` (TS 23.040 §9.2.3.24.1, §9.2.3.24.8).
    """
    size = gsm7.septet_count(text)
    alphabet = UCS2 if size < 0 else GSM7
    if alphabet == UCS2:
        size = len(ucs2.encode(text)) // 2
    if size <= (70 if alphabet == UCS2 else 160):
        return [(text, alphabet, None)]
    if ref >> ref_bits:
        raise EncodeError("ref", "more than %d bits" % ref_bits)
    room = (67 if alphabet == UCS2 else 153) - (ref_bits == 16)
    pieces = []
    start = used = 0
    for i in range(len(text)):
        char = text[i]
        units = gsm7.septet_count(char) if alphabet == GSM7 else 1 + (ord(char) > 0xFFFF)
        if used + units > room:
            pieces.append(text[start:i])
            start = i
            used = 0
        used += units
    pieces.append(text[start:])
    total = len(pieces)
    if total > 255:
        raise EncodeError("text", "more than 255 segments")
    return [(pieces[i], alphabet, (ref, ref_bits, total, i + 1)) for i in range(total)]


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
        ud = udh + ucs2.encode(text)
        udl = len(ud)
    else:
        fill = bytearray((head * 8 + 6) // 7)
        udl = len(fill) + len(septets)
        ud = gsm7.pack(fill + septets)
        ud[:head] = udh
    if len(ud) > _MAX_OCTETS:
        raise EncodeError("text", "too long for one segment")
    out = bytearray((0, 0x01 | (0x20 if srr else 0) | (0x40 if udh else 0) | (0 if vp is None else 0x10), mr & 255))
    out.extend(encode_address(da))
    out.append(0)
    out.append(8 if septets is None else 0)
    if vp is not None:
        out.append(encode_relative_vp(vp))
    out.append(udl)
    out.extend(ud)
    return str(hexlify(out), "utf-8").upper(), len(out) - 1
