"""/provision.json from the flash tool, taken into the agent's records once (L3)."""

import binascii
import hashlib
import json
import os

from . import access, log
from .errors import ConfigError, SettingError

_FILE = "/provision.json"
_DONE = "/mtmo-state/provisioned"


def apply(store, settings) -> None:
    """Take over a new /provision.json, if there is one; a power cut in between only makes it run again. Raises ConfigError."""
    try:
        with open(_FILE, "rb") as file:
            octets = file.read()
    except OSError:
        return
    try:
        given = json.loads(octets.decode())
    except ValueError:
        raise ConfigError("%s is damaged: flash the board again" % _FILE)
    if not isinstance(given, dict):
        raise ConfigError("%s holds no object" % _FILE)
    _apply_settings(store, settings, given.get("settings", {}))
    _apply_access(store, given)
    _apply_apn(store, given.get("settings", {}).get("apn"))
    with open(_DONE, "wb") as file:
        file.write(binascii.hexlify(hashlib.sha256(octets).digest()))
    os.remove(_FILE)
    log.info("board", "provisioned")


def _apply_settings(store, settings, given: dict) -> None:
    for name in given:
        if name == "apn":
            continue
        try:
            settings.set(name, given[name])
        except SettingError as error:
            raise ConfigError("%s: %s" % (_FILE, error))
    store.write("settings", settings.changed())


def _apply_access(store, given: dict) -> None:
    allowed = given.get("allow", [])
    for form, role in allowed:
        if access.parse_form(form) is None or role not in access.ROLES:
            raise ConfigError("%s: allow: %s %s" % (_FILE, form, role))
    keys = given.get("keys", [])
    for key in keys:
        if len(key["key"]) != 64 or key["role"] not in access.ROLES:
            raise ConfigError("%s: keys: slot %s" % (_FILE, key.get("kid")))
    devid = given.get("devid", "")
    if keys and not devid:
        raise ConfigError("%s: keys need a devid" % _FILE)
    store.write("keys", {"devid": devid, "slots": keys, "allow": allowed})


def _apply_apn(store, apn) -> None:
    # the initial good APN; a record that a transaction has written stays
    if apn and store.read("apn") is None:
        store.write("apn", {"good": [apn]})
