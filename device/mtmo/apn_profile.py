"""An APN with what goes with it, and when two are the same (L1, TS 23.003 §9.1, `apn` §1)."""

from . import log, once
from .errors import ApnError

AUTH = ("none", "pap", "chap")  # as +CGAUTH numbers them (TS 27.007 §10.1.31)
TYPES = ("ip", "ipv6", "ipv4v6")


class Profile:
    """One APN with its credentials; every value has passed apn_rules.py. Raises ApnError.

    `order`: which of the dialect's orders of user and password the modem took.
    """

    def __init__(
        self, apn: str, user: str = "", password: str = "", auth: str = "none", pdp_type: str = "ip", order: int = 0
    ):
        rules = once("apn_rules")
        self.apn = rules.check_apn(apn)
        self.user = rules.check_user(user) if user else ""
        self.password = rules.check_password(password) if password else ""
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
        """True if applying the other would change nothing."""
        return self.is_stored_as(other.apn) and self.row()[1:5] == other.row()[1:5]

    def is_stored_as(self, apn: str) -> bool:
        """True if `apn`, read from a modem's memory, is this one; there, not in a network's answer, empty is one."""
        return network_identifier(self.apn).lower() == network_identifier(apn).lower()


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
    """Whether a network that shows `seen` gave us `wanted`; an empty `wanted` is not compared (`apn` §1)."""
    return not wanted or network_identifier(wanted).lower() == network_identifier(seen).lower()
