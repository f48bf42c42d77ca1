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
_LATIN = {1: "ascii", 3: "latin-1"}


@dataclass(frozen=True)
class Text:
    """A message as submit_mt takes it."""

    payload: str
    dcs: int | None
    udh: bytes


def read_text(sm: Sm) -> Text:
    """The text of a submit_sm, its header apart. Raises SmppError."""
    udh, octets = _split_header(sm)
    if not udh:
        udh = _sar_header(sm)
    coding = sm.data_coding
    try:
        if coding == 0:
            return Text(wire.read_septets(octets), None, udh)
        if coding in _LATIN:
            return Text(octets.decode(_LATIN[coding]), None, udh)
        if coding in (2, 4):
            return Text(octets.hex().upper(), 4, udh)
        alphabet = wire.alphabet(coding)
        if alphabet == "ucs2":
            return Text(octets.decode("utf-16-be"), coding, udh)
        if alphabet == "8bit":
            return Text(octets.hex().upper(), coding, udh)
        return Text(wire.read_septets(octets), coding, udh)
    except UnicodeDecodeError as error:
        raise SmppError(codec.RINVMSGLEN, "the text is not in its data_coding") from error


def _split_header(sm: Sm) -> tuple[bytes, bytes]:
    if not sm.esm_class & codec.ESM_UDHI:
        return b"", sm.message
    if not sm.message or len(sm.message) < 1 + sm.message[0]:
        raise SmppError(codec.RINVMSGLEN, "user data header longer than the message")
    end = 1 + sm.message[0]
    return sm.message[:end], sm.message[end:]


def _sar_header(sm: Sm) -> bytes:
    """Concatenation asked for by TLV, as a header with a 16-bit reference."""
    values = [sm.tlvs.get(tag) for tag in (codec.TLV_SAR_REF, codec.TLV_SAR_TOTAL, codec.TLV_SAR_SEQ)]
    if None in values:
        return b""
    ref, total, seq = (value or b"" for value in values)
    if (len(ref), len(total), len(seq)) != (2, 1, 1):
        raise SmppError(codec.RINVTLVSTREAM, "sar_* of a wrong length")
    return b"\x06\x08\x04" + ref + total + seq


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


def mo_sm(message: Message) -> Sm:
    """The deliver_sm of an MO: septets one per octet, octets and UCS2 as they are."""
    udh = bytes.fromhex(message.udh or "")
    alphabet = wire.alphabet(message.dcs)
    return Sm(
        source=message.source_address,
        source_ton=1,
        dest=message.dest_address,
        dest_ton=0,
        esm_class=codec.ESM_UDHI if udh else 0,
        data_coding={"gsm7": 0, "8bit": 4, "ucs2": 8}[alphabet],
        message=udh + bytes.fromhex(message.ud or ""),
        pid=message.pid,
    )


def receipt_sm(message: Message) -> Sm:
    """The deliver_sm that tells an ESME what became of its message (App. B), addresses swapped."""
    stat, state = STATES[message.status_id]
    text = (
        f"id:{message.id:010d} sub:001 dlvrd:{int(message.status_id == DELIVERED):03d}"
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
        message=wire.write_septets(text) or text.encode("ascii", "replace"),
        tlvs={
            codec.TLV_RECEIPTED_MESSAGE_ID: codec.encode_text(str(message.id)),
            codec.TLV_MESSAGE_STATE: bytes((state,)),
        },
    )


def _minute(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%y%m%d%H%M}"


def _first_words(message: Message) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in message.payload[:20])
