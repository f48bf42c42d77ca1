"""The 25 requirements of SMS coding: which tests show each, and those that no other file holds.

The device's codec is shown here on CPython; tests/micropython runs tests/both under MicroPython.
"""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from pathlib import Path

import pytest
from segment_store import SegmentStore, text_of
from sms_requirements import REQUIREMENTS
from sms_sides import SCTS_HEX, Device, Host, both_sides, deliver, packed

from mtmo import tpdu as device
from mtmo_host.sms import national_tables
from mtmo_host.sms import tpdu as host
from mtmo_host.sms.address import Address
from mtmo_host.sms.assembly import Assembler
from mtmo_host.sms.scts import Scts
from mtmo_host.sms.segmentation import segments
from mtmo_host.sms.validity import Validity

TESTS = Path(__file__).resolve().parents[2]


@functools.cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_requirement_is_shown_by_tests_that_exist() -> None:
    assert list(REQUIREMENTS) == list(range(1, 26))
    missing = [
        test
        for _, tests in REQUIREMENTS.values()
        for test in tests
        if test.split("::")[1] not in _functions(test.split("::")[0])
    ]
    assert missing == []
    assert all(tests for _, tests in REQUIREMENTS.values())


def test_every_kind_of_vector_names_its_clause() -> None:
    vectors = TESTS / "vectors"
    lines = (vectors / "sms.jsonl").read_text(encoding="utf-8").splitlines()
    clauses = json.loads((vectors / "clauses.json").read_text(encoding="utf-8"))
    assert {json.loads(line)["kind"] for line in lines} == set(clauses)


@both_sides
def test_04_only_hex_digits_are_hex(side: type[Host] | type[Device]) -> None:
    pdu = deliver("61", 1)
    for code in [*range(256), 0x660, 0xFF10, 0x1D7CE]:
        found = side.refusal(pdu[:10] + chr(code) + pdu[11:])
        if chr(code) not in "0123456789ABCDEFabcdef":
            assert found is not None, code
            assert found.reason in ("non_hex", "not_hex")
    assert side.refusal(pdu[:-1]) is not None
    for wrong in (f" {pdu}", f"{pdu} ", f"{pdu}\n", f"0x{pdu}", f"+{pdu[1:]}", pdu.replace("00", "0_0", 1)):
        assert side.refusal(wrong) is not None, wrong


@both_sides
@pytest.mark.parametrize("sca", ["00", "07919471016700F0"])
def test_05_another_length_than_announced_is_refused(side: type[Host] | type[Device], sca: str) -> None:
    pdu = sca + deliver("61", 1)[2:]
    true = len(deliver("61", 1)) // 2 - 1
    assert side.read(pdu, true).text == "a"
    for length in (0, 1, true - 1, true + 1, true + len(sca) // 2, 255):
        found = side.refusal(pdu, length)
        assert found is not None and found.field == "length", length


@both_sides
@pytest.mark.parametrize(
    ("dcs", "most"), [(0x00, 160), (0x04, 140), (0x08, 140), (0xF0, 160), (0x20, 140), (0xE0, 140)]
)
def test_06_a_length_beyond_one_sms_is_refused(side: type[Host] | type[Device], dcs: int, most: int) -> None:
    for udl in range(256):
        found = side.refusal(deliver("00" * 255, udl, dcs=dcs))
        odd = dcs in (0x08, 0xE0) and udl % 2 == 1
        assert (found is None) == (udl <= most and not odd), udl
        if udl > most:
            assert found is not None and (found.field, found.reason) in {("udl", "udl_over_max"), ("udl", "over_max")}


@both_sides
def test_07_octets_behind_the_user_data_are_counted(side: type[Host] | type[Device]) -> None:
    for behind in range(20):
        found = side.read(deliver("E8329BFD06" + "A5" * behind, 5))
        assert (found.text, found.trailing) == ("hello", behind)
    for there in range(5):
        pdu = deliver("E8329BFD06"[: 2 * there], 5)
        assert side.refusal(pdu) is not None
        lenient = side.read(pdu, None, True)
        assert (lenient.text, lenient.truncated) == ("hello"[: there * 8 // 7], True)


@both_sides
@pytest.mark.parametrize(
    ("ud", "udl", "dcs"),
    [
        ("", 0, 4),  # a header is announced, but nothing is there
        ("0500030201", 5, 4),  # UDHL beyond UD
        ("FF" * 20, 20, 4),
        ("0470020102", 5, 0),  # UDHL beyond UD in septets
        ("0500030902", 5, 4),  # by one octet
        ("8C" + "00" * 139, 140, 4),  # by one octet, of as many as there may be
        ("00", 1, 0),  # UDHL 0, but its octet is more than one septet
    ],
)
def test_08_a_header_beyond_its_bounds_is_refused(side: type[Host] | type[Device], ud: str, udl: int, dcs: int) -> None:
    found = side.refusal(deliver(ud, udl, dcs=dcs, first=0x44))
    assert found is not None
    assert found.field in ("udh", "udhl")


@both_sides
@pytest.mark.parametrize("header", ["04 0003 0201", "04 7000 0002", "04 0001 0201", "01 00", "06 0003020102 70"])
def test_08_an_element_that_does_not_fit_makes_the_header_ignored(side: type[Host] | type[Device], header: str) -> None:
    octets = bytes.fromhex(header)
    found = side.read(deliver(octets.hex() + "41", len(octets) + 1, dcs=4, first=0x44))
    assert (found.data, found.concat, found.ports) == (b"A", None, None)
    taken = (len(octets) * 8 + 6) // 7
    ud = octets.hex() + packed(b"A", taken * 7 - len(octets) * 8)
    assert side.read(deliver(ud, taken + 1, first=0x44)).text == "A"


HEADERS = {
    "00": None,  # UDHL 0
    "050003090201": (9, 8, 2, 1),
    "0700030902017000": (9, 8, 2, 1),  # the last element has no data
    "080003090201700141": (9, 8, 2, 1),  # it fits exactly
    "0700030902017001": None,  # it overruns by one
    "08000309020170FF41": None,  # by all it can
    "06000309020170": None,  # it has no IEDL
    "0800030902017000FF": None,  # an octet is left, as if of a further one
    "0A00030902010003AA0302": (0xAA, 8, 3, 2),  # two concatenations
    "0A00030902010003AA0301": (0xAA, 8, 3, 1),
    "0A00030902010004AA0302": None,  # the second overruns by one: the first is ignored too
    "0B00030902010004AA030200": (9, 8, 2, 1),  # a wrong length within the header is the element's fault alone
    "0B0004090201000003AA0302": (0xAA, 8, 3, 2),
}


@both_sides
@pytest.mark.parametrize(("header", "concat"), HEADERS.items(), ids=HEADERS)
@pytest.mark.parametrize("text", ["", "A", "ping"])
def test_08_a_header_counts_if_its_last_element_ends_where_it_ends(
    side: type[Host] | type[Device], header: str, concat: tuple[int, ...] | None, text: str
) -> None:
    size = len(header) // 2
    found = side.read(deliver(header + text.encode().hex(), size + len(text), dcs=4, first=0x44))
    assert (found.data, found.concat) == (text.encode(), concat)
    taken = (size * 8 + 6) // 7
    ud = header + packed(text.encode(), taken * 7 - size * 8)
    found = side.read(deliver(ud, taken + len(text), first=0x44))
    assert (found.text, found.concat) == (text, concat)


def test_08_an_unknown_element_is_skipped_and_kept() -> None:
    pdu = deliver("09 6F02AABB 00030A0201 41".replace(" ", ""), 11, dcs=4, first=0x44)
    assert [ie.iei for ie in host.decode_deliver(bytes.fromhex(pdu[2:])).ud.elements] == [0x6F, 0x00]
    assert device.decode(pdu).udh == bytes.fromhex("6F02AABB00030A0201")
    for side in (Host, Device):
        assert (side.read(pdu).concat, side.read(pdu).data) == ((10, 8, 2, 1), b"A")


@both_sides
@pytest.mark.parametrize(
    ("udh", "concat"),
    [
        ("0003090001", None), ("0003090100", None), ("0003090203", None), ("00020901", None), ("080400090203", None),
        ("0803090201", None), ("000409020100", None), ("0003090201", (9, 8, 2, 1)),
        ("080412340201", (0x1234, 16, 2, 1)),
        ("00030902010003AA0302", (0xAA, 8, 3, 2)), ("00030902010003AA0300", (9, 8, 2, 1)),
        ("0003090201080412340302", (0x1234, 16, 3, 2)),
    ],
)  # fmt: skip
def test_09_a_senseless_concatenation_makes_no_segment(
    side: type[Host] | type[Device], udh: str, concat: tuple[int, ...] | None
) -> None:
    size = len(udh) // 2
    assert side.read(deliver(f"{size:02X}{udh}41", size + 2, dcs=4, first=0x44)).concat == concat


@both_sides
def test_10_text_follows_an_ignored_header_of_any_length(side: type[Host] | type[Device]) -> None:
    """The septets begin at the boundary behind UDHL, whatever the fill bits are; UDHL 1 is half an element."""
    for udhl in range(1, 140):
        header = bytes((udhl, 0x70, udhl - 1, *b"\x1b" * (udhl - 2)))[: udhl + 1]
        taken = (len(header) * 8 + 6) // 7
        fill = taken * 7 - len(header) * 8
        septets = b"a\x1b\x65Z\x00"[: 160 - taken]
        text = ("", "a", "a", "a€", "a€Z", "a€Z@")[len(septets)]
        ud = bytearray(header + bytes.fromhex(packed(septets, fill)))
        for _ in range(2):
            found = side.read(deliver(ud.hex(), taken + len(septets), first=0x44))
            assert (found.text, found.concat, found.trailing) == (text, None, 0), udhl
            if fill:
                ud[len(header) :] = bytes((ud[len(header)] | (1 << fill) - 1, *ud[len(header) + 1 :]))


@both_sides
def test_10_text_follows_a_header_of_any_length(side: type[Host] | type[Device]) -> None:
    """Header octets full of 0x1B must not be taken for escapes; UDHL 1 is half an element, so it is left out."""
    for udhl in (0, *range(2, 140)):
        header = bytes((udhl,)) + (bytes((0x70, udhl - 2)) + b"\x1b" * (udhl - 2) if udhl else b"")
        taken = (len(header) * 8 + 6) // 7
        septets = b"a\x1b\x65Z\x00"[: 160 - taken]
        ud = header.hex() + packed(septets, taken * 7 - len(header) * 8)
        found = side.read(deliver(ud, taken + len(septets), first=0x44))
        assert (found.text, found.trailing) == (("", "a", "a", "a€", "a€Z", "a€Z@")[len(septets)], 0), udhl


@both_sides
def test_11_a_last_at_sign_stays_in_text_and_address(side: type[Host] | type[Device]) -> None:
    for count in range(161):
        septets = (b"a" * count)[:-1] + b"\0" if count else b""
        assert side.read(deliver(packed(septets), count)).text == ("a" * count)[:-1] + "@" * bool(count)
    for count in range(1, 12):
        septets = b"A" * (count - 1) + b"\0"
        semi_octets = (count * 7 + 3) // 4
        oa = f"{semi_octets:02X}D0{packed(septets)}"
        assert side.read(deliver("", 0, oa=oa)).number == "A" * (count - 1) + "@"


def test_13_every_pair_of_national_tables_is_read_and_flagged() -> None:
    for locking in (0, *national_tables.LANGUAGES, 14, 200):
        for single in (0, *national_tables.LANGUAGES, 14, 200):
            header = bytes((6, 0x25, 1, locking, 0x24, 1, single))
            pdu = deliver(header.hex() + packed(b"\x41\x1b\x65"), 11, first=0x44)
            expected = national_tables.LOCKING.get(locking, "A" * 128)[0x41]
            shift = national_tables.SINGLE.get(single, {0x65: "€"})
            expected += shift.get(0x65) or national_tables.LOCKING.get(locking, "e" * 128)[0x65]
            assert Host.read(pdu).text == expected, (locking, single)
            assert Device.read(pdu)[0] == "A€"
            assert Device.read(pdu).national == bool(locking or single)


@both_sides
@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("D83DDE00", "😀"), ("D83D0041", "\ufffdA"), ("DE000041", "\ufffdA"), ("D83D", "\ufffd"),
        ("D83DD83DDE00", "\ufffd😀"), ("00000041", "\0A"), ("FEFF0041", "\ufeffA"), ("E000", "\ue000"), ("", ""),
        ("FFFEFFFF", "\ufffe\uffff"), ("DBFFDFFF", "\U0010ffff"),
    ],
)  # fmt: skip
def test_15_ucs2_is_utf16_and_nothing_is_lost(side: type[Host] | type[Device], octets: str, text: str) -> None:
    assert side.read(deliver(octets, len(octets) // 2, dcs=8)).text == text
    assert side.refusal(deliver(f"{octets}41", len(octets) // 2 + 1, dcs=8)) is not None


@both_sides
def test_16_addresses_of_every_type_and_plan(side: type[Host] | type[Device]) -> None:
    for toa in range(0x80, 0x100):
        if toa >> 4 & 7 == 5:
            continue
        for filler in "0F7":
            found = side.read(deliver("", 0, oa=f"05{toa:02X}1032{filler}4"))
            assert (found.number, found.ton, found.npi) == ("01234", toa >> 4 & 7, toa & 15)
        assert side.read(deliver("", 0, oa=f"00{toa:02X}")).number == ""
        assert side.read(deliver("", 0, oa=f"06{toa:02X}BADCFE")).number == "*#abc"
        assert side.read(deliver("", 0, oa=f"14{toa:02X}" + "00" * 10)).number == "0" * 20
        assert side.refusal(deliver("", 0, oa=f"15{toa:02X}" + "00" * 11)) is not None


@both_sides
def test_17_every_zone_and_no_impossible_date(side: type[Host] | type[Device]) -> None:
    for quarters in range(80):
        for sign in (0, 8):
            zone = quarters % 10 << 4 | quarters // 10 | sign
            found = side.read(deliver("", 0, scts=SCTS_HEX[:12] + f"{zone:02X}"))
            assert found.scts == (2025, 3, 14, 9, 26, 53, -quarters if sign else quarters)
    for raw, valid in (
        ("42209200000000", True), ("52209200000000", False), ("00209200000000", True), ("52132100000000", False),
        ("52004100000000", False), ("52300000000000", False), ("52304142000000", False), ("52304191060000", False),
        ("52304190620600", False), ("00000000000000", False), ("FFFFFFFFFFFFFF", False), ("523041906235AF", False),
        ("523041906235C2", True),
    ):  # fmt: skip
        found = side.read(deliver("61", 1, scts=raw))
        assert (found.scts is not None, found.text) == (valid, "a"), raw


def test_19_type_3_is_a_deliver_and_a_wrong_type_is_refused() -> None:
    for side in (Host, Device):
        assert side.read(deliver("61", 1, first=0x07)).text == "a"
        found = side.refusal(deliver("61", 1, first=0x05))
        assert found is not None and found.field in ("mti", "first_octet")
    octets = bytes.fromhex(deliver("61", 1)[2:])
    for decode, good in ((host.decode_deliver, (0, 3)), (host.decode_submit, (1,)), (host.decode_status_report, (2,))):
        for mti in range(4):
            if mti not in good:
                with pytest.raises(host.PduError, match="wrong_mti"):
                    decode(bytes((mti,)) + octets[1:])


def test_21_a_submit_comes_back_with_every_validity_flag_and_reference() -> None:
    da = Address("+15551234567", 1)
    stamp = Validity("absolute", Scts(bytes.fromhex(SCTS_HEX)).raw)
    periods = [None, stamp, Validity.enhanced(30), *(Validity("relative", bytes((octet,))) for octet in range(256))]
    for number, vp in enumerate(periods):
        flags = {"rd": bool(number & 1), "srr": bool(number & 2), "rp": bool(number & 4)}
        found = host.decode_submit(host.encode_submit(da=da, text="x", mr=number & 255, vp=vp, **flags))
        assert (found.vp, found.mr, found.rd, found.srr, found.rp) == (vp, number & 255, *flags.values())


def test_24_255_segments_in_reverse_make_one_message() -> None:
    text = "".join(chr(0x41 + at % 26) for at in range(255 * 153))
    parts = [
        host.encode_deliver(
            oa=Address("1", 0), scts=Scts(bytes.fromhex(SCTS_HEX)), payload=part.ud, header=part.udh, dcs=part.dcs
        )
        for part in segments(text, ref=9)
    ]
    network, agent, read = Assembler(), SegmentStore(), []
    for left, octets in zip(range(254, -1, -1), reversed(parts), strict=True):
        joined = network.feed("peer", host.decode_deliver(octets).ud, 0.0)
        pdu = f"00{octets.hex()}"
        read.append(device.decode(pdu))
        assert (joined is not None) == (left == 0)
        # the agent waits for four segments at most, and keeps none of more
        assert agent.add(read[-1], pdu.encode(), left) is None
        assert (agent.why, agent.delivers) == ("too many segments", {})
    assert joined is not None
    assert (joined.text, text_of(read[::-1])) == (text, text)


def test_25_the_devices_codec_imports_nothing_but_the_core() -> None:
    package = TESTS.parent / "device" / "mtmo"
    for name in (*(f"tpdu/{module.name}" for module in (package / "tpdu").glob("*.py")), "inbox/concat.py"):
        tree = ast.parse((package / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= {"micropython"}, name
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module in ("micropython", "binascii"), name


def test_25_national_tables_are_loaded_when_needed() -> None:
    script = (
        "import sys\n"
        "from mtmo_host.sms.tpdu import decode_deliver\n"
        f"decode_deliver(bytes.fromhex('{deliver('E8329BFD06', 5)[2:]}'))\n"
        "assert 'mtmo_host.sms.national_tables' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
