"""What the operator's values may be, by table.py; `settings` loads it to check, show or change one (L1)."""

from .. import once
from ..access import parse_form
from ..errors import ApnError, SettingError

TABLE = once("settings.table").TABLE
_HOST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"
_MAX_HOST = 63
_MAX_APNS = 5


def row(name: str) -> tuple:
    """What the table says of setting `name`. Raises SettingError."""
    for found in TABLE:
        if found[0] == name:
            return found
    raise SettingError("name", "unknown setting")


def shown(name: str, value) -> str:
    """The value as a text may say it: a secret only as set or unset. Raises SettingError."""
    kind = row(name)[1]
    if kind == "secret":
        return "set" if value else "unset"
    if kind == "bool":
        return "on" if value else "off"
    if kind in ("list", "apns"):
        value = ",".join(value)
    return "%s" % value if value != "" else "-"


def checked(name: str, value):
    """`value` as it is kept, by the kind of setting `name`. Raises SettingError."""
    kind, _, allowed = row(name)[1:4]
    if value == "-" and kind in ("choice", "address", "number", "secret", "list", "host", "apns"):
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
    elif kind == "number":
        if value == "" or (isinstance(value, str) and _is_number(value)):
            return value
        wanted = "a number such as +491710760000"
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


def _is_number(text: str) -> bool:
    # what AT+CSCA takes in quotes, and nothing else (TS 27.005 §3.3.1)
    digits = text[1:] if text[0] == "+" else text
    return 3 <= len(digits) <= 20 and not digits.strip("0123456789")


def _is_plain(text: str) -> bool:
    for char in text.lower():
        if not ("0" <= char <= "9" or "a" <= char <= "z"):
            return False
    return True


def _apns(name: str, value) -> "tuple[str, ...]":
    check_apn = once("apn_rules").check_apn
    apns = tuple(value.split(",") if isinstance(value, str) else value) if value else ()
    try:
        for apn in apns:
            check_apn(apn)
    except (ApnError, AttributeError):
        raise SettingError(name, "APNs such as em,internet")
    if len(apns) > _MAX_APNS:
        raise SettingError(name, "%d APNs at most" % _MAX_APNS)
    return apns
