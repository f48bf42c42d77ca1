"""Between SMPP and the message log: alphabets, addresses, times, delivery receipts (SMPP 3.4 §5.2, §7.1.1, App. B)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mtmo_host.network import smpp_codec as codec
from mtmo_host.network import wire
from mtmo_host.network.schema import (
    ALPHANUMERIC,
    BUFFERED,
    CANCELED,
    DELIVERED,
    EXPIRED,
    FAILED,
    IN_PROGRESS,
    INTERNATIONAL,
    NATIONAL,
    PENDING,
    Message,
)
from mtmo_host.network.smpp_codec import Sm, SmppError
from mtmo_host.network.smpp_coding import check_octets, coding_of, data_coding_of, read_charset
from mtmo_host.sms import gsm7

# status -> (stat of the receipt's text, message_state)
STATES = {
    PENDING: ("ENROUTE", 1),
    IN_PROGRESS: ("ENROUTE", 1),
    BUFFERED: ("ENROUTE", 1),
    DELIVERED: ("DELIVRD", 2),
    EXPIRED: ("EXPIRED", 3),
    CANCELED: ("DELETED", 4),
    FAILED: ("UNDELIV", 5),
}
_KIND_OF_TON = {0: None, 1: INTERNATIONAL, 2: NATIONAL, 5: ALPHANUMERIC}
_TON_OF_KIND = {INTERNATIONAL: 1, NATIONAL: 2, ALPHANUMERIC: 5}
_UD_MAX = 140  # octets of user data (TS 23.040 §9.2.3.16)


@dataclass(frozen=True)
class Text:
    """A message as submit_mt takes it; `ud` are its octets where they go as they came."""

    payload: str
    dcs: int | None
    udh: bytes
    ud: bytes | None = None


def read_text(sm: Sm) -> Text:
    """The text of a submit_sm, its header apart. Raises SmppError.

    What one TPDU holds, or a header says is a segment, goes octet for octet; longer text is ours to cut.
    """
    coding = coding_of(sm.data_coding)
    udh, octets = _split_header(sm)
    udh = _with_sar(sm, udh)
    try:
        if coding.charset:
            text = read_charset(octets, coding)
            return (
                Text(text, coding.dcs, udh, wire.encode_text(text, coding.dcs, udh)) if udh else Text(text, None, b"")
            )
        check_octets(octets, coding)
        if udh or wire.fits_one(octets, coding.dcs):
            return Text(wire.decode_text(octets, coding.dcs, udh), coding.dcs, udh, octets)
        return Text(wire.decode_text(octets, coding.dcs, errors="strict"), coding.dcs, b"")
    except wire.WireError as error:
        raise SmppError(codec.RSUBMITFAIL, f"the text cannot go as {coding.name}: {error}") from error


def _split_header(sm: Sm) -> tuple[bytes, bytes]:
    if not sm.esm_class & codec.ESM_UDHI:
        return b"", sm.message
    if not sm.message or len(sm.message) < 1 + sm.message[0]:
        raise SmppError(codec.RINVMSGLEN, "user data header longer than the message")
    end = 1 + sm.message[0]
    at = 1
    while at < end:  # elements fill a header to its last octet (TS 23.040 §9.2.3.24)
        at += 2 + sm.message[at + 1] if at + 1 < end else 2
    if at != end:
        raise SmppError(codec.RSUBMITFAIL, "the last element of the user data header does not fit into it")
    return sm.message[:end], sm.message[end:]


def _with_sar(sm: Sm, udh: bytes) -> bytes:
    """The header with the concatenation that sar_* ask for (§5.3.2.22…24); one that stands there already wins.

    A reference below 256 takes the short element, as segments are often cut for that one.
    """
    values = [sm.tlvs.get(tag) for tag in (codec.TLV_SAR_REF, codec.TLV_SAR_TOTAL, codec.TLV_SAR_SEQ)]
    if None in values:
        return udh  # "otherwise this parameter shall be ignored"
    ref, total, seq = (value or b"" for value in values)
    if (len(ref), len(total), len(seq)) != (2, 1, 1):
        raise SmppError(codec.RINVPARLEN, "sar_* of a wrong length")
    if not 0 < seq[0] <= total[0]:
        raise SmppError(codec.RINVOPTPARAMVAL, f"segment {seq[0]} of {total[0]}")
    if wire.header_concat(udh) is not None:
        return udh
    element = b"\x08\x04" + ref if ref[0] else b"\x00\x03" + ref[1:]
    elements = element + total + seq + udh[1:]
    if len(elements) >= _UD_MAX:
        raise SmppError(codec.RINVMSGLEN, "no room for a text behind the user data header")
    return bytes((len(elements),)) + elements


def source_of(sm: Sm) -> tuple[str | None, int | None]:
    """(address, type) as submit_mt takes them; an unknown type of number is judged by the digits."""
    return sm.source or None, _KIND_OF_TON.get(sm.source_ton)


def expiry_of(sm: Sm, now: float) -> float | None:
    """Unix seconds of the validity period, absolute or relative (§7.1.1); None without one. Raises SmppError."""
    text = sm.validity
    if not text:
        return None
    wrong = SmppError(codec.RINVEXPIRY, "validity_period is no time")
    if len(text) != 16 or not (text[:15].isascii() and text[:15].isdigit()):
        raise wrong
    year, month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(0, 12, 2))
    if text[15] == "R":
        period = timedelta(days=365 * year + 30 * month + day, hours=hour, minutes=minute, seconds=second)
        return now + period.total_seconds()
    if text[15] not in "+-":
        raise wrong
    try:
        moment = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise wrong from None
    quarters = int(text[13:15])
    return moment.timestamp() - 900 * (quarters if text[15] == "+" else -quarters)


def format_time(seconds: float | None) -> str:
    """An absolute time, UTC (§7.1.1); empty for none."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%y%m%d%H%M%S}000+"


def mo_sm(message: Message) -> Sm:
    """The deliver_sm of an MO: septets one per octet, octets and UCS2 as they are."""
    udh = bytes.fromhex(message.udh or "")
    return Sm(
        source=message.source_address,
        source_ton=1,
        dest=message.dest_address,
        dest_ton=0,
        esm_class=codec.ESM_UDHI if udh else 0,
        data_coding=data_coding_of(message.dcs),
        message=udh + bytes.fromhex(message.ud or ""),
        pid=message.pid,
    )


def receipt_sm(message: Message) -> Sm:
    """The deliver_sm that tells an ESME what became of its message (App. B), addresses swapped."""
    stat, state = STATES[message.status_id]
    text = (
        f"id:{codec.format_message_id(message.id)} sub:001 dlvrd:{int(message.status_id == DELIVERED):03d}"
        f" submit date:{_minute(message.submit_date)} done date:{_minute(message.final_date or message.submit_date)}"
        f" stat:{stat} err:000 text:{_first_words(message)}"
    )
    return Sm(
        source=message.dest_address,
        source_ton=1,
        dest=message.source_address,
        dest_ton=_TON_OF_KIND.get(message.source_address_type, 0),
        esm_class=codec.ESM_RECEIPT,
        data_coding=0,
        message=wire.encode_text(text, 0),
        tlvs={
            codec.TLV_RECEIPTED_MESSAGE_ID: codec.encode_text(codec.format_message_id(message.id)),
            codec.TLV_MESSAGE_STATE: bytes((state,)),
        },
    )


def _minute(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%y%m%d%H%M}"


def _first_words(message: Message) -> str:
    """App. B's text: of data its digits, a character that the receipt cannot carry as a question mark."""
    return "".join(
        character if " " <= character <= "~" and gsm7.fits(character) else "?" for character in message.payload[:20]
    )
