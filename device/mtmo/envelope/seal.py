"""SC1 on the device: sealing replies and notices (L1, SC1 §4). Loaded for each that is sent."""

from . import Slot, crypt, escape, tag_of

_BASE32 = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def seal_reply(
    slot: Slot, devid: str, ctr: int, part: int, command_tag: bytes, text: str, encrypted: bool = False
) -> str:
    """SMS text that answers the command with `ctr` and `command_tag`; `part` 0 first, then 1…99."""
    text = escape(text)
    head = "=%s%d/%d" % (slot.kid, ctr, part) if part else "=%s%d" % (slot.kid, ctr)
    flags = part << 1 | (1 if encrypted else 0)
    tag = tag_of(slot, b"rep", "R", ctr, flags, devid, command_tag + text.encode())
    return _frame(head, slot, "R", ctr, tag, text, encrypted)


def seal_notice(slot: Slot, devid: str, dctr: int, text: str, encrypted: bool = False) -> str:
    """SMS text of an unsolicited notice; `dctr` is the device's own counter."""
    text = escape(text)
    tag = tag_of(slot, b"rep", "N", dctr, 1 if encrypted else 0, devid, text.encode())
    return _frame("+%s%d" % (slot.kid, dctr), slot, "N", dctr, tag, text, encrypted)


def _frame(head: str, slot: Slot, direction: str, ctr: int, tag: bytes, text: str, encrypted: bool) -> str:
    head = "%s.%s" % (head, _encode_base32(tag, True))
    if encrypted:
        return "%s!%s" % (head, _encode_base32(crypt(slot, direction, ctr, tag, text.encode()), False))
    return "%s %s" % (head, text)


def _encode_base32(octets: "bytes | bytearray", right: bool) -> str:
    out = bytearray()
    bits = 1 if right else 0
    value = 0
    for octet in octets:
        value = value << 8 | octet
        bits += 8
        while bits >= 5:
            bits -= 5
            out.append(_BASE32[value >> bits])
            value &= (1 << bits) - 1
    if bits:
        out.append(_BASE32[value << 5 - bits])
    return str(out, "utf-8")
