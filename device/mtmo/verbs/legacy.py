"""The forms of common trackers and routers, read as our own verbs: `set legacy on` (L3).

Loaded when such a device has to be replaced without a change of the platform that commands it. None of the forms can
carry a signature: they are for access `allow-list`, and those with a password, which is our PIN, for `pin`.
"""

from ..envelope import canonical

# form, what it means. Letters count without case. <name> takes what stands until the next character of the form,
# <name?> may be empty, <digits> is a password of digits; user and password of the login stand as <login> and <pin>;
# <serial> is four hexadecimal digits, which the answer repeats.
# Sources: the vendors' manuals and the APN pages of an IoT SIM platform.
TABLE = (
    # Teltonika FMB, FMC; two leading blanks stand for an empty login
    ("<login> <pin> setparam 2001:<apn>", "apn set"),
    ("<login> <pin> setparam 2001:<apn>;2002:<user>;2003:<pass>", "apn set"),
    ("setparam 2001:<apn>", "apn set"),
    ("setparam 2001:<apn>;2002:<user>;2003:<pass>", "apn set"),
    # Teltonika RUT
    ("<pin> cellular apn=<apn>", "apn set"),
    ("cellular apn=<apn>", "apn set"),
    # Ruptela
    ("<pin> setconnection <apn>", "apn set"),
    ("<pin> setconnection <apn>,<user>,<pass>", "apn set"),
    ("setconnection <apn>", "apn set"),
    ("setconnection <apn>,<user>,<pass>", "apn set"),
    # ReachFar, Concox, Elinz
    ("apn,<apn>,plmn,<other>#", "apn set"),
    ("apn,<apn>,<user>,<pass>#", "apn set"),
    ("apn,<digits>,<apn>#", "apn set"),
    ("apn,<apn>#", "apn set"),
    ("apn <apn>#", "apn set"),
    # Coban, Elinz
    ("apn<digits> <apn>", "apn set"),
    ("gprs<digits>", "net"),
    # Meitrack
    ("<digits>,A81,<apn>,<user?>,<pass?>", "apn set"),
    ("<digits>,A21,<other>,<other>,<other>,<apn>,<user?>,<pass?>", "apn set"),
    # Queclink
    ("AT+GTBSI=<pin>,<apn>,<user?>,<pass?>,<other?>,<other?>,<other?>,<other?>,<serial>$", "apn set"),
    # Bitrek
    ("setparam 0242 <apn>", "apn set"),
    # Rayleigh Connect
    ("<login> <pin> APN <apn>", "apn set"),
    ("<login> <pin> APN <apn> <user> <pass>", "apn set"),
    # Robustel, NetComm, Digi
    ("<pin> set apn1=<apn>", "apn set"),
    ("<pin>;set apn1=<apn>", "apn set"),
    # AirLink OS; our APN needs no reboot
    ("smsPwd=<pin>,apn=<apn>", "apn set"),
    ("smsPwd=<pin>,apn=<apn>,act=reboot", "apn set"),
    ("smsPwd=<pin>,apn=<apn>,usr=<user>,pwd=<pass>,act=reboot", "apn set"),
    # what they have in common
    ("<login> <pin> getinfo", "status"),
    ("<login> <pin> getver", "status"),
    ("<login> <pin> cpureset", "reboot"),
    ("getinfo", "status"),
    ("getver", "status"),
    ("status#", "status"),
    ("param#", "status"),
    ("version#", "status"),
    ("cpureset", "reboot"),
    ("reset#", "reboot"),
    ("<pin> reboot", "reboot"),
    ("getgps", "where"),
    ("where#", "where"),
)


def translate(text: str) -> "tuple[str | None, str] | None":
    """(password or None, body in our words) of a text in one of the forms; None for any other."""
    text = canonical(text)
    for form, verb in TABLE:
        found = _matched(form, text)
        if found is not None:
            pin = found.get("pin") or found.get("digits")
            body = [verb]
            if verb == "apn set":
                body.append(_escaped(found["apn"]))
                body += [name + "=" + _escaped(found[name]) for name in ("user", "pass") if found.get(name)]
                body += ["sn=" + found["serial"]] if "serial" in found else []
            return pin, " ".join(body)
    return None


def _matched(form: str, text: str) -> "dict | None":
    found: dict = {}
    at = 0
    pieces = form.split("<")
    for piece in pieces:
        name, _, literal = piece.partition(">") if piece is not pieces[0] else ("", "", piece)
        if name:
            end = text.find(literal[0], at) if literal else len(text)
            value = text[at:end] if end >= 0 else ""
            if (not value and name[-1] != "?") or end < 0 or not _is_word(value):
                return None
            if (name == "digits" and not value.isdigit()) or (name == "serial" and not _is_serial(value)):
                return None
            found[name.rstrip("?")] = value
            at = end
        if text[at : at + len(literal)].lower() != literal.lower():
            return None
        at += len(literal)
    return found if at == len(text) else None


def _is_serial(value: str) -> bool:
    """True for a serial number as Queclink's platforms give one."""
    return len(value) == 4 and not value.strip("0123456789ABCDEFabcdef")


def _is_word(value: str) -> bool:
    for char in value:
        if not "!" <= char <= "~" or char in ",;":
            return False
    return True


def _escaped(value: str) -> str:
    # the APN's own grammar judges it; here it must only stay one word
    out = ""
    for char in value:
        plain = "0" <= char <= "9" or "a" <= char.lower() <= "z" or char in ".-"
        out += char if plain else "%%%02X" % ord(char)
    return out
