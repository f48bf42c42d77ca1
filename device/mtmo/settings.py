"""The operator's changeable values in force; what there may be is in setting_table.py (L1)."""

import sys

from .access import parse_form
from .errors import ApnError, SettingError

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
        self._values: dict = {row[0]: row[2] for row in _table()}
        _forget()

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
        found = {row[0]: self._values[row[0]] for row in _table() if self._values[row[0]] != row[2]}
        _forget()
        return found


def changed_by(name: str) -> str:
    """The class of verb that may change setting `name`; "write" for one that does not exist."""
    try:
        return _row(name)[4]
    except SettingError:
        return "write"


def _table() -> "tuple[tuple, ...]":
    from .setting_table import TABLE

    return TABLE


def _forget() -> None:
    # 7 kB on a 64-bit board; the table is needed once at boot and by the verbs that change a setting
    package = sys.modules["mtmo"]
    if sys.modules.pop("mtmo.setting_table", None) and hasattr(package, "setting_table"):
        del package.setting_table


def _row(name: str) -> tuple:
    try:
        for row in _table():
            if row[0] == name:
                return row
    finally:
        _forget()
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
