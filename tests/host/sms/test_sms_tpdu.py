"""TPDUs against the shared vectors, and as their own inverse."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sms_vectors import _DECODERS, MALFORMED, OA, SCTS, SINGLE, VALID, described, expected, octets_of

from mtmo_host.errors import MtmoError
from mtmo_host.sms import tpdu as codec
from mtmo_host.sms.address import Address, decode_sca, encode_sca
from mtmo_host.sms.dcs import DATA8, GSM7, UCS2, decode_dcs
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.pdu import decode_hex, join_pdu, split_pdu
from mtmo_host.sms.status import DELIVERED, FAILED_PERMANENT, FAILED_TEMPORARY, PENDING, outcome
from mtmo_host.sms.validity import Validity, decode_relative, encode_relative


@pytest.mark.parametrize("vector", VALID, ids=lambda vector: f"{vector['id']}-{vector['kind']}")
def test_every_valid_vector_decodes_in_every_field(vector: dict[str, Any]) -> None:
    assert described(vector) == expected(vector)


@pytest.mark.parametrize("vector", MALFORMED, ids=lambda vector: f"{vector['id']}-{vector['kind']}")
def test_every_malformed_vector_is_refused_for_its_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(PduError) as refusal:
        described(vector)
    assert refusal.value.reason == vector["expect"]["reason"]
    assert isinstance(refusal.value, ValueError)
    assert isinstance(refusal.value, MtmoError)
    assert refusal.value.field
    assert refusal.value.offset is not None


@pytest.mark.parametrize(
    "vector", [vector for vector in VALID if vector["direction"] != "status_report"], ids=lambda vector: vector["id"]
)
def test_a_message_written_from_its_fields_reads_the_same(vector: dict[str, Any]) -> None:
    sca, octets = octets_of(vector)
    common: dict[str, Any]
    if vector["direction"] == "deliver":
        deliver = dataclasses.replace(codec.decode_deliver(octets), trailing=0, mti_reserved=False)
        common = {"payload": deliver.ud.payload, "header": deliver.ud.header, "dcs": deliver.dcs, "pid": deliver.pid}
        flags = {name: getattr(deliver, name) for name in ("mms", "lp", "sri", "rp")}
        again = codec.encode_deliver(oa=deliver.oa, scts=deliver.scts, **common, **flags)
        assert codec.decode_deliver(again) == deliver
    else:
        submit = codec.decode_submit(octets)
        common = {"payload": submit.ud.payload, "header": submit.ud.header, "dcs": submit.dcs, "pid": submit.pid}
        flags = {name: getattr(submit, name) for name in ("rd", "srr", "rp")}
        again = codec.encode_submit(da=submit.da, mr=submit.mr, vp=submit.vp, **common, **flags)
        assert codec.decode_submit(again) == submit
    pdu_hex, length = join_pdu(again, sca)
    assert split_pdu(pdu_hex, length=length) == (sca, again)


def test_user_data_one_octet_short_is_marked_where_asked() -> None:
    octets = codec.encode_deliver(oa=OA, scts=SCTS, text="hello world")[:-1]
    with pytest.raises(PduError, match="ud_truncated"):
        codec.decode_deliver(octets)
    lenient = codec.decode_deliver(octets, strict=False)
    assert lenient.text == "hello worl"
    assert lenient.ud.truncated


addresses = st.one_of(
    st.builds(
        Address, st.text("0123456789*#abc", max_size=20), st.sampled_from([0, 2, 3, 4, 6, 7]), st.integers(0, 15)
    ),
    st.builds(lambda digits: Address(f"+{digits}", 1), st.text("0123456789", max_size=20)),
    st.builds(lambda text: Address(text, 5, 0), st.text("@ABCxyzÄ_ 123", max_size=11)),
)
zones = st.builds(lambda quarters: timezone(timedelta(minutes=15 * quarters)), st.integers(-79, 79))
moments = st.datetimes(datetime(1990, 1, 2), datetime(2089, 12, 30), timezones=zones).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(
    oa=addresses,
    moment=moments,
    text=st.text(max_size=60),
    pid=st.integers(0, 255),
    flags=st.tuples(*[st.booleans()] * 4),
)
def test_a_deliver_comes_back_as_it_was_sent(
    oa: Address, moment: datetime, text: str, pid: int, flags: tuple[bool, bool, bool, bool]
) -> None:
    text = text.encode("utf-8", "replace").decode()[:35]
    mms, lp, sri, rp = flags
    octets = codec.encode_deliver(oa=oa, scts=moment, text=text, dcs=8, pid=pid, mms=mms, lp=lp, sri=sri, rp=rp)
    got = codec.decode_deliver(octets)
    assert (got.oa, got.scts.time, got.text, got.pid) == (oa, moment, text, pid)
    assert (got.mms, got.lp, got.sri, got.rp, got.trailing) == (*flags, 0)


@given(header=st.binary(max_size=40), data=st.data())
def test_septets_behind_a_header_of_any_length_come_back(header: bytes, data: st.DataObject) -> None:
    udh = bytes((len(header) + 2, 0x70, len(header))) + header
    space = 160 - (len(udh) * 8 + 6) // 7
    septets = bytes(data.draw(st.lists(st.integers(0, 127), max_size=space)))
    got = codec.decode_submit(codec.encode_submit(da=OA, payload=septets, header=udh))
    assert got.ud.payload == septets
    assert got.ud.header == udh


@given(st.binary(max_size=180), st.sampled_from(list(_DECODERS)))
def test_no_octets_raise_anything_but_a_pdu_error(octets: bytes, direction: str) -> None:
    try:
        _DECODERS[direction](octets)
    except PduError as error:
        assert error.reason


def test_no_mutation_of_a_vector_raises_anything_but_a_pdu_error() -> None:
    seed = 20261122
    dice = random.Random(seed)
    for _ in range(20_000):
        vector = dice.choice(SINGLE)
        pdu = list(vector["pdu"])
        for _ in range(dice.randint(1, 6)):
            action = dice.randrange(4)
            at = dice.randrange(len(pdu) + 1)
            if action == 0:
                pdu[at : at + 1] = dice.choice("0123456789ABCDEF")
            elif action == 1:
                pdu[at:at] = f"{dice.randrange(256):02X}"
            elif action == 2:
                del pdu[at : at + dice.randint(1, 8)]
            else:
                pdu[at:] = []
        try:
            described({**vector, "pdu": "".join(pdu), "length": None})
        except PduError:
            continue


@pytest.mark.parametrize("text", ["", "0", "0G", "07 91", "+7", "0x07", "0_7_", "٠٧", " 07", "07\n"])
def test_hex_is_read_strictly(text: str) -> None:
    with pytest.raises(PduError):
        decode_hex(text)


def test_all_relative_validity_periods_are_their_own_inverse() -> None:
    periods = [decode_relative(value) for value in range(256)]
    assert [encode_relative(seconds) for seconds in periods] == [periods.index(seconds) for seconds in periods]
    assert (periods[0], periods[143], periods[167], periods[168], periods[255]) == (300, 43200, 86400, 172800, 38102400)


@pytest.mark.parametrize(
    ("validity", "raw", "seconds"),
    [
        (Validity.enhanced(), "00000000000000", None),
        (Validity.enhanced(single_shot=True), "40000000000000", None),
        (Validity.enhanced(45), "022D0000000000", 45),
        (Validity.enhanced(86400, form=1), "01A70000000000", 86400),
        (Validity.enhanced(3725), "03102050000000", 3725),
    ],
)
def test_enhanced_validity_has_four_forms(validity: Validity, raw: str, seconds: int | None) -> None:
    assert validity.raw.hex().upper() == raw
    assert codec.decode_submit(codec.encode_submit(da=OA, text="x", vp=validity)).vp == validity
    assert validity.seconds == seconds


def test_all_dcs_octets_are_classified() -> None:
    alphabets = "".join({GSM7: "7", DATA8: "8", UCS2: "u"}[decode_dcs(octet).alphabet] for octet in range(256))
    general = "7777" + "8888" + "uuuu" + "7777"
    assert alphabets == general * 8 + "7" * 64 + "7" * 16 + "7" * 16 + "u" * 16 + ("7777" + "8888") * 2
    assert [octet for octet in range(256) if decode_dcs(octet).compressed] == [*range(0x20, 0x40), *range(0x60, 0x80)]
    class_0 = [octet for low in (0x10, 0x30, 0x50, 0x70, 0xF0) for octet in range(low, low + 16, 4)]
    assert [octet for octet in range(256) if decode_dcs(octet).flash] == class_0


def test_compressed_text_is_data() -> None:
    message = codec.decode_deliver(codec.encode_deliver(oa=OA, scts=SCTS, payload=b"\x01\x02\x03", dcs=0x20))
    assert message.text is None
    assert message.ud.payload == b"\x01\x02\x03"


def test_all_states_have_an_outcome() -> None:
    outcomes = [outcome(state) for state in range(256)]
    assert outcomes[:3] + outcomes[0x10:0x20] == [DELIVERED] * 19
    assert outcomes[0x20:0x26] + outcomes[0x30:0x40] == [PENDING] * 22
    assert outcomes[0x40:0x4A] + outcomes[0x50:0x60] == [FAILED_PERMANENT] * 26
    assert outcomes[0x60:0x80] == [FAILED_TEMPORARY] * 32
    assert outcomes[0x03:0x10] + outcomes[0x26:0x30] + outcomes[0x4A:0x50] == [FAILED_TEMPORARY] * 29
    assert outcomes[0x80:] == [FAILED_PERMANENT] * 128


@pytest.mark.parametrize(
    ("pid", "dcs", "silent", "replace", "sim_download", "flash"),
    [(0x40, 0, True, None, False, False), (0x43, 0, False, 3, False, False), (0x7F, 0xF6, False, None, True, False),
     (0, 0x10, False, None, False, True), (0, 0xF0, False, None, False, True)],
)  # fmt: skip
def test_what_a_message_is_for_can_be_asked(
    pid: int, dcs: int, silent: bool, replace: int | None, sim_download: bool, flash: bool
) -> None:
    message = codec.decode_deliver(codec.encode_deliver(oa=OA, scts=SCTS, pid=pid, dcs=dcs))
    assert (message.silent, message.replace, message.sim_download, message.flash) == (
        silent,
        replace,
        sim_download,
        flash,
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"da": Address("1" * 21, 0)}, "addr_too_long"),
        ({"da": Address("+49x", 1)}, "bad_address"),
        ({"da": Address("ABCDEFGHIJKL", 5, 0)}, "addr_too_long"),
        ({"da": Address("漢", 5, 0)}, "bad_address"),
        ({"da": Address("1", 9)}, "out_of_range"),
        ({"text": "x" * 161}, "udl_over_max"),
        ({"text": "€" * 71, "dcs": 8}, "udl_over_max"),
        ({"text": "漢"}, "not_in_alphabet"),
        ({"text": "x", "dcs": 4}, "not_in_alphabet"),
        ({"payload": b"x", "dcs": 8}, "ucs2_odd"),
        ({"header": b"\x05\x00"}, "udhl_overrun"),
        ({"mr": 256}, "out_of_range"),
        ({"vp": Validity("relative", b"")}, "out_of_range"),
    ],
)
def test_what_cannot_be_written_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(PduError) as refusal:
        codec.encode_submit(**{"da": OA, **fields})
    assert refusal.value.reason == reason


def test_a_status_report_comes_back_with_its_tail() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    plain = codec.encode_status_report(mr=7, ra=OA, scts=moment, dt=moment, st=0x46, srq=True)
    assert len(plain) == 25
    report = codec.decode_status_report(plain)
    assert (report.mr, report.ra, report.st, report.srq, report.pi) == (7, OA, 0x46, True, None)
    assert report.outcome == FAILED_PERMANENT
    tail = codec.encode_status_report(mr=7, ra=OA, scts=moment, dt=moment, st=0, pid=1, dcs=8, text="ok")
    report = codec.decode_status_report(tail)
    assert (report.delivered, report.pid, report.dcs, report.ud and report.ud.text) == (True, 1, 8, "ok")


@given(addresses)
def test_a_service_centre_address_comes_back(address: Address) -> None:
    if address.ton == 5:
        return
    got, end = decode_sca(encode_sca(address) + b"\x04")
    assert got is not None
    assert end == len(encode_sca(address))
    assert (got.digits, got.ton, got.npi) == (address.digits, address.ton, address.npi)
