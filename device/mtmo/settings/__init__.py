"""The operator's changeable values in force; what there may be is in table.py (L1).

The table and its rules are needed at boot and by the verbs that show or change a setting: loaded for each of these,
since they take 10 kB on a 64-bit board.
"""

from .. import once
from ..errors import SettingError


class Settings:
    """The values in force: `settings["reply-to"]`."""

    def __init__(self, stored: "dict | None" = None):
        stored = stored or {}
        rules = once("settings.rules")
        self._values: dict = {row[0]: row[2] for row in rules.TABLE}
        for name in stored:
            # A value that an older or newer agent wrote and this one does not take falls back to its default.
            try:
                self._values[name] = rules.checked(name, stored[name])
            except SettingError:
                pass

    def __getitem__(self, name: str):
        return self._values[name]

    def reset(self) -> None:
        """Every value back to its default."""
        self._values = Settings()._values

    def set(self, name: str, value) -> None:
        """Check and take `value` (text as in an SMS, or a JSON value). Raises SettingError."""
        self._values[name] = once("settings.rules").checked(name, value)

    def access(self, verb_class: str) -> str:
        """What verbs of class read, write or danger ask for: "signed", "pin" or "allow-list"."""
        return self._values["access-" + verb_class] or self._values["access"]

    def shown(self, name: str) -> str:
        """The value as a text may say it: a secret only as set or unset. Raises SettingError."""
        return once("settings.rules").shown(name, self._values.get(name))

    def changed(self) -> dict:
        """The values that differ from their defaults: what is stored."""
        return {row[0]: self._values[row[0]] for row in once("settings.rules").TABLE if self._values[row[0]] != row[2]}


def stored(store) -> dict:
    """What the flash says of them: {} at first, and closed lockouts where both copies of the record are damaged."""
    return store.read("settings") or ({"lock": True} if store.lost("settings") else {})


def changed_by(name: str) -> str:
    """The class of verb that may change setting `name`; "write" for one that does not exist."""
    try:
        return once("settings.rules").row(name)[4]
    except SettingError:
        return "write"
