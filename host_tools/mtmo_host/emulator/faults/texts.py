"""What happens to texts on their way into the store: F10 to F12, F20, F21 and the time stamps of F26."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.emulator.radio import RP_MEMORY_EXCEEDED, RP_NO_ANSWER, Token
from mtmo_host.emulator.sms.tpdu_fields import Mti, mti
from mtmo_host.emulator.timers import Timer
from mtmo_host.sms.address import TON_INTERNATIONAL, Address
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.scts import OCTETS, decode_scts, encode_scts
from mtmo_host.sms.tpdu import decode_deliver, encode_deliver

if TYPE_CHECKING:
    from mtmo_host.emulator.faults.switchboard import Faults
    from mtmo_host.emulator.modem import Modem

IDS = frozenset(
    {FaultId.DUPLICATE_CMTI, FaultId.NO_CMTI, FaultId.VANISH, FaultId.HOSTILE, FaultId.PARTS, FaultId.CLOCK}
)
Arrival = tuple[Token, bytes]

# In text mode they stand between the modem's own lines as they are
HOSTILE = (
    "\r\nOK\r\n", 'hi\r\n+CMTI: "SM",1\r\n', "\r\n> ", "\r\nERROR\r\n", "\r\n+CMS ERROR: 500\r\nOK", "AT+CMGD=1,4\r",
    "\r\n+CMGL: 1,1,,20\r\n0791", "RING\r\n\r\nNO CARRIER\r\n", "OK", "%s%n{0}", "\r\n+CMGS: 1\r\n\r\nOK\r\n",
)  # fmt: skip
_OLD = ("Your bill is ready.", "You have 1 new voice mail.", "Top up now and win!", "Welcome abroad.", "MMS PUSH")
_HELD_SETS = 16
_AGAIN_MS = 60_000
_AS_THEY_CAME: dict[str, int | str] = {"copies": 0, "order": "kept"}  # what is held when F21 ends


@dataclass
class _Set:
    """The parts of one long text, until they are let go in the wrong order."""

    total: int
    parts: list[bytes] = field(default_factory=list)
    timer: Timer | None = None


def hostile_tpdu(modem: Modem, chance: random.Random) -> bytes:
    """A text of a stranger that looks like a modem's own words."""
    text = chance.choice(HOSTILE)
    return encode_deliver(oa=_stranger(chance), scts=clock(modem), text=text)


def old_tpdu(modem: Modem, chance: random.Random) -> bytes:
    """What lies in a store that nobody emptied."""
    age = timedelta(hours=chance.randrange(1, 1000))
    return encode_deliver(oa=_stranger(chance), scts=clock(modem) - age, text=chance.choice(_OLD))


def clock(modem: Modem) -> datetime:
    """What the modem's clock shows, in whole seconds."""
    return (modem.clock_base + timedelta(milliseconds=modem.now_ms)).replace(microsecond=0)


def _stranger(chance: random.Random) -> Address:
    return Address(f"+4915{chance.randrange(10**9):09}", TON_INTERNATIONAL)


class Texts:
    """Asked while one of these faults is on."""

    def __init__(self, faults: Faults, modem: Modem) -> None:
        self._faults, self._modem = faults, modem
        self._sets: dict[tuple[str, int], _Set] = {}

    # --- from the network

    def arriving(self, token: Token, tpdu: bytes) -> list[Arrival]:
        """What arrives in the place of this text."""
        tpdu = self._stamped(tpdu)
        arrivals: list[Arrival] = []
        if self._faults.hit(FaultId.HOSTILE):
            arrivals.append((None, hostile_tpdu(self._modem, self._faults.random)))
        if not self._held(token, tpdu):
            arrivals.append((token, tpdu))
        return arrivals

    def release_all(self) -> None:
        """The fault ends: what was held comes."""
        for key in list(self._sets):
            self._release(key)

    @property
    def held_until_ms(self) -> int | None:
        """When the last parts that are held come; None for none."""
        timers = [waiting.timer for waiting in self._sets.values() if waiting.timer is not None]
        return max((timer.due_ms for timer in timers), default=None)

    def _held(self, token: Token, tpdu: bytes) -> bool:
        """Keep a part of a long text until the others are there; the network is told that all is well."""
        values = self._faults.get(FaultId.PARTS)
        key, total = _concat_of(tpdu)
        if values is None or key is None:
            return False
        if isinstance(token, int):
            self._modem.after(0, lambda: self._modem.network.mt_result(self._modem, token, None))
        waiting = self._sets.setdefault(key, _Set(total))
        waiting.parts.append(tpdu)
        if waiting.timer is None:
            wait_ms = int(values["wait_ms"])
            waiting.timer = self._modem.after(wait_ms, lambda: self._release(key), lasting=True)
        if len(waiting.parts) >= total:
            self._release(key)
        elif len(self._sets) > _HELD_SETS:
            self._release(next(iter(self._sets)))
        return True

    def _release(self, key: tuple[str, int]) -> None:
        waiting = self._sets.pop(key, None)
        if waiting is None:
            return
        if waiting.timer is not None:
            waiting.timer.cancel()
        values = self._faults.get(FaultId.PARTS) or _AS_THEY_CAME
        parts = waiting.parts * (1 + int(values["copies"]))
        if values["order"] == "reversed":
            parts.reverse()
        elif values["order"] == "shuffled":
            self._faults.random.shuffle(parts)
        self._faults.count(FaultId.PARTS)
        for part in parts:
            self._send(part)

    def _send(self, part: bytes) -> None:
        # the network was told that it arrived: until it has, it is offered again
        def told(cause: int | None) -> None:
            if cause in (RP_MEMORY_EXCEEDED, RP_NO_ANSWER):
                self._modem.after(_AGAIN_MS, lambda: self._send(part), lasting=True)

        self._modem.sms.arrived(told, part)

    def _stamped(self, tpdu: bytes) -> bytes:
        """F26: the time stamp (TP-SCTS, TS 23.040 §9.2.2.1) as much off as the clock."""
        values = self._faults.get(FaultId.CLOCK)
        if not values or not values["stamps"] or mti(tpdu) != Mti.DELIVER or len(tpdu) < 2:
            return tpdu
        at = 5 + (tpdu[1] + 1) // 2
        time = decode_scts(tpdu[at : at + OCTETS]) if len(tpdu) >= at + OCTETS else None
        if time is None:
            return tpdu
        try:
            stamp = encode_scts(time + timedelta(seconds=int(values["jump_s"])))
        except (PduError, OverflowError):
            return tpdu
        return tpdu[:at] + stamp + tpdu[at + OCTETS :]

    # --- in the store

    def kept(self, mem: str, index: int, urc: str, indicate: Callable[[str], None]) -> None:
        """A message was stored: how often it is indicated, and whether it stays."""
        if self._faults.hit(FaultId.NO_CMTI) is None:
            indicate(urc)
        again = self._faults.hit(FaultId.DUPLICATE_CMTI)
        if again is not None:
            for copy in range(int(again["copies"])):
                self._later(FaultId.DUPLICATE_CMTI, int(again["ms"]) * (copy + 1), lambda: indicate(urc))
        gone = self._faults.hit(FaultId.VANISH)
        if gone is not None:
            self._later(FaultId.VANISH, int(gone["ms"]), lambda: self._vanish(mem, index))

    def _later(self, fault_id: str, wait_ms: int, do: Callable[[], None]) -> None:
        if wait_ms:
            to_come = self._faults.remains.to_come.setdefault(fault_id, [])
            to_come[:] = [timer for timer in to_come if timer.pending]
            to_come.append(self._modem.after(wait_ms, do))
        else:
            do()

    def _vanish(self, mem: str, index: int) -> None:
        self._modem.sms.store.delete(mem, index)


def _concat_of(tpdu: bytes) -> tuple[tuple[str, int] | None, int]:
    """Sender and reference of a part of a long text, and how many there are; (None, 0) for anything else."""
    try:
        deliver = decode_deliver(tpdu) if mti(tpdu) == Mti.DELIVER else None
    except PduError:
        return None, 0
    concat = deliver.concat if deliver is not None else None
    if deliver is None or concat is None:
        return None, 0
    return (deliver.oa.number, concat.ref), concat.total
