"""A body of text mode made into a TPDU, as +CSMP and +CSCS say (TS 27.005 §3.1, §3.3.2, §3.5)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from mtmo_host.emulator.registry import cms
from mtmo_host.emulator.settings import Settings
from mtmo_host.emulator.sms import text_mode
from mtmo_host.emulator.violations import Rule
from mtmo_host.sms import gsm7
from mtmo_host.sms.address import Address, encode_address
from mtmo_host.sms.dcs import GSM7, decode_dcs
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.tpdu import encode_deliver, encode_submit
from mtmo_host.sms.userdata import encode_payload
from mtmo_host.sms.validity import ABSOLUTE, RELATIVE, Validity

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_INVALID = 305
_BLANK = b" \r\n"
_HEX = frozenset(b"0123456789ABCDEFabcdef")
_SHOWN = 60
_RD, _VPF, _VPF_ABSOLUTE, _VPF_RELATIVE, _SRR, _UDHI, _RP = 0x04, 0x18, 0x18, 0x10, 0x20, 0x40, 0x80
_TIME = re.compile(r"(\d\d)/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)([+-])(\d\d)", re.ASCII)


def pdu_octets(modem: Modem, body: bytes) -> bytes | None:
    """The octets that the digits of a body stand for; None, and a violation that says why, when they stand for none."""
    digits = bytes(octet for octet in body if octet not in _BLANK)
    foreign = next((at for at, octet in enumerate(digits) if octet not in _HEX), None)
    if foreign is not None:
        begin = max(0, foreign - _SHOWN // 2)
        around = digits[begin : begin + _SHOWN]
        modem.breach(Rule.NOT_HEX, f"{digits[foreign : foreign + 1]!r} is character {foreign + 1}: {around!r}")
        return None
    if len(digits) % 2:
        modem.breach(Rule.HALF_OCTET, f"{len(digits)} digits, the last ones {digits[-_SHOWN:]!r}")
        return None
    return bytes.fromhex(digits.decode("ascii"))


def submit_tpdu(number: str, toa: int | None, body: bytes, settings: Settings) -> bytes:
    """The SUBMIT that +CSMP, a number and a body make; +CMS ERROR: 305 when they make none."""
    first, _, pid, dcs = settings.csmp
    try:
        header, payload = _user_data(body, settings)
        return encode_submit(
            da=address(text_mode.meant(number, settings.cscs), toa),
            payload=payload,
            header=header,
            dcs=dcs,
            pid=pid,
            vp=_validity(settings),
            rd=bool(first & _RD),
            srr=bool(first & _SRR),
            rp=bool(first & _RP),
        )
    except (PduError, ValueError):
        raise cms(_INVALID) from None


def deliver_tpdu(number: str, toa: int | None, body: bytes, settings: Settings, now: datetime) -> bytes:
    """The DELIVER that a body written as received makes; +CMS ERROR: 305 when it makes none."""
    _, _, pid, dcs = settings.csmp
    try:
        header, payload = _user_data(body, settings)
        oa = address(text_mode.meant(number, settings.cscs), toa)
        return encode_deliver(oa=oa, scts=now.replace(microsecond=0), payload=payload, header=header, dcs=dcs, pid=pid)
    except (PduError, ValueError):
        raise cms(_INVALID) from None


def address(number: str, toa: int | None) -> Address:
    """A number with its type, or with the one that a + in front says."""
    return Address.from_toa(number, toa if toa is not None else (145 if number.startswith("+") else 129))


def _user_data(body: bytes, settings: Settings) -> tuple[bytes, bytes]:
    """Header and payload of a body: text, or hex where <fo> says header or <dcs> no text (§3.1 `<data>`)."""
    first, _, _, dcs = settings.csmp
    text, coding = body.decode("latin-1"), decode_dcs(dcs)
    if coding.alphabet == GSM7 and not first & _UDHI:
        return b"", encode_payload(text_mode.meant(text, settings.cscs), dcs)
    octets = bytes.fromhex(text)
    header = octets[: 1 + octets[0]] if first & _UDHI and octets else b""
    rest = octets[len(header) :]
    if not coding.in_septets:
        return header, rest
    fill = -len(header) * 8 % 7
    return header, gsm7.unpack(rest, (len(rest) * 8 - fill) // 7, fill)


def redirected(tpdu: bytes, number: str, toa: int | None, settings: Settings) -> bytes:
    """A SUBMIT with another destination (TS 23.040 §9.2.2.2); +CMS ERROR: 305 when the number is none."""
    try:
        da = encode_address(address(text_mode.meant(number, settings.cscs), toa), "da")
    except (PduError, ValueError):
        raise cms(_INVALID) from None
    return tpdu[:2] + da + tpdu[4 + (tpdu[2] + 1) // 2 :]


def _validity(settings: Settings) -> Validity | None:
    first, period, _, _ = settings.csmp
    if isinstance(period, str):
        return Validity(ABSOLUTE, time_octets(period)) if is_absolute(first) else None
    return Validity(RELATIVE, bytes((period,))) if first & _VPF == _VPF_RELATIVE else None


def is_absolute(first: int) -> bool:
    """The first octet of +CSMP says that the validity period is a time."""
    return first & _VPF == _VPF_ABSOLUTE


def time_octets(text: str) -> bytes:
    """yy/MM/dd,hh:mm:ss±zz as seven octets (TS 23.040 §9.2.3.11); +CMS ERROR: 305 for anything else."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise cms(_INVALID)
    *fields, sign, zone = found.groups()
    octets = bytes(int(field[1]) << 4 | int(field[0]) for field in (*fields, zone))
    return octets[:6] + bytes((octets[6] | (8 if sign == "-" else 0),))
