"""An SC1 text explained part by part, and verified where the key is at hand (SC1 §1-§4, §8)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mtmo_host.decode.report import Damage, Report, Row, visible
from mtmo_host.sms import base32, sc1
from mtmo_host.sms.device_keys import KeySource
from mtmo_host.sms.errors import Sc1Error
from mtmo_host.sms.verdict import shown

_KINDS = {"*": "command to a device", "=": "reply of a device", "+": "notice of a device"}
_NUMBER = re.compile(r"[0-9]*", re.ASCII)
_BASE32 = re.compile(r"[0-9A-Za-z]*", re.ASCII)
_MAC = 13


class _Malformed(Exception):
    def __init__(self, name: str, offset: int, message: str) -> None:
        super().__init__(message)
        self.damage = Damage(name, offset, "bad_frame", message)


@dataclass(slots=True)
class Verifier:
    """The keys and the device that texts are verified for.

    Verified commands are remembered, since a reply proves itself only together with the command that it answers.
    """

    keys: KeySource
    imei: str
    epoch: int = 1
    tags: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def open(self, text: str) -> str:
        """The clear text of an authentic SC1 text. Raises Sc1Error, and MtmoError where the key is for other slots."""
        frame = sc1.parse(text)
        keys = self.keys.slot(self.imei, frame.kid, self.epoch)
        if frame.mark == "*":
            command = sc1.verify_command(keys, self.imei, text)
            self.tags[frame.kid, frame.ctr] = command.tag
            return shown(command.body)
        if frame.mark == "+":
            return sc1.verify_notice(keys, self.imei, text).text
        tag = self.tags.get((frame.kid, frame.ctr))
        if tag is None:
            what = f"command {frame.kid}{frame.ctr}, which it answers, is not known; give it by --command-sms"
            raise Sc1Error("no_command", what)
        return sc1.verify_reply(keys, self.imei, text, tag).text


def looks_like_sc1(text: str) -> bool:
    """Whether a text starts as SC1 does: a mark, a letter, a digit."""
    return re.match(r"[*=+][A-Za-z][0-9]", sc1.stripped(text), re.ASCII) is not None


def explain_sc1(text: str, verifier: Verifier | None = None) -> Report:
    """Report of an SC1 text. What is wrong, or not authentic where there is a verifier, is its damage."""
    text = text.rstrip("\r\n")
    rows: list[Row] = []
    damage = None
    try:
        _lay(text, rows)
    except _Malformed as wrong:
        damage = wrong.damage
        rows.append(Row(damage.name, damage.offset, text[damage.offset :], damage.message, damage_at=damage.offset))
    report = Report("sc1", "character", "SC1: not readable", rows, damage)
    if damage is None:
        frame = sc1.parse(text)
        room = sc1.room_for(sc1.stripped(text))
        secret = "encrypted" if frame.ciphertext is not None else "plain"
        report.title = f"SC1 {_KINDS[frame.mark]}, {secret}"
        number = "1 segment" if room.segments == 1 else f"{room.segments} segments"
        report.notes.append(f"{room.septets} septets, {number}, {room.left} septets left")
        report.facts = {
            "mark": frame.mark, "kid": frame.kid, "ctr": frame.ctr, "part": frame.part, "mac": frame.tag.hex(),
            "encrypted": frame.ciphertext is not None, "septets": room.septets, "segments": room.segments,
            "verified": None, "text": frame.text,
        }  # fmt: skip
        if verifier:
            _verify(report, text, verifier)
    return report


def _lay(text: str, rows: list[Row]) -> None:
    at = len(text) - len(text.lstrip(sc1.EDGES))
    end = at + len(sc1.stripped(text))
    for inner in range(at, end):
        if not " " <= text[inner] <= "~":
            what = f"U+{ord(text[inner]):04X}, a character outside 0x20 to 0x7E: this is not SC1"
            raise _Malformed("text", inner, what)
    mark = text[at : at + 1]
    if not mark or mark not in _KINDS:
        raise _Malformed("mark", at, "none of * = +: this is not SC1")
    rows.append(Row("mark", at, mark, _KINDS[mark], mark))
    kid = text[at + 1 : at + 2].upper()
    if not kid or kid not in sc1.KIDS:
        raise _Malformed("kid", at + 1, "no key slot: a letter, but not I, L, O, U")
    role = "recovery slot" if kid == sc1.RECOVERY_KID else f"key slot {kid}"
    rows.append(Row("kid", at + 1, text[at + 1], role, kid))
    at = _counter(text, at + 2, end, rows)
    if mark == "=" and text[at : at + 1] == "/":
        at = _part(text, at, rows)
    at = _mac(text, at, end, rows)
    _payload(text, at, end, rows)


def _counter(text: str, at: int, end: int, rows: list[Row]) -> int:
    digits = _NUMBER.match(text, at, end).group()  # type: ignore[union-attr]  # it matches nothing, too
    if not digits or digits[0] == "0" or int(digits[:11]) > sc1.MAX_CTR:
        raise _Malformed("ctr", at, f"no counter: 1 to {sc1.MAX_CTR}, without leading zeros")
    rows.append(Row("ctr", at, digits, f"counter {digits}", int(digits)))
    return at + len(digits)


def _part(text: str, at: int, rows: list[Row]) -> int:
    found = re.compile(r"/([1-9][0-9]?)").match(text, at)
    if not found:
        raise _Malformed("part", at, "no part: 1 to 99, without leading zeros")
    rows.append(Row("part", at, found.group(), f"further answer {found[1]} to the same command", int(found[1])))
    return found.end()


def _mac(text: str, at: int, end: int, rows: list[Row]) -> int:
    if text[at : at + 1] != "." or at >= end:
        raise _Malformed("mac", at, "no full stop before the MAC")
    characters = text[at + 1 : min(at + 1 + _MAC, end)]
    good = next((i for i, character in enumerate(base32.fold(characters)) if character not in base32.ALPHABET), _MAC)
    if len(characters) < _MAC or good < _MAC:
        raise _Malformed("mac", at + 1 + min(good, len(characters)), f"the MAC must have {_MAC} base32 characters")
    try:
        tag = base32.decode_tag(base32.fold(characters))
    except ValueError:
        raise _Malformed("mac", at + 1, "the MAC is more than 64 bits: its first character must be 0 to F") from None
    rows.append(Row("mac", at, text[at : at + 1 + _MAC], f"tag {tag.hex()}", tag.hex()))
    return at + 1 + _MAC


def _payload(text: str, at: int, end: int, rows: list[Row]) -> None:
    mark = text[at : at + 1]
    if mark == "!":
        secret = text[at + 1 : end]
        if not secret or _BASE32.fullmatch(secret) is None:
            raise _Malformed("ct", at + 1, "the ciphertext must be base32 up to the end")
        try:
            size = len(base32.decode_bits(base32.fold(secret)))
        except ValueError:
            raise _Malformed("ct", at + 1, "the ciphertext is not valid base32") from None
        rows.append(Row("ct", at, text[at:end], f"{size} octets, encrypted"))
        return
    if mark != " " or at >= end:
        raise _Malformed("body", at, "neither a blank nor ! behind the MAC, or nothing behind it")
    rows.append(Row("body", at + 1, text[at + 1 : end], "as it reads", text[at + 1 : end]))


def _verify(report: Report, text: str, verifier: Verifier) -> None:
    row = next(row for row in report.rows if row.name == "mac")
    try:
        clear = verifier.open(text)
    except Sc1Error as error:
        report.facts["verified"] = False
        report.damage = Damage("mac", row.offset, error.reason, error.message)
        report.notes.append(f"UNVERIFIED: {error.message}")
        return
    report.facts |= {"verified": True, "text": clear}
    report.notes.append(f"VERIFIED, {verifier.imei}, epoch {verifier.epoch}: {visible(clear)}")
