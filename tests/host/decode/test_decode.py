"""`mtmo decode`: PDUs and SC1 texts explained, what is damaged marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from decoding import WHOLE, decode
from hypothesis import given, settings
from hypothesis import strategies as st
from sms_vectors import MALFORMED, OA, SCTS, SINGLE, VALID

from mtmo_host.decode import table
from mtmo_host.decode.pdu import explain_pdu
from mtmo_host.decode.report import Report
from mtmo_host.decode.sc1_text import explain_sc1
from mtmo_host.sms import sc1
from mtmo_host.sms.errors import Sc1Error
from mtmo_host.sms.pdu import join_pdu
from mtmo_host.sms.tpdu import encode_deliver, encode_status_report, encode_submit
from mtmo_host.sms.verdict import shown

SC1_VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sc1.json").read_text(encoding="utf-8"))
IMEI = SC1_VECTORS["devid"]


@pytest.fixture
def keys(tmp_path: Path) -> str:
    path = tmp_path / "fleet.key"
    path.write_text(SC1_VECTORS["master"])
    path.chmod(0o600)
    return str(path)


def explained(vector: dict[str, Any]) -> Report:
    direction = vector["direction"].replace("_", "-")
    has_sca = vector.get("smsc") is not False
    return explain_pdu(vector["pdu"], direction=direction, has_sca=has_sca, length=vector.get("length"))


def fits(report: Report) -> bool:
    return all(len(click.unstyle(line)) <= 100 for line in table.lines(report))


@pytest.mark.parametrize("vector", VALID, ids=lambda vector: vector["id"])
def test_the_rows_of_a_valid_pdu_are_its_octets(vector: dict[str, Any]) -> None:
    report = explained(vector)
    assert report.damage is None
    assert "".join(row.raw for row in report.rows) == vector["pdu"].upper()
    offsets = [row.offset for row in report.rows]
    assert offsets == [sum(len(row.raw) // 2 for row in report.rows[:index]) for index in range(len(offsets))]
    assert fits(report)
    assert report.facts.get("text") == vector["expect"].get("text")
    json.dumps(report.as_json())


@pytest.mark.parametrize(
    "vector", [vector for vector in VALID if vector["kind"] == "udh-ignored"], ids=lambda v: v["id"]
)
def test_an_ignored_header_is_said_with_its_reason(vector: dict[str, Any]) -> None:
    report = explained(vector)
    (row,) = [row for row in report.rows if row.name == "udh"]
    half = "half" in vector["source"] or "udhl-1" in vector["source"]
    why = "half an information element" if half else "information element longer than its header"
    assert f"ignored: {why}" in row.meaning
    assert not [row for row in report.rows if row.name == "ie"]
    assert any("header is ignored" in note for note in report.notes)


@pytest.mark.parametrize("vector", MALFORMED, ids=lambda vector: vector["id"])
def test_a_malformed_pdu_has_one_damaged_place(vector: dict[str, Any]) -> None:
    report = explained(vector)
    assert report.damage is not None
    assert report.damage.name
    # a length that is not true is only said of octets that are otherwise whole
    announced = vector["expect"]["reason"] == "length_mismatch"
    assert report.damage.reason == vector["expect"]["reason"] or announced
    assert 0 <= report.damage.offset <= len(vector["pdu"]) // 2 + 1
    marked = [row for row in report.rows if row.damage_at is not None]
    assert [row.damage_at for row in marked] == [report.damage.offset]
    assert fits(report)
    json.dumps(report.as_json())


@pytest.mark.parametrize("vector", VALID, ids=lambda vector: vector["id"])
def test_direction_and_service_centre_are_guessed(vector: dict[str, Any]) -> None:
    report = explain_pdu(vector["pdu"], length=vector["length"])
    assert report.facts["direction"] == vector["direction"].replace("_", "-")
    assert report.facts["has_sca"] == (vector.get("smsc") is not False)


@pytest.mark.parametrize("sca", [OA, None])
@pytest.mark.parametrize(
    ("direction", "octets"),
    [
        ("deliver", encode_deliver(oa=OA, scts=SCTS, text="hello")),
        ("deliver", encode_deliver(oa=OA, scts=SCTS, text="жук", dcs=8, mms=True)),
        ("submit", encode_submit(da=OA, text="hello", mr=9, srr=True)),
        ("status-report", encode_status_report(mr=1, ra=OA, scts=SCTS, dt=SCTS, st=0)),
    ],
)
def test_both_ways_to_show_a_tpdu_are_recognised(sca: Any, direction: str, octets: bytes) -> None:
    for text in (join_pdu(octets, sca)[0], octets.hex()):
        found = explain_pdu(text).facts
        assert (found["direction"], found["has_sca"]) == (direction, text != octets.hex())


@pytest.mark.parametrize("size", range(1, len(WHOLE) // 2))
def test_a_pdu_cut_anywhere_names_field_and_offset(size: int) -> None:
    result = decode("--sca", "--direction", "deliver", WHOLE[: 2 * size])
    assert result.exit_code == 1
    offset = 0 if size < 8 else size
    fields = (
        ("sca", 8),
        ("first_octet", 9),
        ("oa", 17),
        ("pid", 18),
        ("dcs", 19),
        ("scts", 26),
        ("udl", 27),
        ("ud", 99),
    )
    field = next(name for name, end in fields if size < end)
    assert result.stderr.startswith(f"error: {field}: ")
    assert f" at {offset} [" in result.stderr
    assert "[--]" in result.stdout or size < 8
    half = decode("--sca", "--direction", "deliver", WHOLE[: 2 * size + 1])
    assert half.exit_code == 1
    assert f" at {size} [odd_hex]" in half.stderr


@pytest.mark.parametrize(
    "text",
    ["hello world", "", "   ", "DEADBEEF", "4", "zz", "\x00\x01", "{'json': 1}", "<xml/>", "ж" * 50, "*", "=A", "+"],
)
def test_rubbish_is_refused_with_field_and_offset(text: str) -> None:
    result = decode("--", text)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")


def test_a_foreign_digit_is_marked_in_its_octet() -> None:
    result = decode(WHOLE[:30] + "X" + WHOLE[31:])
    assert result.exit_code == 1
    assert "error: oa: 'X' is no hex digit: the octet at 15 [non_hex]" in result.stderr


def test_the_announced_length_is_checked() -> None:
    assert decode("--length", "43", WHOLE).exit_code == 0
    result = decode("--length", "42", WHOLE)
    assert result.exit_code == 1
    assert "error: length: 43 octets of TPDU, not the announced 42" in result.stderr


def test_blanks_between_octets_are_ignored_and_said() -> None:
    spaced = " ".join(WHOLE[at : at + 2] for at in range(0, len(WHOLE), 2))
    for args in ([spaced], spaced.split()):
        result = decode(*args)
        assert result.exit_code == 0
        assert "blanks between the digits were ignored" in result.stdout


def test_json_is_one_object_with_the_error_in_it() -> None:
    found = json.loads(decode("--json", WHOLE[:60]).stdout)
    assert found["error"]["field"] == "ud"
    assert (found["error"]["offset"], found["error"]["reason"]) == (30, "ud_truncated")
    oa = next(row for row in found["fields"] if row["field"] == "oa")
    assert (oa["offset"], oa["raw"], oa["value"]["number"]) == (9, "0B915155214365F7", "+15551234567")


def test_control_characters_of_a_text_never_reach_the_terminal() -> None:
    pdu = join_pdu(encode_deliver(oa=OA, scts=SCTS, text="\x1b[2J\x07\r\nOK", dcs=8))[0]
    result = decode(pdu)
    assert not set(result.stdout) & set("\x1b\x07\r")
    assert r"\x1b[2J\x07\r\nOK" in result.stdout
    assert json.loads(decode("--json", pdu).stdout)["text"] == "\x1b[2J\x07\r\nOK"


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=180), st.sampled_from([None, "deliver", "submit", "status-report"]), st.integers(0, 200))
def test_no_octets_break_the_explanation(octets: bytes, direction: str | None, length: int) -> None:
    report = explain_pdu(octets.hex(), direction=direction, length=length if length < 100 else None)
    assert "".join(row.raw for row in report.rows) == octets.hex().upper()
    assert (report.damage is None) == all(row.damage_at is None for row in report.rows)
    assert fits(report)


@pytest.mark.parametrize("vector", SINGLE, ids=lambda vector: vector["id"])
def test_no_vector_cut_to_half_breaks_the_table(vector: dict[str, Any]) -> None:
    report = explain_pdu(vector["pdu"][: len(vector["pdu"]) // 2])
    assert report.damage is not None
    assert fits(report)


@pytest.mark.parametrize("entry", SC1_VECTORS["commands"], ids=lambda entry: entry["name"])
def test_an_sc1_command_is_explained_and_verified(entry: dict[str, Any], keys: str) -> None:
    plain = json.loads(decode("--json", entry["sms"]).stdout)
    assert (plain["kid"], plain["ctr"], plain["mac"]) == (entry["kid"], entry["ctr"], entry["tag"])
    assert (plain["encrypted"], plain["septets"]) == (entry["encrypted"], entry["septets"])
    epoch = str(entry.get("epoch", 1))
    result = decode("--json", "--keys", keys, "--imei", IMEI, "--epoch", epoch, entry["sms"])
    if entry["kid"] == "Z":
        return
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["verified"], found["text"]) == (True, shown(entry["body"]))


def test_a_changed_command_is_not_verified(keys: str) -> None:
    sms = SC1_VECTORS["commands"][1]["sms"]
    result = decode("--keys", keys, "--imei", IMEI, sms.replace("em", "am"))
    assert result.exit_code == 1
    assert "error: mac: not authentic" in result.stderr
    assert "UNVERIFIED" in result.stdout


def test_a_reply_is_verified_with_its_command(keys: str) -> None:
    slot = sc1.SlotKeys(sc1.derive_device_key(bytes.fromhex(SC1_VECTORS["master"]), IMEI, "A", 1))
    signed = sc1.sign(slot, IMEI, "A", 18, "apn set em", encrypted=True)
    reply = sc1.sign_reply(slot, IMEI, "A", 18, signed.tag, "OK apn=em", part=2, encrypted=True)
    options = ["--keys", keys, "--imei", IMEI]
    result = decode(*options, "--command-sms", signed.sms, reply)
    assert result.exit_code == 0
    assert "VERIFIED" in result.stdout
    assert "OK apn=em" in result.stdout
    alone = decode(*options, reply)
    assert alone.exit_code == 1
    assert "--command-sms" in alone.stderr
    both = decode("-", *options, text=f"{signed.sms}\n{reply}\n")
    assert both.exit_code == 0
    assert both.stdout.count("VERIFIED") == 2


@pytest.mark.parametrize(
    ("text", "field", "offset"),
    [
        ("*I18.22CDX6MYSKTB3 x", "kid", 1), ("*A018.22CDX6MYSKTB3 x", "ctr", 2),
        ("*A4294967296.22CDX6MYSKTB3 x", "ctr", 2),
        ("=A18/0.22CDX6MYSKTB3 x", "part", 4), ("*A18/1.22CDX6MYSKTB3 x", "mac", 4),
        ("*A18.22CDX6MYSKTU3 x", "mac", 16),
        ("*A18.22CDX", "mac", 10), ("*A18.Z2CDX6MYSKTB3 x", "mac", 5), ("*A18.22CDX6MYSKTB3", "body", 18),
        ("*A18.22CDX6MYSKTB3?x", "body", 18), ("*A18.22CDX6MYSKTB3!", "ct", 19), ("*A18.22CDX6MYSKTB3!U", "ct", 19),
        ("*A18.22CDX6MYSKTB3 ä", "text", 19),
    ],
)  # fmt: skip
def test_the_damaged_part_of_an_sc1_text_is_named(text: str, field: str, offset: int) -> None:
    report = explain_sc1(text)
    assert report.damage is not None
    assert (report.damage.name, report.damage.offset) == (field, offset)
    assert fits(report)


@settings(deadline=None, max_examples=500)
@given(st.one_of(
    st.text(st.sampled_from("*=+AaZIU0189/.! ;xé"), max_size=40),
    st.from_regex(r" *[*=+][A-Z][0-9]{1,11}(/[0-9]{1,3})?\.[0-9A-Za-z]{12,14}[ !][0-9A-Za-z]{0,20} *", fullmatch=True),
))  # fmt: skip
def test_what_is_explained_as_whole_is_what_the_codec_parses(text: str) -> None:
    try:
        sc1.parse(text)
        good = True
    except Sc1Error:
        good = False
    report = explain_sc1(text)
    assert (report.damage is None) == good
    assert fits(report)


def test_wrong_use_is_a_usage_error(tmp_path: Path) -> None:
    assert decode().exit_code == 2
    assert decode("--imei", IMEI, WHOLE).exit_code == 2
    assert decode("--direction", "upwards", WHOLE).exit_code == 2
    path = tmp_path / "trace"
    path.write_text("+CMT: ,1\n+CMT: ,2\n")
    assert decode("--length", "3", str(path)).exit_code == 2
    assert decode("--keys", "/nonexistent", "--imei", IMEI, WHOLE).exit_code == 1
