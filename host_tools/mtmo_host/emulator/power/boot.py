"""How a modem starts: the steps of its family's boot, what becomes usable at each, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mtmo_host.emulator.personality import BootStep, Ready

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_UNLOCK_MS = {Ready.SIM: 50, Ready.SMS: 1500}  # after the PIN


class Boot:
    """The boot of one modem. `slow`: take the late times of the personality."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.slow = False

    def begin(self) -> None:
        """Power came, or a reset."""
        for step in self._modem.personality.boot:
            offset_ms = step.late_ms if self.slow and step.late_ms is not None else step.offset_ms
            self._after(offset_ms, step, self._run)

    def pin_accepted(self) -> None:
        """The card was unlocked: the rest follows, once the result is out."""
        self._modem.registration.search()
        for step in self._modem.personality.boot:
            if step.ready in _UNLOCK_MS:
                self._after(_UNLOCK_MS[step.ready], step, self._announce)

    def _after(self, delay_ms: int, step: BootStep, do: Callable[[BootStep], None]) -> None:
        self._modem.after(self._modem.scaled(delay_ms), lambda: do(step))

    def _run(self, step: BootStep) -> None:
        modem = self._modem
        if step.ready is Ready.UART:
            modem.uart_ready = True
            modem.faults.uart_ready()
        elif step.ready is Ready.SIM:
            modem.sim_ready = True
            modem.registration.set_radio(modem.memory.boot_cfun)
        elif step.ready is Ready.SMS and modem.sim_state != "READY":
            return  # the store lies behind the PIN
        self._announce(step)

    def _announce(self, step: BootStep) -> None:
        modem = self._modem
        if step.ready is Ready.SMS:
            modem.sms_ready = True
        muted = modem.faults.remains.silent_boot or (modem.autobauding and modem.personality.silent_while_autobauding)
        if step.urc is None or muted:
            return
        text = step.urc.format(cpin=modem.sim_state, airplane=" AIRPLANE MODE" if modem.memory.boot_cfun == 4 else "")
        modem.urc(text, always=not step.routed)
