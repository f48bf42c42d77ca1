"""What a board is and holds already, read over the raw REPL before anything is written: chip, keys, list, settings.

A record of the agent lies in two slots, each `MTM1`, sequence u32, length u32, JSON, CRC32 over all before it, little
endian; the whole one with the higher sequence counts.
"""

from __future__ import annotations

import binascii
import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mtmo_host.errors import MtmoError
from mtmo_host.flash.files import PROVISION, RECORDS
from mtmo_host.flash.sync import RawRepl

_HEAD = "<4sII"
_TAIL_OCTETS = 4
_CHIP = re.compile(r"ESP32-?([CHPS]\d)?", re.IGNORECASE)
_ANY_ESP32 = "esp32?"  # a firmware that does not say which
_PORTS = {"linux": "unix", "darwin": "unix", "rp2": "rp2"}  # sys.platform → mcu of a profile
_ASK = """
import sys
print('C',sys.platform,getattr(sys.implementation,'_machine',''))
for p in %r:
 try:
  f=open(p,'rb')
 except OSError:
  continue
 b=f.read(192)
 while b:
  print('R',p,b.hex())
  b=f.read(192)
 f.close()
"""


@dataclass(frozen=True)
class Held:
    """A board's chip as a profile calls it, and whose it is; `slots` are rows of its keys, with all that is in them."""

    mcu: str = ""
    machine: str = ""
    devid: str = ""
    slots: Sequence[Mapping[str, Any]] = ()
    allow: Sequence[Sequence[str]] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    apn: bool = False  # it has one that works, which provisioning leaves alone

    @property
    def provisioned(self) -> bool:
        """Whether it is somebody's."""
        return bool(self.devid or self.slots or self.allow)


def read_held(board: RawRepl) -> Held:
    """What the board at the raw REPL holds; what a /provision.json says that waits for the next start counts."""
    names = ("keys", "settings", "apn")
    paths = [f"{RECORDS}/{name}.{slot}" for name in names for slot in (0, 1)]
    chip, found = "", dict.fromkeys([*paths, PROVISION], b"")
    for line in board.run(_ASK % ([*paths, PROVISION],)).splitlines():
        kind, _, rest = line.partition(" ")
        path, _, digits = rest.partition(" ")
        if kind == "C":
            chip = rest.strip()
        elif kind == "R" and path in found:
            found[path] += bytes.fromhex(digits)
    keys, settings, apn = (_newest([found[f"{RECORDS}/{name}.{slot}"] for slot in (0, 1)]) for name in names)
    waiting = _json(found[PROVISION])
    platform, _, machine = chip.partition(" ")
    return Held(
        mcu=_mcu(platform, machine),
        machine=machine or platform,
        devid=str(waiting.get("devid") or keys.get("devid") or ""),
        slots=waiting.get("keys", keys.get("slots", ())),
        allow=waiting.get("allow", keys.get("allow", ())),
        settings=waiting.get("settings", settings),
        apn=bool(apn),
    )


def check_chip(held: Held, mcu: str, port: str) -> None:
    """Raises MtmoError where the profile is for another chip than the board says it has."""
    if held.mcu == mcu or (held.mcu == _ANY_ESP32 and mcu.startswith("esp32")):
        return
    fix = "choose its profile with --board; --force writes this one all the same"
    raise MtmoError(f"the board is {held.machine!r}, the profile is for {mcu}", field=port, fix=fix)


def _mcu(platform: str, machine: str) -> str:
    if platform == "esp32":
        chip = _CHIP.match(machine.rpartition(" with ")[2].strip())
        return f"esp32{(chip[1] or '').lower()}" if chip else _ANY_ESP32
    return _PORTS.get(platform, platform)


def _newest(slots: Sequence[bytes]) -> dict[str, Any]:
    whole = [(sequence, payload) for sequence, payload in map(_slot, slots) if payload]
    return _json(max(whole)[1]) if whole else {}


def _slot(octets: bytes) -> tuple[int, bytes]:
    """Sequence and payload of a slot; without payload where it is torn."""
    size = struct.calcsize(_HEAD)
    body, tail = octets[:-_TAIL_OCTETS], octets[-_TAIL_OCTETS:]
    if len(body) < size or binascii.crc32(body) != int.from_bytes(tail, "little"):
        return 0, b""
    magic, sequence, length = struct.unpack(_HEAD, body[:size])
    return (sequence, body[size:]) if magic == b"MTM1" and length == len(body) - size else (0, b"")


def _json(octets: bytes) -> dict[str, Any]:
    try:
        found = json.loads(octets)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
