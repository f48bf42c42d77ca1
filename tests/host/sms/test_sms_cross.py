"""The referee: what one side encodes the other decodes, in both directions, whatever it is.

The codecs were written apart from the specification; a misreading cannot hide in a round trip through both.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment import segment
from segment_matrix import MATRIX
from segment_store import SegmentStore, text_of
from sms_sides import SCTS_HEX, as_tuple, deliver, packed

from mtmo import tpdu as device
from mtmo.errors import EncodeError
from mtmo_host.sms import gsm7
from mtmo_host.sms import tpdu as host
from mtmo_host.sms.address import Address
from mtmo_host.sms.assembly import Assembler
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.pdu import join_pdu, split_pdu
from mtmo_host.sms.scts import Scts
from mtmo_host.sms.segmentation import Segment, segments
from mtmo_host.sms.status import MEANINGS, outcome
from mtmo_host.sms.validity import decode_relative

DEVICE_SEGMENTS = 4  # of one message, at most: docs/design.md

thorough = settings(max_examples=400, deadline=None)
SCTS = Scts(bytes.fromhex(SCTS_HEX))
OA, DA = Address("+15551234567", 1), device.Address(1, 1, "15551234567")

digits = st.text("0123456789*#abc", min_size=1, max_size=20)
letters = st.text("@ABCxyzÄ_ 123ΔΩ", min_size=1, max_size=11)
addresses = st.one_of(
    st.tuples(st.sampled_from([0, 1, 2, 3, 4, 6, 7]), st.integers(0, 15), digits),
    st.tuples(st.just(5), st.sampled_from([0, 1]), letters),
)
characters = st.one_of(st.sampled_from(gsm7.DEFAULT.replace("\x1b", "") + "€[]{}^~|\\\f"), st.characters(codec="utf-8"))
gsm_texts = st.text(st.sampled_from(gsm7.DEFAULT.replace("\x1b", "") + "€[]{}^~|\\\f"), max_size=500)
texts = st.one_of(gsm_texts, st.text(characters, max_size=300), st.text("aé€{漢😀ç`😀İ", max_size=400))
zones = st.builds(lambda quarters: timezone(timedelta(minutes=15 * quarters)), st.integers(-79, 79))
moments = st.datetimes(datetime(1990, 1, 2), datetime(2089, 12, 30), timezones=zones).map(
    lambda moment: moment.replace(microsecond=0)
)


def network_address(ton: int, npi: int, number: str) -> Address:
    return Address(f"+{number}" if ton == 1 else number, ton, npi)


def seen(address: Any) -> tuple[int, int, str]:
    """Either side's address as (TON, NPI, digits)."""
    return address.ton, address.npi, address.digits if isinstance(address, Address) else address.number


@thorough
@given(addresses, texts, st.integers(0, 255), st.booleans(), st.none() | st.integers(0, 700_000), st.integers(0, 255))
def test_the_network_reads_every_submit_of_the_device(
    da: tuple[int, int, str], text: str, mr: int, srr: bool, vp: int | None, ref: int
) -> None:
    for piece, alphabet, part in segment(text, ref):
        made, length = device.encode_submit(
            device.Address(*da), piece, mr=mr, srr=srr, vp=vp, alphabet=alphabet, concat=part
        )
        sca, octets = split_pdu(made, length=length)
        found = host.decode_submit(octets)
        assert sca is None
        assert (seen(found.da), found.text, found.mr, found.srr) == (da, piece, mr, srr)
        assert (found.rd, found.rp, found.pid, found.trailing) == (False, False, 0, 0)
        assert (found.concat and (found.concat.ref, found.concat.bits, found.concat.total, found.concat.seq)) == part
        if vp is None:
            assert found.vp is None
        else:
            assert found.vp is not None and found.vp.seconds is not None
            assert found.vp.seconds >= min(60 * vp, decode_relative(255))


def test_the_device_says_every_relative_validity_period() -> None:
    for octet in range(256):
        made, _ = device.encode_submit(DA, "x", vp=decode_relative(octet) // 60)
        vp = host.decode_submit(split_pdu(made)[1]).vp
        assert vp is not None
        assert vp.seconds == decode_relative(octet), octet


@thorough
@given(addresses, moments, st.integers(0, 255), st.tuples(*[st.booleans()] * 4), texts, st.integers(0, 0xFFFF))
def test_the_device_reads_every_deliver_of_the_network(
    oa: tuple[int, int, str], moment: datetime, pid: int, flags: tuple[bool, ...], text: str, ref: int
) -> None:
    mms, lp, sri, rp = flags
    for part in segments(text, ref=ref, ref_bits=16):
        octets = host.encode_deliver(
            oa=network_address(*oa), scts=moment, payload=part.ud, header=part.udh, dcs=part.dcs, pid=pid,
            mms=mms, lp=lp, sri=sri, rp=rp,
        )  # fmt: skip
        found: Any = device.decode(*join_pdu(octets, OA))
        assert (found.text, seen(found.oa), found.scts) == (part.text, oa, as_tuple(moment))
        assert (found.pid, found.mms, found.lp, found.sri, found.rp) == (pid, *flags)
        assert (seen(found.sca), found.trailing, found.truncated) == ((1, 1, "15551234567"), 0, False)
        assert (found.concat is None) == (part.udh == b"")


@thorough
@given(
    ra=addresses,
    times=st.tuples(moments, moments),
    mr=st.integers(0, 255),
    state=st.integers(0, 255),
    flags=st.tuples(*[st.booleans()] * 3),
    tail=st.tuples(st.none() | st.integers(0, 255), st.sampled_from([None, 0, 8]), st.none() | st.just("fine")),
)
def test_the_device_reads_every_status_report_of_the_network(
    ra: tuple[int, int, str],
    times: tuple[datetime, datetime],
    mr: int,
    state: int,
    flags: tuple[bool, ...],
    tail: tuple[int | None, int | None, str | None],
) -> None:
    mms, lp, srq = flags
    pid, dcs, text = tail
    octets = host.encode_status_report(
        mr=mr, ra=network_address(*ra), scts=times[0], dt=times[1], st=state, mms=mms, lp=lp, srq=srq,
        pid=pid, dcs=dcs, text=text,
    )  # fmt: skip
    found: Any = device.decode(*join_pdu(octets))
    assert (found.mr, seen(found.ra), found.st) == (mr, ra, state)
    assert (found.scts, found.dt) == (as_tuple(times[0]), as_tuple(times[1]))
    assert (found.mms, found.lp, found.srq, found.garbage) == (*flags, False)
    assert (found.pid, found.dcs, found.text) == (pid or 0, dcs or 0, text)


RESERVED = [state for state in range(0x80) if state & 0x1F < 0x10 and state not in MEANINGS]


def report_on(state: int) -> Any:
    return device.decode(f"0006010B915155214365F7{SCTS_HEX}{SCTS_HEX}{state:02X}")


def test_both_sides_judge_every_defined_status_alike() -> None:
    for state in sorted({*range(256)} - {*RESERVED}):
        assert report_on(state).outcome == outcome(state), state


def test_both_sides_judge_a_reserved_status_as_service_rejected() -> None:
    """TS 23.040 §9.2.3.15: a reserved value is interpreted as "service rejected", 0x63."""
    assert [report_on(state).outcome for state in RESERVED] == [outcome(state) for state in RESERVED]


@thorough
@given(st.binary(max_size=40))
def test_a_garbage_tail_loses_no_report_on_either_side(tail: bytes) -> None:
    octets = host.encode_status_report(mr=7, ra=OA, scts=SCTS, dt=SCTS, st=0) + tail
    ours, theirs = host.decode_status_report(octets), report_on_octets(octets)
    assert (ours.mr, ours.st, ours.outcome) == (theirs.mr, theirs.st, theirs.outcome) == (7, 0, "delivered")
    assert ours.tail_error == theirs.garbage
    if not ours.tail_error:
        assert ours.pi == theirs.pi
        assert (ours.ud.text if ours.ud else None) == theirs.text or theirs.national


def report_on_octets(octets: bytes) -> Any:
    return device.decode(*join_pdu(octets))


@thorough
@given(texts, st.sampled_from([8, 16]), st.randoms(use_true_random=False))
def test_what_the_device_segments_the_network_joins(text: str, ref_bits: int, dice: random.Random) -> None:
    pieces = segment(text, 200, ref_bits)
    made = [device.encode_submit(DA, piece, alphabet=alphabet, concat=part)[0] for piece, alphabet, part in pieces]
    dice.shuffle(made)
    assembler = Assembler()
    results = [assembler.feed("peer", host.decode_submit(split_pdu(pdu)[1]).ud, 0.0) for pdu in made]
    assert results[:-1] == [None] * (len(results) - 1)
    assert results[-1] is not None
    assert results[-1].text == text


@thorough
@given(texts, st.sampled_from([8, 16]), st.randoms(use_true_random=False))
def test_what_the_network_segments_the_device_joins(text: str, ref_bits: int, dice: random.Random) -> None:
    parts = segments(text, ref=200, ref_bits=ref_bits)
    order = list(enumerate(parts))
    dice.shuffle(order)
    store = SegmentStore()
    for at, (index, part) in enumerate(order, 1):
        whole = store.add(delivered(part), pdu_of(part)[0].encode(), index)
        fits = len(parts) <= DEVICE_SEGMENTS
        assert (whole is not None, store.why) == (fits and at == len(parts), "" if fits else "too many segments")
        if not fits:
            assert store.delivers == {}
        elif whole:
            assert (text_of(whole), store.places) == (text, list(range(len(parts))))
    assert text_of([delivered(part) for part in parts]) == text  # of any number


def pdu_of(part: Segment) -> tuple[str, int]:
    return join_pdu(host.encode_deliver(oa=OA, scts=SCTS, payload=part.ud, header=part.udh, dcs=part.dcs))


def delivered(part: Segment) -> Any:
    return device.decode(*pdu_of(part))


@thorough
@given(texts, st.sampled_from([8, 16]))
def test_both_sides_cut_alike(text: str, ref_bits: int) -> None:
    ours = [(part.text, part.dcs) for part in segments(text, ref=7, ref_bits=ref_bits)]
    theirs = [(piece, 4 * alphabet) for piece, alphabet, _ in segment(text, 7, ref_bits)]
    assert ours == theirs


@pytest.mark.parametrize("text", MATRIX, ids=range(len(MATRIX)))
def test_the_matrix_of_texts_goes_both_ways(text: str) -> None:
    store, parts, whole = SegmentStore(), segments(text, ref=3), None
    for index, part in enumerate(parts):
        whole = store.add(delivered(part), pdu_of(part)[0].encode(), index)
    assert (whole is not None) == (len(parts) <= DEVICE_SEGMENTS)
    assert text_of(whole or [delivered(part) for part in parts]) == text
    up, joined = Assembler(), None
    for piece, alphabet, part in segment(text, 3):
        made, _ = device.encode_submit(DA, piece, alphabet=alphabet, concat=part)
        joined = up.feed("peer", host.decode_submit(split_pdu(made)[1]).ud, 0.0)
    assert joined is not None
    assert joined.text == text


@thorough
@given(st.integers(1, 13), st.text("ışğİŞĞçãõÁaeé€ আই", min_size=1, max_size=100))
def test_a_national_text_is_flagged_by_the_device_and_read_by_the_default_table(language: int, text: str) -> None:
    for part in segments(text, ref=1, languages=(language,)):
        found = delivered(part)
        assert found.national == (b"\x24\x01" in part.udh or b"\x25\x01" in part.udh)
        if part.dcs == 0:
            assert found.text == gsm7.decode(part.ud)
            assert bytes(found.ud) == bytes.fromhex(found_octets(part))
        else:
            assert found.text == part.text


def found_octets(part: Segment) -> str:
    """User data behind the header, fill bits included, as the clause packs it."""
    size = len(part.udh)
    return packed(part.ud, (size * 8 + 6) // 7 * 7 - size * 8)


@thorough
@given(st.binary(max_size=170), st.sampled_from([0x00, 0x04, 0x40, 0x44, 0x02, 0x03]))
def test_what_one_side_refuses_the_other_refuses(behind: bytes, first: int) -> None:
    pdu = deliver("", 0, first=first)[:-2] + behind.hex()
    octets = bytes.fromhex(pdu[2:])
    decode: Any = host.decode_status_report if first & 3 == 2 else host.decode_deliver
    ours = theirs = True
    try:
        decode(octets)
    except PduError:
        ours = False
    try:
        device.decode(pdu)
    except ValueError:
        theirs = False
    assert ours == theirs


@pytest.mark.parametrize("number", ["", "1" * 21, "+1", "1 2", "12345678901234567890a"])
def test_what_is_no_address_neither_side_writes(number: str) -> None:
    with pytest.raises(EncodeError):
        device.encode_submit(device.Address(1, 1, number), "x")
    if number and number != "+1":  # the network may write an empty address, and takes the plus sign as such
        with pytest.raises(PduError):
            host.encode_submit(da=Address(f"+{number}", 1), text="x")


LONG_SCA = "0C91" + "21" * 11 + deliver("61", 1)[2:]


def test_a_service_centre_address_of_twelve_octets_is_too_long() -> None:
    """TS 24.011 §8.2.5.2: at most 12 octets with the length octet itself, so 11 behind it."""
    good = "0B91" + "21" * 10 + deliver("61", 1)[2:]
    assert split_pdu(good)[0] == Address("+" + "12" * 10, 1)
    assert device.decode(good).text == "a"
    with pytest.raises(PduError, match="smsc_overrun"):
        split_pdu(LONG_SCA)


def test_the_device_refuses_a_service_centre_address_of_twelve_octets() -> None:
    with pytest.raises(ValueError, match="sca"):
        device.decode(LONG_SCA)
