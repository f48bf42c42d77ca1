"""What happens to commands: a busy card (F13), a result that is never said (F14), a breakdown while sending (F8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtmo_host.emulator.faults import acts
from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.emulator.registry import AtError, cme, cms

if TYPE_CHECKING:
    from mtmo_host.emulator.faults.switchboard import Faults
    from mtmo_host.emulator.modem import Modem

IDS = frozenset({FaultId.BROWN_OUT, FaultId.SIM_BUSY, FaultId.LOST_RESULT})


class Commands:
    """Asked while one of these faults is on."""

    def __init__(self, faults: Faults, modem: Modem) -> None:
        self._faults, self._modem = faults, modem

    def sim_busy(self, *, sms: bool) -> AtError | None:
        """The error instead of a command that needs the card."""
        values = self._faults.hit(FaultId.SIM_BUSY)
        if values is None:
            return None
        if not sms:
            return cme(14)
        return cms(515 if values["code"] == "515" else 314)

    def lost_result(self) -> bool | None:
        """Nobody will be told what becomes of the text: was it sent? None when all is as it should be."""
        values = self._faults.hit(FaultId.LOST_RESULT)
        if values is not None:
            return values["sent"] == "yes" or (values["sent"] == "either" and self._faults.chance(0.5))
        values = self._faults.get(FaultId.BROWN_OUT)
        if values is None or not self._faults.chance(float(values["rate"])):
            return None
        self._modem.after(0, lambda: acts.fire(self._faults, self._modem, FaultId.BROWN_OUT, values))
        return self._faults.chance(0.5)
