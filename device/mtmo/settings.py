"""The operator's changeable values: one table for bounds, defaults, help and validation (L1)."""

from .access import parse_form
from .errors import SettingError

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
)  # type: tuple[tuple, ...]


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
        self._values: dict = {name: default for name, _, default, _, _ in TABLE}

    def set(self, name: str, value) -> None:
        """Check and take `value` (text as in an SMS, or a JSON value). Raises SettingError."""
        self._values[name] = _checked(name, value)

    def access(self, verb_class: str) -> str:
        """What verbs of class read, write or danger ask for: "signed" or "allow-list"."""
        return self._values["access-" + verb_class] or self._values["access"]

    def changed(self) -> dict:
        """The values that differ from their defaults: what is stored."""
        return {name: self._values[name] for name, _, default, _, _ in TABLE if self._values[name] != default}


def _checked(name: str, value):
    """`value` as it is kept, by the kind of setting `name`. Raises SettingError."""
    for row in TABLE:
        if row[0] == name:
            kind, _, allowed = row[1:4]
            break
    else:
        raise SettingError("name", "unknown setting")
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
        if value in ("", "-"):
            return ""
        if isinstance(value, str) and parse_form(value):
            return value
        wanted = "an address such as +491511234567 or short:12345"
    else:
        prefixes = tuple(value.split(",") if isinstance(value, str) else value)
        for prefix in prefixes:
            if not isinstance(prefix, str) or prefix[:1] != "+" or not prefix[1:].isdigit():
                break
        else:
            return prefixes
        wanted = "prefixes such as +1900,+809"
    raise SettingError(name, wanted)
