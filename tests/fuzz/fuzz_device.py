"""Mutation fuzzing of the device's codec; runs on CPython and on MicroPython: `fuzz_device.py SEED FIRST COUNT`.

Every PDU must be read or refused with a PduError that names reason, field and an octet within it. On MicroPython the
heap in use afterwards must be what it was before. The last line printed is JSON.
"""

import gc
import json
import sys
import time

from fuzz_mutation import case

from mtmo import tpdu
from mtmo.errors import PduError
from mtmo.inbox import concat, expiry
from support import MICROPYTHON, load_lines

PLACES = 40  # of the store
MAX_SETS, MAX_STORED, MAX_OCTETS = 4, 16, 1024  # of open sets, their segments, and what lies in no store


def load_corpus() -> list:
    """PDUs of the vectors in hex, as octets."""
    corpus = []
    for vector in load_lines("sms.jsonl"):
        for pdu in vector.get("pdus", [vector["pdu"]] if "pdu" in vector else []):
            if pdu:
                corpus.append(pdu.encode())
    return corpus


class Segments:
    """The open sets of segments, and the PDUs at the places of a store."""

    def __init__(self):
        self.sets = []
        self._stored = [b""] * PLACES

    def add(self, found, pdu: bytes, number: int) -> None:
        """Take the Deliver of case `number` as its PDU is shown at a place, every 8th time at none."""
        place = number % PLACES if number & 7 else -1
        if place >= 0 and self._stored[place] != pdu:
            concat.forget(self.sets, place)
            self._stored[place] = pdu
        self.expire(number // 8)
        if found.concat:
            whole, delete, why = concat.add(self.sets, found, pdu, place, number // 8)
            self._check(whole, delete, why)

    def expire(self, now_s: int) -> None:
        """Give up the sets that have waited too long at `now_s`."""
        for place in expiry.expired(self.sets, None, now_s):
            if not 0 <= place < PLACES:
                raise ValueError("expired where nothing lies")

    def close(self) -> None:
        """In the end no set is open, and the store is empty."""
        self.expire(1 << 29)
        if self.sets:
            raise ValueError("a set that never expires")
        self._stored = [b""] * PLACES

    def _check(self, whole, delete: list, why: str) -> None:
        parts = [part for held in self.sets for part in held[concat.PARTS :] if part]
        places = [part[0] for part in parts if part[0] >= 0]
        octets = sum([len(part[2]) for part in parts if part[0] < 0])
        if len(self.sets) > MAX_SETS or len(parts) > MAX_STORED or octets > MAX_OCTETS:
            raise ValueError("sets out of bounds")
        if len(set(places)) < len(places) or set(places) & set(delete):
            raise ValueError("a place twice, or kept and deleted")
        if whole and (None in whole[concat.PARTS :] or whole in self.sets or why):
            raise ValueError("whole and yet not")


def judge(pdu: bytes, number: int, open_sets: Segments) -> int:
    """1 if `pdu` is read, 0 if it is refused; anything but PduError gets out."""
    refusal = found = None
    try:
        found = tpdu.decode(pdu, None, bool(number & 1))
    except PduError as error:
        refusal = error
    if refusal:
        if not refusal.reason or not refusal.field or not 0 <= refusal.offset <= (len(pdu) + 1) // 2:
            raise ValueError(f"no reason, field or offset: {refusal!r}")
        return 0
    if not hasattr(found, "st"):
        open_sets.add(found, pdu, number)
    return 1


def used() -> int:
    """Octets of heap in use after collection; 0 where that cannot be asked."""
    gc.collect()
    gc.collect()
    return gc.mem_alloc() if MICROPYTHON else 0


def run(seed: int, first: int, count: int) -> dict:
    """Numbers of a run over cases `first` … `first + count - 1`; the exception of a failing case names it."""
    corpus = load_corpus()
    open_sets = Segments()
    read = 0
    slowest_ms = 0
    # What the first cases leave behind (open sets, interned names) is no leak.
    for number in range(first, first + 200):
        _step(corpus, seed, number, open_sets)
    open_sets.close()
    before = used()
    started = time.time()
    for number in range(first, first + count):
        begun = time.time()
        read += _step(corpus, seed, number, open_sets)
        took_ms = int((time.time() - begun) * 1000)
        slowest_ms = max(slowest_ms, took_ms)
    seconds = time.time() - started
    open_sets.close()
    after = used()
    return {
        "interpreter": sys.implementation.name, "seed": seed, "cases": count, "read": read, "refused": count - read,
        "seconds": seconds, "slowest_ms": slowest_ms, "heap_before": before, "heap_after": after,
    }  # fmt: skip


def _step(corpus: list, seed: int, number: int, open_sets: Segments) -> int:
    pdu = case(corpus, seed, number)
    try:
        return judge(pdu, number, open_sets)
    except Exception:
        print(f"FAIL seed {seed} case {number}: {pdu}")
        raise


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
