"""Reassembly of concatenated messages: nothing lost, nothing unbounded (TS 23.040 §9.2.3.24.1)."""

from binascii import hexlify

from mtmo import tpdu
from mtmo.inbox import concat, expiry, segments
from mtmo.tpdu import gsm7
from support import load_lines

GSM_TEXT, DATA, UCS2_TEXT = 0x00, 0x04, 0x08  # TP-DCS


def pdu(body, seq=1, total=2, ref=7, bits=8, number="15551234567", toa=0x91, dcs=GSM_TEXT, minute=0):
    """The hex of a DELIVER as a modem shows it; `body` is a text in the GSM alphabet, or octets."""
    header = bytes((5, 0, 3, ref, total, seq) if bits == 8 else (6, 8, 4, 0, ref, total, seq))
    if total == 1:
        header = b""
    if dcs == GSM_TEXT:
        fill = bytearray((len(header) * 8 + 6) // 7)
        septets = fill + (gsm7.encode(body) if isinstance(body, str) else body)
        ud = gsm7.pack(septets)
        ud[: len(header)] = header
        udl = len(septets)
    else:
        ud = header + body
        udl = len(ud)
    digits = number + "F" * (len(number) % 2)
    address = "%02X%02X" % (len(number), toa) + "".join([digits[i + 1] + digits[i] for i in range(0, len(digits), 2)])
    scts = "623041%02d%02d3500" % (1 + minute // 60 % 9 * 10, minute % 10 * 10 + minute % 60 // 10)
    head = "00" + ("44" if header else "04") + address + "00%02X" % dcs + scts + "%02X" % udl
    return (head + str(hexlify(bytes(ud)), "utf-8").upper()).encode()


class Store:
    """A modem's store as the assembler's caller sees it, and the open sets."""

    def __init__(self, max_stored=16):
        self.pdus = {}
        self.sets = []
        self.max_stored = max_stored
        self.delete = []
        self.why = ""

    def add(self, pdu_hex, place, now=0, old=False):
        """The text that a segment at `place` completes, else None."""
        self.pdus[place] = pdu_hex
        whole, self.delete, self.why = concat.add(
            self.sets, tpdu.decode(pdu_hex), pdu_hex, place, now, self.max_stored, old
        )
        self.places = concat.places_of(whole) if whole else []
        return segments.joined(self.delivers(whole)) if whole else None

    def delivers(self, whole):
        """What its segments say, read where they are kept."""
        parts = whole[concat.PARTS :]
        return [tpdu.decode(hexlify(part[2]) if part[0] < 0 else self.pdus[part[0]]) for part in parts]

    def pending(self):
        """The places of all segments that wait."""
        return sorted([place for held in self.sets for place in concat.places_of(held)])


def test_the_vectors_assemble():
    count = 0
    for vector in load_lines("sms.jsonl"):
        if vector["kind"] != "assembly":
            continue
        expect = vector["expect"]
        sets = []
        done = []
        for index in range(len(vector["pdus"])):
            pdu_hex = vector["pdus"][index]
            deliver = tpdu.decode(pdu_hex)
            if not deliver.concat:
                continue
            whole, delete, _ = concat.add(sets, deliver, pdu_hex.encode(), index, 0)
            assert not delete, vector["id"]
            if whole:
                done.append([tpdu.decode(vector["pdus"][place]) for place in concat.places_of(whole)])
        assert bool(done) == expect["complete"], vector["id"]
        if done:
            texts = [segments.joined(delivers) for delivers in done]
            assert texts == expect.get("texts_in_completion_order", [expect.get("text")]), vector["id"]
        if "data_hex" in expect:
            assert b"".join([deliver.units for deliver in done[0]]) == bytes.fromhex(expect["data_hex"]), vector["id"]
        count += 1
    assert count == 7


def test_segments_come_in_any_order_and_the_places_in_theirs():
    store = Store()
    parts = [pdu("a", 1, 3), pdu("b", 2, 3), pdu("c", 3, 3)]
    for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        for at in order:
            text = store.add(parts[at], 10 + at)
            assert (text is None) == (at != order[2]), order
        assert (text, store.places, store.sets) == ("abc", [10, 11, 12], []), order


def test_sets_that_differ_in_one_thing_do_not_mix():
    others = (
        ("number", pdu("b", 2, number="15551234568")),
        ("type of number", pdu("b", 2, toa=0xA1)),
        ("reference", pdu("b", 2, ref=8)),
        ("reference size", pdu("b", 2, bits=16)),
        ("total", pdu("b", 2, total=3)),
    )
    for name, other in others:
        store = Store()
        store.add(pdu("a", 1), 0)
        assert store.add(other, 1) is None, name
        assert store.add(pdu("z", 2), 2) == "az", name


def test_pieces_cut_inside_a_character_are_joined_before_they_are_read():
    store = Store()
    for first, second, joined in (
        (pdu(b"a\x1b", 1), pdu(b"eb", 2), "a€b"),
        (pdu(b"\x00a\xd8\x3d", 1, dcs=UCS2_TEXT), pdu(b"\xde\x00\x00b", 2, dcs=UCS2_TEXT), "a😀b"),
        (pdu(b"\x04\x16", 1, dcs=UCS2_TEXT), pdu("b", 2), "Жb"),
    ):
        for places in ((0, 1), (-1, -1), (0, -1)):  # in the store, handed on, class 0 beside the store
            assert store.add(first, places[0]) is None
            assert store.add(second, places[1]) == joined, (joined, places)


def test_a_message_of_data_is_no_text():
    store = Store()
    assert store.add(pdu(b"\x01\x02", 1, dcs=DATA), 0) is None
    assert store.add(pdu(b"\x03", 2, dcs=DATA), 1) is None
    assert store.places == [0, 1]


def test_what_is_kept_of_a_stored_segment_is_its_place_and_not_its_text():
    store = Store()
    for ref in range(4):
        for seq in (1, 2, 3):
            store.add(pdu("x" * 150, seq, 4, ref), 3 * ref + seq)
    assert not [part for held in store.sets for part in held[concat.PARTS :] if part and not isinstance(part[2], int)]
    assert len(store.pending()) == 12


def test_reading_the_store_again_changes_nothing():
    store = Store()
    for _ in range(5):
        assert store.add(pdu("a", 1), 4) is None and not store.delete
    assert store.pending() == [4]


def test_a_copy_of_a_segment_is_deleted():
    store = Store()
    store.add(pdu("a", 1), 4)
    store.add(pdu("a", 1, minute=5), 5)
    assert store.delete == [5]
    store.add(pdu("b", 2), 6)
    assert store.places == [4, 6]


def test_two_contents_for_one_segment_drop_the_whole_set():
    store = Store()
    store.add(pdu("a", 1, 3), 4)
    store.add(pdu("b", 2, 3), 5)
    assert store.add(pdu("X", 1, 3), 6) is None
    assert (store.delete, store.why, store.sets) == ([4, 5, 6], "segments contradict", [])


def test_one_content_in_two_alphabets_is_two_contents():
    store = Store()
    store.add(pdu(b"\x00a", 1, dcs=UCS2_TEXT), 4)
    store.add(pdu(b"\x00a", 1, dcs=DATA), 5)
    assert store.why == "segments contradict"


def test_more_segments_than_allowed_are_refused_at_once():
    store = Store()
    store.add(pdu("a", 1, 5), 4)
    assert (store.delete, store.sets) == ([4], [])
    store.max_stored = 3
    store.add(pdu("a", 1, 4), 5)
    assert store.delete == [5]


def test_a_fifth_set_pushes_out_the_oldest():
    store = Store()
    for ref in range(4):
        store.add(pdu("a", 1, ref=ref), ref, ref)
        assert not store.delete
    store.add(pdu("a", 1, ref=9), 9, 9)
    assert store.delete == [0] and store.pending() == [1, 2, 3, 9]
    assert store.add(pdu("b", 2, ref=9), 10, 9) == "ab"


def test_no_more_segments_are_kept_than_half_the_store():
    store = Store(max_stored=4)
    store.add(pdu("a", 1, 3, ref=1), 1)
    store.add(pdu("b", 2, 3, ref=1), 2)
    store.add(pdu("a", 1, 3, ref=2), 3)
    store.add(pdu("b", 2, 3, ref=2), 4)
    store.add(pdu("a", 1, 3, ref=3), 5)
    assert store.delete == [1, 2] and store.pending() == [3, 4, 5]


def test_a_place_given_to_another_message_is_no_segments_any_more():
    store = Store()
    store.add(pdu("a", 1), 4)
    concat.forget(store.sets, 4)
    assert store.sets == []
    store.add(pdu("q", 1, ref=8), 4)
    assert store.add(pdu("b", 2), 5) is None
    assert store.add(pdu("r", 2, ref=8), 6) == "qr" and store.places == [4, 6]


def test_segments_that_are_not_stored_have_no_place():
    store = Store()
    assert store.add(pdu("a", 1), -1) is None
    store.add(pdu("q", 1, ref=8), -1)
    assert store.add(pdu("b", 2), -1) == "ab" and store.places == []
    store.add(pdu("a", 1, 5), -1)
    assert store.delete == []
    assert expiry.expired(store.sets, None, 10**6) == [] and store.sets == []


def test_segments_that_are_not_stored_are_bounded_in_octets():
    store = Store()
    for ref in range(20):
        for seq in (1, 2, 3):
            store.add(pdu("x" * 150, seq, 4, ref), -1)
            kept = [part[2] for held in store.sets for part in held[concat.PARTS :] if part]
            assert sum([len(octets) for octets in kept]) <= 1024
    for seq in (1, 2, 3, 4):  # a message of the largest size goes through all the same
        text = store.add(pdu("y" * 150, seq, 4, 99), -1)
    assert text == "y" * 600


def test_a_set_expires():
    store = Store()
    store.add(pdu("a", 1), 4, 1000)
    store.add(pdu("a", 1, ref=8), 5, 1050)
    assert expiry.next_s(store.sets, 1100) == 2800
    assert expiry.expired(store.sets, None, 2799) == []
    assert expiry.expired(store.sets, None, 2800) == [4]
    assert store.pending() == [5]


def test_a_set_that_its_sender_has_given_up_expires_soon():
    store = Store()
    store.add(pdu("a", 1), 4, 1000, True)
    store.add(pdu("a", 1, ref=8), 5, 1000)
    assert [held[concat.SCTS] is not None for held in store.sets] == [True, False]
    store.sets[0][concat.STALE] = True
    assert expiry.expired(store.sets, None, 1299) == []
    assert expiry.expired(store.sets, None, 1300) == [4]


def test_a_set_whose_segments_no_listing_shows_any_more_is_forgotten_in_the_end():
    store = Store()
    store.add(pdu("a", 1), 4, 0)
    assert expiry.expired(store.sets, {7: 1}, 3599) == [] and store.pending() == [4]
    expiry.expired(store.sets, {7: 1}, 3600)
    assert store.sets == []


def test_whatever_comes_the_bounds_hold():
    store = Store(max_stored=10)
    seed = 1
    for now in range(3000):
        seed = seed * 1103515245 + 12345 & 0x3FFFFFFF
        total = 2 + (seed >> 4) % 4
        part = pdu("abc"[(seed >> 8) % 3], 1 + (seed >> 12) % total, total, (seed >> 16) % 7)
        place = (seed >> 20) % 20
        if store.pdus.get(place) != part:
            concat.forget(store.sets, place)
        store.add(part, place, now)
        pending = store.pending()
        assert len(pending) <= 10 and len(set(pending)) == len(pending), now
        assert len(store.sets) <= 4
    assert sorted(expiry.expired(store.sets, None, 10**6)) == pending
    assert store.sets == []
