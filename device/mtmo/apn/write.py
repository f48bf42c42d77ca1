"""Writes a profile into the modem and reads it back; the dialect says how (L3; at_dialects §5).

Loaded for each time, since an APN that is being tried needs the heap afterwards.
"""

import asyncio

from .. import log
from ..apn_profile import AUTH, TYPES, Profile
from ..at import fields
from ..errors import AtNoPrompt, AtRefused, AtTimeout
from .granted import WrongOrder

_TYPE_NAMES = ("IP", "IPV6", "IPV4V6")  # TS 27.007 §10.1.1


async def apply(modem, profile: Profile, roaming: bool) -> bool:
    """Write `profile` into the modem and register anew with it; the radio is on again in any case.

    `roaming`: data may be used abroad. Returns whether user and password surely stand in the right order. Raises
    AtError, WrongOrder among them.
    """
    dialect = modem.dialect
    values = _values(profile, dialect)
    switched = False
    for line in dialect["radio_off"]:
        switched = switched or await _tried(modem, line, 30000)
    try:
        await asyncio.sleep(dialect["radio_gap_s"])  # u-blox: off and on are a second apart at least
        for line in dialect["roaming"] if roaming else ():
            await _tried(modem, line)
        for template in dialect["context"]:
            await modem.chat.request(template.format(**values))
        for template in dialect["initial"]:
            await _tried(modem, template.format(**values))
        proved = await _authenticate(modem, profile, values)
        await _read_back(modem, profile)
    finally:
        if switched:
            await _radio_on(modem)
        else:
            await modem.chat.request(dialect["reboot"], 30000)
            modem.require_setup("restarted")
        modem.list_all_due = True  # texts that came meanwhile; looks after the settings, too, which some lose here
    return proved


async def _radio_on(modem) -> None:
    try:
        await modem.chat.request(modem.dialect["radio_on"], 180000)
    except AtNoPrompt:
        raise  # it answers nothing at all
    except AtTimeout:
        if (await modem.answer("AT+CFUN?"))[0] != "1":  # only the answer was lost
            raise


async def _authenticate(modem, profile: Profile, values: dict) -> bool:
    dialect = modem.dialect
    if profile.auth == "none":
        for template in dialect["no_auth"]:
            await _tried(modem, template.format(**values))
        return True
    orders = dialect["auth"]
    for template in orders[min(profile.order, len(orders) - 1)] if orders else ():
        await modem.chat.request(template.format(**values))  # without its credentials the profile is another one
    if dialect["auth_read"]:
        for parts in await _rows(modem, dialect["auth_read"]):
            if len(parts) > 2 and profile.password and parts[2] == profile.password != profile.user:
                raise WrongOrder("AT+CGAUTH", "shows the password as user")
            if len(parts) > 2 and parts[2] == profile.user:
                return True
    return False


async def _read_back(modem, profile: Profile) -> None:
    # what the modem did not take shows here, not after minutes of searching
    rows = await _rows(modem, "AT+CGDCONT?")
    for parts in rows:
        stored = parts[2] if len(parts) > 2 else ""
        if stored and not profile.apn:
            return  # what the network assigned, or will be asked for by none; an empty APN is not compared (apn.md §1)
        if profile.is_stored_as(stored) and parts[1].upper() == _TYPE_NAMES[TYPES.index(profile.pdp_type)]:
            return
    if rows:
        raise AtRefused("AT+CGDCONT", "does not read back")


async def _rows(modem, line: str) -> list:
    # the fields of each line that speaks of our context; none when the modem does not know the question
    name = line[2:].split("?")[0].split("=")[0].encode()
    cid = "%d" % modem.dialect["cid"]
    try:
        rows = [fields(info) for info in await modem.chat.request(line, 5000, name)]
    except AtRefused:
        return []
    return [parts for parts in rows if parts[0] == cid and len(parts) > 1]


async def _tried(modem, line: str, timeout_ms: int = 10000) -> bool:
    try:
        await modem.chat.request(line, timeout_ms)
        return True
    except AtRefused as error:
        log.info("apn", "%s", error)
        return False


def _values(profile: Profile, dialect: dict) -> dict:
    # what the dialects' templates may name
    kind = TYPES.index(profile.pdp_type)
    return {
        "cid": dialect["cid"],
        "type": _TYPE_NAMES[kind],
        "number": dialect["type_numbers"][kind],
        "apn": profile.apn,
        "auth": AUTH.index(profile.auth),
        "user": profile.user,
        "password": profile.password,
    }
