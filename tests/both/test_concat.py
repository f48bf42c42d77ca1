"""Reassembly of concatenated messages: nothing lost, nothing unbounded (TS 23.040 §9.2.3.24.1)."""

from support import load_lines

from mtmo import gsm7, tpdu
from mtmo.concat import Assembler


class Part:
    """What the assembler looks at in a Deliver."""

    def __init__(self, text, seq, total=2, ref=7, bits=8, number="15551234567", ton=1, alphabet=tpdu.GSM7):
        self.oa = tpdu.Address(ton, 1, number)
        self.concat = (ref, bits, total, seq)
        self.alphabet = alphabet
        self.text = None if alphabet == tpdu.DATA8 else text
        self.units = text
        if isinstance(text, str):
            septets = gsm7.encode(text)
            self.units = gsm7.unpack(gsm7.pack(septets), len(septets))


def test_the_vectors_assemble():
    count = 0
    for vector in load_lines("sms.jsonl"):
        if vector["kind"] != "assembly":
            continue
        expect = vector["expect"]
        assembler = Assembler()
        done = []
        for index in range(len(vector["pdus"])):
            result = assembler.add(tpdu.decode(vector["pdus"][index]), index, 0)
            assert not result.delete, vector["id"]
            if result.complete:
                done.append(result)
        assert bool(done) == expect["complete"], vector["id"]
        if done:
            assert [r.text for r in done] == expect.get("texts_in_completion_order", [expect.get("text")]), vector["id"]
        if "data_hex" in expect:
            assert bytes(done[0].units) == bytes.fromhex(expect["data_hex"]), vector["id"]
        count += 1
    assert count == 7


def test_a_message_in_one_segment_is_complete_at_once():
    whole = tpdu.decode("00040B915155214365F700005230419062354005E8329BFD06")
    result = Assembler().add(whole, 3, 0)
    assert (result.complete, result.indices, result.text, result.first) == (True, [3], "hello", whole)


def test_segments_come_in_any_order_and_the_indices_in_theirs():
    assembler = Assembler()
    parts = [Part("a", 1, 3), Part("b", 2, 3), Part("c", 3, 3)]
    for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        for at in order:
            result = assembler.add(parts[at], 10 + at, 0)
            assert result.complete == (at == order[2]), order
        assert (result.text, result.indices, result.first) == ("abc", [10, 11, 12], parts[0]), order
        assert assembler.pending() == [], order


def test_sets_that_differ_in_one_thing_do_not_mix():
    first = Part("a", 1)
    others = (
        ("number", Part("b", 2, number="15551234568")),
        ("type of number", Part("b", 2, ton=2)),
        ("reference", Part("b", 2, ref=8)),
        ("reference size", Part("b", 2, bits=16)),
        ("total", Part("b", 2, total=3)),
    )
    for name, other in others:
        assembler = Assembler()
        assembler.add(first, 0, 0)
        assert not assembler.add(other, 1, 0).complete, name
        assert assembler.add(Part("z", 2), 2, 0).text == "az", name


def test_pieces_cut_inside_a_character_are_joined_before_they_are_read():
    assembler = Assembler()
    assembler.add(Part(b"a\x1b", 1), 0, 0)
    assert assembler.add(Part(b"eb", 2), 1, 0).text == "a€b"
    assembler.add(Part(b"\x00a\xd8\x3d", 1, alphabet=tpdu.UCS2), 0, 0)
    assert assembler.add(Part(b"\xde\x00\x00b", 2, alphabet=tpdu.UCS2), 1, 0).text == "a😀b"
    assembler.add(Part(b"\x04\x16", 1, alphabet=tpdu.UCS2), 0, 0)
    assert assembler.add(Part("b", 2), 1, 0).text == "Жb"
    assembler.add(Part(b"\x01\x02", 1, alphabet=tpdu.DATA8), 0, 0)
    result = assembler.add(Part(b"\x03", 2, alphabet=tpdu.DATA8), 1, 0)
    assert (result.text, bytes(result.units)) == (None, b"\x01\x02\x03")


def test_reading_the_store_again_changes_nothing():
    assembler = Assembler()
    for _ in range(5):
        result = assembler.add(Part("a", 1), 4, 0)
        assert not result.complete and not result.delete
    assert assembler.pending() == [4]


def test_a_copy_of_a_segment_is_deleted():
    assembler = Assembler()
    assembler.add(Part("a", 1), 4, 0)
    assert assembler.add(Part("a", 1), 5, 0).delete == [5]
    assert assembler.add(Part("b", 2), 6, 0).indices == [4, 6]


def test_two_contents_for_one_segment_drop_the_whole_set():
    assembler = Assembler()
    assembler.add(Part("a", 1, 3), 4, 0)
    assembler.add(Part("b", 2, 3), 5, 0)
    result = assembler.add(Part("X", 1, 3), 6, 0)
    assert (result.complete, result.delete) == (False, [4, 5, 6])
    assert result.reason and assembler.pending() == [] and assembler.dropped == 1


def test_more_segments_than_allowed_are_refused_at_once():
    assembler = Assembler()
    assert assembler.add(Part("a", 1, 5), 4, 0).delete == [4]
    assert assembler.pending() == []
    assembler.max_stored = 3
    assert assembler.add(Part("a", 1, 4), 5, 0).delete == [5]


def test_a_fifth_set_pushes_out_the_oldest():
    assembler = Assembler()
    for ref in range(4):
        assert not assembler.add(Part("a", 1, ref=ref), ref, ref).delete
    result = assembler.add(Part("a", 1, ref=9), 9, 9)
    assert result.delete == [0] and assembler.pending() == [1, 2, 3, 9]
    assert assembler.add(Part("b", 2, ref=9), 10, 9).text == "ab"


def test_no_more_segments_are_kept_than_half_the_store():
    assembler = Assembler(max_stored=4)
    assembler.add(Part("a", 1, 3, ref=1), 1, 0)
    assembler.add(Part("b", 2, 3, ref=1), 2, 0)
    assembler.add(Part("a", 1, 3, ref=2), 3, 0)
    assembler.add(Part("b", 2, 3, ref=2), 4, 0)
    result = assembler.add(Part("a", 1, 3, ref=3), 5, 0)
    assert result.delete == [1, 2] and assembler.pending() == [3, 4, 5]


def test_a_set_expires():
    assembler = Assembler(timeout_s=100)
    assembler.add(Part("a", 1), 4, 1000)
    assembler.add(Part("a", 1, ref=8), 5, 1050)
    assert assembler.expire(1099) == []
    assert assembler.expire(1100) == [4]
    assert assembler.add(Part("b", 2), 6, 1200).delete == [5]
    assert assembler.pending() == [6]


def test_an_index_given_to_another_message_frees_the_old_segment():
    assembler = Assembler()
    assembler.add(Part("a", 1), 4, 0)
    assembler.add(Part("q", 1, ref=8), 4, 0)
    assert assembler.pending() == [4]
    assert not assembler.add(Part("b", 2), 5, 0).complete
    assert assembler.add(Part("r", 2, ref=8), 6, 0).indices == [4, 6]


def test_segments_that_are_not_stored_have_no_index():
    assembler = Assembler()
    assembler.add(Part("a", 1), -1, 0)
    assembler.add(Part("q", 1, ref=8), -1, 0)
    result = assembler.add(Part("b", 2), -1, 0)
    assert (result.complete, result.text, result.indices) == (True, "ab", [])
    assert assembler.add(Part("a", 1, 5), -1, 0).delete == []
    assert assembler.expire(10**6) == [] and assembler.dropped == 2


def test_segments_that_are_not_stored_are_bounded_too():
    assembler = Assembler(max_stored=4)
    for ref in range(20):
        assembler.add(Part("a", 1, 3, ref=ref % 4), -1, 0)
        assembler.add(Part("b", 2, 3, ref=ref % 4), -1, 0)
    assert sum([len(held.held()) for held in assembler._sets]) == 4


def test_a_set_whose_segments_no_listing_shows_any_more_is_forgotten_in_the_end():
    assembler = Assembler(timeout_s=100)
    assembler.add(Part("a", 1), 4, 0)
    assembler.listed = [7]
    assert assembler.expire(199) == [] and assembler.pending() == [4]
    assembler.expire(200)
    assert assembler.pending() == []


def test_an_expired_segment_that_is_read_again_is_deleted_not_kept():
    assembler = Assembler(timeout_s=100)
    assembler.add(Part("a", 1), 4, 0)
    result = assembler.add(Part("a", 1), 4, 100)
    assert (result.complete, result.delete) == (False, [4]) and assembler.pending() == []


def test_an_index_that_holds_another_message_now_is_not_deleted():
    whole = tpdu.decode("00040B915155214365F700005230419062354005E8329BFD06")
    for other in (whole, Part("q", 1, ref=8)):
        assembler = Assembler(timeout_s=100)
        assembler.add(Part("a", 1), 4, 0)
        result = assembler.add(other, 4, 100)
        assert result.complete == (other is whole) and result.delete == []


def test_whatever_comes_the_bounds_hold():
    assembler = Assembler(max_stored=10)
    seed = 1
    for now in range(3000):
        seed = seed * 1103515245 + 12345 & 0x3FFFFFFF
        total = 1 + (seed >> 4) % 5
        part = Part("abc"[(seed >> 8) % 3], 1 + (seed >> 12) % total, total, (seed >> 16) % 7)
        assembler.add(part, (seed >> 20) % 20, now)
        pending = assembler.pending()
        assert len(pending) <= 10 and len(set(pending)) == len(pending), now
    assert len(assembler.expire(10**6)) == len(pending)
    assert assembler.pending() == []
