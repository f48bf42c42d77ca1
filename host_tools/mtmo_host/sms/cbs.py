"""Cell broadcast: a page of 88 octets (TS 23.041 §9.4.1) and its data coding scheme (TS 23.038 §5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mtmo_host.sms import gsm7
from mtmo_host.sms.dcs import DATA8, GSM7, UCS2, Dcs
from mtmo_host.sms.errors import PduError

OCTETS = 88
MAX_PAGES = 15
_HEAD = 6
_CONTENT = OCTETS - _HEAD
_SEPTETS = _CONTENT * 8 // 7
_PADDING = "\r"  # §9.3 of TS 23.041
_ALPHABETS = (GSM7, DATA8, UCS2, GSM7)
_LANGUAGE_FIRST = {0x10: 3, 0x11: 2}  # septets or octets in front of the text that name its language
_GSM7_DCS, _UCS2_DCS = 0x0F, 0x48  # language unspecified; general coding without a class


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a broadcast: serial number, message identifier, coding, which page of how many, and its 82 octets."""

    sn: int
    mid: int
    coding: Dcs
    page: int
    pages: int
    content: bytes

    @property
    def text(self) -> str | None:
        """The text without its padding; None for data."""
        skipped = _LANGUAGE_FIRST.get(self.coding.octet, 0)
        if self.coding.in_septets:
            return gsm7.decode(gsm7.unpack(self.content, _SEPTETS)[skipped:]).rstrip(_PADDING)
        if self.coding.alphabet == UCS2 and not self.coding.compressed:
            return self.content[skipped:].decode("utf-16-be", "replace").rstrip(_PADDING)
        return None


@lru_cache(maxsize=256)
def decode_cbs_dcs(octet: int) -> Dcs:
    """Classification of a broadcast's data coding scheme: its groups are not those of a short message."""
    group = octet >> 4
    if octet == 0x11:
        return Dcs(octet, UCS2)
    if 0x4 <= group <= 0x7:
        klass = octet & 3 if octet & 0x10 else None
        return Dcs(octet, _ALPHABETS[octet >> 2 & 3], compressed=bool(octet & 0x20), message_class=klass)
    if group in (0x9, 0xD, 0xE):  # with a header, or of another protocol: no plain text
        return Dcs(octet, DATA8, message_class=octet & 3 if group == 0x9 else None)
    if group == 0xF:
        return Dcs(octet, DATA8 if octet & 4 else GSM7, message_class=octet & 3)
    return Dcs(octet, GSM7, reserved=group in (0x8, 0xA, 0xB, 0xC) or 0x12 <= octet < 0x20)


def decode_page(octets: bytes) -> Page:
    """A page out of its octets. Raises PduError."""
    if len(octets) != OCTETS:
        raise PduError("length_mismatch", "page", min(len(octets), OCTETS))
    number, count = octets[5] >> 4, octets[5] & 15
    if not number or number > count:
        number = count = 1  # TS 23.041 §9.4.1.2.4: 0 and what cannot be mean one page
    return Page(
        int.from_bytes(octets[:2], "big"),
        int.from_bytes(octets[2:4], "big"),
        decode_cbs_dcs(octets[4]),
        number,
        count,
        octets[_HEAD:],
    )


def encode_pages(text: str, *, mid: int, sn: int = 0, dcs: int | None = None) -> list[bytes]:
    """The pages of a text, in the default alphabet if it fits into it, else in UCS-2. Raises PduError."""
    for name, value in (("mid", mid), ("sn", sn)):
        if not 0 <= value <= 0xFFFF:
            raise PduError("out_of_range", name)
    octet = (_GSM7_DCS if gsm7.fits(text) else _UCS2_DCS) if dcs is None else dcs
    contents = _contents(text, decode_cbs_dcs(octet))
    if len(contents) > MAX_PAGES:
        raise PduError("too_many_pages", "text")
    head = sn.to_bytes(2, "big") + mid.to_bytes(2, "big") + bytes((octet,))
    return [head + bytes((number << 4 | len(contents),)) + content for number, content in enumerate(contents, start=1)]


def _contents(text: str, coding: Dcs) -> list[bytes]:
    if coding.octet in _LANGUAGE_FIRST or coding.compressed or coding.alphabet == DATA8:
        raise PduError("not_in_alphabet", "text", 0)
    if coding.in_septets:
        pieces = _cut([gsm7.encode(char) for char in text], _SEPTETS)
        return [gsm7.pack(piece.ljust(_SEPTETS, b"\r")) for piece in pieces]
    pieces = _cut([char.encode("utf-16-be") for char in text], _CONTENT)
    return [piece + b"\0\r" * ((_CONTENT - len(piece)) // 2) for piece in pieces]


def _cut(chars: list[bytes], room: int) -> list[bytes]:
    """Pieces that fit, no character cut in two."""
    pieces = [b""]
    for char in chars:
        if len(pieces[-1]) + len(char) > room:
            pieces.append(b"")
        pieces[-1] += char
    return pieces
