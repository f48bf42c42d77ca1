"""What may be written to a modem as APN, user and password (L1, TS 23.003 §9.1, apn.md §1)."""

from micropython import const

from . import log
from .errors import ApnError

_MAX_NETWORK_ID = const(63)  # octets as encoded: one more than characters
_MAX_APN = const(100)
_MAX_LABEL = const(63)
_MAX_CREDENTIAL = const(32)


AUTH = ("none", "pap", "chap")  # as +CGAUTH numbers them (TS 27.007 §10.1.31)
TYPES = ("ip", "ipv6", "ipv4v6")


class Profile:
    """One APN with its credentials; every value has passed the rules below. Raises ApnError.

    `order`: which of the dialect's orders of user and password the modem took.
    """

    def __init__(
        self, apn: str, user: str = "", password: str = "", auth: str = "none", pdp_type: str = "ip", order: int = 0
    ):
        self.apn = check_apn(apn)
        self.user = check_user(user) if user else ""
        self.password = check_password(password) if password else ""
        if auth not in AUTH:
            raise ApnError("auth", "none, pap or chap")
        if pdp_type not in TYPES:
            raise ApnError("type", "ip, ipv6 or ipv4v6")
        if (auth == "none") != (not user) or (password and not user):
            raise ApnError("auth", "takes a user" if auth != "none" else "none takes no user and no password")
        self.auth = auth
        self.pdp_type = pdp_type
        self.order = order
        log.hide(password)

    def check_fits(self, dialect: dict) -> None:
        """Raise ApnError for what this family of modems does not take."""
        if self.pdp_type not in dialect["types"]:
            raise ApnError("type", "not on this modem")
        if len(self.apn) > dialect["apn_max"]:
            raise ApnError("apn", "too long for this modem")
        if len(self.user) > dialect["user_max"]:
            raise ApnError("user", "too long for this modem")
        if len(self.password) > dialect["password_max"]:
            raise ApnError("password", "too long for this modem")

    def row(self) -> list:
        """What is stored."""
        return [self.apn or "-", self.user, self.password, self.auth, self.pdp_type, self.order]

    def same(self, other: "Profile") -> bool:
        """Would applying the other change nothing?"""
        return self.is_stored_as(other.apn) and self.row()[1:5] == other.row()[1:5]

    def is_stored_as(self, apn: str) -> bool:
        """Is `apn`, read from a modem's memory, this one? Unlike in a network's answer, empty is a value here."""
        return network_identifier(self.apn).lower() == network_identifier(apn).lower()


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


def network_identifier(apn: str, shortest: int = 5) -> str:
    """`apn` without an operator identifier `.mncNNN.mccNNN.gprs`.

    `shortest`: 5 takes codes of two digits, too, as some networks show them; 6 is the norm (TS 23.003 §9.1.2).
    """
    labels = apn.lower().split(".")
    if len(labels) < 4 or labels[-1] != "gprs":
        return apn
    if not _is_code(labels[-3], "mnc", shortest) or not _is_code(labels[-2], "mcc", shortest):
        return apn
    return ".".join(apn.split(".")[:-3])


def _is_code(label: str, prefix: str, shortest: int) -> bool:
    if not label.startswith(prefix) or not shortest <= len(label) <= 6:
        return False
    for octet in label[3:].encode():
        if not 0x30 <= octet <= 0x39:
            return False
    return True


def same_apn(wanted: str, seen: str) -> bool:
    """Whether a network that shows `seen` gave us `wanted`; an empty `wanted` is not compared (apn.md §1)."""
    return not wanted or network_identifier(wanted).lower() == network_identifier(seen).lower()


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
