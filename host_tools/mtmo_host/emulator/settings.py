"""The settings a DTE can change and a reset forgets, with the defaults of the personality."""

from __future__ import annotations

import copy
from typing import Any

from mtmo_host.emulator.personality import Personality


class Settings:
    """Values of +CMEE, +CMGF, +CSMS, +CPMS, +CNMI, the registration reports and the like."""

    def __init__(self, personality: Personality) -> None:
        self._personality = personality
        self._profile: dict[str, Any] = {}
        self.restore()

    def save(self) -> None:
        """AT&W: what restore_profile() brings back."""
        kept = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        if not self._personality.sms.cnmi_saved:
            del kept["cnmi"]
        self._profile = copy.deepcopy(kept)

    def restore_profile(self) -> None:
        """The defaults with the saved profile over them, as after power-on and ATZ."""
        self.restore()
        vars(self).update(copy.deepcopy(self._profile))

    def restore(self) -> None:
        """The defaults of AT&F."""
        sms = self._personality.sms
        self.cmee = 0
        self.cmgf = 0 if 0 in sms.modes else sms.modes[0]
        self.csms = 0
        self.cnmi = sms.cnmi_default
        self.cpms = [sms.default_store] * 3
        self.reports = {"+CREG": 0, "+CGREG": 0, "+CEREG": 0}
        self.cgerep = (0, 0)
        self.cscs = "IRA"
        self.csmp: tuple[int, int | str, int, int] = (17, 167, 0, 0)  # <vp> is a time where <fo> says so
        self.cscb: tuple[int, str, str] = (0, "", "")
        self.cmms, self.cmms_until_ms = 0, 0
        self.csdh = 0
        self.cops_format = self.cops_mode = 0
        self.psm = self._personality.psm_default
        self.edrx: dict[int, str] = {}  # access technology -> requested cycle
        self.plain: dict[str, str] = {}  # values a modem keeps and gives back without any effect here
