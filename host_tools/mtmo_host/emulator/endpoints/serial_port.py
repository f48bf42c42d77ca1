"""A real serial port, the emulator playing the modem (or, in a replay, the agent) at its other end."""

from __future__ import annotations

import serial

from mtmo_host.emulator.endpoints.base import Talker
from mtmo_host.emulator.endpoints.descriptor import DescriptorEndpoint
from mtmo_host.errors import MtmoError


class SerialEndpoint(DescriptorEndpoint):
    """The port runs at `baud`; the wire itself paces it."""

    def __init__(self, modem: Talker, port: str, *, baud: int = 115_200, rtscts: bool = False) -> None:
        super().__init__(modem)
        self.port, self._baud, self._rtscts = port, baud, rtscts
        self._serial: serial.Serial | None = None

    @property
    def address(self) -> str:
        """The port on this side."""
        return self.port

    async def _open(self) -> None:
        try:
            self._serial = serial.Serial(self.port, self._baud, timeout=0, write_timeout=0, rtscts=self._rtscts)
            self._watch(self._serial.fileno())
        except (serial.SerialException, ValueError, OSError) as error:
            raise MtmoError(str(error), field=self.port, fix="is it plugged in, free, and yours to open?") from error

    async def _shut(self) -> None:
        self._unwatch()
        if self._serial is not None:
            self._serial.close()
