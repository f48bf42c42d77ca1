"""SC1, the operator's half: sign commands, verify replies and notices (reference: SC1 §1-§8)."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from mtmo_host.sms import base32, gsm7
from mtmo_host.sms.errors import Sc1Error

__all__ = [
    "EDGES", "KIDS", "MAX_CTR", "RECOVERY_KID", "Command", "Frame", "Notice", "Reply", "Room", "Sc1Error",
    "SignedCommand", "SlotKeys", "canonical", "checked_body", "derive_device_key", "parse", "room_for",
    "sign", "sign_notice", "sign_reply", "stripped", "verify_command", "verify_notice", "verify_reply",
]  # fmt: skip

KIDS = "ABCDEFGHJKMNPQRSTVWXYZ"
RECOVERY_KID = "Z"
MAX_CTR = 0xFFFFFFFF
KEY_OCTETS = 32
TAG_OCTETS = 8
SINGLE_SEPTETS, SEGMENT_SEPTETS = 160, 153

# What gateways and phones put at the ends of a text: blank, CR, LF, U+00A0, U+200B…U+200F, U+FEFF. §2.1
EDGES = " \r\n\u00a0" + "".join(map(chr, range(0x200B, 0x2010))) + "\ufeff"

_SALT = b"SC1 fleet salt v1"
_COMMAND, _REPLY, _NOTICE = "*", "=", "+"
_DIRECTION = {_COMMAND: b"C", _REPLY: b"R", _NOTICE: b"N"}
_FRAME = re.compile(
    r"([*=+])([A-Za-z])([1-9][0-9]{0,9})(?:/([1-9][0-9]?))?\.([0-9A-Za-z]{13})(?:!([0-9A-Za-z]+)| ([ -~]*))"
)
_TEXT = re.compile(r"[ -~]*", re.ASCII)
_SAFE_BODY = re.compile(r"[A-Za-z0-9.,:+/()?&<>%=; -]*", re.ASCII)


class SlotKeys:
    """The three keys of one slot of one device, derived from its K_dev (32 octets). §3."""

    __slots__ = ("k_cmd", "k_enc", "k_rep")

    def __init__(self, k_dev: bytes) -> None:
        if len(k_dev) != KEY_OCTETS:
            raise Sc1Error("bad_key", "K_dev must be 32 octets")
        self.k_cmd = _hmac(k_dev, b"cmd\x01")
        self.k_rep = _hmac(k_dev, b"rep\x01")
        self.k_enc = _hmac(k_dev, b"enc\x01")


@dataclass(frozen=True, slots=True)
class Frame:
    """A text in SC1's grammar, not verified. `mark` is `*`, `=` or `+`; one of `text` and `ciphertext` is None."""

    mark: str
    kid: str
    ctr: int
    part: int
    tag: bytes
    text: str | None
    ciphertext: bytes | None


@dataclass(frozen=True, slots=True)
class SignedCommand:
    """What to send, and the tag its replies will prove."""

    sms: str
    tag: bytes
    kid: str
    ctr: int


@dataclass(frozen=True, slots=True)
class Command:
    """A verified command."""

    kid: str
    ctr: int
    body: str
    encrypted: bool
    tag: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A verified reply."""

    kid: str
    ctr: int
    part: int
    text: str
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified notice; accept only increasing `dctr` per device and slot."""

    kid: str
    dctr: int
    text: str
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Room:
    """How a frame fills SMS: septets in all, segments, septets left in the last one."""

    septets: int
    segments: int
    left: int


def derive_device_key(master: bytes, devid: str, kid: str, epoch: int) -> bytes:
    """K_dev of one device, slot and epoch (1…255) by HKDF. §3."""
    if len(master) != KEY_OCTETS:
        raise Sc1Error("bad_key", "a master key is 32 octets")
    if kid not in KIDS or len(kid) != 1:
        raise Sc1Error("bad_kid", f"no such key slot: {kid!r}")
    if not 1 <= epoch <= 255:
        raise Sc1Error("bad_epoch", "epoch must be 1 to 255")
    prk = _hmac(_SALT, master)
    return _hmac(prk, b"SC1 dev\0" + _devid(devid) + b"\0" + kid.encode() + bytes((epoch, 1)))


def canonical(body: str) -> str:
    """The body with single blanks between words and none at the ends; what the MAC covers. §2.3."""
    if not _TEXT.fullmatch(body):
        raise Sc1Error("bad_character", "only characters 0x20 to 0x7E; write others as %HH")
    return " ".join(part for part in body.split(" ") if part)


def sign(keys: SlotKeys, devid: str, kid: str, ctr: int, body: str, encrypted: bool = False) -> SignedCommand:
    """A signed command of the canonical body; a character that gateways mangle is refused (`bad_character`). §4."""
    body = checked_body(body)
    sms, tag = _seal(keys, _COMMAND, devid, kid, ctr, 0, b"", body, encrypted)
    return SignedCommand(sms, tag, kid, ctr)


def checked_body(body: str) -> str:
    """The canonical body of a command that can be signed. Raises Sc1Error. §1, §2.3."""
    body = canonical(body)
    if not body:
        raise Sc1Error("empty_body", "there is no command to sign")
    bad = next((character for character in body if not _SAFE_BODY.fullmatch(character)), None)
    if bad is not None:
        raise Sc1Error("bad_character", f"{bad!r} does not survive every gateway: write it as %{ord(bad):02X}")
    if body.count(";") > 3:
        raise Sc1Error("too_many_verbs", "at most four commands in one SMS")
    return body


def sign_reply(
    keys: SlotKeys,
    devid: str,
    kid: str,
    ctr: int,
    command_tag: bytes,
    text: str,
    *,
    part: int = 0,
    encrypted: bool = False,
) -> str:
    """A reply as a device gives it; for tests and emulated devices."""
    return _seal(keys, _REPLY, devid, kid, ctr, part, command_tag, text, encrypted)[0]


def sign_notice(keys: SlotKeys, devid: str, kid: str, dctr: int, text: str, *, encrypted: bool = False) -> str:
    """A notice as a device gives it; for tests and emulated devices."""
    return _seal(keys, _NOTICE, devid, kid, dctr, 0, b"", text, encrypted)[0]


def stripped(text: str) -> str:
    """The text without what gateways and phones put at its ends. §2.1."""
    return text.strip(EDGES)


def parse(sms: str) -> Frame:
    """The parts of an SC1 text, unverified. Raises Sc1Error `not_sc1` or `bad_frame`. §1, §2."""
    text = stripped(sms)
    match = _FRAME.fullmatch(text)
    if match is None:
        raise _no_frame(text)
    mark, kid, ctr, part, mac, secret, plain = match.groups()
    kid = kid.upper()
    if kid not in KIDS or int(ctr) > MAX_CTR or (part and mark != _REPLY):
        raise Sc1Error("bad_frame", "no such slot, counter or part")
    try:
        tag = base32.decode_tag(base32.fold(mac))
        ciphertext = None if secret is None else base32.decode_bits(base32.fold(secret))
    except ValueError:
        raise Sc1Error("bad_frame", "not valid base32") from None
    return Frame(mark, kid, int(ctr), int(part or 0), tag, plain, ciphertext)


def verify_command(keys: SlotKeys, devid: str, sms: str) -> Command:
    """The command of a text, if it is authentic. Raises Sc1Error (`bad_mac` where it is not)."""
    frame = _expect(sms, _COMMAND)
    body = _open(keys, frame, devid, b"")
    return Command(frame.kid, frame.ctr, body, frame.ciphertext is not None, frame.tag)


def verify_reply(keys: SlotKeys, devid: str, sms: str, command_tag: bytes) -> Reply:
    """The reply of a text, if this device gave it to the command with this tag. Raises Sc1Error (`bad_mac`)."""
    frame = _expect(sms, _REPLY)
    text = _open(keys, frame, devid, command_tag)
    return Reply(frame.kid, frame.ctr, frame.part, text, frame.ciphertext is not None)


def verify_notice(keys: SlotKeys, devid: str, sms: str) -> Notice:
    """The notice of a text, if this device gave it, else Sc1Error (`bad_mac`). The caller checks that `dctr` rises."""
    frame = _expect(sms, _NOTICE)
    text = _open(keys, frame, devid, b"")
    return Notice(frame.kid, frame.ctr, text, frame.ciphertext is not None)


def room_for(sms: str) -> Room:
    """Septets and segments of a text in the GSM 7-bit alphabet. §8."""
    septets = gsm7.septet_count(sms)
    if septets <= SINGLE_SEPTETS:
        return Room(septets, 1, SINGLE_SEPTETS - septets)
    count = -(-septets // SEGMENT_SEPTETS)
    return Room(septets, count, count * SEGMENT_SEPTETS - septets)


def _no_frame(text: str) -> Sc1Error:
    """Why a stripped text is outside the grammar. §1, §2.1."""
    if text[:1] not in _DIRECTION:
        return Sc1Error("not_sc1", "this is not an SC1 text")
    foreign = next((character for character in text if not " " <= character <= "~"), None)
    if foreign is not None:
        return Sc1Error("not_sc1", f"not an SC1 text: U+{ord(foreign):04X} stands inside, copy it without")
    return Sc1Error("bad_frame", "starts like SC1, but is malformed")


def _expect(sms: str, mark: str) -> Frame:
    frame = parse(sms)
    if frame.mark != mark:
        raise Sc1Error("wrong_kind", f"starts with {frame.mark!r}, not {mark!r}")
    return frame


def _seal(
    keys: SlotKeys, mark: str, devid: str, kid: str, ctr: int, part: int, prefix: bytes, text: str, encrypted: bool
) -> tuple[str, bytes]:
    if kid not in KIDS or len(kid) != 1:
        raise Sc1Error("bad_kid", f"no such key slot: {kid!r}")
    if not 1 <= ctr <= MAX_CTR:
        raise Sc1Error("bad_counter", "counter must be 1 to 4294967295; at its end only a new key helps")
    if not text or not 0 <= part <= 99 or not _TEXT.fullmatch(text):
        raise Sc1Error("bad_frame", "no text, part beyond 99, or a character outside 0x20 to 0x7E")
    if text.endswith(" ") and not encrypted:
        raise Sc1Error("bad_frame", "a plain text that ends in a blank loses it on the way (SC1 §2.1)")
    tag = _tag(keys, mark, devid, kid, ctr, part << 1 | encrypted, prefix + text.encode())
    head = f"{mark}{kid}{ctr}{f'/{part}' if part else ''}.{base32.encode_tag(tag)}"
    if not encrypted:
        return f"{head} {text}", tag
    return f"{head}!{base32.encode_bits(_crypt(keys, mark, kid, ctr, tag, text.encode()))}", tag


def _open(keys: SlotKeys, frame: Frame, devid: str, prefix: bytes) -> str:
    """Canonical text of a frame whose tag is right; else Sc1Error `bad_mac`, alike for every reason."""
    wrong = Sc1Error("bad_mac", "not authentic: wrong key, wrong device, or changed on the way")
    if frame.ciphertext is None:
        text = canonical(frame.text or "") if frame.mark == _COMMAND else frame.text or ""
        payload = text.encode()
    else:
        payload = _crypt(keys, frame.mark, frame.kid, frame.ctr, frame.tag, frame.ciphertext)
    flags = frame.part << 1 | (frame.ciphertext is not None)
    expected = _tag(keys, frame.mark, devid, frame.kid, frame.ctr, flags, prefix + payload)
    if not hmac.compare_digest(expected, frame.tag):
        raise wrong
    if frame.ciphertext is not None:
        try:
            text = payload.decode("ascii")
        except UnicodeDecodeError:
            raise wrong from None
        if not _TEXT.fullmatch(text) or (frame.mark == _COMMAND and canonical(text) != text):
            raise wrong
    return text


def _tag(keys: SlotKeys, mark: str, devid: str, kid: str, ctr: int, flags: int, payload: bytes) -> bytes:
    identity = _devid(devid)
    message = b"SC1\0" + _DIRECTION[mark] + kid.encode() + ctr.to_bytes(4, "big")
    message += bytes((flags, len(identity))) + identity + payload
    return _hmac(keys.k_cmd if mark == _COMMAND else keys.k_rep, message)[:TAG_OCTETS]


def _crypt(keys: SlotKeys, mark: str, kid: str, ctr: int, tag: bytes, data: bytes) -> bytes:
    """XOR with the keystream of §4; its own inverse."""
    head = tag + _DIRECTION[mark] + kid.encode() + ctr.to_bytes(4, "big")
    blocks = (len(data) + 31) // 32
    if blocks > 256:
        raise Sc1Error("bad_frame", "longer than the keystream")
    stream = b"".join(_hmac(keys.k_enc, head + bytes((block,))) for block in range(blocks))
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def _devid(devid: str) -> bytes:
    octets = devid.encode("ascii", "replace")
    if not octets or len(octets) > 255 or not devid.isascii():
        raise Sc1Error("bad_devid", "the device id must be 1 to 255 ASCII characters, by default the IMEI's 15 digits")
    return octets


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
