"""SMPP's data_coding (SMPP 3.4 §5.2.19) and TP-DCS (TS 23.038 §4): one table for both directions.

Below 0xC0 a data_coding is a number of SMPP's own list; from there on it is the octet of TS 23.038 itself. What a
coding does not have is refused with RSUBMITFAIL, never replaced: a changed letter could be a changed command.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from mtmo_host.network import smpp_codec as codec
from mtmo_host.network.smpp_codec import SmppError
from mtmo_host.sms.dcs import DATA8, GSM7, UCS2, decode_dcs

_GSM_CONTROL = 0xC0  # message waiting (0xC0…0xEF) and message class (0xF0…0xFF), TS 23.038
_CLASS = 0xF0
_SEPTET_MAX = 0x7F
_LAYOUT = "\t\n\f\r"


class Coding(NamedTuple):
    """A data_coding: its name, the TP-DCS it goes under, and the character set to read it in first (or none).

    Without a `charset` the octets are already those of the TP-DCS (septets one per octet). A text in a `charset` goes
    in the cheapest alphabet; `dcs` is for its segments, whose alphabet must not depend on what stands in each.
    """

    name: str
    dcs: int
    charset: str = ""


_CODINGS = {
    0x00: Coding("the default alphabet", 0x00),
    0x01: Coding("IA5", 0x00, "ascii"),
    0x02: Coding("octets", 0x04),
    0x03: Coding("Latin-1", 0x00, "iso8859-1"),
    0x04: Coding("octets", 0x04),
    0x06: Coding("Cyrillic", 0x08, "iso8859-5"),
    0x07: Coding("Hebrew", 0x08, "iso8859-8"),
    0x08: Coding("UCS2", 0x08),
}
# 0x05 JIS, 0x09 pictograms, 0x0A music codes, 0x0D extended Kanji JIS, 0x0E KS C 5601 name character sets and not the
# octets that carry them; the rest up to 0xBF is reserved
_DATA_CODING_OF = {GSM7: 0x00, DATA8: 0x04, UCS2: 0x08}


def coding_of(data_coding: int) -> Coding:
    """What the octet says. Raises SmppError for one that is reserved or that names no octets."""
    if data_coding >= _GSM_CONTROL:
        return Coding("TS 23.038", data_coding)
    if data_coding not in _CODINGS:
        raise SmppError(
            codec.RSUBMITFAIL, f"data_coding 0x{data_coding:02X} is not taken (0x00-0x04, 0x06-0x08, 0xC0-0xFF are)"
        )
    return _CODINGS[data_coding]


def read_charset(octets: bytes, coding: Coding) -> str:
    """Text of a coding with a `charset`, one octet a character. Raises SmppError for an octet that is none of a text.

    Control characters are not: node-smpp writes the GSM alphabet under IA5, others Windows-1252 under Latin-1.
    """
    try:
        text = octets.decode(coding.charset)
    except UnicodeDecodeError as error:
        raise _no_character(octets, error.start, coding) from None
    for at, character in enumerate(text):
        if unicodedata.category(character) == "Cc" and character not in _LAYOUT:
            raise _no_character(octets, at, coding)
    return text


def check_octets(octets: bytes, coding: Coding) -> None:
    """Raises SmppError where octets cannot be those of the coding's TP-DCS: no septet, half a UCS2 character."""
    alphabet = decode_dcs(coding.dcs).alphabet
    if alphabet == GSM7 and octets and max(octets) > _SEPTET_MAX:
        raise _no_character(octets, next(at for at, octet in enumerate(octets) if octet > _SEPTET_MAX), coding)
    if alphabet == UCS2 and len(octets) % 2:
        raise SmppError(codec.RINVMSGLEN, f"UCS2 of {len(octets)} octets ends within a character")


def data_coding_of(dcs: int) -> int:
    """The data_coding that tells an ESME most of a TP-DCS; compressed text and data are octets."""
    coding = decode_dcs(dcs)
    if coding.compressed:
        return _DATA_CODING_OF[DATA8]
    if coding.mwi is not None:
        return dcs
    if coding.message_class is not None and coding.alphabet != UCS2:
        return _CLASS | (0x04 if coding.alphabet == DATA8 else 0) | coding.message_class
    return _DATA_CODING_OF[coding.alphabet]


def _no_character(octets: bytes, at: int, coding: Coding) -> SmppError:
    what = f"octet {at} of the text, 0x{octets[at]:02X}, is no character of {coding.name}"
    return SmppError(codec.RSUBMITFAIL, f"{what} (data_coding 0 is the GSM alphabet, 3 Latin-1, 8 UCS2)")
