"""A line between agent and modem that spoils what passes: seeded, and true again when told so."""

from __future__ import annotations

import asyncio
import random
from typing import Any

# What a modem may say at any time, between any two lines (at_dialects §4.3)
URCS = (
    b"RING", b"+CREG: 1", b"+CEREG: 1", b"+CTZV: 8", b"+CIEV: 1,3", b"+CUSD: 0", b"+CGEV: ME PDN ACT 1", b"Call Ready",
    b"UNDER-VOLTAGE WARNNING", b'+CMTI: "ME",99', b'+CMTI: "ME",-1', b"+CMTI:", b'+CMTI: "SM","3",1', b'+CDSI: "SM",1',
    b"+CLIP: \"+49151\",145", b"+CTZE: \"+08\",0", b"+CPIN: READY",
)  # fmt: skip

FAULTS = (
    "split", "slow", "urcs", "drop", "double", "flip", "swallow", "late", "echo", "deaf", "mute", "restart",
    "silent restart",
)  # fmt: skip
BOOT = (b"RDY", b"APP RDY", b"*ATREADY", b"+SYSSTART")
# how often one octet is hit
_RARE = 0.003


class UnkindPort:
    """The agent's port. `faults` names what is going wrong now; empty, the line is a line."""

    def __init__(self, port: Any, chance: random.Random) -> None:
        self.port = port
        self.faults: set[str] = set()
        self._chance = chance
        self._ready = bytearray()
        self._line = bytearray()
        self._held_until_s = 0.0
        self._drop_until_write = False

    def now_ms(self) -> int:
        return self.port.now_ms()

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def readinto(self, buf: bytearray) -> int:
        octets = bytearray(256)
        while not self._ready:
            count = await self.port.readinto(octets)
            while self._now_s() < self._held_until_s:
                await asyncio.sleep(self._held_until_s - self._now_s())
            self._take(bytes(octets[:count]))
        if "slow" in self.faults:
            await asyncio.sleep(self._chance.random() * 0.02)
        most = self._chance.randint(1, 9) if self.faults & {"split", "slow"} else len(self._ready)
        count = min(len(buf), len(self._ready), most)
        buf[:count] = self._ready[:count]
        del self._ready[:count]
        return count

    async def write(self, octets: bytes) -> None:
        self._drop_until_write = False
        if "swallow" in self.faults and self._chance.random() < 0.1:
            self._drop_until_write = True
        if "late" in self.faults and self._chance.random() < 0.1:
            self._held_until_s = self._now_s() + self._chance.choice((0.6, 1, 3, 6, 11, 31, 65, 200))
        if "echo" in self.faults:
            self._ready += octets
        if "deaf" in self.faults and self._chance.random() < 0.1:
            return  # the modem heard nothing
        await self.port.write(octets)

    def _take(self, octets: bytes) -> None:
        if self._drop_until_write:
            return
        for octet in octets:
            self._line.append(octet)
            if octet == 10:
                self._line_over()
        if self._line.startswith(b">"):
            self._ready += self._line  # a prompt ends with nothing
            self._line.clear()

    def _line_over(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        if "mute" in self.faults and line.startswith(b"+CMTI"):
            return
        if "silent restart" in self.faults and line.startswith(BOOT):
            return
        for octet in line:
            self._ready += self._spoiled(octet)
        if "urcs" in self.faults and self._chance.random() < 0.4:
            self._ready += b"\r\n" + self._chance.choice(URCS) + b"\r\n"

    def _spoiled(self, octet: int) -> bytes:
        if self._chance.random() >= _RARE:
            return bytes((octet,))
        if "drop" in self.faults:
            return b""
        if "double" in self.faults:
            return bytes((octet, octet))
        return bytes((octet ^ 1 << self._chance.randrange(8) if "flip" in self.faults else octet,))
