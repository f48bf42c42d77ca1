"""SC1 on the operator's side against the shared vectors."""

from __future__ import annotations

import contextlib
import json
import string
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtmo_host.sms import base32, sc1
from mtmo_host.sms.errors import Sc1Error
from mtmo_host.sms.sc1 import SlotKeys

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sc1.json").read_text(encoding="utf-8"))
DEVID: str = VECTORS["devid"]
PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "


def keys_of(kid: str = "A", epoch: int = 1, devid: str = DEVID) -> SlotKeys:
    master = bytes.fromhex(VECTORS["recovery_master" if kid == "Z" else "master"])
    return SlotKeys(sc1.derive_device_key(master, devid, kid, epoch))


KEYS = keys_of()


def _name(vector: dict[str, Any]) -> str:
    return str(vector.get("name") or vector["why"])


def test_keys_are_derived_as_in_the_vectors() -> None:
    expect = VECTORS["slot_A_epoch_1"]
    assert sc1.derive_device_key(bytes.fromhex(VECTORS["master"]), DEVID, "A", 1).hex() == expect["K_dev"]
    assert (KEYS.k_cmd.hex(), KEYS.k_rep.hex(), KEYS.k_enc.hex()) == (expect["K_cmd"], expect["K_rep"], expect["K_enc"])


def test_a_key_does_not_show_in_its_representation() -> None:
    assert KEYS.k_cmd.hex() not in repr(KEYS)
    assert repr(KEYS.k_cmd) not in repr(KEYS)


@pytest.mark.parametrize("vector", VECTORS["commands"], ids=_name)
def test_commands_are_signed_and_verified(vector: dict[str, Any]) -> None:
    keys = keys_of(vector["kid"], vector["epoch"])
    signed = sc1.sign(keys, DEVID, vector["kid"], vector["ctr"], vector["body"], vector["encrypted"])
    assert (signed.sms, signed.tag.hex()) == (vector["sms"], vector["tag"])
    assert sc1.room_for(signed.sms).septets == vector["septets"]
    command = sc1.verify_command(keys, DEVID, vector["sms"])
    assert (command.kid, command.ctr, command.body) == (vector["kid"], vector["ctr"], vector["body"])
    assert (command.encrypted, command.tag) == (vector["encrypted"], signed.tag)


@pytest.mark.parametrize("vector", VECTORS["replies"], ids=_name)
def test_replies_are_verified(vector: dict[str, Any]) -> None:
    keys, tag = keys_of(vector["kid"], vector["epoch"]), bytes.fromhex(vector["command_tag"])
    reply = sc1.verify_reply(keys, DEVID, vector["sms"], tag)
    assert (reply.kid, reply.ctr, reply.part) == (vector["kid"], vector["ctr"], vector["part"])
    assert (reply.text, reply.encrypted) == (vector["text"], vector["encrypted"])
    options = {"part": vector["part"], "encrypted": vector["encrypted"]}
    assert sc1.sign_reply(keys, DEVID, vector["kid"], vector["ctr"], tag, vector["text"], **options) == vector["sms"]
    with pytest.raises(Sc1Error, match="not authentic"):
        sc1.verify_reply(keys, DEVID, vector["sms"], bytes(8))


@pytest.mark.parametrize("vector", VECTORS["notices"], ids=_name)
def test_notices_are_verified(vector: dict[str, Any]) -> None:
    keys = keys_of(vector["kid"], vector["epoch"])
    notice = sc1.verify_notice(keys, DEVID, vector["sms"])
    assert (notice.dctr, notice.text, notice.encrypted) == (vector["dctr"], vector["text"], vector["encrypted"])
    made = sc1.sign_notice(keys, DEVID, vector["kid"], vector["dctr"], vector["text"], encrypted=vector["encrypted"])
    assert made == vector["sms"]


@pytest.mark.parametrize("vector", VECTORS["accepted_as_the_same"], ids=_name)
def test_what_phones_and_people_do_to_a_text_is_forgiven(vector: dict[str, Any]) -> None:
    same = next(command for command in VECTORS["commands"] if command["name"] == vector["as"])
    assert sc1.verify_command(KEYS, DEVID, vector["sms"]) == sc1.verify_command(KEYS, DEVID, same["sms"])


def _opened(sms: str) -> object:
    """What an answer says, whatever it is."""
    if sc1.parse(sms).mark == "+":
        return sc1.verify_notice(KEYS, DEVID, sms)
    for reply in VECTORS["replies"]:
        with contextlib.suppress(Sc1Error):
            return sc1.verify_reply(KEYS, DEVID, sms, bytes.fromhex(reply["command_tag"]))
    raise Sc1Error("bad_mac")


@pytest.mark.parametrize("vector", VECTORS["answers_accepted_as_the_same"], ids=_name)
def test_an_answer_is_verified_whatever_stands_at_its_ends(vector: dict[str, Any]) -> None:
    same = next(row for row in VECTORS["replies"] + VECTORS["notices"] if row["name"] == vector["as"])
    assert _opened(vector["sms"]) == _opened(same["sms"])


@pytest.mark.parametrize("vector", VECTORS["answers_refused"], ids=_name)
def test_an_answer_with_a_foreign_character_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(Sc1Error) as refusal:
        _opened(vector["sms"])
    assert refusal.value.reason == "not_sc1"


def test_the_foreign_character_inside_is_named() -> None:
    with pytest.raises(Sc1Error, match=r"U\+200B stands inside"):
        sc1.parse("*A18.22CDX6MYSKTB3 apn\u200b set em")


def test_the_ends_lose_what_the_clause_names_and_nothing_else() -> None:
    named = {0x20, 0x0D, 0x0A, 0xA0, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0xFEFF}
    for code in range(sys.maxunicode + 1):
        around = f"{chr(code)}*{chr(code)}*{chr(code)}"
        assert sc1.stripped(around) == (around[1:-1] if code in named else around), hex(code)


@pytest.mark.parametrize(
    ("sms", "reason"),
    [
        ("", "not_sc1"), ("\r\n \ufeff", "not_sc1"), ("status", "not_sc1"), ("st\u00e9", "not_sc1"),
        ("\t*A18.22CDX6MYSKTB3 apn", "not_sc1"), ("*\u200bA18.22CDX6MYSKTB3 apn", "not_sc1"),
        ("*A18.22CDX6MYSKTB3 apn\x7f", "not_sc1"), ("*A18.22CDX6MYSKTB3 a\nb", "not_sc1"),
        ("*A\u0661.22CDX6MYSKTB3 apn", "not_sc1"), ("*A18.22CDX6MYSKTB\u0131 apn", "not_sc1"),
        ("*", "bad_frame"), ("*A18.22CDX6MYSKTB3", "bad_frame"), ("*A18.22CDX6MYSKTB3 \u200b\r\n", "bad_frame"),
        ("*A18.22CDX6MYSKTB3!", "bad_frame"), ("*A18.22CDX6MYSKTB3!0 0", "bad_frame"),
    ],
)  # fmt: skip
def test_a_text_outside_the_grammar_is_told_from_a_text_of_another_kind(sms: str, reason: str) -> None:
    with pytest.raises(Sc1Error) as refusal:
        sc1.parse(sms)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=_name)
def test_everything_else_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(Sc1Error):
        sc1.verify_command(KEYS, DEVID, vector["sms"])


@given(st.text(PRINTABLE, max_size=90), st.integers(1, sc1.MAX_CTR), st.integers(0, 99), st.booleans())
def test_any_reply_text_comes_back(text: str, ctr: int, part: int, encrypted: bool) -> None:
    text = text.strip(" ") or "OK"
    tag = b"\x01\x02\x03\x04\x05\x06\x07\x08"
    sms = sc1.sign_reply(KEYS, DEVID, "A", ctr, tag, text, part=part, encrypted=encrypted)
    assert sc1.verify_reply(KEYS, DEVID, sms, tag) == sc1.Reply("A", ctr, part, text, encrypted)


@pytest.mark.parametrize("text", ["OK ", "OK pong  ", " "])
def test_a_plain_text_that_would_lose_its_end_is_not_signed(text: str) -> None:
    with pytest.raises(Sc1Error, match="ends in a blank"):
        sc1.sign_reply(KEYS, DEVID, "A", 1, bytes(8), text)
    with pytest.raises(Sc1Error, match="ends in a blank"):
        sc1.sign_notice(KEYS, DEVID, "A", 1, text)
    sealed = sc1.sign_notice(KEYS, DEVID, "A", 1, text, encrypted=True)
    assert sc1.verify_notice(KEYS, DEVID, sealed).text == text
    within = sc1.sign_notice(KEYS, DEVID, "A", 1, " a  b")
    assert sc1.verify_notice(KEYS, DEVID, within).text == " a  b"


@given(st.data())
def test_one_changed_character_is_never_accepted_as_something_else(data: st.DataObject) -> None:
    signed = sc1.sign(KEYS, DEVID, "A", 1760000000, "apn set em; status", data.draw(st.booleans()))
    at = data.draw(st.integers(0, len(signed.sms) - 1))
    changed = signed.sms[:at] + data.draw(st.sampled_from(PRINTABLE)) + signed.sms[at + 1 :]
    try:
        command = sc1.verify_command(KEYS, DEVID, changed)
    except Sc1Error:
        return
    assert (command.kid, command.ctr, command.body, command.tag) == ("A", 1760000000, "apn set em; status", signed.tag)


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_an_sc1_error(text: str) -> None:
    for candidate in (text, f"*A1.{text}", f"={text}", f"+A7.833FPZMTWK3E1!{text}"):
        with pytest.raises(Sc1Error):
            sc1.verify_notice(KEYS, DEVID, candidate)


@pytest.mark.parametrize(
    ("kid", "ctr", "body", "reason"),
    [
        ("A", 0, "status", "bad_counter"),
        ("A", 1 << 32, "status", "bad_counter"),
        ("I", 1, "status", "bad_kid"),
        ("AB", 1, "status", "bad_kid"),
        ("", 1, "status", "bad_kid"),
        ("A", 1, "   ", "empty_body"),
        ("A", 1, "set name a_b", "bad_character"),
        ("A", 1, "apn set a@b", "bad_character"),
        ("A", 1, "apn set ü", "bad_character"),
        ("A", 1, "a;b;c;d;e", "too_many_verbs"),
    ],
)
def test_what_no_device_would_take_is_not_signed(kid: str, ctr: int, body: str, reason: str) -> None:
    with pytest.raises(Sc1Error) as refusal:
        sc1.sign(KEYS, DEVID, kid, ctr, body)
    assert refusal.value.reason == reason


def test_the_body_is_made_canonical_before_it_is_signed() -> None:
    assert sc1.sign(KEYS, DEVID, "A", 18, "  apn   set em ").sms == VECTORS["commands"][1]["sms"]


@pytest.mark.parametrize("devid", ["", "x" * 256, "٣٥٦"])
def test_a_device_id_is_ascii(devid: str) -> None:
    with pytest.raises(Sc1Error, match="device id"):
        sc1.derive_device_key(bytes(32), devid, "A", 1)


@pytest.mark.parametrize(("body", "segments", "left"), [("x" * 133, 1, 0), ("x" * 134, 2, 145), ("x" * 279, 2, 0)])
def test_room_of_a_command_with_a_unix_counter(body: str, segments: int, left: int) -> None:
    room = sc1.room_for(sc1.sign(KEYS, DEVID, "A", 1760000000, body).sms)
    assert (room.segments, room.left) == (segments, left)


@pytest.mark.parametrize(("octets", "segments"), [(83, 1), (84, 2), (174, 2)])
def test_room_of_an_encrypted_command(octets: int, segments: int) -> None:
    assert sc1.room_for(sc1.sign(KEYS, DEVID, "A", 1760000000, "x" * octets, True).sms).segments == segments


@given(st.binary(max_size=100))
def test_base32_comes_back(octets: bytes) -> None:
    assert base32.decode_bits(base32.encode_bits(octets)) == octets


@pytest.mark.parametrize("text", ["0", "000", "000000", "01", "0001", "00001", "0000001", "U0", "-0", "٣٣"])
def test_base32_is_written_in_one_way_only(text: str) -> None:
    with pytest.raises(ValueError):
        base32.decode_bits(text)
