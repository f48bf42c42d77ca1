"""Numbers as people and platforms write them, as addresses and as allow-list entries (TS 23.040 §9.1.2.5)."""

from __future__ import annotations

import re

from mtmo_host.errors import MtmoError
from mtmo_host.sms import gsm7
from mtmo_host.sms.address import (
    NPI_ISDN,
    NPI_UNKNOWN,
    TON_ABBREVIATED,
    TON_ALPHANUMERIC,
    TON_INTERNATIONAL,
    TON_NATIONAL,
    TON_NETWORK,
    TON_SUBSCRIBER,
    TON_UNKNOWN,
    Address,
)
from mtmo_host.sms.errors import PduError

A2P_DIGITS = 7  # a peer of at most so many digits, or with letters, is an application
SHORT_DIGITS = 8
DEFAULT_OPERATOR = "12345"  # the short code that commands come from where nobody names another
_SHORT_TONS = {TON_UNKNOWN, TON_NATIONAL, TON_NETWORK, TON_SUBSCRIBER, TON_ABBREVIATED}
_EXACT_TONS = {"national": TON_NATIONAL, "unknown": TON_UNKNOWN}

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
_SHORT = re.compile(r"[0-9]{1,8}", re.ASCII)
_BLANKS = str.maketrans("", "", " -()./")


def parse_msisdn(text: str) -> str:
    """`+` and E.164 digits of a number written with blanks, brackets or a leading 00. Raises MtmoError."""
    number = text.translate(_BLANKS)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif number[:1].isdecimal():
        number = f"+{number}"
    if not _E164.fullmatch(number):
        raise MtmoError(f"{text!r} is no international number", field="number", fix="write it as +491511234567")
    return number


def parse_address(text: str, toa: int | None = None) -> Address:
    """The address of a platform's source or destination; `toa` is a TOA octet (145, 161, 208) when it names one.

    Without one: `+…` and digits beyond 8 are international, up to 8 digits a short code of unknown type, anything else
    alphanumeric, at most 11 septets. Raises MtmoError.
    """
    if toa is not None and not 0x80 <= toa <= 0xFF:
        raise MtmoError(f"{toa} is no type of address", field="source_address_type", fix="145, 161 or 208")
    ton = None if toa is None else toa >> 4 & 7
    if ton == TON_ALPHANUMERIC or (ton is None and not _DIGITS.fullmatch(text.removeprefix("+"))):
        return _alphanumeric(text, NPI_UNKNOWN if toa is None else toa & 15)
    digits = text.removeprefix("+")
    if not _DIGITS.fullmatch(digits):
        raise MtmoError(f"{text!r} is no number", field="address")
    if toa is not None:
        return Address.from_toa(digits, toa)
    if text.startswith("+") or len(digits) > SHORT_DIGITS:
        return Address(f"+{digits}", TON_INTERNATIONAL, NPI_ISDN)
    return Address(digits, TON_UNKNOWN, NPI_ISDN)


def _alphanumeric(text: str, npi: int) -> Address:
    try:
        septets = gsm7.septet_count(text)
    except PduError:
        raise MtmoError(f"{text!r} cannot be written in the GSM 7-bit alphabet", field="address") from None
    if not 1 <= septets <= 11:
        raise MtmoError(f"{text!r} is not 1 to 11 characters", field="address")
    return Address(text, TON_ALPHANUMERIC, npi)


def is_a2p(peer: Address | str, *, digits: int = A2P_DIGITS) -> bool:
    """Whether a peer is an application: alphanumeric, or at most `digits` (7) digits."""
    address = parse_address(peer) if isinstance(peer, str) else peer
    return address.ton == TON_ALPHANUMERIC or len(address.digits) <= digits


def parse_allow_form(text: str) -> str:
    """The one way to write an allow-list entry; a bare run of up to 8 digits is a short code. Raises MtmoError.

    `+491511234567` · `alnum:EMnify` · `short:12345` · `national:0151…` · `unknown:…`
    """
    kind, colon, value = text.strip().partition(":")
    if not colon:
        bare = kind.translate(_BLANKS)
        if _E164.fullmatch(bare):
            return bare
        if _SHORT.fullmatch(bare):
            return f"short:{bare}"
    elif kind == "alnum":
        return f"alnum:{_alphanumeric(value, NPI_UNKNOWN).number}"
    elif (kind == "short" and _SHORT.fullmatch(value)) or (kind in _EXACT_TONS and _DIGITS.fullmatch(value)):
        return f"{kind}:{value}"
    raise MtmoError(
        f"{text!r} is no address form", field="allow", fix="write +491511234567, short:12345, alnum:NAME or national:…"
    )


def allow_matches(form: str, oa: Address) -> bool:
    """Whether an originating address is the one a canonical form names: exact, with its type of number."""
    kind, _, value = form.partition(":")
    if form.startswith("+"):
        return oa.ton == TON_INTERNATIONAL and oa.number == form
    if kind == "alnum":
        return oa.ton == TON_ALPHANUMERIC and oa.number.casefold() == value.casefold()
    if kind == "short":
        return oa.ton in _SHORT_TONS and oa.number == value
    return oa.ton == _EXACT_TONS.get(kind, -1) and oa.number == value
