"""Each truncation and each flipped bit of a file that the flash tool wrote, tried on the agent's reader."""

import json
import sys

from mtmo import store
from mtmo.errors import ConfigError


class Lax:
    """A reader that takes whatever begins as JSON for the whole of it: more than MicroPython 1.24 and 1.25 do."""

    def __init__(self, whole):
        self._whole = whole

    def loads(self, text):
        return dict(self._whole)


def taken(path, octets, keys):
    try:
        return store.checked(path, octets, keys)
    except ConfigError as error:
        assert str(error) == path + ": damaged: flash the board again"
        return None


def cut(octets):
    for size in range(len(octets)):
        yield octets[:size]


def flipped(octets):
    damaged = bytearray(octets)
    for at in range(len(octets)):
        for bit in range(8):
            damaged[at] ^= 1 << bit
            yield bytes(damaged)
            damaged[at] ^= 1 << bit


def count(path, damaged, keys):
    """(tried, taken)"""
    tried = accepted = 0
    for octets in damaged:
        tried += 1
        accepted += taken(path, octets, keys) is not None
    return tried, accepted


path, keys, file, lax = sys.argv[1:]
with open(file, "rb") as stream:
    octets = stream.read()
whole = taken(path, octets, keys)
if lax == "lax":
    store.json = Lax(json.loads(octets.decode()))
print(
    json.dumps({"whole": whole, "cut": count(path, cut(octets), keys), "flipped": count(path, flipped(octets), keys)})
)
