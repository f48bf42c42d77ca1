"""Crockford's base32, most significant bit first (SC1 §1, §2)."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_FOLD = str.maketrans("OIL", "011")


def encode_bits(octets: bytes) -> str:
    """Octets as base32, zero bits at the tail."""
    count = (len(octets) * 8 + 4) // 5
    return _digits(int.from_bytes(octets, "big") << (count * 5 - len(octets) * 8), count)


def decode_bits(text: str) -> bytes:
    """Octets of folded base32; ValueError for a foreign character, set tail bits or a superfluous character."""
    value = _value(text)
    count = len(text) * 5 // 8
    tail = len(text) * 5 - count * 8
    if tail >= 5 or value & ((1 << tail) - 1):
        raise ValueError("superfluous bits")
    return (value >> tail).to_bytes(count, "big")


def encode_tag(tag: bytes) -> str:
    """The 13 characters of an 8-octet tag, read as a big-endian integer."""
    return _digits(int.from_bytes(tag, "big"), 13)


def decode_tag(text: str) -> bytes:
    """The 8-octet tag of 13 folded characters; ValueError beyond 64 bits."""
    value = _value(text)
    if len(text) != 13 or value >> 64:
        raise ValueError("not a 64-bit tag")
    return value.to_bytes(8, "big")


def fold(text: str) -> str:
    """Upper case, O read as 0, I and L as 1."""
    return text.upper().translate(_FOLD)


def _value(text: str) -> int:
    value = 0
    for character in text:
        digit = _VALUES.get(character)
        if digit is None:
            raise ValueError("not base32")
        value = value << 5 | digit
    return value


def _digits(value: int, count: int) -> str:
    return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * (count - 1), -1, -5))
