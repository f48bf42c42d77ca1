"""Runs inside MicroPython: the octets of heap that decoding takes at most, over all vectors and the greatest PDUs."""

import gc
import json
import time

from mtmo import tpdu
from mtmo.errors import PduError
from support import load_lines

_HEAD = "07919471016700000C0B915155214365F700"
_SCTS = "52304190623540"
TEXT = _HEAD + "00" + _SCTS + "A0" + "C3" * 140


def greatest():
    """PDUs at the limits: a full text of escapes, of Greek letters, of surrogate pairs, a full header."""
    yield _HEAD + "00" + _SCTS + "A0" + "9B" + "CD" * 139
    yield _HEAD + "00" + _SCTS + "A0" + "10" * 140
    yield _HEAD + "08" + _SCTS + "8C" + "D83DDE00" * 35
    yield _HEAD + "04" + _SCTS + "8C" + "FF" * 140
    yield "47".join((_HEAD[:16], _HEAD[18:])) + "00" + _SCTS + "A0" + "8870" + "86" + "00" * 137


def taken(pdu: str) -> int:
    """Octets of heap that decoding `pdu` takes, the result among them, before any is collected."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    try:
        tpdu.decode(pdu)
    except PduError:
        pass
    after = gc.mem_alloc()
    gc.enable()
    return after - before


def main() -> None:
    """Prints, as JSON, the octets taken by each vector and each of the greatest PDUs, and texts read a second."""
    pdus = []
    for vector in load_lines("sms.jsonl"):
        pdus.extend(vector.get("pdus", [vector["pdu"]] if "pdu" in vector else []))
    for pdu in pdus:
        taken(pdu)  # loads what is loaded once
    started = time.ticks_us()
    for _ in range(1000):
        tpdu.decode(TEXT)
    rate = 1000 * 1000000 // time.ticks_diff(time.ticks_us(), started)
    print(
        json.dumps(
            {"vectors": [taken(pdu) for pdu in pdus], "greatest": [taken(pdu) for pdu in greatest()], "rate": rate}
        )
    )


main()
