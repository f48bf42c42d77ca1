"""What a modem keeps without power: messages, contexts, the profile of AT&W, and what vendors save by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mtmo_host.errors import MtmoError

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_VERSION = 1


class Memory:
    """The flash of one modem. `values` holds what vendors' settings store, by name."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.values: dict[str, str] = {}
        self._line_profile: dict[str, bool] = {}

    # --- the profile

    def save_profile(self) -> None:
        """AT&W: settings, echo and shape of results, speed."""
        modem = self._modem
        modem.settings.save()
        self._line_profile = modem.terminal.line_settings()
        self.values["ipr"] = "0" if modem.autobauding else str(modem.baud)

    def restore_profile(self) -> None:
        """ATZ and power-on: what AT&W saved, or the defaults."""
        self._modem.settings.restore_profile()
        self._modem.terminal.default_settings()
        self._modem.terminal.set_line(self._line_profile)

    def restore_baud(self) -> None:
        """The speed after power-on."""
        personality, saved = self._modem.personality, self.values.get("ipr")
        self._modem.set_baud(int(saved) if saved else 0 if personality.autobaud else personality.baud)

    @property
    def boot_cfun(self) -> int:
        """+CFUN after power-on: the family's, or what a vendor command stored."""
        return int(self.values.get("cfun", self._modem.personality.boot_cfun))

    @property
    def urc_port(self) -> str:
        """Where URCs go: the family's, or what +QURCCFG stored."""
        return self.values.get("urcport", self._modem.personality.urc_port)

    # --- state that outlives the process

    def dump(self) -> dict[str, Any]:
        """Stores, contexts, counters and values as JSON values."""
        modem = self._modem
        return {
            "version": _VERSION,
            "store": modem.sms.store.dump(),
            "contexts": modem.contexts.dump(),
            "last_mr": modem.sms.last_mr,
            "smsc": modem.sim.smsc,
            "nvm": dict(self.values),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Put back what dump() gave; MtmoError for anything else."""
        if state.get("version") != _VERSION:
            raise MtmoError(f"is of version {state.get('version')!r}, not {_VERSION}", field="modem state")
        modem = self._modem
        try:
            modem.sms.store.load(state["store"])
            modem.contexts.load(state["contexts"])
            modem.sms.last_mr = int(state["last_mr"])
            modem.sim.smsc = str(state["smsc"])
            self.values = {str(name): str(value) for name, value in state.get("nvm", {}).items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise MtmoError(f"is damaged: {error!r}", field="modem state", fix="delete it to begin anew") from error
