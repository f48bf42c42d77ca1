"""SMS-DELIVER, SMS-SUBMIT and SMS-STATUS-REPORT (TS 23.040 §9.2.2), decoded and encoded; without the SMSC address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mtmo_host.sms.address import Address, decode_address, encode_address
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.scts import OCTETS, Scts, as_octets
from mtmo_host.sms.status import DELIVERED, outcome
from mtmo_host.sms.udh import Concat
from mtmo_host.sms.userdata import UserData, decode_user_data, encode_payload, encode_user_data
from mtmo_host.sms.validity import FORMATS, VPF, Validity

# TP-MTI, bits 1…0 of the first octet; which message it names depends on the direction
_MTI_DELIVER, _MTI_SUBMIT, _MTI_STATUS_REPORT, _MTI_RESERVED = 0, 1, 2, 3
_MMS_NONE = 0x04  # TP-MMS 1: no more messages are waiting
_LP, _SRI, _UDHI, _RP = 0x08, 0x20, 0x40, 0x80
_RD, _SRR = 0x04, 0x20

_PID_TYPE_0 = 0x40
_PID_SIM_DOWNLOAD = 0x7F


class _Message:
    """What DELIVER and SUBMIT share: readings of TP-PID, TP-DCS and TP-UD."""

    __slots__ = ()
    pid: int
    ud: UserData

    @property
    def text(self) -> str | None:
        """Text, None for 8-bit and compressed data."""
        return self.ud.text

    @property
    def dcs(self) -> int:
        """The data coding scheme octet."""
        return self.ud.coding.octet

    @property
    def udhi(self) -> bool:
        """Whether a user data header is present."""
        return bool(self.ud.header)

    @property
    def concat(self) -> Concat | None:
        """Concatenation, if this is a segment."""
        return self.ud.concat

    @property
    def silent(self) -> bool:
        """Type 0: acknowledge, never show or store. §9.2.3.9."""
        return self.pid == _PID_TYPE_0

    @property
    def replace(self) -> int | None:
        """Replace type 1…7, or None. §9.2.3.9."""
        return self.pid - 0x40 if 0x41 <= self.pid <= 0x47 else None

    @property
    def sim_download(self) -> bool:
        """(U)SIM data download: belongs to the SIM. §9.2.3.9."""
        return self.pid == _PID_SIM_DOWNLOAD

    @property
    def flash(self) -> bool:
        """To be shown at once and not stored (class 0)."""
        return self.ud.coding.flash


@dataclass(frozen=True, slots=True)
class Deliver(_Message):
    """SMS-DELIVER. `mms`: more messages are waiting; `trailing`: octets found behind the user data. §9.2.2.1."""

    oa: Address
    pid: int
    scts: Scts
    ud: UserData
    mms: bool = False
    lp: bool = False
    sri: bool = False
    rp: bool = False
    mti_reserved: bool = False
    trailing: int = 0


@dataclass(frozen=True, slots=True)
class Submit(_Message):
    """SMS-SUBMIT. `rd`: reject duplicates; `srr`: a status report is requested. §9.2.2.2."""

    mr: int
    da: Address
    pid: int
    vp: Validity | None
    ud: UserData
    rd: bool = False
    srr: bool = False
    rp: bool = False
    trailing: int = 0


@dataclass(frozen=True, slots=True)
class StatusReport:
    """SMS-STATUS-REPORT; `pi`, `pid` and `ud` are its optional tail. §9.2.2.3.

    `tail_error` marks a tail that is no such thing: modems append rubbish, and the report counts all the same.
    """

    mr: int
    ra: Address
    scts: Scts
    dt: Scts
    st: int
    mms: bool = False
    lp: bool = False
    srq: bool = False
    udhi: bool = False
    pi: int | None = None
    pid: int | None = None
    dcs: int | None = None
    ud: UserData | None = None
    tail_error: bool = False

    @property
    def outcome(self) -> str:
        """`delivered`, `pending`, `failed-temporary` or `failed-permanent`. §9.2.3.15."""
        return outcome(self.st)

    @property
    def delivered(self) -> bool:
        """Whether the message has arrived."""
        return self.outcome == DELIVERED


def decode_deliver(tpdu: bytes, *, strict: bool = True) -> Deliver:
    """SMS-DELIVER of TPDU octets; TP-MTI 3 is read as one. Raises PduError; `strict` as in `decode_user_data`."""
    first = _first(tpdu, (_MTI_DELIVER, _MTI_RESERVED))
    oa, at = decode_address(tpdu, 1, "oa")
    pid, dcs = _octet(tpdu, at, "pid"), _octet(tpdu, at + 1, "dcs")
    scts = _stamp(tpdu, at + 2, "scts")
    ud, end = decode_user_data(tpdu, at + 2 + OCTETS, dcs, bool(first & _UDHI), strict)
    return Deliver(
        oa,
        pid,
        scts,
        ud,
        mms=not first & _MMS_NONE,
        lp=bool(first & _LP),
        sri=bool(first & _SRI),
        rp=bool(first & _RP),
        mti_reserved=first & 3 == _MTI_RESERVED,
        trailing=len(tpdu) - end,
    )


def decode_submit(tpdu: bytes, *, strict: bool = True) -> Submit:
    """SMS-SUBMIT of TPDU octets. Raises PduError; see `decode_user_data` for `strict`."""
    first = _first(tpdu, (_MTI_SUBMIT,))
    mr = _octet(tpdu, 1, "mr")
    da, at = decode_address(tpdu, 2, "da")
    pid, dcs = _octet(tpdu, at, "pid"), _octet(tpdu, at + 1, "dcs")
    kind, octets = FORMATS[first >> 3 & 3]
    at += 2
    if len(tpdu) < at + octets:
        raise PduError("truncated_vp", "vp", len(tpdu))
    vp = Validity(kind, tpdu[at : at + octets]) if kind else None
    ud, end = decode_user_data(tpdu, at + octets, dcs, bool(first & _UDHI), strict)
    return Submit(
        mr,
        da,
        pid,
        vp,
        ud,
        rd=bool(first & _RD),
        srr=bool(first & _SRR),
        rp=bool(first & _RP),
        trailing=len(tpdu) - end,
    )


def decode_status_report(tpdu: bytes) -> StatusReport:
    """SMS-STATUS-REPORT of TPDU octets. A wrong tail is flagged, everything before it raises PduError."""
    first = _first(tpdu, (_MTI_STATUS_REPORT,))
    mr = _octet(tpdu, 1, "mr")
    ra, at = decode_address(tpdu, 2, "ra")
    scts = _stamp(tpdu, at, "scts")
    dt = _stamp(tpdu, at + OCTETS, "dt")
    st = _octet(tpdu, at + 2 * OCTETS, "st")
    udhi = bool(first & _UDHI)
    mms, lp, srq = not first & _MMS_NONE, bool(first & _LP), bool(first & _SRI)
    try:
        pi, pid, dcs, ud = _tail(tpdu, at + 2 * OCTETS + 1, udhi)
    except PduError:
        return StatusReport(mr, ra, scts, dt, st, mms, lp, srq, udhi, tail_error=True)
    return StatusReport(mr, ra, scts, dt, st, mms, lp, srq, udhi, pi, pid, dcs, ud)


def _tail(tpdu: bytes, at: int, udhi: bool) -> tuple[int | None, int | None, int | None, UserData | None]:
    """TP-PI and what it announces: bit 0 PID, 1 DCS, 2 UDL. §9.2.3.27."""
    pi = pid = dcs = ud = None
    if at < len(tpdu):
        pi = tpdu[at]
        at += 1
        if pi & 0x80:  # an extension that nobody sends: rubbish; reserved bits are ignored, as the clause asks
            raise PduError("out_of_range", "pi", at - 1)
        if pi & 1:
            pid = _octet(tpdu, at, "pid")
            at += 1
        if pi & 2:
            dcs = _octet(tpdu, at, "dcs")
            at += 1
        if pi & 4:
            ud, at = decode_user_data(tpdu, at, dcs or 0, udhi, strict=True)
    return pi, pid, dcs, ud


def encode_deliver(
    *,
    oa: Address,
    scts: Scts | datetime,
    text: str | None = None,
    payload: bytes = b"",
    header: bytes = b"",
    dcs: int = 0,
    pid: int = 0,
    mms: bool = False,
    lp: bool = False,
    sri: bool = False,
    rp: bool = False,
) -> bytes:
    """SMS-DELIVER octets of `text`, or of a `payload` (septets, one per octet, or octets) behind a `header` with UDHL.

    Raises PduError where something does not fit; `segments` cuts long text beforehand.
    """
    first = _MTI_DELIVER | (0 if mms else _MMS_NONE) | _bits((lp, _LP), (sri, _SRI), (bool(header), _UDHI), (rp, _RP))
    if text is not None:
        payload = encode_payload(text, dcs, header)
    return b"".join((
        _octets(first, "first_octet"),
        encode_address(oa, "oa"),
        _octets(pid, "pid"),
        _octets(dcs, "dcs"),
        as_octets(scts, "scts"),
        encode_user_data(payload, dcs, header),
    ))  # fmt: skip


def encode_submit(
    *,
    da: Address,
    mr: int = 0,
    text: str | None = None,
    payload: bytes = b"",
    header: bytes = b"",
    dcs: int = 0,
    pid: int = 0,
    vp: Validity | None = None,
    rd: bool = False,
    srr: bool = False,
    rp: bool = False,
) -> bytes:
    """SMS-SUBMIT octets; text, payload and header as for `encode_deliver`. Raises PduError."""
    kind = vp.format if vp else None
    if kind not in VPF or (vp and len(vp.raw) != FORMATS[VPF[kind]][1]):
        raise PduError("out_of_range", "vp")
    first = _MTI_SUBMIT | VPF[kind] << 3 | _bits((rd, _RD), (srr, _SRR), (bool(header), _UDHI), (rp, _RP))
    if text is not None:
        payload = encode_payload(text, dcs, header)
    return b"".join((
        _octets(first, "first_octet"),
        _octets(mr, "mr"),
        encode_address(da, "da"),
        _octets(pid, "pid"),
        _octets(dcs, "dcs"),
        vp.raw if vp else b"",
        encode_user_data(payload, dcs, header),
    ))  # fmt: skip


def encode_status_report(
    *,
    mr: int,
    ra: Address,
    scts: Scts | datetime,
    dt: Scts | datetime,
    st: int,
    mms: bool = False,
    lp: bool = False,
    srq: bool = False,
    pid: int | None = None,
    dcs: int | None = None,
    text: str | None = None,
) -> bytes:
    """SMS-STATUS-REPORT octets; a tail (TP-PI …) only when `pid`, `dcs` or `text` is given. Raises PduError."""
    first = _MTI_STATUS_REPORT | (0 if mms else _MMS_NONE) | _bits((lp, _LP), (srq, _SRI))
    tail = b""
    if pid is not None or dcs is not None or text is not None:
        pi = _bits((pid is not None, 1), (dcs is not None, 2), (text is not None, 4))
        tail = _octets(pi, "pi")
        tail += b"" if pid is None else _octets(pid, "pid")
        tail += b"" if dcs is None else _octets(dcs, "dcs")
        if text is not None:
            tail += encode_user_data(encode_payload(text, dcs or 0), dcs or 0)
    return b"".join((
        _octets(first, "first_octet"),
        _octets(mr, "mr"),
        encode_address(ra, "ra"),
        as_octets(scts, "scts"),
        as_octets(dt, "dt"),
        _octets(st, "st"),
        tail,
    ))  # fmt: skip


def _first(tpdu: bytes, expected: tuple[int, ...]) -> int:
    if not tpdu:
        raise PduError("truncated_first_octet", "first_octet", 0)
    if tpdu[0] & 3 not in expected:
        raise PduError("wrong_mti", "first_octet", 0)
    return tpdu[0]


def _octet(tpdu: bytes, at: int, name: str) -> int:
    if at >= len(tpdu):
        raise PduError(f"truncated_{name}", name, len(tpdu))
    return tpdu[at]


def _stamp(tpdu: bytes, at: int, name: str) -> Scts:
    if at + OCTETS > len(tpdu):
        raise PduError(f"truncated_{name}", name, len(tpdu))
    return Scts(tpdu[at : at + OCTETS])


def _octets(value: int, name: str) -> bytes:
    if not 0 <= value <= 255:
        raise PduError("out_of_range", name)
    return bytes((value,))


def _bits(*flags: tuple[bool, int]) -> int:
    return sum(bit for on, bit in flags if on)
