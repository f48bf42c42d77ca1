"""TPDUs by the vectors of tests/vectors/sms.jsonl, whole, shortened and with rubbish behind (TS 23.040 §9.2)."""

from segment import segment

from mtmo import tpdu
from mtmo.errors import EncodeError, PduError
from mtmo.tpdu import gsm7, ucs2
from support import as_deliver, differences, load_lines, raises

HEAD = "00040B915155214365F7"
SCTS = "52304190623540"
DA = tpdu.Address(1, 1, "15551234567")


def deliver(dcs: int, ud: str, udl: int, first: str = "04") -> str:
    """A DELIVER in hex around user data in hex."""
    return "00" + first + HEAD[4:] + "00%02X" % dcs + SCTS + "%02X" % udl + ud


def vectors(malformed: bool):
    """Vectors that concern what a modem shows."""
    for vector in load_lines("sms.jsonl"):
        if vector["direction"] != "submit" and "pdu" in vector:
            if bool(vector["expect"].get("error")) == malformed:
                yield vector


def test_every_valid_vector_yields_every_field():
    count = 0
    for vector in vectors(False):
        found = tpdu.decode(vector["pdu"], vector["length"])
        wrong = differences(found, vector["expect"])
        assert not wrong, (vector["id"], vector["source"], wrong)
        count += 1
    assert count == 179


def test_every_malformed_vector_is_refused_with_field_and_offset():
    count = 0
    for vector in vectors(True):
        error = raises(PduError, tpdu.decode, vector["pdu"], vector.get("length"))
        assert error, (vector["id"], vector["source"])
        assert error.reason and error.field and 0 <= error.offset <= len(vector["pdu"]) // 2, (vector["id"], error)
        count += 1
    assert count == 70


def test_a_deliver_cut_anywhere_is_refused_and_rubbish_behind_it_is_counted():
    whole = "07919471016700000C0B915155214365F70000" + SCTS + "1BC8329BFD06DDDF72369905A2A3D373507A0E0A83E8E5391D"
    for size in range(0, len(whole), 2):
        assert raises(PduError, tpdu.decode, whole[:size]), size
    for tail in ("FF", "0000", "1A0D0A"):
        found = tpdu.decode(whole + tail)
        assert (found.text, found.trailing) == (tpdu.decode(whole).text, len(tail) // 2), tail


def test_the_reason_the_field_and_the_octet_are_named():
    rows = (
        ("", None, "empty", "pdu", 0),
        ("0", None, "odd_hex", "pdu", 0),
        ("07 9", None, "not_hex", "pdu", 1),
        ("079\n", None, "not_hex", "pdu", 1),
        ("0X", None, "not_hex", "pdu", 0),
        ("+7", None, "not_hex", "pdu", 0),
        ("\uff10\uff17", None, "not_hex", "pdu", 0),
        ("0791", None, "overrun", "sca", 0),
        ("0D91" + "21" * 12 + HEAD[2:], None, "too_long", "sca", 0),
        ("00", None, "truncated", "first_octet", 1),
        ("0004", 2, "mismatch", "length", 1),
        ("0001", None, "wrong", "mti", 1),
        ("000415", None, "truncated", "oa", 3),
        ("00041591", None, "too_long", "oa", 2),
        (HEAD, None, "truncated", "pid", 10),
        (HEAD + "00", None, "truncated", "dcs", 11),
        (HEAD + "0000" + SCTS[2:], None, "truncated", "scts", 12),
        (HEAD + "0000" + SCTS, None, "truncated", "udl", 19),
        (HEAD + "0000" + SCTS + "A1", None, "over_max", "udl", 19),
        (HEAD + "0000" + SCTS + "01", None, "truncated", "ud", 20),
        (deliver(0, "", 0, "44"), None, "missing", "udh", 19),
        (deliver(4, "0500030201", 5, "44"), None, "overrun", "udhl", 20),
        (deliver(0, "0470020102", 5, "44"), None, "overrun", "udhl", 20),
        (deliver(8, "004100", 3), None, "odd", "ud", 23),
    )
    for pdu, length, reason, field, offset in rows:
        error = raises(PduError, tpdu.decode, pdu, length)
        assert error and (error.reason, error.field, error.offset) == (reason, field, offset), (pdu, error)


def test_hex_may_be_octets_and_lower_case():
    pdu = deliver(0, "E8329BFD06", 5)
    for form in (pdu, pdu.lower(), pdu.encode(), bytearray(pdu.encode()), memoryview(pdu.encode())):
        assert tpdu.decode(form, len(pdu) // 2 - 1).text == "hello"


def test_lenient_reading_shows_what_is_there():
    found = tpdu.decode(HEAD + "0000" + SCTS + "0AE8329BFD06", None, True)
    assert (found.text, found.truncated) == ("hello", True)
    found = tpdu.decode(HEAD + "0008" + SCTS + "0800410042D8", None, True)
    assert (found.text, found.truncated) == ("AB", True)


def test_all_data_coding_schemes_are_classified():
    for dcs in range(256):
        group = dcs >> 4
        if group < 8:
            alphabet = (tpdu.GSM7, tpdu.DATA8, tpdu.UCS2, tpdu.GSM7)[dcs >> 2 & 3]
            kind = dcs & 3 if dcs & 0x10 else None
        else:
            alphabet = tpdu.UCS2 if group == 14 else tpdu.DATA8 if group == 15 and dcs & 4 else tpdu.GSM7
            kind = dcs & 3 if group == 15 else None
        found = tpdu.decode(deliver(dcs, "00000000", 4))
        assert (found.alphabet, found.message_class) == (alphabet, kind), dcs
        assert found.compressed == (group < 8 and bool(dcs & 0x20)), dcs
        assert found.flash == (kind == 0), dcs
        assert (found.text is None) == (found.compressed or alphabet == tpdu.DATA8), dcs


def test_protocol_identifiers_that_ask_for_more_than_reading():
    for pid in range(256):
        found = tpdu.decode(HEAD + "%02X00" % pid + SCTS + "00")
        assert found.silent == (pid == 0x40), pid
        assert found.replace == (pid - 0x40 if 0x41 <= pid <= 0x47 else 0), pid
        assert found.sim_download == (pid == 0x7F), pid


def test_the_fate_of_a_message_by_every_status():
    for st in range(256):
        found = tpdu.decode("0006010B915155214365F7" + SCTS + SCTS + "%02X" % st)
        if 0x03 <= st < 0x10 or 0x26 <= st < 0x30 or 0x4A <= st < 0x50:
            outcome = "failed-temporary"  # reserved: read as "service rejected", 0x63
        elif st < 0x20:
            outcome = "delivered"
        elif st < 0x40:
            outcome = "pending"
        else:
            outcome = "failed-temporary" if 0x60 <= st < 0x80 else "failed-permanent"
        assert (found.st, found.outcome) == (st, outcome), st


def test_a_time_stamp_that_is_none_loses_nothing_else():
    rows = (
        ("42209232959500", (2024, 2, 29, 23, 59, 59, 0)),
        ("32209210101000", None),
        ("52211321030032", (2025, 12, 31, 12, 30, 0, 23)),
        ("5270407154900A", (2025, 7, 4, 17, 45, 9, -20)),
        ("610103409544C2", (2016, 10, 30, 4, 59, 44, 32)),
        ("52304190623597", (2025, 3, 14, 9, 26, 53, 79)),
        ("523041906235A7", None),
        ("993092516195FF", None),
        ("99309251619580", (1999, 3, 29, 15, 16, 59, 8)),
        ("FFFFFFFFFFFFFF", None),
        ("5230A190623540", None),
        ("52304142623540", None),
        ("00000000000000", None),
    )
    for raw, time in rows:
        found = tpdu.decode(HEAD + "0000" + raw + "0161")
        assert (found.scts, found.text) == (time, "a"), (raw, found.scts)
        assert found.scts_raw == bytes.fromhex(raw), raw


def test_a_senseless_concatenation_element_makes_no_segment():
    rows = (
        ("0003090001", None),
        ("0003090100", None),
        ("0003090203", None),
        ("00020901", None),
        ("080400090203", None),
        ("0803090201", None),
        ("0003090201", (9, 8, 2, 1)),
        ("080412340201", (0x1234, 16, 2, 1)),
        ("00030902010003AA0302", (0xAA, 8, 3, 2)),
        ("00030902010003AA0300", (9, 8, 2, 1)),
        ("70010100030902017F00", (9, 8, 2, 1)),
    )
    for udh, concat in rows:
        head = len(udh) // 2
        found = tpdu.decode(deliver(4, "%02X" % head + udh + "41", head + 2, "44"))
        assert (found.concat, found.udh, found.ud) == (concat, bytes.fromhex(udh), b"A"), udh


def test_every_header_length_leaves_its_fill_bits():
    for size in range(2, 130):
        head = 1 + size
        septets = (head * 8 + 6) // 7
        packed = bytearray(gsm7.pack(bytearray(septets) + gsm7.encode("Fill{}")))
        packed[:head] = bytes((size, 0x70, size - 2)) + b"\x1b" * (size - 2)
        ud = "".join(["%02X" % octet for octet in packed])
        assert tpdu.decode(deliver(0, ud, septets + 8, "44")).text == "Fill{}", size


def test_addresses_of_every_kind():
    rows = (
        ("0C91447700091032", 1, 1, "447700900123"),
        ("03912143", 1, 1, "123"),
        ("039121F3", 1, 1, "123"),
        ("0391210A", 1, 1, "12*"),
        ("06A1BADCFE", 2, 1, "*#abc"),
        ("0091", 1, 1, ""),
        ("04FF2143", 7, 15, "1234"),
        ("0DD0CDF2396C7EBB01", 5, 0, "Megafon"),
        ("04D01100", 5, 0, "_@"),
        ("149121436587092143658709", 1, 1, "12345678901234567890"),
        ("03C800F1", 4, 8, "001"),
    )
    for raw, ton, npi, number in rows:
        oa = tpdu.decode("0004" + raw + "0000" + SCTS + "00").oa
        assert (oa.ton, oa.npi, oa.number) == (ton, npi, number), raw


def test_mutated_pdus_raise_nothing_but_pdu_errors():
    seed = 1
    for vector in vectors(False):
        octets = bytearray(vector["pdu"].encode())
        for _ in range(6):
            seed = seed * 1103515245 + 12345 & 0x3FFFFFFF
            at = (seed >> 12) % len(octets)
            octets[at] = b"0123456789ABCDEF"[seed >> 8 & 15]
            for size in (len(octets), at):
                raises(PduError, tpdu.decode, bytes(octets[:size]), None, bool(seed & 16))


def test_ucs2_keeps_what_is_whole_and_marks_what_is_not():
    rows = (
        (b"", ""),
        (b"\x00A\x04\x16\x27\x13", "AЖ✓"),
        (b"\xd8\x3d\xde\x00", "😀"),
        (b"\xd8\x3d\x00A", "\ufffdA"),
        (b"\xde\x00\x00A", "\ufffdA"),
        (b"\xd8\x3d\xd8\x3d\xde\x00", "\ufffd😀"),
        (b"\xd8\x3d", "\ufffd"),
        (b"\x00\x00\xfe\xff\xe0\x00", "\0\ufeff\ue000"),
        (b"\x00A\x00", "A"),
    )
    for octets, text in rows:
        assert ucs2.decode(octets) == text, octets
    for text in ("", "AЖ✓", "😀", "a😀b\U0010ffff"):
        assert ucs2.decode(ucs2.encode(text)) == text, text


def test_segments_have_the_sizes_of_the_vectors_and_read_back():
    count = 0
    for vector in load_lines("sms.jsonl"):
        if vector["kind"] != "segmentation":
            continue
        pieces = segment(vector["text"], 7, vector["ref_bits"])
        assert [len(text) for text, _, _ in pieces] == vector["expect"]["part_chars"], vector["id"]
        read = ""
        for text, alphabet, concat in pieces:
            pdu, length = tpdu.encode_submit(DA, text, alphabet=alphabet, concat=concat)
            found = tpdu.decode(as_deliver(pdu))
            assert length == len(pdu) // 2 - 1 and found.concat == concat, vector["id"]
            read += found.text
        assert read == vector["text"], vector["id"]
        count += 1
    assert count == 34


def test_a_submit_is_what_the_vectors_say():
    rows = (
        ("plain", ("hello",), {}, "0001000B915155214365F7000005E8329BFD06"),
        ("reference and report", ("hello",), {"mr": 200, "srr": True}, "0021C80B915155214365F7000005E8329BFD06"),
        ("validity", ("hello",), {"vp": 1440}, "0011000B915155214365F70000A705E8329BFD06"),
        ("UCS-2", ("Ж",), {}, "0001000B915155214365F70008020416"),
    )
    for name, args, options, pdu in rows:
        assert tpdu.encode_submit(DA, *args, **options) == (pdu, len(pdu) // 2 - 1), name
    for address in (tpdu.Address(5, 0, "Megafon"), tpdu.Address(0, 1, "12345"), tpdu.Address(2, 1, "0151*#abc")):
        found = tpdu.decode(as_deliver(tpdu.encode_submit(address, "x")[0])).oa
        assert (found.ton, found.npi, found.number) == (address.ton, address.npi, address.number)


def test_validity_is_rounded_up_to_what_can_be_said():
    rows = ((0, 0), (5, 0), (6, 1), (720, 143), (721, 144), (1440, 167), (1441, 168), (43200, 196), (43201, 197))
    rows += ((10080 * 5, 197), (10080 * 63, 255), (10**6, 255))
    for minutes, octet in rows:
        pdu, _ = tpdu.encode_submit(DA, "", vp=minutes)
        assert int(pdu[-4:-2], 16) == octet, minutes


def test_what_does_not_fit_is_refused():
    rows = (
        ("161 septets", DA, "x" * 161, {}),
        ("71 characters", DA, "Ж" * 71, {}),
        ("154 septets in a segment", DA, "x" * 154, {"concat": (1, 8, 2, 1)}),
        ("not GSM", DA, "Ж", {"alphabet": tpdu.GSM7}),
        ("no digits", tpdu.Address(1, 1, ""), "x", {}),
        ("21 digits", tpdu.Address(1, 1, "1" * 21), "x", {}),
        ("a plus sign", tpdu.Address(1, 1, "+1"), "x", {}),
        ("12 letters", tpdu.Address(5, 0, "ABCDEFGHIJKL"), "x", {}),
    )
    for name, address, text, options in rows:
        try:
            tpdu.encode_submit(address, text, **options)
        except EncodeError:
            continue
        raise AssertionError(name)
    assert raises(EncodeError, segment, "x" * 161, 256, 8)
    assert raises(EncodeError, segment, "x" * (153 * 255 + 1), 1, 8)
    assert len(segment("x" * 153 * 255, 1, 8)) == 255
