"""SC1 on the device: opening signed commands; what fits a text; sealing is in seal.py (L1, SC1 §1–§4, §8)."""

from collections import namedtuple
from hashlib import sha256

from .. import once
from ..errors import VerbError

# Value of the characters from "0" to "Z", 255 for what is none; O reads as 0, I and L as 1.
_VALUES = (
    b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\xff\xff\xff\xff\xff\xff\xff"
    b"\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x01\x12\x13\x01\x14\x15\x00\x16\x17\x18\x19\x1a\xff\x1b\x1c\x1d\x1e\x1f"
)
_SAFE_PUNCTUATION = b" .,:-+/()?&<>%;="
SMS_SEPTETS = 160


class Slot:
    """One key slot: `kid` and `k_dev` (32 octets); the three working keys are derived when first used (SC1 §3).

    `epoch` and `role` are for those who count and authorise.
    """

    def __init__(self, kid: str, k_dev: bytes, epoch: int = 0, role: str = ""):
        self.kid = kid
        self.epoch = epoch
        self.role = role
        self.k_dev = k_dev
        self._keys: "dict[bytes, bytes]" = {}

    def key(self, label: bytes) -> bytes:
        """K_cmd, K_rep or K_enc by its label b"cmd", b"rep", b"enc"."""
        key = self._keys.get(label)
        if key is None:
            key = self._keys[label] = _hmac(self.k_dev, label + b"\x01")
        return key


# A text that has the shape of SC1, whoever made it.
# mark: "*", "=" or "+" · part: 0 for none · mac: 8 octets · payload: text behind the mark
Frame = namedtuple("Frame", ("mark", "kid", "ctr", "part", "mac", "encrypted", "payload"))

# An authentic command. tag: 8 octets · body: canonical · encrypted: it came so
Command = namedtuple("Command", ("kid", "ctr", "tag", "body", "encrypted"))


def parse(text: str) -> "Frame | None":
    """Frame of an SMS text, None if it is not SC1 (SC1 §1, §2.1, §2.2)."""
    text = stripped(text)
    octets = text.encode()
    if len(octets) < 18 or octets[0] not in b"*=+" or not is_plain(octets):
        return None
    kid = octets[1] & 0xDF
    if not 0x41 <= kid <= 0x5A or octets[1] < 0x41 or kid in b"ILOU":
        return None
    ctr, at = _number(octets, 2, 10)
    part = 0
    if octets[0] == 0x3D and octets[at] == 0x2F:
        part, at = _number(octets, at + 1, 2)
        if not part:
            return None
    if not 0 < ctr <= 0xFFFFFFFF or octets[at] != 0x2E or len(octets) < at + 16:
        return None
    mac = decode_base32(octets[at + 1 : at + 14], True)
    mark = octets[at + 14]
    if mac is None or mark not in b" !":
        return None
    return Frame(text[:1], chr(kid), ctr, part, mac, mark == 0x21, text[at + 15 :])


def open_command(frame: Frame, slot: Slot, devid: str) -> "Command | None":
    """Command of `frame` if `slot`'s holder made it for device `devid`, else None, for whatever reason (SC1 §4)."""
    if frame.mark != "*" or frame.kid != slot.kid:
        return None
    payload: "bytes | bytearray | None"
    if frame.encrypted:
        payload = decode_base32(frame.payload.encode(), False)
        if payload is None:
            return None
        payload = crypt(slot, "C", frame.ctr, frame.mac, payload)
    else:
        payload = canonical(frame.payload).encode()
    tag = tag_of(slot, b"cmd", "C", frame.ctr, 1 if frame.encrypted else 0, devid, payload)
    if not same(tag, frame.mac) or not is_plain(payload):
        return None
    body = str(payload, "utf-8")
    if not body or body != canonical(body):
        return None
    return Command(frame.kid, frame.ctr, tag, body, frame.encrypted)


def seal_reply(
    slot: Slot, devid: str, ctr: int, part: int, command_tag: bytes, text: str, encrypted: bool = False
) -> str:
    """SMS text that answers the command with `ctr` and `command_tag`; `part` 0 first, then 1…99."""
    return once("envelope.seal").seal_reply(slot, devid, ctr, part, command_tag, text, encrypted)


def seal_notice(slot: Slot, devid: str, dctr: int, text: str, encrypted: bool = False) -> str:
    """SMS text of an unsolicited notice; `dctr` is the device's own counter."""
    return once("envelope.seal").seal_notice(slot, devid, dctr, text, encrypted)


def stripped(text: str) -> str:
    """`text` without what gateways and phones put at its ends (SC1 §2.1)."""
    # in octets: MicroPython's strip takes octets of characters for themselves, and text[i] interns each for good
    octets = text.encode()
    at = 0
    end = len(octets)
    while at < end and _edge(octets, at):
        at += _edge(octets, at)
    while end > at:
        last = end - 1
        while octets[last] & 0xC0 == 0x80:
            last -= 1
        if not _edge(octets, last):
            break
        end = last
    return text if end - at == len(octets) else str(octets[at:end], "utf-8")


def _edge(octets: bytes, at: int) -> int:
    """How long the character at `at` is in UTF-8, if it is to be stripped; else 0."""
    first = octets[at]
    if first in b" \r\n":
        return 1
    if first == 0xC2:
        return 2 if octets[at + 1] == 0xA0 else 0  # U+00A0
    if first == 0xE2 and octets[at + 1] == 0x80:
        return 3 if 0x8B <= octets[at + 2] <= 0x8F else 0  # U+200B…U+200F
    return 3 if octets[at : at + 3] == b"\xef\xbb\xbf" else 0  # U+FEFF


def is_plain(octets: "bytes | bytearray") -> bool:
    """True if every octet is within 0x20…0x7E."""
    for octet in octets:
        if not 0x20 <= octet <= 0x7E:
            return False
    return True


def canonical(text: str) -> str:
    """Words of `text` joined by single blanks (SC1 §2.3)."""
    return " ".join([word for word in text.split(" ") if word])


def split_body(body: str) -> "list[list[str]]":
    """Words of each command of a body, still escaped; an empty command gives an empty list (SC1 §2.4)."""
    return [[word for word in command.split(" ") if word] for command in body.split(";")]


def unescape(arg: str) -> str:
    """`arg` with each `%HH` decoded once; VerbError E12 for half an escape or what is not 0x20…0x7E (SC1 §2.4)."""
    pieces = arg.split("%")
    out = pieces[0]
    for piece in pieces[1:]:
        value = 0
        for digit in piece[:2].lower().encode():
            value = value << 4 | b"0123456789abcdef".find(bytes((digit,)))
        if len(piece) < 2 or not 0x20 <= value <= 0x7E:
            raise VerbError(12, "bad value")
        out += str(bytes((value,)), "utf-8") + piece[2:]
    return out


def escape(text: str) -> str:
    """`text` as a frame may carry it: canonical blanks, `%HH` for what gateways mangle, ? for what is not ASCII.

    "%" stays as it is, so escaping twice changes nothing (SC1 §1).
    """
    out = bytearray()
    for octet in canonical(text).encode():
        if 0x30 <= octet <= 0x39 or 0x41 <= octet <= 0x5A or 0x61 <= octet <= 0x7A or octet in _SAFE_PUNCTUATION:
            out.append(octet)
        elif 0x20 < octet < 0x7F:
            out.extend(b"%%%02X" % octet)
        elif octet < 0x80 or octet >= 0xC0:
            out.append(0x3F)
    return str(out, "utf-8")


def room(ctr: int, encrypted: bool = False, part: int = 0, septets: int = 160) -> int:
    """Octets of escaped text that fit behind the header of a reply or command (SC1 §8); 306 septets in two segments."""
    left = septets - 17 - len(str(ctr)) - (len(str(part)) + 1 if part else 0)
    return left * 5 // 8 if encrypted else left


def room_for(kid: str, ctr: int, part: int, encrypted: bool) -> int:
    """How much of an answer or, with ctr 0, of a notice fits an SMS: a dctr is taken as long as it can become."""
    return room(ctr or 0xFFFFFFFF, encrypted, part) if kid else SMS_SEPTETS


def cut(entry, text: str, count: int, first: int = 0) -> "tuple[list[str], str]":
    """`text` in at most `count` pieces that fit an SMS each, and what is left of it.

    Cut behind whole words, so that no half of a %HH or of a number is read as the whole.
    """
    parts = []
    for part in range(first, first + count):
        most = room_for(entry.kid, entry.ctr, part, entry.encrypted)
        end = len(text) if len(text) <= most else text[: most + 1].rfind(" ")
        if end <= 0 < len(text):
            end = most
        parts.append(text[:end])
        text = text[end:].lstrip()
        if not text:
            break
    return parts, text


def joined(answers: str, answer: str) -> str:
    """The answers of several verbs as one."""
    return answers + "; " + answer if answers else answer


def _number(octets: bytes, at: int, digits: int) -> "tuple[int, int]":
    """Decimal number without leading zero and where it ends; 0 if there is none."""
    start = at
    number = 0
    while at - start < digits and 0x30 <= octets[at] <= 0x39:
        number = number * 10 + octets[at] - 0x30
        at += 1
    return (0 if octets[start] == 0x30 else number), at


def tag_of(
    slot: Slot, label: bytes, direction: str, ctr: int, flags: int, devid: str, payload: "bytes | bytearray"
) -> bytes:
    """The tag of a payload (SC1 §4); `label` names the key, `direction` is "C", "R" or "N"."""
    head = b"SC1\0" + (direction + slot.kid).encode() + ctr.to_bytes(4, "big")
    message = head + bytes((flags, len(devid))) + devid.encode() + payload
    return _hmac(slot.key(label), message)[:8]


def crypt(slot: Slot, direction: str, ctr: int, tag: bytes, octets: bytes) -> bytearray:
    """`octets` encrypted, or decrypted (SC1 §4)."""
    out = bytearray(octets)
    head = tag + (direction + slot.kid).encode() + ctr.to_bytes(4, "big")
    for at in range(len(out)):
        if at & 31 == 0:
            stream = _hmac(slot.key(b"enc"), head + bytes((at >> 5,)))
        out[at] ^= stream[at & 31]
    return out


def _hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) with a key of at most 64 octets."""
    inner = bytearray(b"\x36" * 64)
    outer = bytearray(b"\x5c" * 64)
    for i in range(len(key)):
        inner[i] ^= key[i]
        outer[i] ^= key[i]
    return sha256(outer + sha256(inner + message).digest()).digest()


def same(one: bytes, other: bytes) -> bool:
    """Equality of two tags in a time that does not tell where they differ."""
    difference = len(one) ^ len(other)
    for i in range(min(len(one), len(other))):
        difference |= one[i] ^ other[i]
    return not difference


def decode_base32(text: bytes, right: bool) -> "bytes | None":
    """Octets of base32 `text`: most significant bit first, zero bits at the end, or `right` aligned as an integer."""
    out = bytearray()
    bits = value = 0
    for char in text:
        if char >= 0x61:
            char -= 0x20
        char -= 0x30
        digit = _VALUES[char] if 0 <= char < 43 else 255
        if digit > 31:
            return None
        if right:
            if digit > 15:
                return None  # beyond 64 bits
            right = False
            bits = -1
        value = value << 5 | digit
        bits += 5
        if bits >= 8:
            bits -= 8
            out.append(value >> bits)
            value &= (1 << bits) - 1
    return None if value or bits > 4 or not out else bytes(out)
