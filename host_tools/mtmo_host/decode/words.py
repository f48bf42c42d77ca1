"""TPDU fields in words (TS 23.040 §9.2.3, TS 23.038 §4)."""

from __future__ import annotations

from collections.abc import Iterator

from mtmo_host.sms.address import Address
from mtmo_host.sms.dcs import Dcs
from mtmo_host.sms.scts import Scts
from mtmo_host.sms.status import MEANINGS, outcome
from mtmo_host.sms.udh import Ie, find_concat, find_ports
from mtmo_host.sms.validity import Validity

DELIVER, SUBMIT, STATUS_REPORT = "deliver", "submit", "status-report"
_LP, _SRI, _UDHI, _RP = 0x08, 0x20, 0x40, 0x80

_VPF = ("no validity period", "enhanced validity period", "relative validity period", "absolute validity period")
_CLASSES = ("class 0: flash", "class 1: ME", "class 2: SIM", "class 3: TE")
_ALPHABETS = {"gsm7": "GSM 7-bit", "8bit": "8-bit data", "ucs2": "UCS2"}
_PIDS = {
    0x00: "ordinary message",
    0x20: "telematic interworking, implied by the service centre",
    0x22: "telematic interworking: fax group 3",
    0x24: "telematic interworking: voice",
    0x31: "telematic interworking: X.400",
    0x32: "telematic interworking: e-mail",
    0x40: "type 0: acknowledge, never show or store",
    0x48: "device triggering",
    0x5F: "return call",
    0x7D: "ME data download",
    0x7E: "ME de-personalisation",
    0x7F: "(U)SIM data download",
}
_REPORTS = {
    SUBMIT: "status report requested",
    DELIVER: "status report goes to the sender",
    STATUS_REPORT: "for a COMMAND",
}
_IES = {
    0x01: "special message indication", 0x06: "SMSC control", 0x07: "source of the header", 0x09: "WCMP",
    0x0A: "text formatting", 0x20: "e-mail header", 0x21: "hyperlink", 0x22: "reply address",
    0x23: "enhanced voice mail",
}  # fmt: skip
_LANGUAGES = (
    "default", "Turkish", "Spanish", "Portuguese", "Bengali", "Gujarati", "Hindi", "Kannada", "Malayalam", "Oriya",
    "Punjabi", "Tamil", "Telugu", "Urdu",
)  # fmt: skip


def first_octet(octet: int, direction: str) -> str:
    """Message type and flags (§9.2.3.1 …)."""
    words = [f"SMS-{direction.upper()} (MTI {octet & 3})", *_flags(octet, direction)]
    return ", ".join(words)


def _flags(octet: int, direction: str) -> Iterator[str]:
    if direction == SUBMIT:
        yield _VPF[octet >> 3 & 3]
        if octet & 0x04:
            yield "reject duplicates"
    else:
        yield "no more messages waiting" if octet & 0x04 else "more messages waiting"
        if octet & _LP:
            yield "loop prevention"
    if octet & _SRI:
        yield _REPORTS[direction]
    if octet & _UDHI:
        yield "user data header"
    if octet & _RP and direction != STATUS_REPORT:
        yield "reply path"


def address(found: Address, text: str) -> str:
    """Number and both halves of its type; `text` is the number made visible."""
    return f"{text or '(no digits)'}, {found.ton_name}, {found.npi_name}, TOA {found.toa}"


def pid(octet: int) -> str:
    """Protocol identifier (§9.2.3.9)."""
    if octet in _PIDS:
        return _PIDS[octet]
    if 0x41 <= octet <= 0x47:
        return f"replace short message type {octet - 0x40}"
    if octet < 0x20:
        return "SME to SME protocol"
    if octet < 0x40:
        return "telematic interworking"
    return "reserved" if octet < 0xC0 else "service centre's own"


def dcs(coding: Dcs) -> str:
    """Data coding scheme (TS 23.038 §4)."""
    words = [_ALPHABETS[coding.alphabet]]
    if coding.compressed:
        words.append("compressed")
    if coding.message_class is not None:
        words.append(_CLASSES[coding.message_class])
    if coding.auto_delete:
        words.append("delete after reading")
    if coding.mwi:
        state = "waiting" if coding.mwi.active else "none waiting"
        words.append(f"{coding.mwi.kind}: {state}, {'discard' if coding.mwi.discard else 'store'}")
    if coding.reserved:
        words.append("reserved, read so")
    return ", ".join(words)


def stamp(found: Scts) -> str:
    """Time stamp, or that it is none (§9.2.3.11)."""
    return found.iso or "no valid time; the message counts all the same"


def validity(vp: Validity) -> str:
    """Validity period (§9.2.3.12)."""
    words = [vp.format]
    if vp.time is not None:
        words.append(f"until {stamp(vp.time)}")
    elif vp.seconds is not None:
        words.append(span(vp.seconds))
    else:
        words.append("no period")
    if vp.single_shot:
        words.append("one attempt only")
    return ", ".join(words)


def span(seconds: int) -> str:
    """Seconds in the greatest units that fit: `1 d 2 h`."""
    parts = []
    for size, unit in ((604800, "wk"), (86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def status(st: int) -> str:
    """TP-ST and what it comes to (§9.2.3.15)."""
    specific = "service centre's own" if st & 0x1F >= 0x10 and st < 0x80 else "reserved"
    return f"{MEANINGS.get(st, specific)}: {outcome(st)}"


def element(ie: Ie) -> str:
    """Information element (§9.2.3.24)."""
    concat, ports = find_concat([ie]), find_ports([ie])
    if concat:
        return f"segment {concat.seq} of {concat.total}, reference {concat.ref} ({concat.bits} bits)"
    if ports:
        return f"ports: to {ports.dst}, from {ports.src} ({ports.bits} bits)"
    if ie.iei in (0x00, 0x08):
        return "concatenation that makes no sense: ignored"
    if ie.iei in (0x24, 0x25) and len(ie.data) == 1:
        language = _LANGUAGES[ie.data[0]] if ie.data[0] < len(_LANGUAGES) else "unknown: default"
        return f"national language, {'single' if ie.iei == 0x24 else 'locking'} shift: {language}"
    if ie.iei in _IES:
        return _IES[ie.iei]
    if 0x70 <= ie.iei <= 0x7F:
        return "(U)SIM toolkit security"
    return f"unknown element 0x{ie.iei:02X}: skipped"
