"""How early garbage is collected: soon, so that memory stays in one piece, or late, while an answer is due (L0)."""

import gc

from micropython import const

_COMPACT = const(4096)  # octets; fills the low holes first: with 192 kB, imports otherwise leave only holes below 1 kB
_QUICK = const(32768)  # a collection takes milliseconds, an answer allocates some 20 kB beside what flash takes
_ROOM = const(65536)  # with less to spare, memory goes before speed
_RESERVE = const(24576)  # what the largest of commands, `apn set`, loads

_roomy = False


def keep_compact() -> None:
    """Collect early: at boot, at rest, and while code is loaded."""
    if hasattr(gc, "threshold"):  # CPython's has none
        gc.threshold(_COMPACT)


def be_quick() -> None:
    """Collect late, until `keep_compact()`, if the last `rest()` found enough to spare."""
    if _roomy:
        gc.threshold(_QUICK)


def roomy() -> bool:
    """True if the last `rest()` found enough to spare."""
    return _roomy


def pieces(octets: int, most: int) -> int:
    """How many pieces of `octets`, at least 1 and at most `most`, may be taken into RAM at once."""
    if _roomy or not hasattr(gc, "mem_free"):
        return most
    gc.collect()
    return max(1, min(most, (gc.mem_free() - _RESERVE) // octets))


def rest() -> None:
    """Nothing is due: collect now, and early from now on."""
    global _roomy
    keep_compact()
    gc.collect()
    _roomy = hasattr(gc, "mem_free") and gc.mem_free() > _ROOM
