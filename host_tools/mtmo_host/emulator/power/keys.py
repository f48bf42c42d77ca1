"""PWRKEY and the reset input: a press acts once, when it has lasted long enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mtmo_host.emulator.timers import Timer

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem


class PowerKeys:
    """The two keys of one modem, with the pulses of its family."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self._pressed: dict[str, Timer] = {}

    def power(self, level: bool) -> None:
        """PWRKEY: True while pressed. It switches on, or off when the modem was on."""
        modem, power = self._modem, self._modem.personality.power
        if level and modem.power_saving.asleep:
            modem.power_saving.activity()
        if modem.powered:
            self._press("power", level, power.off_pulse_ms, modem.shut_down)
        else:
            self._press("power", level, power.on_pulse_ms, lambda: modem.power_on(modem.now_ms))

    def reset(self, level: bool) -> None:
        """The reset input: True while active."""
        self._press("reset", level, self._modem.personality.power.reset_pulse_ms, self._modem.restart)

    def release(self) -> None:
        """Forget what is pressed, as the timers are forgotten."""
        self._pressed.clear()

    def _press(self, key: str, level: bool, wait_ms: int, do: Callable[[], None]) -> None:
        pressed = self._pressed.pop(key, None)
        if level:
            self._pressed[key] = pressed or self._modem.after(wait_ms, do)
        elif pressed is not None:
            pressed.cancel()
