"""PSM and eDRX: how long the network cannot page the modem, and what ends that (TS 24.008 §10.5.5.32, §10.5.7.3…4a)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtmo_host.emulator.timers import Timer

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_T3324_UNIT_S = (2, 60, 360, 60, 60, 60, 60, 0)  # GPRS timer 2; 111 is deactivated
_T3412_UNIT_S = (600, 3600, 36_000, 2, 30, 60, 1_152_000, 0)  # GPRS timer 3
_T3324_DEFAULT, _T3412_DEFAULT = "00000101", "00000110"  # 10 s and 1 h, where the modem names none
_SHORTEST_MS = 1000
# eDRX cycles of E-UTRAN by their four bits
_CYCLE_S = (
    5.12, 10.24, 20.48, 40.96, 61.44, 81.92, 102.4, 122.88, 143.36, 163.84, 327.68, 655.36, 1310.72, 2621.44, 5242.88,
    10_485.76,
)  # fmt: skip
_PAGING_WINDOW_S = 2.56
_NB_IOT = 9
_ACT_TYPE = {True: 5, False: 4}  # of +CEDRXS: NB-S1 and WB-S1


class PowerSaving:
    """Whether one modem can be paged. Registered it stays; the answers on the line go on."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.asleep = False  # PSM
        self._anchor_ms = 0
        self._timer: Timer | None = None

    def activity(self) -> None:
        """Something went over the air: awake, and T3324 begins anew."""
        self._cancel()
        self._anchor_ms = self._modem.now_ms
        if self.asleep:
            self.asleep = False
            self._modem.network.attached(self._modem)
        active_s = self._seconds(3, _T3324_DEFAULT, _T3324_UNIT_S)
        if self._modem.settings.psm[0] == "1" and active_s is not None and self._modem.registration.registered:
            self._timer = self._modem.after(self._scaled(active_s), self._sleep)

    def leave(self) -> bool:
        """The modem left the network; True when it was asleep, so that nobody could hear that."""
        self._cancel()
        was, self.asleep = self.asleep, False
        return was

    def paging_ms(self) -> int:
        """How long until the network can page a modem that is awake: the rest of the eDRX cycle."""
        bits = self._modem.settings.edrx.get(_ACT_TYPE[self._modem.registration.act == _NB_IOT])
        if bits is None:
            return 0
        cycle_ms = max(1, self._modem.scaled(int(_CYCLE_S[int(bits, 2)] * 1000)))
        passed_ms = (self._modem.now_ms - self._anchor_ms) % cycle_ms
        return 0 if passed_ms <= self._modem.scaled(int(_PAGING_WINDOW_S * 1000)) else cycle_ms - passed_ms

    def _sleep(self) -> None:
        self.asleep = True
        self._modem.network.detached(self._modem)
        update_s = self._seconds(2, _T3412_DEFAULT, _T3412_UNIT_S)
        if update_s is not None:
            self._timer = self._modem.after(self._scaled(update_s), self.activity)

    def _seconds(self, index: int, default: str, units: tuple[int, ...]) -> int | None:
        """A timer of +CPSMS by its place behind the mode; None when it is deactivated."""
        psm = self._modem.settings.psm
        bits = (psm[index + 1] if len(psm) > index + 1 else "") or default
        unit_s = units[int(bits[:3], 2)]
        return unit_s * int(bits[3:], 2) if unit_s else None

    def _scaled(self, seconds: int) -> int:
        return max(_SHORTEST_MS, self._modem.scaled(seconds * 1000))

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
