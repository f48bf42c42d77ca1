"""Runs inside MicroPython: the processor's time from a text's PDU to the gate's verdict."""

import json
import time

from heap_growth import DATA, FORGED, OPERATOR, STRANGER, Flash, Journal, commands, judged

from mtmo import heap, log, tpdu
from mtmo.gate import Gate
from mtmo.gate.lockouts import Lockouts
from mtmo.keys import Keys
from mtmo.settings import Settings
from support import as_deliver

ROUNDS = 200


def median_us(gate: Gate, pdu: str, accepted: bool) -> int:
    """Of ROUNDS verdicts, which must be `accepted`."""
    taken = []
    for _ in range(ROUNDS):
        begin = time.ticks_us()
        verdict = judged(gate, pdu)
        taken.append(time.ticks_diff(time.ticks_us(), begin))
        assert verdict == accepted
    taken.sort()
    return taken[ROUNDS // 2]


def main() -> None:
    """Prints microseconds as JSON."""
    log.say = lambda line: None
    settings = Settings()
    gate = Gate(settings, Keys(Flash()), Lockouts(Flash(), settings), Journal())
    refused = {"unsigned": (OPERATOR, "status"), "forged": (OPERATOR, FORGED), "stranger": (STRANGER, "status")}
    # where RAM is scarce, what judges is loaded for each text
    found = {"verified_scarce": median_us(gate, commands()[0], True)}
    heap.rest()
    heap.be_quick()  # as the agent is while it reads texts
    for name, text in refused.items():
        found[name] = median_us(gate, as_deliver(tpdu.encode_submit(*text)[0]), False)
    found["data"] = median_us(gate, DATA, False)
    found["verified"] = median_us(gate, commands()[0], True)
    print(json.dumps(found))


main()
