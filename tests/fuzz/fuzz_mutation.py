"""Seeded mutations of PDUs; the same for CPython and MicroPython, so a seed names a case on both.

A case is (seed, number): `case(corpus, seed, number)` alone makes it again.
"""

_DIGITS = b"0123456789ABCDEF"
# Octets at which decoders break: lengths at their bounds, masks, fills.
_EDGES = (
    0x00,
    0x01,
    0x05,
    0x06,
    0x07,
    0x14,
    0x15,
    0x40,
    0x44,
    0x7F,
    0x80,
    0x8C,
    0x8D,
    0xA0,
    0xA1,
    0xD8,
    0xDC,
    0xF0,
    0xFF,
)


class Dice:
    """A small generator of pseudo-random numbers (xorshift, 30 bits): never 0, no big integers on a board."""

    def __init__(self, seed: int):
        self._state = (seed * 0x9E3779B1 ^ 0x2545F491) & 0x3FFFFFFF or 1
        for _ in range(4):
            self.below(1)

    def below(self, bound: int) -> int:
        """0 … `bound` - 1."""
        state = self._state
        state ^= state << 13 & 0x3FFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0x3FFFFFFF
        self._state = state or 1
        return (state >> 4) % bound


def case(corpus: list, seed: int, number: int) -> bytes:
    """PDU in hex: one of `corpus` (hex as octets) with one to six mutations."""
    dice = Dice(seed + 7919 * number)
    pdu = bytearray(corpus[dice.below(len(corpus))])
    for _ in range(1 + dice.below(6)):
        pdu = _mutated(pdu, dice, corpus)
    return bytes(pdu)


def _mutated(pdu: bytearray, dice: Dice, corpus: list) -> bytearray:
    kind = dice.below(16)
    at = dice.below(len(pdu) // 2 + 1) * 2
    if kind < 5:
        return pdu[:at] + _octet(dice.below(256)) + pdu[at + 2 :]
    if kind < 8:
        return pdu[:at] + _octet(_EDGES[dice.below(len(_EDGES))]) + pdu[at + 2 :]
    if kind < 10:
        return pdu[:at] + _octet(dice.below(256)) + pdu[at:]
    if kind < 12:
        return pdu[:at] + pdu[at + 2 * (1 + dice.below(4)) :]
    if kind == 12:
        return pdu[:at]
    if kind == 13:
        other = corpus[dice.below(len(corpus))]
        return pdu[:at] + other[dice.below(len(other) // 2 + 1) * 2 :]
    if kind == 14:
        return pdu[:at] + bytes(pdu[at : at + 16]) * (1 + dice.below(8)) + pdu[at + 16 :]
    odd = dice.below(len(pdu) + 1)
    return pdu[:odd] + bytes((dice.below(256),)) + pdu[odd + 1 :]


def _octet(value: int) -> bytes:
    return bytes((_DIGITS[value >> 4], _DIGITS[value & 15]))
