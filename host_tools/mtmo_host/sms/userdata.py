"""TP-UDL and TP-UD: header, fill bits, alphabet (TS 23.040 §9.2.3.16, §9.2.3.24)."""

from __future__ import annotations

from dataclasses import dataclass

from mtmo_host.sms import gsm7
from mtmo_host.sms.dcs import DATA8, GSM7, UCS2, Dcs, decode_dcs
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.udh import (
    NO_ELEMENTS,
    Concat,
    Ie,
    Ports,
    decode_udh,
    find_concat,
    find_languages,
    find_ports,
    misfit,
)

MAX_OCTETS, MAX_SEPTETS = 140, 160


@dataclass(frozen=True, slots=True)
class UserData:
    """User data of one TPDU.

    `payload` is what follows the header: septets, one per octet, for the GSM 7-bit alphabet, else octets. `header` is
    the header as sent, with its UDHL (empty without one), `elements` what it holds: nothing where it is ignored.
    `text` is None for 8-bit and compressed data. `truncated` is set by a lenient decoder only.
    """

    coding: Dcs
    udl: int
    payload: bytes
    text: str | None
    header: bytes = b""
    elements: tuple[Ie, ...] = NO_ELEMENTS
    truncated: bool = False

    @property
    def ignored(self) -> tuple[str, int] | None:
        """Why the header is ignored, and at which octet behind its UDHL (`misfit`); None where it counts."""
        return misfit(self.header[1:])

    @property
    def concat(self) -> Concat | None:
        """Concatenation, if this is a segment."""
        return find_concat(self.elements) if self.elements else None

    @property
    def ports(self) -> Ports | None:
        """Application ports, if addressed to one."""
        return find_ports(self.elements)

    @property
    def languages(self) -> tuple[int, int]:
        """National language ids (locking, single shift); 0 where none is named."""
        return find_languages(self.elements)

    @property
    def data(self) -> bytes:
        """Payload octets as a data message has them; text packed from its first septet."""
        return gsm7.pack(self.payload) if self.coding.in_septets else self.payload


def header_septets(header: bytes) -> int:
    """Septets that a header of so many octets (UDHL included) takes, fill bits included."""
    return (len(header) * 8 + 6) // 7


def room(header: bytes, alphabet: str) -> int:
    """What fits behind a header: septets for GSM 7-bit, else octets."""
    if alphabet == GSM7:
        return MAX_SEPTETS - header_septets(header)
    return MAX_OCTETS - len(header)


def decode_user_data(tpdu: bytes, offset: int, dcs: int, udhi: bool, strict: bool) -> tuple[UserData, int]:
    """User data whose UDL stands at `offset`, and the offset behind it.

    Raises PduError: `truncated_udl`, `udl_over_max`, `ud_truncated` (strict; else what is there, marked `truncated`),
    `udhi_without_ud`, `udhl_overrun`, `ucs2_odd`. A header whose last element does not fit it is skipped and ignored,
    the text behind it is read (§9.2.3.24).
    """
    if offset >= len(tpdu):
        raise PduError("truncated_udl", "udl", len(tpdu))
    coding = decode_dcs(dcs)
    udl = tpdu[offset]
    in_septets = coding.in_septets
    if udl > (MAX_SEPTETS if in_septets else MAX_OCTETS):
        raise PduError("udl_over_max", "udl", offset)
    start = offset + 1
    end = start + ((udl * 7 + 7) // 8 if in_septets else udl)
    truncated = end > len(tpdu)
    if truncated:
        if strict:
            raise PduError("ud_truncated", "ud", len(tpdu))
        end = len(tpdu)
    ud = tpdu[start:end]
    header, elements = _header(ud, udl, coding, start) if udhi else (b"", NO_ELEMENTS)
    if in_septets:
        septets = gsm7.unpack(ud, min(udl, len(ud) * 8 // 7))
        payload = septets[header_septets(header) :] if header else septets
        locking, single = find_languages(elements) if elements else (0, 0)
        text: str | None = gsm7.decode(payload, locking, single)
    else:
        payload = ud[len(header) :]
        text = _octets_text(payload, coding, start + len(header), truncated)
    return UserData(coding, udl, payload, text, header, elements, truncated), end


def _header(ud: bytes, udl: int, coding: Dcs, start: int) -> tuple[bytes, tuple[Ie, ...]]:
    if not ud:
        raise PduError("udhi_without_ud", "udh", start)
    header = ud[: 1 + ud[0]]
    if len(header) < 1 + ud[0] or (coding.in_septets and header_septets(header) > udl):
        raise PduError("udhl_overrun", "udh", start)
    return header, decode_udh(header[1:])


def _octets_text(payload: bytes, coding: Dcs, offset: int, truncated: bool) -> str | None:
    if coding.alphabet != UCS2 or coding.compressed:
        return None
    if len(payload) % 2:
        if not truncated:
            raise PduError("ucs2_odd", "ud", offset)
        payload = payload[:-1]
    return payload.decode("utf-16-be", "replace")


def encode_payload(text: str, dcs: int, header: bytes = b"") -> bytes:
    """Payload of text in the alphabet of `dcs` and the languages of `header`. Raises PduError `not_in_alphabet`."""
    coding = decode_dcs(dcs)
    if coding.compressed or coding.alphabet == DATA8:
        raise PduError("not_in_alphabet", "ud", 0)
    if coding.alphabet == UCS2:
        try:
            return text.encode("utf-16-be")
        except UnicodeEncodeError as error:  # half a surrogate pair
            raise PduError("not_in_alphabet", "ud", error.start) from None
    return gsm7.encode(text, *find_languages(decode_udh(header[1:])))


def encode_user_data(payload: bytes, dcs: int, header: bytes = b"") -> bytes:
    """UDL and UD of a payload behind a header with UDHL. Raises `udl_over_max`, `ucs2_odd`, `udhl_overrun`."""
    coding = decode_dcs(dcs)
    if header and header[0] + 1 != len(header):
        raise PduError("udhl_overrun", "udh", 0)
    if coding.in_septets:
        filled = header_septets(header)
        udl = filled + len(payload)
        if udl > MAX_SEPTETS:
            raise PduError("udl_over_max", "udl")
        return bytes((udl,)) + header + gsm7.pack(payload, filled * 7 - len(header) * 8)
    udl = len(header) + len(payload)
    if udl > MAX_OCTETS:
        raise PduError("udl_over_max", "udl")
    if coding.alphabet == UCS2 and not coding.compressed and len(payload) % 2:
        raise PduError("ucs2_odd", "ud")
    return bytes((udl,)) + header + payload
