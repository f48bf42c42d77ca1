"""The AT trace as text, secrets masked; loaded when somebody asks for it (L0)."""

from micropython import const

from ..log import masked
from .trace_ring import records

_HEAD = const(8)  # of a record, see trace_ring.py
_SENT = const(0x8000)
_MAX_LINE = const(100)
_SHORT_HEX = const(8)  # digits; longer ones are a PDU or its piece, and a text in it may carry a secret
_ID = const(22)  # digits of an IMEI, IMSI or ICCID at most


def lines(count: int = 20) -> "list[str]":
    """The newest `count` lines, oldest first, as `trace on` writes them."""
    ring, found = records()
    return [_shown(ring, at) for at in found[-count:]] if count > 0 else []


def show(count: int = 40) -> None:
    """Print the newest `count` lines: `mtmo.trace()` on the REPL, once Ctrl-C has stopped the agent."""
    for line in lines(count):
        print(line)


def _shown(ring: bytearray, at: int) -> str:
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
