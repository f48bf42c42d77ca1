"""What happens to octets between modem and driver: F1 to F6, F16, F18 and F19 of the menu.

What the modem says passes, in this order: lost or held as a whole response, lines put in, octets spoilt, let out in
pieces. Octets keep their order, as a serial line does.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.emulator.faults.speed import Speed
from mtmo_host.emulator.timers import Timer

if TYPE_CHECKING:
    from mtmo_host.emulator.faults.switchboard import Faults
    from mtmo_host.emulator.modem import Modem
    from mtmo_host.emulator.sms.store import Stored

IDS = frozenset(
    {
        FaultId.SPLIT,
        FaultId.SLOW,
        FaultId.NOISE,
        FaultId.URC,
        FaultId.SWALLOW,
        FaultId.LATE,
        FaultId.BAUD,
        FaultId.DATA_MODE,
        FaultId.HUGE_LINE,
    }
)
# What a modem may say at any time, between any two lines (at_dialects §4.3); some of it is damaged
URCS = (
    "RING", "+CREG: 1", "+CEREG: 1", "+CTZV: 8", "+CIEV: 1,3", "+CUSD: 0", "+CGEV: ME PDN ACT 1", "Call Ready",
    "UNDER-VOLTAGE WARNNING", '+CMTI: "ME",99', '+CMTI: "ME",-1', "+CMTI:", '+CMTI: "SM","3",1', '+CDSI: "SM",1',
    '+CLIP: "+49151",145', '+CTZE: "+08",0', "+CPIN: READY",
)  # fmt: skip
_HEADER = (b"+CMGR:", b"+CMGL:", b"+CMT:", b"+CDS:", b"+CBM:")
_LINE = re.compile(rb"[^\r\n]+\r\n")
_PDU = re.compile(rb"(?:[0-9A-F]{2}){10,}\r\n")
_DIGITS = re.compile(rb"[0-9A-Fa-f]{20,}")
_ANOTHER = 1000  # digits; more than any PDU has
_ESCAPE = b"+++"
_SHOWN = 512
_CR = 0x0D


class _Fate(Enum):
    PASS = auto()
    LOSE = auto()
    HOLD = auto()


class Line:
    """One modem's line while a fault of it is switched on."""

    def __init__(self, faults: Faults, modem: Modem) -> None:
        self._faults, self._modem = faults, modem
        self.speed = Speed(faults, modem)
        self._shown: deque[Stored] = deque(maxlen=_SHOWN)  # that have not come through yet
        self._data_guard_ms = -1  # in a data call: silence around +++; -1: not in one
        self._ready = bytearray()
        self._paced = bytearray()
        self._held = bytearray()
        self._fate = _Fate.PASS
        self._pace: Timer | None = None
        self._release: Timer | None = None
        self._holding = False
        self._deaf = False
        self._in_line = False
        self._plus = 0
        self._heard_ms = 0
        self._guard: Timer | None = None

    # --- what the modem says

    def take(self) -> bytes:
        """Remove and return what is at the driver's end by now."""
        self._collect()
        octets = bytes(self._ready)
        self._ready.clear()
        return octets

    def rest(self) -> bytes:
        """Everything that is still on its way: the faults end."""
        self._collect()
        self._see(bytes(self._held))
        octets = bytes(self._ready + self._paced + self._held)
        self.power_lost()
        self._ready.clear()
        return octets

    def power_lost(self) -> None:
        """What was held or under way is gone; a restart ends a data call and a wrong speed."""
        self._collect()
        for timer in (self._pace, self._release, self._guard):
            if timer is not None:
                timer.cancel()
        self._pace = self._release = self._guard = None
        self._paced.clear()
        self._held.clear()
        self._holding = self._deaf = self._in_line = False
        self._data_guard_ms = -1
        self._fate = _Fate.PASS

    def command_began(self) -> None:
        """The modem has taken a command line: what was held back for it comes now; what becomes of its answer."""
        self._collect()
        if self._holding and self._release is None:
            self.let_go()
        self._fate = self._draw()

    def command_ended(self) -> None:
        """The final result was given."""
        self._collect()
        self._fate = _Fate.PASS
        self._faults.line_moved()

    @property
    def busy(self) -> bool:
        """Something is held, on its way, or being lost."""
        return bool(self._paced or self._holding or self._deaf or self._fate is not _Fate.PASS)

    @property
    def losing(self) -> bool:
        """The response in flight will not arrive, or too late."""
        return self._fate is not _Fate.PASS

    @property
    def swallows(self) -> bool:
        """A response, or the command that is being written, will never arrive."""
        return self._fate is _Fate.LOSE or self._deaf

    def swallow_no_more(self) -> None:
        """From here on all arrives."""
        self._collect()
        self._fate = _Fate.PASS if self._fate is _Fate.LOSE else self._fate
        self._deaf = False

    @property
    def holds(self) -> bool:
        """A response is held back."""
        return self._holding

    @property
    def held_until_ms(self) -> int | None:
        """When it comes by itself; None for with the next command."""
        return None if self._release is None else self._release.due_ms

    def showing(self, stored: Stored) -> None:
        """The modem gives a message out; whether it comes through is seen when its octets pass."""
        self._shown.append(stored)

    def _draw(self) -> _Fate:
        values = self._faults.get(FaultId.SWALLOW)
        what = values["what"] if values else "command"
        if (what == "response" or (what == "either" and self._faults.chance(0.5))) and self._faults.hit(
            FaultId.SWALLOW
        ):
            return _Fate.LOSE
        late = self._faults.hit(FaultId.LATE)
        if late is None or self._holding:
            return _Fate.PASS
        self._holding = True
        most_ms = float(late["most_ms"])
        if most_ms:
            least_ms = min(max(1.0, float(late["least_ms"])), most_ms)
            wait_ms = least_ms * (most_ms / least_ms) ** self._faults.random.random()
            self._release = self._modem.after(int(wait_ms), self.let_go)
        return _Fate.HOLD

    def _collect(self) -> None:
        out = self._modem.terminal.out
        if not out:
            return
        octets = bytes(out)
        out.clear()
        if self._fate is _Fate.LOSE or self._data_guard_ms >= 0:
            return
        if self._holding:
            self._held += octets
        else:
            self._push(octets)

    def let_go(self) -> None:
        """What was held back comes now."""
        if self._release is not None:
            self._release.cancel()
        self._holding, self._release = False, None
        octets = bytes(self._held)
        self._held.clear()
        if octets:
            self._push(octets)
        self._faults.line_moved()

    # --- lines put in, octets spoilt

    def _push(self, octets: bytes) -> None:
        if self._faults.get(FaultId.URC) or self._faults.get(FaultId.HUGE_LINE):
            octets = b"".join(self._interrupted(octets))
        if self.speed.differs:
            octets = self.speed.noise(len(octets))
        noise = self._faults.get(FaultId.NOISE)
        if noise and noise["way"] != "in":
            octets = self._noisy(octets)
        self._see(octets)
        self._let_out(octets)

    def _see(self, octets: bytes) -> None:
        for line in _DIGITS.findall(octets) if self._shown else ():
            # as many digits, and none of them something else: whatever noise made of them, no driver could see it
            alike = [(_turned(one.hex.encode(), line), number) for number, one in enumerate(self._shown)]
            turned, number = min(alike, default=(_ANOTHER, 0))
            if turned < _ANOTHER:
                self._shown[number].shown = True
                del self._shown[number]

    def _interrupted(self, octets: bytes) -> Iterator[bytes]:
        if self._faults.hit(FaultId.HUGE_LINE):
            yield self.huge()
        behind = 0
        after_header = False
        for match in _LINE.finditer(octets):
            yield octets[behind : match.start()]
            behind = match.end()
            line = match.group()
            if self._faults.get(FaultId.URC):
                where = "inside" if _PDU.fullmatch(line) else "line"
                yield self._urc("header" if after_header else "line")
                line = self._broken(line) if where == "inside" else line
            yield line
            after_header = line.startswith(_HEADER)
        yield octets[behind:]

    def _urc(self, where: str) -> bytes:
        values = self._faults.get(FaultId.URC)
        if not values or values["where"] not in (where, "any") or not self._faults.hit(FaultId.URC):
            return b""
        # the line before has ended already: one CR LF of its own is what modems send
        return f"\r\n{self._faults.random.choice(URCS)}\r\n".encode("latin-1")

    def _broken(self, line: bytes) -> bytes:
        values = self._faults.get(FaultId.URC) or {}
        offset = int(values.get("offset", 0)) or self._faults.random.randrange(1, len(line) - 2)
        return line[:offset] + self._urc("inside") + line[offset:]

    def huge(self) -> bytes:
        """The line of F19."""
        return (
            b"\r\n"
            + b"*" * int((self._faults.get(FaultId.HUGE_LINE) or self._faults.defaults(FaultId.HUGE_LINE))["length"])
            + b"\r\n"
        )

    def _noisy(self, octets: bytes) -> bytes:
        spoilt = bytearray()
        for octet in octets:
            values = self._faults.hit(FaultId.NOISE)
            if values is None:
                spoilt.append(octet)
                continue
            kind = values["kind"]
            if kind == "any":
                kind = self._faults.random.choice(("drop", "double", "flip"))
            if kind == "double":
                spoilt += bytes((octet, octet))
            elif kind == "flip":
                spoilt.append(octet ^ 1 << self._faults.random.randrange(8))
        return bytes(spoilt)

    # --- pieces

    def _let_out(self, octets: bytes) -> None:
        if not octets:
            return
        split, slow = self._faults.get(FaultId.SPLIT), self._faults.get(FaultId.SLOW)
        if not split and not slow and not self._paced:
            self._ready += octets
            return
        for fault_id in (FaultId.SPLIT, FaultId.SLOW):
            if self._faults.get(fault_id):
                self._faults.count(fault_id)
        offset = int(split["offset"]) if split else 0
        if offset and not self._paced:  # one cut: what stands before it goes at once
            self._ready += octets[:offset]
            octets = octets[offset:]
        self._paced += octets
        if self._paced and self._pace is None:
            self._set_pace()

    def _set_pace(self) -> None:
        split, slow = self._faults.get(FaultId.SPLIT), self._faults.get(FaultId.SLOW)
        count = len(self._paced)
        if split:
            count = count if split["offset"] else min(count, int(split["every"]))
        elif slow:
            count = 1
        wait_ms = (int(split["pause_ms"]) if split else 0) + count * (int(slow["ms"]) if slow else 0)
        self._pace = self._modem.after(wait_ms, lambda: self._piece(count))

    def _piece(self, count: int) -> None:
        self._pace = None
        self._ready += self._paced[:count]
        del self._paced[:count]
        if self._paced:
            self._set_pace()
        self._faults.line_moved()

    # --- what the driver says

    def heard(self, octets: bytes) -> bytes:
        """What of the driver's octets the modem gets."""
        octets = self.speed.heard(octets)
        if self._data_guard_ms >= 0:
            self._data(octets)
            return b""
        if self._faults.get(FaultId.SWALLOW) or self._deaf:
            octets = self._missed(octets)
        noise = self._faults.get(FaultId.NOISE)
        return self._noisy(octets) if noise and noise["way"] != "out" else octets

    def _missed(self, octets: bytes) -> bytes:
        got = bytearray()
        for octet in octets:
            if not self._in_line and octet > 0x20:
                self._in_line = True
                self._deaf = not self._modem.terminal.in_body and self._draw_deaf()
            if not self._deaf:
                got.append(octet)
            if octet == _CR:
                self._in_line = self._deaf = False
        self._faults.line_moved()
        return bytes(got)

    def _draw_deaf(self) -> bool:
        values = self._faults.get(FaultId.SWALLOW)
        if not values or values["what"] == "response":
            return False
        return (values["what"] == "command" or self._faults.chance(0.5)) and self._faults.hit(
            FaultId.SWALLOW
        ) is not None

    # --- F18

    def begin_data(self, guard_ms: int) -> None:
        """From now on octets are data: neither commands nor results pass."""
        self._collect()
        self._data_guard_ms, self._plus, self._heard_ms = guard_ms, 0, self._modem.now_ms

    def end_data(self) -> None:
        """The call is over; what was said in it is not heard."""
        self._collect()
        self._data_guard_ms = -1

    def end_wrong_speed(self) -> None:
        """The speed matters no more; what was said before is spoilt."""
        self._collect()
        self.speed.end()

    def _data(self, octets: bytes) -> None:
        """Silence, +++ and silence again lead back to commands."""
        now_ms, guard_ms = self._modem.now_ms, self._data_guard_ms
        if self._guard is not None:
            self._guard.cancel()
            self._guard = None
        begun = self._plus > 0 or now_ms - self._heard_ms >= guard_ms
        self._heard_ms = now_ms
        count = self._plus + len(octets)
        self._plus = count if begun and count <= len(_ESCAPE) and not octets.strip(b"+") else 0
        if self._plus == len(_ESCAPE) and guard_ms:
            self._guard = self._modem.after(guard_ms, self._escaped)

    def _escaped(self) -> None:
        self._guard = None
        self.end_data()
        self._faults.ended(FaultId.DATA_MODE)
        self._modem.terminal.final("OK")


def _turned(pdu_hex: bytes, line: bytes) -> int:
    """How many digits of `pdu_hex` are others in `line`; `_ANOTHER` when their numbers differ."""
    if len(line) != len(pdu_hex):
        return 0 if pdu_hex in line else _ANOTHER
    return sum(a != b for a, b in zip(line, pdu_hex, strict=True))
