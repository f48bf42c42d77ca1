"""Text into segments, and segments into messages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from segment_matrix import MATRIX, delivered, joined
from sms_vectors import OA, SCTS, VECTORS

from mtmo_host.sms.assembly import Assembler
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.pdu import split_pdu
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.tpdu import decode_deliver, encode_deliver


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if vector["kind"] == "segmentation"], ids=lambda vector: vector["id"]
)
def test_segmentation_vectors(vector: dict[str, Any]) -> None:
    parts = segments(vector["text"], ref=7, ref_bits=vector["ref_bits"])
    assert {
        "alphabet": "ucs2" if parts[0].dcs else "gsm7",
        "units": sum(part.units for part in parts),
        "parts": len(parts),
        "part_units": [part.units for part in parts],
        "part_chars": [len(part.text) for part in parts],
    } == vector["expect"]
    assert joined(parts) == vector["text"]


@pytest.mark.parametrize("text", MATRIX, ids=range(len(MATRIX)))
@pytest.mark.parametrize("ref_bits", [8, 16])
@pytest.mark.parametrize("languages", [(), (1, 3)])
def test_any_text_comes_back(text: str, ref_bits: int, languages: tuple[int, ...]) -> None:
    assert joined(segments(text, ref=200, ref_bits=ref_bits, languages=languages)) == text


@given(st.text(st.sampled_from("aé€{漢😀ç`\u0431İ"), max_size=700), st.sampled_from([(), (1,), (3, 1), (13,)]))
def test_mixtures_come_back(text: str, languages: tuple[int, ...]) -> None:
    assert joined(segments(text, ref=0, languages=languages)) == text


def test_a_national_table_is_used_only_where_it_saves_something() -> None:
    turkish = "ışğ" * 40
    assert [part.dcs for part in segments(turkish, ref=1)] == [8, 8]
    (part,) = segments(turkish, ref=1, languages=(3, 1))
    assert (part.dcs, part.udh) == (0, bytes.fromhex("03250101"))
    (part,) = segments("plain", ref=1, languages=(1,))
    assert part.udh == b""


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("x", {"ref": 256}, "out_of_range"),
        ("x", {"ref": 65536, "ref_bits": 16}, "out_of_range"),
        ("x", {"ref": 1, "ref_bits": 9}, "out_of_range"),
        ("x", {"ref": 1, "languages": (99,)}, "out_of_range"),
        ("x" * (255 * 153 + 1), {"ref": 1}, "too_many_segments"),
        ("\ud800", {"ref": 1}, "not_in_alphabet"),
    ],
)
def test_what_cannot_be_sent_is_refused(text: str, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(PduError) as refusal:
        segments(text, **options)
    assert refusal.value.reason == reason


def test_255_segments_are_the_most() -> None:
    assert len(segments("x" * (255 * 153), ref=1)) == 255


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if vector["kind"] == "assembly"], ids=lambda vector: vector["id"]
)
def test_assembly_vectors(vector: dict[str, Any]) -> None:
    assembler = Assembler()
    results = []
    for pdu in vector["pdus"]:
        message = decode_deliver(split_pdu(pdu)[1])
        results.append(assembler.feed(message.oa, message.ud, 0.0))
    expect, whole = vector["expect"], [result for result in results if result]
    assert bool(whole) == expect["complete"]
    if "text" in expect:
        assert [result.text for result in whole] == [expect["text"]]
    if "texts_in_completion_order" in expect:
        assert [result.text for result in whole] == expect["texts_in_completion_order"]
    if "data_hex" in expect:
        assert [result.payload.hex().upper() for result in whole] == [expect["data_hex"]]


def test_a_set_is_bounded_in_number_and_time() -> None:
    assembler = Assembler(max_sets=2, timeout_s=60.0)
    for ref in range(4):
        assembler.feed("peer", delivered(segments("x" * 200, ref=ref)[0]), 0.0)
    assert (len(assembler), assembler.dropped) == (2, 2)
    assert assembler.feed("peer", delivered(segments("x" * 200, ref=3)[1]), 61.0) is None
    assert (len(assembler), assembler.dropped) == (1, 4)


def test_the_same_segment_with_other_content_drops_the_set() -> None:
    assembler = Assembler()
    good, forged = segments("a" * 200, ref=5), segments("b" * 200, ref=5)
    assert assembler.feed("peer", delivered(good[0]), 0.0) is None
    assert assembler.feed("peer", delivered(good[0]), 0.0) is None  # a repetition changes nothing
    assert assembler.feed("peer", delivered(forged[0]), 0.0) is None
    assert (len(assembler), assembler.dropped) == (0, 1)


def test_an_escape_that_others_split_is_joined() -> None:
    one, two = segments("x" * 200, ref=5)
    assembler = Assembler()
    assembler.feed("peer", delivered(one._replace(ud=b"a\x1b")), 0.0)
    message = assembler.feed("peer", delivered(two._replace(ud=b"eb")), 0.0)
    assert message is not None
    assert message.text == "a€b"


def test_compressed_segments_are_not_joined_to_text() -> None:
    text, _ = segments("x" * 200, ref=5)
    octets = encode_deliver(oa=OA, scts=SCTS, payload=b"\xf1", header=bytes.fromhex("050003050202"), dcs=0x20)
    assembler = Assembler()
    assert assembler.feed("peer", delivered(text), 0.0) is None
    assert assembler.feed("peer", decode_deliver(octets).ud, 0.0) is None
    assert len(assembler) == 2
