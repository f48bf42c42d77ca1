"""Mutation fuzzing of the device's codec; runs on CPython and on MicroPython: `fuzz_device.py SEED FIRST COUNT`.

Every PDU must be read or refused with a PduError that names reason, field and an octet within it. On MicroPython the
heap in use afterwards must be what it was before. The last line printed is JSON.
"""

import gc
import json
import sys
import time

from fuzz_mutation import case
from support import MICROPYTHON, load_lines

from mtmo import concat, tpdu
from mtmo.errors import PduError


def load_corpus() -> list:
    """PDUs of the vectors in hex, as octets."""
    corpus = []
    for vector in load_lines("sms.jsonl"):
        for pdu in vector.get("pdus", [vector["pdu"]] if "pdu" in vector else []):
            if pdu:
                corpus.append(pdu.encode())
    return corpus


def judge(pdu: bytes, number: int, assembler) -> int:
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
        result = assembler.add(found, number % 40, number // 8)
        if len(assembler.pending()) > assembler.max_stored or (result.complete and result.first is None):
            raise ValueError("assembler out of bounds")
    return 1


def used() -> int:
    """Octets of heap in use after collection; 0 where that cannot be asked."""
    gc.collect()
    gc.collect()
    return gc.mem_alloc() if MICROPYTHON else 0


def run(seed: int, first: int, count: int) -> dict:
    """Numbers of a run over cases `first` … `first + count - 1`; the exception of a failing case names it."""
    corpus = load_corpus()
    assembler = concat.Assembler()
    read = 0
    slowest_ms = 0
    # What the first cases leave behind (open sets, interned names) is no leak.
    for number in range(first, first + 200):
        _step(corpus, seed, number, assembler)
    assembler.expire(1 << 29)
    before = used()
    started = time.time()
    for number in range(first, first + count):
        begun = time.time()
        read += _step(corpus, seed, number, assembler)
        took_ms = int((time.time() - begun) * 1000)
        slowest_ms = max(slowest_ms, took_ms)
    seconds = time.time() - started
    assembler.expire(1 << 29)
    after = used()
    return {
        "interpreter": sys.implementation.name, "seed": seed, "cases": count, "read": read, "refused": count - read,
        "seconds": seconds, "slowest_ms": slowest_ms, "heap_before": before, "heap_after": after,
    }  # fmt: skip


def _step(corpus: list, seed: int, number: int, assembler) -> int:
    pdu = case(corpus, seed, number)
    try:
        return judge(pdu, number, assembler)
    except Exception:
        print(f"FAIL seed {seed} case {number}: {pdu}")
        raise


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
