"""A real serial port, the emulator playing the modem (or, in a replay, the agent) at its other end."""

from __future__ import annotations

import contextlib
import termios

import serial

from mtmo_host.emulator.endpoints.base import Talker, in_words
from mtmo_host.emulator.endpoints.descriptor import DescriptorEndpoint
from mtmo_host.emulator.modem import Modem
from mtmo_host.errors import MtmoError


class SerialEndpoint(DescriptorEndpoint):
    """The port runs at `baud`, and at another speed when the modem takes one; the wire itself paces it."""

    def __init__(self, modem: Talker, port: str, *, baud: int = 115_200, rtscts: bool = False) -> None:
        super().__init__(modem)
        self.port, self._baud, self._rtscts = port, baud, rtscts
        self._usual = baud  # what the modem calls the speed that the port was opened with
        self._serial: serial.Serial | None = None

    @property
    def address(self) -> str:
        """The port on this side."""
        return self.port

    def _driver_baud(self) -> int | None:
        # the wire itself makes noise of what is said at another speed
        return getattr(self.modem, "baud", None)

    def _follow(self, baud: int) -> None:
        """The modem's speed changed: what it has said so far still goes out at the old one."""
        self._collect()
        if self._serial is not None:
            with contextlib.suppress(OSError, ValueError, termios.error, serial.SerialException):
                termios.tcdrain(self._serial.fileno())
                self._serial.baudrate = self._baud if baud == self._usual else baud

    async def _open(self) -> None:
        if isinstance(self.modem, Modem):
            self._usual = self.modem.personality.baud
            self.modem.on_baud = self._follow
        try:
            self._serial = serial.Serial(self.port, self._baud, timeout=0, write_timeout=0, rtscts=self._rtscts)
            self._watch(self._serial.fileno())
        except (serial.SerialException, ValueError, OSError) as error:
            raise MtmoError(
                in_words(error), field=self.port, fix="is it plugged in, free, and yours to open?"
            ) from error

    async def _shut(self) -> None:
        if isinstance(self.modem, Modem):
            self.modem.on_baud = None
        self._unwatch()
        if self._serial is not None:
            self._serial.close()
