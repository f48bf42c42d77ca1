"""A serial port over Telnet (RFC 2217): the client sets speed and lines as at a port of its own machine.

pyserial's PortManager does the protocol; here is the port that it manages. The line runs at the client's speed.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable

from serial.rfc2217 import PortManager

from mtmo_host.emulator.endpoints.base import Talker
from mtmo_host.emulator.endpoints.stream import Client
from mtmo_host.emulator.endpoints.tcp import TcpEndpoint

_MAX_BAUD = 4_000_000
_OPTION_LIMIT = 256  # octets of a Telnet option; those of RFC 2217 have five at most

_log = logging.getLogger(__name__)


class Rfc2217Endpoint(TcpEndpoint):
    """A Telnet listener with the com port option; `baud` is the speed until a client sets another."""

    scheme = "rfc2217"

    def __init__(self, modem: Talker, host: str = "127.0.0.1", port: int = 0, *, baud: int | None = None) -> None:
        super().__init__(modem, host, port, baud=baud or 115_200)
        self.line = _Port(baud or 115_200, self.set_baud, self._purge)
        self._manager: PortManager | None = None

    def joined(self, client: Client) -> None:
        """A client came: its Telnet negotiation begins anew."""
        super().joined(client)
        manage: Callable[..., PortManager] = PortManager  # asks for less than its stub says
        self._manager = manage(self.line, _Connection(client))

    def came(self, client: Client, octets: bytes) -> None:
        """Octets of a client, Telnet commands among them."""
        manager = self._manager
        if manager is None or client is not self._client:
            return
        try:
            data = b"".join(manager.filter(octets))
            if len(manager.suboption or b"") > _OPTION_LIMIT:
                raise ValueError("an option without end")
        except (IndexError, KeyError, TypeError, ValueError, struct.error) as error:
            _log.warning("%s: a client spoke no Telnet: %s", self.address, error)
            if client.transport is not None:
                client.transport.abort()
            return
        super().came(client, data)

    def _received(self, octets: bytes) -> None:
        if octets:
            super()._received(octets)

    def _write(self, octets: bytes) -> int:
        escaped = octets.replace(b"\xff", b"\xff\xff")  # IAC (RFC 854)
        return len(octets) if super()._write(escaped) else 0

    def _driver_baud(self) -> int | None:
        return self.line.baudrate

    def _purge(self) -> None:
        self._out.clear()


class _Connection:
    """Where PortManager writes its answers."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def write(self, octets: bytes) -> None:
        if self._client.transport is not None:
            self._client.transport.write(octets)


class _Port:
    """The attributes of a serial port that PortManager reads and sets; only the speed means something to a modem."""

    def __init__(self, baud: int, set_baud: Callable[[int], None], purge: Callable[[], None]) -> None:
        self._baud, self._set_baud, self._purge = baud, set_baud, purge
        self.bytesize, self.parity, self.stopbits = 8, "N", 1
        self.xonxoff = self.rtscts = self.break_condition = self.ri = False
        self.dtr = self.rts = self.cts = self.dsr = self.cd = True

    @property
    def baudrate(self) -> int:
        return self._baud

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        if not 0 < baud <= _MAX_BAUD:
            raise ValueError(f"no line runs at {baud}")  # PortManager keeps the old one
        self._baud = baud
        self._set_baud(baud)

    def reset_input_buffer(self) -> None:
        self._purge()

    def reset_output_buffer(self) -> None: ...
