"""What may be written to a modem as APN, user and password (L1, TS 23.003 §9.1, apn.md §1).

Loaded for each value that comes from outside, and for each profile that is made of some.
"""

from micropython import const

from .apn_profile import network_identifier
from .errors import ApnError

_MAX_NETWORK_ID = const(63)  # octets as encoded: one more than characters
_MAX_APN = const(100)
_MAX_LABEL = const(63)
_MAX_CREDENTIAL = const(32)


def check_apn(text: str) -> str:
    """The APN to write, "" for "-" (the subscription's default). Raises ApnError("apn", reason)."""
    if text == "-":
        return ""
    if not text:
        raise ApnError("apn", "empty")
    if len(text) + 1 > _MAX_APN:
        raise ApnError("apn", "too long")
    for label in text.encode().split(b"."):
        _check_label(label)
    network_id = network_identifier(text, 6).lower()
    if len(network_id) + 1 > _MAX_NETWORK_ID:
        raise ApnError("apn", "too long")
    if network_id.endswith(".gprs") or network_id == "gprs":
        raise ApnError("apn", "ends in .gprs")
    for prefix in ("rac", "lac", "sgsn", "rnc"):
        if network_id.startswith(prefix):
            raise ApnError("apn", "starts with " + prefix)
    return text


def _check_label(label: bytes) -> None:
    if not 0 < len(label) <= _MAX_LABEL or label[0] == 0x2D or label[-1] == 0x2D:
        raise ApnError("apn", "bad label")
    for octet in label:
        if not (0x30 <= octet <= 0x39 or 0x41 <= octet <= 0x5A or 0x61 <= octet <= 0x7A or octet == 0x2D):
            raise ApnError("apn", "bad character")


def check_user(text: str) -> str:
    """`text` as the user name; raises ApnError("user", reason)."""
    return _check_credential("user", text)


def check_password(text: str) -> str:
    """`text` as the password; raises ApnError("password", reason)."""
    return _check_credential("password", text)


def _check_credential(field: str, text: str) -> str:
    octets = text.encode()
    if not octets:
        raise ApnError(field, "empty")
    if len(octets) > _MAX_CREDENTIAL:
        raise ApnError(field, "too long")
    for octet in octets:
        if not 0x21 <= octet <= 0x7E or octet in b'"\\':
            raise ApnError(field, "bad character")
    return text
