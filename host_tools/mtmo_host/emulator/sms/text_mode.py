"""Text mode of TS 27.005 §3.1: the terminal's alphabet, message headers, and a body made into a TPDU."""

from __future__ import annotations

from mtmo_host.emulator.registry import cms
from mtmo_host.emulator.settings import Settings
from mtmo_host.emulator.sms.store import Stat, Stored
from mtmo_host.emulator.sms.tpdu_fields import Mti, mti
from mtmo_host.sms import gsm7
from mtmo_host.sms.address import Address, decode_sca
from mtmo_host.sms.cbs import Page, decode_page
from mtmo_host.sms.command import MTI as COMMAND
from mtmo_host.sms.command import Command, decode_command
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.tpdu import (
    StatusReport,
    decode_deliver,
    decode_status_report,
    decode_submit,
)
from mtmo_host.sms.userdata import UserData
from mtmo_host.sms.validity import RELATIVE

STAT_WORDS = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL")
_INVALID = 305


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
    header, data = _shown(stored, settings, listed=False)
    return [f'+CMGR: "{STAT_WORDS[stored.stat]}",{header}', *data]


def list_lines(index: int, stored: Stored, settings: Settings) -> list[str]:
    """One entry of `+CMGL`."""
    header, data = _shown(stored, settings, listed=True)
    return [f'+CMGL: {index},"{STAT_WORDS[stored.stat]}",{header}', *data]


def broadcast_header(page: Page, *, listed: bool = False) -> str:
    """Serial number, message identifier, coding (not in a list), page and pages of a cell broadcast."""
    dcs = "" if listed else f"{page.coding.octet},"
    return f"{page.sn},{page.mid},{dcs}{page.page},{page.pages}"


def broadcast_data(page: Page, settings: Settings) -> str:
    """Its text in the terminal's alphabet, all else in hex."""
    text = page.text if page.coding.in_septets else None
    return page.content.hex().upper() if text is None else shown(text, settings.cscs)


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


def _shown(stored: Stored, settings: Settings, *, listed: bool) -> tuple[str, list[str]]:
    if stored.broadcast:
        page = decode_page(stored.pdu)
        return broadcast_header(page, listed=listed), [broadcast_data(page, settings)]
    tpdu = stored.pdu[1 + stored.pdu[0] :]
    if stored.stat in (Stat.STO_SENT, Stat.STO_UNSENT) and mti(tpdu) == COMMAND:
        try:
            return _command(decode_command(tpdu), settings, listed)
        except PduError:
            return _unreadable(tpdu)
    return _header_and_data(stored.pdu, settings, listed=listed)


def _command(command: Command, settings: Settings, listed: bool) -> tuple[str, list[str]]:
    header = f"{command.first},{command.ct}"
    if listed or not settings.csdh:
        return header, []
    fields = f"{command.pid},{command.mn},{_number(command.da, settings)},{command.da.toa},{len(command.data)}"
    return f"{header},{fields}", [command.data.hex().upper()] if command.data else []


def _header_and_data(pdu: bytes, settings: Settings, *, listed: bool) -> tuple[str, list[str]]:
    tpdu = pdu[1 + pdu[0] :]
    try:
        if mti(tpdu) == Mti.STATUS_REPORT:
            return _report(tpdu[0], decode_status_report(tpdu), settings), []
        if mti(tpdu) == Mti.SUBMIT:
            return _submit(pdu, tpdu, settings, listed)
        return _deliver(pdu, tpdu, settings, listed)
    except PduError:
        return _unreadable(tpdu)


def _unreadable(tpdu: bytes) -> tuple[str, list[str]]:
    """A message that cannot be shown must not hide the others."""
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


def own_stat(word: str) -> Stat:
    """`<stat>` of a message in words."""
    if word.upper() not in STAT_WORDS[:-1]:
        raise cms(_INVALID)
    return Stat(STAT_WORDS.index(word.upper()))


def wanted_stat(word: str) -> int:
    """`<stat>` of +CMGL in words; 4 is ALL."""
    try:
        return STAT_WORDS.index(word.upper())
    except ValueError:
        raise cms(_INVALID) from None
