"""A line that watches over what is sent."""

from __future__ import annotations

from sayings import now_s
from world import World


class Sending:
    """Replaces the results of AT+CMGS by `finals`, one after the other, and notes when each was asked for."""

    def __init__(self, world: World, finals: list[bytes], *, sent: bool = False) -> None:
        self.times: list[float] = []
        self._finals = list(finals)
        self._body = False
        port = world.board.port
        port.heard = self._heard
        port.twist = self._twist
        self._hears_body = sent  # False: the PDU never reaches the modem
        self._world = world

    def _heard(self, octets: bytes) -> bool:
        if octets.startswith(b"AT+CMGS="):
            self.times.append(now_s())
        if not octets.endswith(b"\x1a") or not self._finals:
            return True
        final = self._finals.pop(0)
        if self._hears_body:
            self._swallow = final
            self._body = True
            return True
        self._world.modem.feed(b"\x1b", self._world.board.port.now_ms())
        self._body = True
        self._swallow = final
        self._world.pump()
        return False

    def _twist(self, octets: bytes) -> bytes:
        if not self._body or (b"OK" not in octets and b"ERROR" not in octets):
            return octets
        self._body = False
        return b"\r\n" + self._swallow + b"\r\n"
