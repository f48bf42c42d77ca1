"""Text mode of TS 27.005 §3.1: the terminal's alphabet, message headers, and a body made into a TPDU."""

from __future__ import annotations

import re

from mtmo_host.emulator.registry import cms
from mtmo_host.emulator.settings import Settings
from mtmo_host.emulator.store import Stored
from mtmo_host.emulator.tpdu_fields import Mti, mti
from mtmo_host.sms import gsm7
from mtmo_host.sms.address import Address, decode_sca, encode_address
from mtmo_host.sms.dcs import GSM7, decode_dcs
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.tpdu import StatusReport, decode_deliver, decode_status_report, decode_submit, encode_submit
from mtmo_host.sms.userdata import UserData
from mtmo_host.sms.validity import ABSOLUTE, RELATIVE, Validity

STAT_WORDS = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL")
_INVALID = 305
_RD, _VPF, _VPF_ABSOLUTE, _VPF_RELATIVE, _SRR = 0x04, 0x18, 0x18, 0x10, 0x20
_TIME = re.compile(r"(\d\d)/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)([+-])(\d\d)", re.ASCII)


def shown(text: str, charset: str) -> str:
    """Text in the terminal's alphabet (+CSCS), one character an octet."""
    if charset == "UCS2":
        return text.encode("utf-16-be").hex().upper()
    if charset in ("GSM", "HEX"):
        septets = b"".join(gsm7.encode(c) if gsm7.fits(c) else b"?" for c in text)
        return septets.hex().upper() if charset == "HEX" else septets.decode("latin-1")
    return text.encode("ascii", "replace").decode()


def meant(text: str, charset: str) -> str:
    """What the terminal means by a string in its alphabet; +CMS ERROR: 305 when it means nothing."""
    try:
        if charset == "UCS2":
            return bytes.fromhex(text).decode("utf-16-be")
        if charset == "HEX":
            return gsm7.decode(bytes.fromhex(text))
        return gsm7.decode(text.encode("latin-1")) if charset == "GSM" else text
    except (UnicodeError, ValueError, IndexError):
        raise cms(_INVALID) from None


def read_lines(stored: Stored, settings: Settings) -> list[str]:
    """`+CMGR` and the text of a message."""
    header, data = _header_and_data(stored.pdu, settings, listed=False)
    return [f'+CMGR: "{STAT_WORDS[stored.stat]}",{header}', *data]


def list_lines(index: int, stored: Stored, settings: Settings) -> list[str]:
    """One entry of `+CMGL`."""
    header, data = _header_and_data(stored.pdu, settings, listed=True)
    return [f'+CMGL: {index},"{STAT_WORDS[stored.stat]}",{header}', *data]


def originator(tpdu: bytes) -> str:
    """The originating address of a DELIVER, or nothing where it cannot be read."""
    try:
        return decode_deliver(tpdu, strict=False).oa.number
    except PduError:
        return ""


def routed(pdu: bytes, settings: Settings) -> str:
    """`+CMT` or `+CDS` with its text."""
    name = "+CDS" if mti(pdu[1 + pdu[0] :]) == Mti.STATUS_REPORT else "+CMT"
    header, data = _header_and_data(pdu, settings, listed=False)
    return "\r\n".join([f"{name}: {header}", *data])


def _header_and_data(pdu: bytes, settings: Settings, *, listed: bool) -> tuple[str, list[str]]:
    tpdu = pdu[1 + pdu[0] :]
    try:
        if mti(tpdu) == Mti.STATUS_REPORT:
            return _report(tpdu[0], decode_status_report(tpdu), settings), []
        if mti(tpdu) == Mti.SUBMIT:
            return _submit(pdu, tpdu, settings, listed)
        return _deliver(pdu, tpdu, settings, listed)
    except PduError:
        # a message that cannot be shown must not hide the others
        return f'"",,"",{len(tpdu)}', [tpdu.hex().upper()]


def _deliver(pdu: bytes, tpdu: bytes, settings: Settings, listed: bool) -> tuple[str, list[str]]:
    deliver = decode_deliver(tpdu, strict=False)
    header = f'{_number(deliver.oa, settings)},,"{time_text(deliver.scts.raw)}"'
    if settings.csdh:
        fields = f",{tpdu[0]},{deliver.pid},{deliver.dcs},{_service_centre(pdu)}"
        header += f",{deliver.oa.toa}{'' if listed else fields},{deliver.ud.udl}"
    return header, [_data(deliver.ud, settings)]


def _submit(pdu: bytes, tpdu: bytes, settings: Settings, listed: bool) -> tuple[str, list[str]]:
    submit = decode_submit(tpdu, strict=False)
    header = f"{_number(submit.da, settings)},"
    if listed:
        header += "," + (f",{submit.da.toa},{submit.ud.udl}" if settings.csdh else "")
    elif settings.csdh:
        vp = submit.vp.raw[0] if submit.vp is not None and submit.vp.format == RELATIVE else ""
        fields = f"{tpdu[0]},{submit.pid},{submit.dcs},{vp},{_service_centre(pdu)}"
        header += f",{submit.da.toa},{fields},{submit.ud.udl}"
    return header, [_data(submit.ud, settings)]


def _report(first: int, report: StatusReport, settings: Settings) -> str:
    times = f'"{time_text(report.scts.raw)}","{time_text(report.dt.raw)}"'
    return f"{first},{report.mr},{_number(report.ra, settings)},{report.ra.toa},{times},{report.st}"


def _number(address: Address, settings: Settings) -> str:
    return '"' + shown(address.number, settings.cscs) + '"'


def _service_centre(pdu: bytes) -> str:
    sca, _ = decode_sca(pdu)
    return f'"{sca.number}",{sca.toa}' if sca is not None else '"",129'


def time_text(octets: bytes) -> str:
    """yy/MM/dd,hh:mm:ss±zz out of swapped semi-octets (TS 23.040 §9.2.3.11)."""
    year, month, day, hour, minute, second = (f"{octet & 15:X}{octet >> 4:X}" for octet in octets[:6])
    zone = octets[6]
    return f"{year}/{month}/{day},{hour}:{minute}:{second}{'-' if zone & 8 else '+'}{zone & 7:X}{zone >> 4:X}"


def _data(ud: UserData, settings: Settings) -> str:
    """GSM text without header in the terminal's alphabet, all else in hex (TS 27.005 §3.1 `<data>`)."""
    if ud.text is not None and ud.coding.in_septets and not ud.header:
        return shown(ud.text, settings.cscs)
    return (ud.header + ud.data).hex().upper()


def submit_tpdu(number: str, toa: int | None, body: bytes, settings: Settings) -> bytes:
    """The SUBMIT that +CSMP, a number and a body make; +CMS ERROR: 305 when they make none."""
    first, _, pid, dcs = settings.csmp
    number = meant(number, settings.cscs)
    address = Address.from_toa(number, toa if toa is not None else (145 if number.startswith("+") else 129))
    text = body.decode("latin-1")
    is_text = decode_dcs(dcs).alphabet == GSM7
    try:
        return encode_submit(
            da=address,
            text=meant(text, settings.cscs) if is_text else None,
            payload=b"" if is_text else bytes.fromhex(text),
            dcs=dcs,
            pid=pid,
            vp=_validity(settings),
            rd=bool(first & _RD),
            srr=bool(first & _SRR),
        )
    except (PduError, ValueError):
        raise cms(_INVALID) from None


def redirected(tpdu: bytes, number: str, toa: int | None, settings: Settings) -> bytes:
    """A SUBMIT with another destination (TS 23.040 §9.2.2.2); +CMS ERROR: 305 when the number is none."""
    number = meant(number, settings.cscs)
    address = Address.from_toa(number, toa if toa is not None else (145 if number.startswith("+") else 129))
    try:
        da = encode_address(address, "da")
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


def wanted_stat(word: str) -> int:
    """`<stat>` of +CMGL in words; 4 is ALL."""
    try:
        return STAT_WORDS.index(word.upper())
    except ValueError:
        raise cms(_INVALID) from None
