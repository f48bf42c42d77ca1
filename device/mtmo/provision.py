"""/provision.json from the flash tool, taken into the agent's records once (L3)."""

import os

from . import access, log
from .apn_rules import check_apn
from .errors import ApnError, ConfigError, SettingError, StoreError
from .journal import Journal
from .keys import RECORD
from .store import checked

_FILE = "/provision.json"
_KEYS = "allow,demo,devid,keys,settings"


def apply(store, settings) -> None:
    """Take over /provision.json and remove it; a power cut only makes it run again. Raises ConfigError."""
    try:
        _apply(store, settings)
    except (OSError, StoreError) as error:
        raise ConfigError(_FILE, "cannot be taken over: %s" % error)


def _apply(store, settings) -> None:
    with open(_FILE, "rb") as file:
        octets = file.read()
    given = checked(_FILE, octets, _KEYS)
    _apply_settings(store, settings, given.get("settings", {}))
    _apply_access(store, given)
    _apply_apn(store, given.get("settings", {}).get("apn"))
    os.remove(_FILE)
    log.info("board", "provisioned")


def _apply_settings(store, settings, given: dict) -> None:
    settings.reset()  # what is not named is the default, not what was before
    for name in given:
        if name == "apn":
            continue
        try:
            settings.set(name, given[name])
        except SettingError as error:
            raise ConfigError(_FILE, str(error))
    store.write("settings", settings.changed())


def _apply_access(store, given: dict) -> None:
    allowed = _checked_list(given.get("allow", []))
    keys = given.get("keys", [])
    for key in keys:
        if len(key["key"]) != 64 or key["role"] not in access.ROLES:
            raise ConfigError(_FILE, "keys: slot %s" % key.get("kid"))
    devid = given.get("devid", "")
    if keys and not devid:
        raise ConfigError(_FILE, "keys need a devid")
    before = store.read(RECORD) or {}
    record = {"devid": devid, "slots": keys, "allow": allowed}
    if before.get("devid") == devid:
        for name in ("recovery", "losses"):
            if name in before:
                record[name] = before[name]
    _reopen(store, before.get("slots", ()), keys)
    store.write(RECORD, record)
    store.write("doors", {})  # whoever holds the cable has looked at the SIM


def _checked_list(given: list) -> list:
    allowed: list = []
    for form, role in given:
        normal = access.normal_form(form)
        if normal is None or role not in access.ROLES:
            raise ConfigError(_FILE, "allow: %s %s" % (form, role))
        if access.entry_of(normal, allowed):
            raise ConfigError(_FILE, "allow: %s is given twice" % form)
        allowed.append([normal, role])
    return allowed


def _reopen(store, before, keys: list) -> None:
    """After a lost journal a slot opens again with a key that no text was ever signed with; with the old one it stays
    closed, since a replay of any age would pass. Without the old record there is nothing to compare with.
    """
    journal = Journal(store)
    if not journal.lost:
        return
    for key in keys:
        if all(old["kid"] != key["kid"] or old["key"] != key["key"] for old in before):
            journal.reopen(key["kid"], key["epoch"])


def _apply_apn(store, apn: "str | None") -> None:
    # the initial good APN; a record that a transaction has written stays
    if apn and store.read("apn") is None:
        try:
            check_apn(apn)
        except ApnError as error:
            raise ConfigError(_FILE, str(error))
        store.write("apn", {"good": [apn]})
