"""The rooms of the device, from the ground up: a room is a module, or a package whose `__init__` is its main noun.

Imports point downwards; rooms of one layer may import each other without a cycle, as may the modules of one room.
"""

from __future__ import annotations

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "clock", "heap", "log"),
    ("at", "tpdu", "envelope", "access", "settings", "calendar", "apn_profile", "apn_rules", "dialects", "store"),
    ("journal", "keys", "modem", "inbox", "outbox"),
    ("apn", "verbs", "gate"),
    ("dispatch", "crash"),
    ("agent", "prompt", "provision"),
    ("wiring", "board", "identity", "locked", "flashed"),
)
# What other modules reach through the agent; the fewer, the more of the house can be understood without it
THROUGH_AGENT = 22
