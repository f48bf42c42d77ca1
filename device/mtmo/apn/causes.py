"""Why the network refused, in one word: numbers of +CME ERROR and +CEER (L1).

TS 27.007 §9.2.2, TS 24.008 §10.5.6.6, at_dialects §7.3.
"""

from ..at import fields, number

UNKNOWN_APN = "unknown-apn"
AUTH = "auth"
NOT_SUBSCRIBED = "not-subscribed"

# Causes that the APN or its credentials are to blame for: waiting does not mend them
OF_THE_APN = (UNKNOWN_APN, AUTH, NOT_SUBSCRIBED)

_CME = {
    127: UNKNOWN_APN,  # u-blox
    607: UNKNOWN_APN,  # Siemens
    129: AUTH,  # u-blox
    149: AUTH,
    132: NOT_SUBSCRIBED,
    133: NOT_SUBSCRIBED,
}
_SM = {
    8: NOT_SUBSCRIBED,  # operator determined barring
    27: UNKNOWN_APN,
    29: AUTH,
    32: NOT_SUBSCRIBED,
    33: NOT_SUBSCRIBED,
}
_WORDS = ((b"unknown apn", UNKNOWN_APN), (b"authentication", AUTH), (b"not subscribed", NOT_SUBSCRIBED))


def of_cme(code: int, dialect: dict) -> str:
    """The cause that a +CME ERROR names by its number, the dialect's own first; "" if it names none."""
    return dialect["causes"].get(code) or _CME.get(code, "")


def of_ceer(infos: list) -> "tuple[str, int]":
    """(cause, SM number) in the lines of +CEER, ("", -1) if they name none.

    Vendors put place, number and words into any order; the number stands behind the place.
    """
    for info in infos:
        parts = fields(info)
        for i in range(len(parts) - 1, -1, -1):
            code = number(parts[i])
            if code in _SM:
                return _SM[code], code
        words = info.lower()
        for word, cause in _WORDS:
            if word in words:
                return cause, -1
    return "", -1
