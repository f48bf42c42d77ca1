"""What the unkind modem may do in one disturbance: rows of the fault menu, with parameters that one seed draws."""

from __future__ import annotations

import random
from collections.abc import Callable

Parameters = dict[str, object]
# how often one octet is hit
_RARE = 0.003


def _noise(chance: random.Random) -> Parameters:
    return {"rate": _RARE, "kind": chance.choice(("drop", "double", "flip"))}


def _late(chance: random.Random) -> Parameters:
    if chance.random() < 0.3:
        return {"rate": 0.1}  # behind the next command
    return {"rate": 0.1, "least_ms": 600, "most_ms": 200_000}


# every fault of the menu but those of the APN, which no text of this test changes
CHOICES: tuple[tuple[str, Callable[[random.Random], Parameters]], ...] = (
    ("F1", lambda chance: {"every": chance.randint(1, 9), "pause_ms": chance.choice((1, 5, 20))}),
    ("F2", lambda chance: {"ms": chance.randint(1, 4)}),
    ("F3", _noise),
    ("F4", lambda chance: {"rate": 0.4, "where": chance.choice(("line", "header"))}),
    ("F5", lambda chance: {"rate": 0.1, "what": chance.choice(("response", "command"))}),
    ("F6", _late),
    ("F7", lambda chance: {"every_s": 40, "silent": chance.random() < 0.5}),
    ("F8", lambda chance: {"rate": 0.3}),
    ("F9", lambda chance: {"over": chance.randint(0, 3), "every_s": 120}),
    ("F10", lambda chance: {"copies": 2, "ms": chance.choice((0, 500, 20_000))}),
    ("F11", lambda chance: {}),
    ("F12", lambda chance: {"rate": 0.3, "ms": chance.choice((0, 20, 500))}),
    ("F13", lambda chance: {"rate": 0.2, "times": 0, "code": chance.choice(("14", "515"))}),
    ("F14", lambda chance: {"rate": 0.3, "sent": "either"}),
    ("F15", lambda chance: {}),
    ("F16", lambda chance: {}),
    ("F17", lambda chance: {"again": chance.random() < 0.5}),
    ("F18", lambda chance: {"guard_ms": chance.choice((0, 1000))}),
    ("F19", lambda chance: {"rate": 0.2, "length": chance.choice((513, 4096))}),
    ("F20", lambda chance: {"rate": 0.5}),
    ("F21", lambda chance: {"copies": chance.randint(0, 2)}),
    ("F22", lambda chance: {"down_s": chance.choice((5, 60, 600))}),
    ("F26", lambda chance: {"jump_s": chance.choice((-86_400, 3600, 31_536_000))}),
)


def draw(chance: random.Random) -> list[tuple[str, Parameters]]:
    """One to three faults."""
    return [(key, make(chance)) for key, make in chance.sample(CHOICES, chance.randint(1, 3))]
