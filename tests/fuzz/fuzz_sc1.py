"""Inserts, deletes, substitutes and transposes characters of signed commands; for CPython and MicroPython.

`fuzz_sc1.py SEED FIRST COUNT` prints one line of JSON. Whatever is still opened must be the very same command, changed
only as gateways change a text (SC1 §2); everything else must be silence: no command and no exception.
"""

import binascii
import gc
import json
import sys
import time

from fuzz_mutation import Dice

from mtmo import envelope
from support import MICROPYTHON, load

_CHARACTERS = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZabcxyzoil *=+.!/;%-:,?@_\u00e4\u20ac\n\r\u00a0\u200a\u200b\u200f\u2010\ufeff"
)
_EDGES = (0x20, 0x0D, 0x0A, 0xA0, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0xFEFF)
SC1 = load("sc1.json")
DEVID = SC1["devid"]


def slots() -> dict:
    """The slots of the vectors' device by kid and epoch."""
    found = {}
    for row in SC1["commands"]:
        master = bytes.fromhex(SC1["recovery_master" if row["kid"] == "Z" else "master"])
        prk = envelope._hmac(b"SC1 fleet salt v1", master)
        info = b"SC1 dev\0" + DEVID.encode() + b"\0" + row["kid"].encode() + bytes((row["epoch"], 1))
        found.setdefault(row["kid"], []).append(envelope.Slot(row["kid"], envelope._hmac(prk, info)))
    return found


def mutated(dice: Dice, text: str) -> str:
    """One to three changes of one character each."""
    for _ in range(1 + dice.below(3)):
        at = dice.below(len(text))
        new = _CHARACTERS[dice.below(len(_CHARACTERS))]
        kind = dice.below(4)
        if kind == 0:
            text = text[:at] + new + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + 1 :]
        elif kind == 2:
            text = text[:at] + new + text[at + 1 :]
        else:
            text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    return text


def opened(keyed: dict, text: str):
    """(kid, ctr, tag, body) of the command in `text`, None for silence."""
    frame = envelope.parse(text)
    if frame is None:
        return None
    for slot in keyed.get(frame.kid, ()):
        command = envelope.open_command(frame, slot, DEVID)
        if command is not None:
            return command.kid, command.ctr, command.tag, command.body
    return None


def normal(text: str) -> str:
    """`text` as SC1 §2 reads it: what stands at its ends and double blanks gone, letters of kid, mac and ct folded."""
    while text[:1] and ord(text[0]) in _EDGES:
        text = text[1:]
    while text[:1] and ord(text[-1]) in _EDGES:
        text = text[:-1]
    text = envelope.canonical(text)
    at = text.find(".") + 14
    mark = text[at : at + 1]
    head, body = text[:at], text[at:]
    dot = head.find(".")
    head = head[:dot].upper() + _folded(head[dot:])
    return head + (_folded(body) if mark == "!" else body)


def _folded(text: str) -> str:
    return text.upper().replace("O", "0").replace("I", "1").replace("L", "1")


def run(seed: int, first: int, count: int) -> dict:
    """Numbers of cases `first` … `first + count - 1`; ValueError for a case that is neither silent nor the same."""
    keyed = slots()
    corpus = [(row["sms"], opened(keyed, row["sms"])) for row in SC1["commands"]]
    same = 0
    outcomes = 0
    # What the first cases leave behind (interned characters, and the table of names that grows with them) is no leak.
    for number in range(first, first + 200):
        _judge(keyed, corpus, seed, number)
    before = _in_use()
    started = time.time()
    for number in range(first, first + count):
        if _judge(keyed, corpus, seed, number):
            same += 1
            outcomes = binascii.crc32(b"%d," % number, outcomes)
    numbers = {
        "interpreter": sys.implementation.name, "seed": seed, "cases": count, "same": same, "silent": count - same,
        "outcomes": outcomes, "seconds": time.time() - started,
    }  # fmt: skip
    numbers["heap_before"], numbers["heap_after"] = before, _in_use()
    return numbers


def _judge(keyed: dict, corpus: list, seed: int, number: int) -> bool:
    dice = Dice(seed + 7919 * number)
    sms, command = corpus[dice.below(len(corpus))]
    text = mutated(dice, sms)
    found = opened(keyed, text)
    if found is None:
        return False
    if found != command or normal(text) != normal(sms):
        raise ValueError(f"seed {seed} case {number}: {text!r} is taken")
    return True


def _in_use() -> int:
    gc.collect()
    gc.collect()
    return gc.mem_alloc() if MICROPYTHON else 0


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
