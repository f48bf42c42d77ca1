"""Who may ask for what: the allow-list of originating addresses and the roles (L1; sms_security §2.3)."""

from micropython import const

from .tpdu import Address

ROLES = ("viewer", "operator", "admin")
CLASSES = ("read", "write", "danger")

# Types of number (TS 23.040 §9.1.2.5)
_TON_UNKNOWN = const(0)
_TON_INTERNATIONAL = const(1)
_TON_NATIONAL = const(2)
_TON_ALPHANUMERIC = const(5)
_NPI_ISDN = const(1)
_NPI_UNKNOWN = const(0)
_SHORT_MAX_DIGITS = const(8)
_SHORT_TONS = (0, 2, 3, 4, 6)  # unknown, national, network specific, subscriber, abbreviated


def form_of(address: Address) -> str:
    """How the allow-list and the log write an address: `+49…`, `alnum:…`, `short:…`, `national:…`, `ton3:…`."""
    number = address.number
    if address.ton == _TON_INTERNATIONAL:
        return "+" + number
    if address.ton == _TON_ALPHANUMERIC:
        return "alnum:" + number
    if _is_short(address):
        return "short:" + number
    if address.ton == _TON_NATIONAL:
        return "national:" + number
    if address.ton == _TON_UNKNOWN:
        return "unknown:" + number
    return "ton%d:%s" % (address.ton, number)


def parse_form(text: str) -> "Address | None":
    """The address that a form names, or None where it names none that could be texted or listed."""
    kind, colon, rest = text.partition(":")
    if not colon:
        digits = text[1:]
        if text[:1] == "+" and digits.isdigit() and digits[0] != "0" and 7 <= len(digits) <= 15:
            return Address(_TON_INTERNATIONAL, _NPI_ISDN, digits)
        return None
    if kind == "alnum" and 1 <= len(rest) <= 11:
        return Address(_TON_ALPHANUMERIC, _NPI_UNKNOWN, rest)
    if not rest.isdigit() or len(rest) > 20:
        return None
    if kind == "short" and len(rest) <= _SHORT_MAX_DIGITS:
        return Address(_TON_UNKNOWN, _NPI_ISDN, rest)
    if kind == "national":
        return Address(_TON_NATIONAL, _NPI_ISDN, rest)
    if kind == "unknown":
        return Address(_TON_UNKNOWN, _NPI_ISDN, rest)
    return None


def role_of(oa: Address, allowed: list) -> str:
    """The role of `oa` on the allow-list, a list of [form, role]; "" if it is not on it.

    Equality is exact and the type of number is part of it; alphanumeric addresses compare without case.
    """
    if not oa.number:
        return ""
    entry = entry_of(form_of(oa), allowed)
    return entry[1] if entry and entry[1] in ROLES else ""


def may_command(oa: Address, allowed: list, any_sender: bool) -> bool:
    """True if any text of `oa` can be a command; `any_sender`: a signature stands in for the list."""
    return any_sender or role_of(oa, allowed) != ""


def entry_of(form: str, allowed: list) -> "list | None":
    """The entry of the allow-list that names the address `form`."""
    folded = _folded(form)
    for entry in allowed:
        if _folded(entry[0]) == folded:
            return entry
    return None


def normal_form(text: str) -> "str | None":
    """The one form of the address that `text` names: `national:12345` is `short:12345`. None where it names none."""
    address = parse_form(text)
    return None if address is None else form_of(address)


def lower_role(first: str, second: str) -> str:
    """The one of two roles that may do less (SC1 §5.4)."""
    return first if ROLES.index(first) < ROLES.index(second) else second


def may(role: str, verb_class: str) -> bool:
    """True if `role` may run verbs of `verb_class`. viewer: read; operator: and write; admin: and danger."""
    return ROLES.index(role) >= CLASSES.index(verb_class)


def answerable(address: Address, deny_prefixes: tuple) -> bool:
    """True if a text may be sent there: a whole international number or a short code, without a denied prefix."""
    form = form_of(address)
    for prefix in deny_prefixes:
        if form.startswith(prefix):
            return False
    parsed = parse_form(form)
    return (
        parsed is not None
        and address.ton != _TON_ALPHANUMERIC
        and (address.ton == _TON_INTERNATIONAL or _is_short(address))
    )


def _is_short(address: Address) -> bool:
    number = address.number
    return address.ton in _SHORT_TONS and 1 <= len(number) <= _SHORT_MAX_DIGITS and number.isdigit()


def _folded(form: str) -> str:
    return form.lower() if form.startswith("alnum:") else form
