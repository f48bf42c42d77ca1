"""Between the message log and TPDUs (TS 23.040): the only module of the network that writes and reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mtmo_host.errors import MtmoError
from mtmo_host.network.schema import Message, Report
from mtmo_host.sms import gsm7, sc1
from mtmo_host.sms.address import Address, encode_address
from mtmo_host.sms.dcs import DATA8, UCS2, decode_dcs
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.scts import encode_scts
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.tpdu import decode_submit, encode_deliver, encode_status_report
from mtmo_host.sms.udh import Concat, decode_udh, find_concat, find_languages
from mtmo_host.sms.userdata import MAX_OCTETS, MAX_SEPTETS, encode_payload, encode_user_data

_TON = 0x70
_ALPHANUMERIC_TON = 0x50
_FIELD_NAMES = {"ud": "payload", "udl": "payload", "oa": "source_address"}


class WireError(MtmoError):
    """A message cannot be coded, or a TPDU cannot be read; `field` as the REST API names it."""


@dataclass(frozen=True)
class Submission:
    """What the network needs of an SMS-SUBMIT. `udh` and `ud` (payload: septets or octets) are hex."""

    da: str
    da_toa: int
    text: str
    dcs: int
    pid: int
    udh: str
    ud: str
    mr: int
    wants_report: bool
    validity_s: float | None
    concat: tuple[int, int, int] | None  # reference, total, sequence number


@dataclass(frozen=True)
class Plan:
    """How a text will go: its data coding scheme and the number of TPDUs."""

    dcs: int
    segments: int


def is_name(toa: int) -> bool:
    """Whether a type-of-address octet says alphanumeric (§9.1.2.5)."""
    return toa & _TON == _ALPHANUMERIC_TON


def read_submit(tpdu: bytes, now: float) -> Submission:
    """An SMS-SUBMIT of octets; `now` (unix seconds) turns an absolute validity into seconds. Raises WireError."""
    try:
        sms = decode_submit(tpdu)
    except PduError as error:
        raise _wire_error(error) from error
    validity: float | None = None
    if sms.vp is not None:
        end = sms.vp.time.time if sms.vp.time is not None else None
        validity = sms.vp.seconds if end is None else max(0.0, end.timestamp() - now)
    concat = sms.concat
    return Submission(
        da=sms.da.digits,
        da_toa=sms.da.toa,
        text=sms.ud.payload.hex().upper() if sms.text is None else sms.text,
        dcs=sms.dcs,
        pid=sms.pid,
        udh=sms.ud.header.hex().upper(),
        ud=sms.ud.payload.hex().upper(),
        mr=sms.mr,
        wants_report=sms.srr,
        validity_s=validity,
        concat=None if concat is None else (concat.ref, concat.total, concat.seq),
    )


def plan(payload: str, dcs: int | None, udh: bytes, ud: bytes | None = None) -> Plan:
    """How a payload will go; without a `dcs` (or with 0) in the alphabet that takes least. Raises WireError.

    With `ud` (septets one per octet, or octets) it goes as that, in one TPDU.
    """
    try:
        if ud is not None:
            encode_user_data(ud, dcs or 0, udh)
            return Plan(dcs or 0, 1)
        if not dcs and not udh:
            pieces = segments(payload, ref=0)
            return Plan(pieces[0].dcs, len(pieces))
        octet = dcs or _cheapest(payload)
        if octet == 8 and not udh and len(_coded(payload, octet, udh)) > 140:
            pieces = segments(payload, ref=0)
            return Plan(pieces[0].dcs, len(pieces))
        encode_user_data(_coded(payload, octet, udh), octet, udh)
        return Plan(octet, 1)
    except PduError as error:
        raise _wire_error(error) from error


def write_deliver(message: Message) -> bytes:
    """The SMS-DELIVER of the message's next segment. SCTS is the time of submission: a repeat is the same SMS."""
    header = bytes.fromhex(message.udh or "")
    dcs = message.dcs
    try:
        if message.ud is not None:
            payload = bytes.fromhex(message.ud)
        elif message.segments > 1:
            piece = segments(message.payload, ref=message.id % 256)[message.segments_done]
            header, payload, dcs = piece.udh, piece.ud, piece.dcs
        else:
            payload = _coded(message.payload, dcs, header)
        return encode_deliver(
            oa=Address.from_toa(message.source_address, message.source_address_type),
            scts=_stamp(message.submit_date),
            payload=payload,
            header=header,
            dcs=dcs,
            pid=message.pid,
            mms=message.segments_done + 1 < message.segments,
        )
    except PduError as error:
        raise _wire_error(error) from error


def write_report(report: Report) -> bytes:
    """The SMS-STATUS-REPORT for an MO. Raises WireError."""
    try:
        return encode_status_report(
            mr=report.mr,
            ra=Address.from_toa(report.ra, report.ra_toa),
            scts=_stamp(report.submit_date),
            dt=_stamp(report.done_date),
            st=report.st,
        )
    except PduError as error:
        raise _wire_error(error) from error


def scts(now: float) -> bytes:
    """Seven octets of a time in unix seconds, UTC."""
    return encode_scts(_stamp(now))


def check_source(address: str, toa: int) -> None:
    """Raises WireError when the source address cannot be written into a TPDU."""
    try:
        encode_address(Address.from_toa(address, toa), "oa")
    except PduError as error:
        raise _wire_error(error) from error


def command_columns(payload: str) -> dict[str, Any]:
    """Slot, counter and tag of an SC1 command, as columns of the log; empty for any other text."""
    try:
        frame = sc1.parse(payload)
    except sc1.Sc1Error:
        return {}
    if frame.mark != "*":
        return {}
    return {"sc1_kid": frame.kid, "sc1_ctr": frame.ctr, "sc1_tag": frame.tag.hex()}


def encode_text(text: str, dcs: int, udh: bytes = b"") -> bytes:
    """Septets (one per octet) or octets of a text in the alphabet of `dcs`. Raises WireError."""
    try:
        return encode_payload(text, dcs, udh)
    except PduError as error:
        raise _wire_error(error) from error


def decode_text(ud: bytes, dcs: int, udh: bytes = b"", *, errors: str = "replace") -> str:
    """Text of septets (one per octet) or octets behind a header, hex digits of data; `errors` is for half a surrogate.

    Raises WireError when `errors` is "strict" and the UCS2 is wrong.
    """
    coding = decode_dcs(dcs)
    if coding.compressed or coding.alphabet == DATA8:
        return ud.hex().upper()
    if coding.alphabet == UCS2:
        try:
            return ud.decode("utf-16-be", errors)
        except UnicodeDecodeError as error:
            raise WireError(f"octet {error.start} is half a character", field="payload") from error
    return gsm7.decode(ud, *find_languages(decode_udh(udh[1:])))


def fits_one(ud: bytes, dcs: int) -> bool:
    """Whether one TPDU without a header holds the septets or octets."""
    return len(ud) <= (MAX_SEPTETS if decode_dcs(dcs).in_septets else MAX_OCTETS)


def header_concat(udh: bytes) -> Concat | None:
    """The concatenation that a header (with its length octet, or none at all) asks for; of one that is none, None."""
    try:
        return find_concat(decode_udh(udh[1:]))
    except PduError:
        return None


def _cheapest(payload: str) -> int:
    return 0 if gsm7.fits(payload) else 8


def _coded(payload: str, dcs: int, header: bytes) -> bytes:
    coding = decode_dcs(dcs)
    if coding.alphabet == DATA8 or coding.compressed:
        try:
            return bytes.fromhex(payload)
        except ValueError as error:
            raise WireError("8-bit data is written in hex digits", field="payload") from error
    return encode_payload(payload, dcs, header if coding.alphabet != UCS2 else b"")


def _stamp(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _wire_error(error: PduError) -> WireError:
    return WireError(error.message, field=_FIELD_NAMES.get(error.field or "", error.field))
