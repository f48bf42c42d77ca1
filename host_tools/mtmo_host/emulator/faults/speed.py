"""F16 of the menu: modem and driver differ in speed, until the driver finds the modem's, or a restart.

A line that knows the driver's speed compares it with the modem's: at the same speed both hear each other, at any other
each hears noise. Where no speed is known (a socket), nothing comes through before a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.emulator.faults.menu import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mtmo_host.emulator.faults.switchboard import Faults
    from mtmo_host.emulator.modem import Modem

_SPEEDS = (9600, 19_200, 38_400, 57_600, 115_200, 921_600)  # what drivers try (at_dialects §6)
_CR = 0x0D


class Speed:
    """The two ends of one modem's line while F16 is on."""

    def __init__(self, faults: Faults, modem: Modem) -> None:
        self._faults, self._modem = faults, modem
        self._on = False
        self._before = self._moved_to = 0
        self._trained = 0  # the speed that a modem with automatic detection has found
        self._training = False
        self._last = b""

    def begin(self, values: Mapping[str, Value]) -> None:
        """Modem and driver differ from now on; a modem that detects the speed forgets what it found."""
        self._on = True
        self._trained, self._training, self._last = 0, False, b""
        self._before = self._moved_to = self._modem.baud
        if not self._modem.autobauding:
            others = [speed for speed in _SPEEDS if speed != self._modem.baud]
            self._moved_to = int(values["baud"]) or self._faults.random.choice(others)
            self._modem.set_baud(self._moved_to)

    def end(self) -> None:
        """The speed matters no more."""
        if self._on and not self._modem.autobauding and self._modem.baud == self._moved_to:
            self._modem.set_baud(self._before)
        self._on = False

    def power_lost(self, *, lasting: bool) -> None:
        """The modem is at the speed that it keeps; `lasting`: which matters still."""
        self._on = lasting
        self._trained, self._training, self._last = 0, False, b""

    def look(self) -> None:
        """See whether the driver has changed its speed."""
        modem = self._modem
        if self._on and modem.driver_baud is not None and (baud := modem.driver_baud()) != modem.line_baud:
            modem.line_baud = baud
            modem.tell("driver_baud", baud=baud)

    @property
    def differs(self) -> bool:
        """What one side says is noise to the other."""
        if not self._on:
            return False
        modem = self._modem
        return modem.line_baud is None or modem.line_baud != (self._trained if modem.autobauding else modem.baud)

    def heard(self, octets: bytes) -> bytes:
        """What the modem makes of the driver's octets."""
        if self._training:
            return self._behind_training(octets)
        if not self.differs:
            return octets
        self._faults.count(FaultId.BAUD)
        if self._modem.autobauding and self._modem.line_baud is not None:
            return self._train(octets)
        return self.noise(len(octets))

    def noise(self, count: int) -> bytes:
        """So many octets, sampled at another speed: none of them is a character of a command."""
        return bytes(0x80 | octet for octet in self._faults.random.randbytes((count + 1) // 2))

    def _train(self, octets: bytes) -> bytes:
        """`AT` shows a modem with automatic detection the speed; the line that begins so is lost."""
        said = self._last + octets
        at = said.upper().find(b"AT")
        if at < 0:
            self._last = said[-1:]
            return b""
        self._trained, self._training, self._last = self._modem.line_baud or 0, True, b""
        return self._behind_training(said[at:])

    def _behind_training(self, octets: bytes) -> bytes:
        end = octets.find(_CR)
        self._training = end < 0
        return b"" if end < 0 else octets[end + 1 :]
