"""What makes a board belong to somebody: device id, keys, allow-list and settings, as /provision.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.flash.sync import RawRepl
from mtmo_host.flash.transport import BoardError
from mtmo_host.sms.device_keys import KeySource
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.numbers import parse_allow_form

ROLES = ("viewer", "operator", "admin")
SLOTS = "ABCDEFGHJKMNPQRSTVWXYZ"  # A to Z without I, L, O, U (sc1.md: kid); Z is recovery
IDENTIFY_TIMEOUT_S = 75.0  # the agent's own limit is 60 s: it may have to power the modem up
# What is loaded may be the version before this run. It is set aside, not dropped: it holds the timer
# that feeds the watchdog in the service window.
_IDENTIFY = """
import sys,gc
_old=[sys.modules.pop(m) for m in list(sys.modules) if m=='mtmo' or m.startswith('mtmo.')]
gc.collect()
import mtmo
mtmo.identify()
"""


def parse_address(text: str) -> str:
    """An address in the form of the allow-list, as `numbers.parse_allow_form`; raises UsageError."""
    try:
        return parse_allow_form(text)
    except MtmoError:
        fix = "+491511234567, alnum:NAME, short:12345, national:01511234567 or unknown:01511234567"
        raise UsageError(f"{text!r} is not an address", field="--allow", fix=fix) from None


def parse_allow(entries: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The allow-list of `--allow OA ROLE`; raises UsageError for a bad address or role, or one given twice."""
    allowed: dict[str, str] = {}
    for text, role in entries:
        address = parse_address(text)
        if role not in ROLES:
            raise UsageError(f"unknown role {role!r}", field="--allow", fix=f"one of {', '.join(ROLES)}")
        if address.lower() in (known.lower() for known in allowed):
            raise UsageError(f"{address} is given twice", field="--allow", fix="give each address one role")
        allowed[address] = role
    return [[address, role] for address, role in allowed.items()]


def check_imei(imei: str, *, typed: bool) -> str:
    """The 15 digits; one that a person typed must also have its check digit right (TS 23.003 §6.2.1, Annex B)."""
    digits = re.sub(r"[ -]", "", imei)
    if not re.fullmatch(r"[0-9]{15}", digits):
        raise MtmoError(f"{imei!r} is not an IMEI", field="--imei", fix="15 digits: ask the modem with AT+CGSN")
    if typed and sum(map(int, "".join(str(int(d) * (1 + i % 2)) for i, d in enumerate(digits)))) % 10:
        raise MtmoError(f"{imei!r} is mistyped: its check digit is wrong", field="--imei", fix="compare digit by digit")
    return digits


def check_kid(kid: str, field: str = "--slot") -> str:
    """The key slot in upper case. Raises UsageError, of the option `field`."""
    if len(kid) != 1 or kid.upper() not in SLOTS:
        raise UsageError(f"{kid!r} is not a key slot", field=field, fix=f"one of {SLOTS}")
    return kid.upper()


def slot_key(keys: KeySource, imei: str, kid: str = "A", epoch: int = 1, role: str = "admin") -> dict[str, Any]:
    """One row of the record's keys: K_dev of the board's slot, and its role. Raises UsageError and MtmoError."""
    kid = check_kid(kid)
    if not 1 <= epoch <= 255:
        raise UsageError(f"{epoch} is out of range", field="--epoch", fix="1 to 255")
    if role not in ROLES:
        raise UsageError(f"unknown role {role!r}", field="--operator-slot", fix=f"one of {', '.join(ROLES)}")
    return {"kid": kid, "epoch": epoch, "role": role, "key": keys.device_key(imei, kid, epoch).hex()}


def record(
    imei: str,
    *,
    keys: Sequence[Mapping[str, Any]] = (),
    allow: Sequence[Sequence[str]] = (),
    settings: Mapping[str, Any] | None = None,
    access: str = "signed",
    demo: bool = False,
) -> dict[str, Any]:
    """The object of /provision.json; `keys` are rows of slot_key(), none for a board without a key."""
    chosen = {**(settings or {}), "access": access}
    rows = [dict(row) for row in keys]
    return {"devid": imei, "settings": chosen, "keys": rows, "allow": [list(item) for item in allow], "demo": demo}


def warnings(provision: Mapping[str, Any], virtual: bool = False) -> list[str]:
    """What the person at the cable should know about this provisioning before the board goes away."""
    settings, found = provision["settings"], []
    exposed = not virtual and not settings.get("lock")
    if provision.get("keys") and exposed:
        found.append("whoever holds the cable reads this board's keys, and this one's alone: its REPL stays open")
    if settings.get("pin") and exposed:
        found.append("whoever holds the cable reads this board's PIN: no other board should have the same")
    if not provision["allow"] and not settings.get("any-sender-if-signed"):
        found.append("the allow-list is empty: nobody can command this board by SMS (--allow OA ROLE)")
    if settings["access"] == "allow-list":
        found.append("access is allow-list: whoever forges an allowed sender commands this board")
    return found


def refuse_demo_key(master: MasterKey, virtual: bool) -> None:
    """Raises MtmoError for a demo key on a real board: everybody who ran the demo may know it."""
    if master.demo and not virtual:
        fix = "make a real one: mtmo keys init FILE"
        raise MtmoError("is a demo key, which is for virtual boards only", field=master.source, fix=fix)


def identify(board: RawRepl) -> dict[str, str]:
    """What the agent on the board knows of its modem: imei, model, dialect; raises MtmoError."""
    fix = "give it with --imei, or check the modem's power and wiring"
    try:
        out = board.run(_IDENTIFY, IDENTIFY_TIMEOUT_S)
    except BoardError as error:
        raise MtmoError(f"the modem does not say its IMEI: {error.exception}", field=board.port, fix=fix) from None
    for line in reversed(out.splitlines()):
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("imei"):
            return {name: str(said.get(name, "")) for name in ("imei", "model", "dialect")}
    raise MtmoError("the modem does not say its IMEI", field=board.port, fix=fix)
