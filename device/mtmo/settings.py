"""The operator's changeable values: one table for bounds, defaults, help and validation (L1)."""

from micropython import const

from .access import parse_form
from .errors import SettingError

_NAME = const(0)
_KIND = const(1)
_DEFAULT = const(2)
_ALLOWED = const(3)
_HELP = const(4)

# name, kind, default, bounds or choices, help
TABLE = (
    ("access", "choice", "signed", ("signed", "allow-list"), "what proves that a text is authentic"),
    ("access-read", "choice", "", ("", "signed", "allow-list"), "the same for read verbs only; empty: as access"),
    ("access-write", "choice", "", ("", "signed", "allow-list"), "the same for write verbs only; empty: as access"),
    ("access-danger", "choice", "", ("", "signed", "allow-list"), "the same for danger verbs only; empty: as access"),
    ("any-sender-if-signed", "bool", False, None, "a valid signature stands in for the allow-list"),
    ("reply-to", "address", "", None, "where answers go whose sender cannot be answered"),
    ("replies-per-hour", "int", 12, (0, 60), "answers an hour"),
    ("replies-per-day", "int", 60, (0, 500), "answers a day"),
    ("deny-prefixes", "list", ("+1900", "+44871", "+809"), None, "numbers that are never texted"),
    ("sweep-min", "int", 15, (1, 120), "minutes between two looks into the modem's store"),
    ("apn-test-s", "int", 180, (30, 900), "time for a new APN to work"),
    ("apn-roam-s", "int", 420, (30, 900), "the same while roaming"),
    ("apn-probe-s", "int", 20, (1, 60), "seconds between the three proofs of a new APN"),
    ("psm", "bool", False, None, "leave the modem's power saving on; texts then come late"),
)


class Settings:
    """The values in force: `settings["reply-to"]`."""

    def __init__(self, stored: "dict | None" = None):
        self._values = {}
        for row in TABLE:
            self._values[row[_NAME]] = row[_DEFAULT]
        for name in stored or ():
            # A value that an older or newer agent wrote and this one does not take falls back to its default.
            try:
                self.set(name, stored[name])
            except SettingError:
                pass

    def __getitem__(self, name: str):
        return self._values[name]

    def set(self, name: str, value) -> None:
        """Check and take `value` (text as in an SMS, or a JSON value). Raises SettingError."""
        self._values[name] = _checked(_row(name), value)

    def access(self, verb_class: str) -> str:
        """What verbs of class read, write or danger ask for: "signed" or "allow-list"."""
        return self._values["access-" + verb_class] or self._values["access"]

    def changed(self) -> dict:
        """The values that differ from their defaults: what is stored."""
        return {row[_NAME]: self._values[row[_NAME]] for row in TABLE if self._values[row[_NAME]] != row[_DEFAULT]}


def _row(name: str) -> tuple:
    for row in TABLE:
        if row[_NAME] == name:
            return row
    raise SettingError("name", "unknown setting")


def _checked(row: tuple, value):
    name = row[_NAME]
    kind = row[_KIND]
    if kind == "choice":
        if value not in row[_ALLOWED]:
            raise SettingError(name, "one of " + " ".join(row[_ALLOWED]).strip())
    elif kind == "bool":
        return _boolean(name, value)
    elif kind == "int":
        return _integer(name, value, row[_ALLOWED])
    elif kind == "address":
        return _address(name, value)
    elif kind == "list":
        return _prefixes(name, value)
    return value


def _boolean(name: str, value) -> bool:
    if value in (True, "on", "yes", "true"):
        return True
    if value in (False, "off", "no", "false"):
        return False
    raise SettingError(name, "on or off")


def _integer(name: str, value, bounds: tuple) -> int:
    if isinstance(value, str):
        value = int(value) if value.isdigit() and len(value) < 7 else None
    if not isinstance(value, int) or not bounds[0] <= value <= bounds[1]:
        raise SettingError(name, "%d to %d" % bounds)
    return value


def _address(name: str, value) -> str:
    if value in ("", "-"):
        return ""
    if not isinstance(value, str) or not parse_form(value):
        raise SettingError(name, "an address such as +491511234567 or short:12345")
    return value


def _prefixes(name: str, value) -> tuple:
    parts = value.split(",") if isinstance(value, str) else value
    for prefix in parts:
        if not (isinstance(prefix, str) and prefix[:1] == "+" and prefix[1:].isdigit()):
            raise SettingError(name, "prefixes such as +1900,+809")
    return tuple(parts)
