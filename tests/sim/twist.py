"""A line between agent and modem that a test can twist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Twist:
    """A port that hands every read to `twist(octets) -> octets`, and every write to `heard(octets) -> bool`."""

    def __init__(self, port: Any) -> None:
        self.port = port
        self.now_ms = port.now_ms
        self.twist: Callable[[bytes], bytes] = lambda octets: octets
        self.heard: Callable[[bytes], bool] = lambda octets: True

    async def readinto(self, buf: bytearray) -> int:
        octets = bytearray(200)
        count = await self.port.readinto(octets)
        twisted = self.twist(bytes(octets[:count]))  # what is set while the read waits holds for it
        buf[: len(twisted)] = twisted
        return len(twisted)

    async def write(self, octets: bytes) -> None:
        if self.heard(octets):
            await self.port.write(octets)


def once(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    """Replace the first `pattern` that comes by."""
    left = [pattern]

    def twist(octets: bytes) -> bytes:
        if left and left[0] in octets:
            return octets.replace(left.pop(), replacement, 1)
        return octets

    return twist
