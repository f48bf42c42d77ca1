"""Runs inside MicroPython: calls a second of the device's codec and octets that one call allocates; prints JSON."""

import gc
import json
import sys
import time

from mtmo import tpdu

_ROUND_US = 200000
_DA = tpdu.Address(1, 1, "15551234567")


def rate(function, argument: str) -> float:
    """The best of five rounds."""
    best = 0
    for _ in range(5):
        gc.collect()
        calls = 0
        started = time.ticks_us()
        while time.ticks_diff(time.ticks_us(), started) < _ROUND_US:
            for _ in range(10):
                function(argument)
            calls += 10
        best = max(best, calls * 1000000 / time.ticks_diff(time.ticks_us(), started))
    return best


def octets(function, argument: str) -> int:
    """Heap octets that one call takes, the result among them, before any is collected."""
    function(argument)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    result = function(argument)
    after = gc.mem_alloc()
    gc.enable()
    return after - before if result else 0


def main() -> None:
    """Measures the work in the JSON file that is the argument."""
    numbers = {}
    with open(sys.argv[1]) as file:  # noqa: PTH123  # no pathlib here
        works = json.load(file)
    for name in works:
        pdu, text = works[name]
        function = tpdu.decode if pdu else lambda wanted: tpdu.encode_submit(_DA, wanted)
        argument = pdu or text
        numbers[name] = {"rate": rate(function, argument), "octets": octets(function, argument)}
    print(json.dumps(numbers))


main()
