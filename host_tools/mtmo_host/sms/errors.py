"""Errors of SMS coding: what is wrong, in which field, at which octet."""

from __future__ import annotations

from mtmo_host.errors import MtmoError

MEANINGS = {
    "empty": "nothing there",
    "odd_hex": "an odd number of hex digits",
    "non_hex": "something that is not a hex digit",
    "length_mismatch": "the TPDU is not as long as announced",
    "smsc_overrun": "service-centre address longer than allowed or than the PDU",
    "wrong_mti": "another message type than asked for",
    "addr_too_long": "more than 20 semi-octets in an address",
    "bad_address": "cannot be written as an address",
    "udl_over_max": "user data longer than one SMS can hold",
    "ud_truncated": "user data shorter than its length says",
    "udhi_without_ud": "a header is announced, but there is no user data",
    "udhl_overrun": "header longer than the user data",
    "ie_overrun": "information element longer than its header",
    "ie_truncated": "half an information element",
    "ucs2_odd": "UCS2 text of an odd number of octets",
    "not_in_alphabet": "a character that the alphabet lacks",
    "out_of_range": "value out of range",
    "too_many_segments": "more than 255 segments",
    "too_many_pages": "more than 15 pages",
}


class PduError(MtmoError, ValueError):
    """A TPDU (or its text) is malformed or cannot be made.

    `reason` is a short machine-readable word, `field` the parameter's glossary name (`oa`, …), `offset` the octet
    it was found at, counted from the start of what was given (hex digits for `non_hex`, characters for
    `not_in_alphabet`).
    """

    def __init__(self, reason: str, field: str | None = None, offset: int | None = None) -> None:
        meaning = "ends too early" if reason.startswith("truncated_") else MEANINGS.get(reason, reason)
        where = "" if offset is None else f" at {offset}"
        super().__init__(f"{meaning}{where} [{reason}]", field=field)
        self.reason = reason
        self.offset = offset


class Sc1Error(MtmoError, ValueError):
    """A text is not SC1, or not authentic. `reason` is a short machine-readable word (`not_sc1`, `bad_mac`, …)."""

    def __init__(self, reason: str, message: str | None = None) -> None:
        super().__init__(message or reason.replace("_", " "), field="sc1")
        self.reason = reason
