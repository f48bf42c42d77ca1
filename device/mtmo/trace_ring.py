"""The AT trace: the newest lines of both directions with their time, in one buffer that is allocated once (L0).

A record: seconds (3 octets), milliseconds (2), direction and true length (2), stored length (1), octets. What goes out
of here is masked; what goes in is not looked at, since that happens in the reader.
"""

from micropython import const

from .clock import now_ms
from .log import masked

_HEAD = const(8)
_MAX_LINE = const(100)  # the rest of a longer line is only counted
_SENT = const(0x8000)
_SHORT_HEX = const(8)  # digits; longer ones are a PDU or its piece, and a text in it may carry a secret
_ID = const(22)  # digits of an IMEI, IMSI or ICCID at most

_ring = bytearray(0)
_write = 0  # where the next record goes
_oldest = 0
_end = 0  # behind the last record before the wrap; 0 while it has not wrapped


def resize(octets: int) -> None:
    """Begin an empty ring of `octets`, at least one line's; 0 keeps no trace, as before the first call."""
    global _ring, _write, _oldest, _end
    _ring = bytearray(max(octets, _HEAD + _MAX_LINE) if octets else 0)
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


def lines(count: int = 20) -> "list[str]":
    """The newest `count` lines, oldest first, as `trace on` writes them; secrets masked."""
    found = []
    at = _oldest
    lap = bool(_end)
    while lap or at < _write:
        found.append(at)
        at += _HEAD + _ring[at + 7]
        if lap and at >= _end:
            at = 0
            lap = False
    return [_shown(at) for at in found[-count:]] if count > 0 else []


def show(count: int = 40) -> None:
    """Print the newest `count` lines: `mtmo.trace()` on the REPL, once Ctrl-C has stopped the agent."""
    for line in lines(count):
        print(line)


def _shown(at: int) -> str:
    ring = _ring
    seconds = ring[at] << 16 | ring[at + 1] << 8 | ring[at + 2]
    length = ring[at + 5] << 8 | ring[at + 6]
    text = "".join([chr(ring[at + _HEAD + i]) for i in range(ring[at + 7])])
    return "[%6d.%03d] debug at: %s %s" % (
        seconds,
        ring[at + 3] << 8 | ring[at + 4],
        ">" if length & _SENT else "<",
        _public(text, length & ~_SENT),
    )


def _public(text: str, length: int) -> str:
    others = len(text) - sum([c in "0123456789ABCDEFabcdef" for c in text])
    if length >= _SHORT_HEX and 8 * others < len(text) and not (text.isdigit() and length <= _ID):
        return "(%d hex digits)" % length
    text = masked("".join([c if " " <= c <= "~" else "?" for c in text]))
    return text if length <= _MAX_LINE else text + "... (%d octets)" % length
