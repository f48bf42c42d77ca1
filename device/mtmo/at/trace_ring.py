"""The AT trace: the newest lines of both directions with their time, in one buffer that is allocated once (L0).

A record: seconds (3 octets), milliseconds (2), direction and true length (2), stored length (1), octets. What goes in
is not looked at, since that happens in the reader; what goes out, by trace_text.py, is masked.
"""

import gc

from micropython import const

from ..clock import now_ms

_HEAD = const(8)
_MAX_LINE = const(100)  # the rest of a longer line is only counted
_SENT = const(0x8000)
_SHARE = const(8)  # of the free heap

_ring = bytearray(0)
_write = 0  # where the next record goes
_oldest = 0
_end = 0  # behind the last record before the wrap; 0 while it has not wrapped


def resize(octets: int) -> None:
    """Begin an empty ring of `octets`, at least one line's; 0 keeps no trace, as before the first call.

    It takes an eighth of the free heap at most, and none where even that is not there in one piece: what a text has set
    must not keep the board from working.
    """
    global _ring, _write, _oldest, _end
    if hasattr(gc, "mem_free"):  # CPython's has none
        gc.collect()
        octets = min(octets, gc.mem_free() // _SHARE)
    try:
        _ring = bytearray(max(octets, _HEAD + _MAX_LINE) if octets else 0)
    except MemoryError:
        _ring = bytearray(0)
    _write = _oldest = _end = 0


def add(sent: bool, line: bytes) -> None:
    """Keep one line; the oldest make room."""
    global _write, _oldest, _end
    ring = _ring
    if not ring:
        return
    stored = min(len(line), _MAX_LINE)
    start = _write
    if start + _HEAD + stored > len(ring):
        _end = start
        if _oldest >= start:
            _oldest = 0
        start = 0
    end = start + _HEAD + stored
    # what lies ahead is older: give up whole records until there is room
    while _end and start <= _oldest < end:
        _oldest += _HEAD + ring[_oldest + 7]
        if _oldest >= _end:
            _oldest = 0
            _end = 0
    now = now_ms()
    seconds = now // 1000
    ring[start] = seconds >> 16 & 255
    ring[start + 1] = seconds >> 8 & 255
    ring[start + 2] = seconds & 255
    now %= 1000
    ring[start + 3] = now >> 8
    ring[start + 4] = now & 255
    length = min(len(line), 0x7FFF) | (_SENT if sent else 0)
    ring[start + 5] = length >> 8
    ring[start + 6] = length & 255
    ring[start + 7] = stored
    for i in range(stored):
        ring[start + _HEAD + i] = line[i]
    _write = end


def records() -> "tuple[bytearray, list[int]]":
    """The ring, and where its records begin, oldest first."""
    found = []
    at = _oldest
    lap = bool(_end)
    while lap or at < _write:
        found.append(at)
        at += _HEAD + _ring[at + 7]
        if lap and at >= _end:
            at = 0
            lap = False
    return _ring, found
