"""Octets at random and mutated streams into the AT engine: `fuzz_engine.py SEED OCTETS`; CPython and MicroPython.

They come in bursts, idle or while a command is answered. After each burst the engine must answer `AT` within the sync
ladder's time; nothing but an AtError may come out of a request, no handler may fail, and on MicroPython the heap in use
afterwards is what it was before. The last line printed is JSON.
"""

import gc
import json
import sys
import time

from scripted_modem import Talk, ok
from virtual_clock import now_ms, run

from mtmo import log
from mtmo.at import trace_ring
from mtmo.errors import AtError
from support import MICROPYTHON, load_lines

LADDER_MS = 30000
_TABLE = 4096
_BURSTS_A_TABLE = 64
# line, prefix, body, pdus
_REQUESTS = (
    ("AT+CMGL=4", b"+CMGL:", None, True),
    ("AT+CSQ", b"+CSQ:", None, False),
    ("AT+CGMM", None, None, False),
    ("AT+CMGS=22", b"+CMGS:", "0011000B916407281553F80000AA0AE8329BFD4697D9EC37", False),
    ("AT+CMGD=1", None, None, False),
)


class Chance:
    """A seeded generator that is the same under both interpreters (xorshift32)."""

    def __init__(self, seed: int):
        self._state = seed & 0xFFFFFFFF or 1

    def below(self, limit: int) -> int:
        state = self._state
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        self._state = state
        return state % limit


class Bursts:
    """Makes one burst after the other."""

    def __init__(self, seed: int):
        self._chance = Chance(seed)
        self._streams = []
        for vector in load_lines("at_streams.jsonl"):
            octets = bytearray([ord(character) for character in "".join(vector["rx"])])
            if 0 < len(octets) < 1000:
                self._streams.append(octets)
        self._random = bytearray(_TABLE)
        self._made = 0

    def next(self) -> bytearray:
        """A burst: noise, streams with damage, or both."""
        chance = self._chance
        if self._made % _BURSTS_A_TABLE == 0:
            for i in range(_TABLE):
                self._random[i] = chance.below(256)
        self._made += 1
        burst = bytearray()
        while len(burst) < 300:
            if chance.below(3) == 0:
                start = chance.below(_TABLE - 600)
                burst += self._random[start : start + chance.below(600)]
            else:
                burst += self._damaged(self._streams[chance.below(len(self._streams))])
        return burst

    def _damaged(self, stream: bytearray) -> bytearray:
        chance = self._chance
        piece = bytearray(stream)
        for _ in range(chance.below(6)):
            at = chance.below(len(piece))
            what = chance.below(6)
            if what == 0:
                piece[at] ^= 1 << chance.below(8)
            elif what == 1:
                piece[at] = chance.below(256)
            elif what == 2:
                piece = piece[:at] + piece[at + 1 :]
            elif what == 3:
                piece = piece[:at] + piece[at : at + 20] + piece[at:]
            elif what == 4:
                piece = piece[: at + 1]
            else:
                piece[at] = b"\r\n>0A\x1a\x1b "[chance.below(8)]
            if not piece:
                return piece
        return piece


class Trial:
    """The engine under fire, and what it took."""

    def __init__(self, seed: int):
        self._chance = Chance(seed ^ 0x5DEECE6)
        self._bursts = Bursts(seed)
        self._pending = None  # what the modem says to the next command, instead of an answer
        self.talk = Talk(self._answer, self._on_urc)
        self.octets = self.bursts = self.urcs = self.slowest_ms = self.refused = 0

    def _on_urc(self, line, pdu_hex) -> None:
        self.urcs += 1
        if not isinstance(line, bytes) or not line or not (pdu_hex is None or len(pdu_hex) & 1 == 0):
            raise ValueError(line)

    def _answer(self, line: bytes) -> bytes:
        burst = self._pending
        self._pending = None
        if burst is not None and self._chance.below(2):
            return bytes(burst)
        answer = ok(line)
        if self._chance.below(4) == 0:
            answer = answer.lstrip()  # nRF91 puts no CR LF in front: half a line before it takes it along
        return bytes(burst or b"") + answer

    async def run(self, octets: int) -> None:
        """Feed at least `octets`."""
        target = self.octets + octets
        while self.octets < target:
            burst = self._bursts.next()
            self.octets += len(burst)
            self.bursts += 1
            if self._chance.below(2):
                self.talk.port.say(burst)
            else:
                await self._during_a_command(burst)
            await self._answers_again()

    async def _during_a_command(self, burst: bytearray) -> None:
        line, prefix, body, pdus = _REQUESTS[self._chance.below(len(_REQUESTS))]
        self._pending = burst
        try:
            await self.talk.chat.request(line, 1000, prefix, body, pdus)
        except AtError:
            self.refused += 1
        self._pending = None

    async def _answers_again(self) -> None:
        started = now_ms()
        while True:
            try:
                await self.talk.chat.request("AT", 500)
                break
            except AtError:
                pass
            if now_ms() - started > LADDER_MS:
                raise ValueError("AT is not answered any more")
        self.slowest_ms = max(self.slowest_ms, now_ms() - started)
        self.talk.port.lines.clear()
        chat = self.talk.chat
        if chat.errors:
            raise ValueError("something got out of the reader or a handler")


def used() -> int:
    """Octets of heap in use after collection; 0 where that cannot be asked."""
    gc.collect()
    gc.collect()
    return gc.mem_alloc() if MICROPYTHON else 0


async def main(seed: int, octets: int) -> dict:
    """Numbers of a run; the exception of a failing burst gets out."""
    trace_ring.resize(2048)
    trial = Trial(seed)
    trial.talk.open()
    try:
        await trial.run(60000)  # fills the rings and loads what is loaded once
        trial.octets = trial.bursts = trial.urcs = trial.slowest_ms = trial.refused = 0
        before = used()
        started = time.time()
        await trial.run(octets)
        seconds = time.time() - started
        after = used()
    finally:
        await trial.talk.close()
    chat = trial.talk.chat
    return {
        "interpreter": sys.implementation.name, "seed": seed, "octets": trial.octets, "bursts": trial.bursts,
        "urcs": trial.urcs, "refused": trial.refused, "overlong": chat.overlong, "resyncs": chat.resyncs,
        "slowest_ms": trial.slowest_ms, "seconds": seconds, "heap_before": before, "heap_after": after,
    }  # fmt: skip


if __name__ == "__main__":
    log.say = lambda line: None
    print(json.dumps(run(main(int(sys.argv[1]), int(sys.argv[2])))))
