"""GSM 7-bit alphabets (TS 23.038 §6.1, §6.2, Annex A): septets packed into octets, and septets as text.

Whole user data is handled as one big integer and one table look-up, never septet by septet.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import Any

from mtmo_host.sms.errors import PduError

ESC = 0x1B
_CR2 = 0x0D

# §6.2.1, in code order
DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
# §6.2.1.1
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "\u20ac",
}  # fmt: skip

# Lane widths, in septets, of the doubling below: enough for 256 septets, one UD holds 160.
_STEPS = (128, 64, 32, 16, 8, 4, 2, 1)


def _masks(width: int) -> tuple[int, int, int]:
    low = 0
    for lane in range(0, 256, 2 * width):
        low |= ((1 << (7 * width)) - 1) << (8 * lane)
    return width, low, low << (7 * width)


_SPREAD = tuple(_masks(width) for width in _STEPS)


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """The first `count` (≤ 256) septets in packed octets, one per octet, after `fill_bits` bits. §6.1.2.1.1."""
    bits = (int.from_bytes(octets, "little") >> fill_bits) & ((1 << (7 * count)) - 1)
    for width, low, high in _SPREAD:
        if count > width:
            bits = (bits & low) | ((bits & high) << width)
    return bits.to_bytes(count, "little")


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Octets of at most 256 septets packed least significant bit first, after `fill_bits` zero bits. §6.1.2.1.1."""
    count = len(septets)
    bits = int.from_bytes(septets, "little")
    for width, low, high in reversed(_SPREAD):
        if count > width:
            bits = (bits & low) | ((bits >> width) & high)
    return (bits << fill_bits).to_bytes((7 * count + fill_bits + 7) // 8, "little")


def decode(septets: bytes, locking: int = 0, single: int = 0) -> str:
    """Text of septets under the national tables named by their language ids; 0 or an unknown id is the default table.

    An escape that the single shift table lacks gives the character of the locking table, ESC ESC a space, and an ESC at
    the end nothing (§6.2.1.1, footnotes).
    """
    table = _locking_table(locking)
    if ESC not in septets:
        return codecs.charmap_decode(septets, "strict", table)[0]
    shifted = _single_table(single)
    runs = septets.split(b"\x1b")
    text = [codecs.charmap_decode(runs[0], "strict", table)[0]]
    after_escape = True
    for run in runs[1:]:
        if not after_escape:  # second half of ESC ESC: an empty run stood before it
            after_escape = True
            text.append(codecs.charmap_decode(run, "strict", table)[0])
        elif not run:
            after_escape = False
            text.append(" ")
        else:
            text.append(shifted.get(run[0], table[run[0]]))
            text.append(codecs.charmap_decode(run[1:], "strict", table)[0])
    if not after_escape:  # the last ESC had nothing behind it
        text.pop()
    return "".join(text)


def encode(text: str, locking: int = 0, single: int = 0) -> bytes:
    """Septets of text, one per octet. Raises PduError `not_in_alphabet` with the character's index as offset."""
    try:
        return codecs.charmap_encode(text, "strict", _encoding(locking, single))[0]
    except UnicodeEncodeError as error:
        raise PduError("not_in_alphabet", "ud", error.start) from None


def fits(text: str, locking: int = 0, single: int = 0) -> bool:
    """Whether every character of the text stands in the tables."""
    known = _encoding(locking, single)
    return all(ord(character) in known for character in set(text))


def septet_count(text: str) -> int:
    """Septets that text takes in the default alphabet with its extension; raises PduError like `encode`."""
    return len(encode(text))


def has_language(language: int) -> bool:
    """Whether a national language id is known (1…13)."""
    from mtmo_host.sms.national_tables import LANGUAGES

    return language in LANGUAGES


def _locking_table(language: int) -> str:
    if not language:
        return DEFAULT
    from mtmo_host.sms.national_tables import LOCKING

    return LOCKING.get(language, DEFAULT)


def _single_table(language: int) -> dict[int, str]:
    table = EXTENSION
    if language:
        from mtmo_host.sms.national_tables import SINGLE

        table = SINGLE.get(language, EXTENSION)
    return {**table, _CR2: "\r", ESC: " "}


@lru_cache(maxsize=64)
def _encoding(locking: int, single: int) -> Any:  # typeshed's map of charmap_encode does not know multi-octet values
    """Map of code point to its septet, or to the two octets ESC, code."""
    codes: dict[int, int | bytes] = {0x20: 0x20}  # open codes of a table read as spaces, but only 0x20 is written
    for code, character in enumerate(_locking_table(locking)):
        if code != ESC:
            codes.setdefault(ord(character), code)
    for code, character in sorted(_single_table(single).items()):
        if code not in (ESC, _CR2):
            codes.setdefault(ord(character), bytes((ESC, code)))
    return codes
