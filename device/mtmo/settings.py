"""The operator's changeable values: one table for bounds, defaults, help and validation (L1)."""

from .access import parse_form
from .errors import ApnError, SettingError

# name, kind, default, bounds or choices, class of verb that may change it, help
TABLE = (
    ("access", "choice", "signed", ("signed", "pin", "allow-list"), "danger", "what proves that a text is authentic"),
    ("access-read", "choice", "", ("", "signed", "pin", "allow-list"), "danger", "for read verbs; empty: as access"),
    ("access-write", "choice", "", ("", "signed", "pin", "allow-list"), "danger", "for write verbs; empty: as access"),
    (
        "access-danger",
        "choice",
        "",
        ("", "signed", "pin", "allow-list"),
        "danger",
        "for danger verbs; empty: as access",
    ),
    ("pin", "secret", "", (6, 16), "danger", "what a text must begin with where access is pin: #PIN status"),
    ("bad-pins-per-day", "int", 20, (1, 1000), "danger", "wrong PINs a day, of all senders, that lock the PIN"),
    ("any-sender-if-signed", "bool", False, None, "danger", "a valid signature stands in for the allow-list"),
    ("legacy", "bool", False, None, "danger", "understand the forms of common trackers and routers"),
    ("texts-per-minute", "int", 6, (1, 60), "write", "commands taken in a minute; more wait in the modem"),
    ("same-texts-per-hour", "int", 3, (1, 60), "write", "unsigned texts alike in an hour; one more mutes the sender"),
    ("reply-to", "address", "", None, "danger", "where notices go, and answers whose sender cannot be answered"),
    ("reply-parts", "int", 1, (1, 4), "write", "texts an answer may take; more pulls the rest"),
    ("replies-per-hour", "int", 12, (0, 60), "write", "answers an hour"),
    ("replies-per-day", "int", 60, (0, 500), "write", "answers a day"),
    ("deny-prefixes", "list", ("+1900", "+44871", "+809"), None, "danger", "numbers that are never texted"),
    ("notice-encrypt", "bool", False, None, "write", "encrypt notices"),
    ("report-h", "int", 0, (0, 168), "write", "hours between two status notices, 0 for none"),
    ("sweep-min", "int", 15, (1, 120), "write", "minutes between two looks into the modem's store"),
    ("apn-test-s", "int", 180, (30, 900), "write", "time for a new APN to work"),
    ("apn-roam-s", "int", 420, (30, 900), "write", "the same while roaming"),
    ("apn-probe-s", "int", 20, (1, 60), "write", "seconds between the three proofs of a new APN"),
    (
        "apn-probe-host",
        "host",
        "",
        None,
        "write",
        "what a new APN must reach, two of three times; empty: no such proof",
    ),
    ("apn-fallbacks", "apns", ("em", "internet"), None, "write", "APNs to try when none that worked before still does"),
    ("data-roaming", "bool", True, None, "write", "data may be used abroad"),
    ("trace-octets", "int", 2048, (0, 16384), "write", "memory for the AT trace, from the next boot on; 0: none"),
    ("psm", "bool", False, None, "write", "leave the modem's power saving on; texts then come late"),
)  # type: tuple[tuple, ...]


_HOST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"
_MAX_HOST = 63
_MAX_APNS = 5


class Settings:
    """The values in force: `settings["reply-to"]`."""

    def __init__(self, stored: "dict | None" = None):
        stored = stored or {}
        self.reset()
        for name in stored:
            # A value that an older or newer agent wrote and this one does not take falls back to its default.
            try:
                self.set(name, stored[name])
            except SettingError:
                pass

    def __getitem__(self, name: str):
        return self._values[name]

    def reset(self) -> None:
        """Every value back to its default."""
        self._values: dict = {row[0]: row[2] for row in TABLE}

    def set(self, name: str, value) -> None:
        """Check and take `value` (text as in an SMS, or a JSON value). Raises SettingError."""
        self._values[name] = _checked(name, value)

    def access(self, verb_class: str) -> str:
        """What verbs of class read, write or danger ask for: "signed", "pin" or "allow-list"."""
        return self._values["access-" + verb_class] or self._values["access"]

    def shown(self, name: str) -> str:
        """The value as a text may say it: a secret only as set or unset. Raises SettingError."""
        kind = _row(name)[1]
        value = self._values[name]
        if kind == "secret":
            return "set" if value else "unset"
        if kind == "bool":
            return "on" if value else "off"
        if kind in ("list", "apns"):
            value = ",".join(value)
        return "%s" % value if value != "" else "-"

    def changed(self) -> dict:
        """The values that differ from their defaults: what is stored."""
        return {row[0]: self._values[row[0]] for row in TABLE if self._values[row[0]] != row[2]}


def changed_by(name: str) -> str:
    """The class of verb that may change setting `name`; "write" for one that does not exist."""
    for row in TABLE:
        if row[0] == name:
            return row[4]
    return "write"


def _row(name: str) -> tuple:
    for row in TABLE:
        if row[0] == name:
            return row
    raise SettingError("name", "unknown setting")


def _checked(name: str, value):
    """`value` as it is kept, by the kind of setting `name`. Raises SettingError."""
    kind, _, allowed = _row(name)[1:4]
    if value == "-" and kind in ("choice", "address", "secret", "list", "host", "apns"):
        value = ""  # an SMS cannot carry nothing
    if kind == "choice":
        if value in allowed:
            return value
        wanted = "one of " + " ".join(allowed).strip()
    elif kind == "bool":
        if value in (True, "on", "yes", "true"):
            return True
        if value in (False, "off", "no", "false"):
            return False
        wanted = "on or off"
    elif kind == "int":
        if isinstance(value, str) and value.isdigit() and len(value) < 7:
            value = int(value)
        if isinstance(value, int) and allowed[0] <= value <= allowed[1]:
            return value
        wanted = "%d to %d" % allowed
    elif kind == "address":
        if value == "":
            return ""
        if isinstance(value, str) and parse_form(value):
            return value
        wanted = "an address such as +491511234567 or short:12345"
    elif kind == "host":
        if isinstance(value, str) and len(value) <= _MAX_HOST and not value.strip(_HOST):
            return value
        wanted = "a host name or address"
    elif kind == "apns":
        return _apns(name, value)
    elif kind == "secret":
        if value == "" or (isinstance(value, str) and allowed[0] <= len(value) <= allowed[1] and _is_plain(value)):
            return value
        wanted = "%d to %d letters and digits" % allowed
    else:
        prefixes = tuple(value.split(",") if isinstance(value, str) else value) if value else ()
        for prefix in prefixes:
            if not isinstance(prefix, str) or prefix[:1] != "+" or not prefix[1:].isdigit():
                break
        else:
            return prefixes
        wanted = "prefixes such as +1900,+809"
    raise SettingError(name, wanted)


def _is_plain(text: str) -> bool:
    for char in text.lower():
        if not ("0" <= char <= "9" or "a" <= char <= "z"):
            return False
    return True


def _apns(name: str, value) -> "tuple[str, ...]":
    from .apn_rules import check_apn

    apns = tuple(value.split(",") if isinstance(value, str) else value) if value else ()
    try:
        for apn in apns:
            check_apn(apn)
    except (ApnError, AttributeError):
        raise SettingError(name, "APNs such as em,internet")
    if len(apns) > _MAX_APNS:
        raise SettingError(name, "%d APNs at most" % _MAX_APNS)
    return apns
