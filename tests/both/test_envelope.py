"""SC1 on the device by the vectors of tests/vectors/sc1.json, and by what must not pass (SC1 §1–§4, §8)."""

from mtmo import envelope
from mtmo.errors import VerbError
from mtmo.tpdu import gsm7
from support import load, raises

SC1 = load("sc1.json")
DEVID = SC1["devid"]
ZERO_SALT = b"SC1 fleet salt v1"


def slot_of(kid: str, epoch: int) -> envelope.Slot:
    """The device's slot, derived as the provisioning tool would (SC1 §3)."""
    master = bytes.fromhex(SC1["recovery_master" if kid == "Z" else "master"])
    prk = envelope._hmac(ZERO_SALT, master)
    info = b"SC1 dev\0" + DEVID.encode() + b"\0" + kid.encode() + bytes((epoch, 1))
    return envelope.Slot(kid, envelope._hmac(prk, info))


def opened(sms: str, kid: str = "A", epoch: int = 1):
    """The command in `sms`, None if refused."""
    frame = envelope.parse(sms)
    return frame and envelope.open_command(frame, slot_of(kid, epoch), DEVID)


def test_the_keys_of_the_vectors_are_derived():
    slot = slot_of("A", 1)
    keys = SC1["slot_A_epoch_1"]
    for name, label in (("K_cmd", b"cmd"), ("K_rep", b"rep"), ("K_enc", b"enc")):
        assert slot.key(label) == bytes.fromhex(keys[name]), name


def test_the_commands_of_the_vectors_open():
    for row in SC1["commands"]:
        command = opened(row["sms"], row["kid"], row["epoch"])
        assert command, row["name"]
        found = (command.kid, command.ctr, command.tag, command.body, command.encrypted)
        wanted = (row["kid"], row["ctr"], bytes.fromhex(row["tag"]), row["body"], row["encrypted"])
        assert found == wanted, row["name"]
        assert gsm7.septet_count(row["sms"]) == row["septets"], row["name"]


def test_a_command_is_for_one_slot_epoch_and_device():
    for row in SC1["commands"]:
        kid = row["kid"]
        assert not opened(row["sms"], kid, row["epoch"] + 1), row["name"]
        assert not opened(row["sms"], "C" if kid != "C" else "D", row["epoch"]), row["name"]
        frame = envelope.parse(row["sms"])
        assert not envelope.open_command(frame, slot_of(kid, row["epoch"]), "356938035643810"), row["name"]


def test_replies_and_notices_are_sealed_as_in_the_vectors():
    for row in SC1["replies"]:
        slot = slot_of(row["kid"], row["epoch"])
        tag = bytes.fromhex(row["command_tag"])
        sms = envelope.seal_reply(slot, DEVID, row["ctr"], row["part"], tag, row["text"], row["encrypted"])
        assert sms == row["sms"], row["name"]
        frame = envelope.parse(sms)
        assert (frame.mark, frame.part, frame.ctr) == ("=", row["part"], row["ctr"]), row["name"]
    for row in SC1["notices"]:
        slot = slot_of(row["kid"], row["epoch"])
        sms = envelope.seal_notice(slot, DEVID, row["dctr"], row["text"], row["encrypted"])
        assert sms == row["sms"], row["name"]
        assert envelope.parse(sms).mark == "+", row["name"]


def test_what_gateways_change_is_accepted_as_the_same():
    by_name = {}
    for row in SC1["commands"]:
        by_name[row["name"]] = row
    for row in SC1["accepted_as_the_same"]:
        command = opened(row["sms"])
        assert command and command.body == by_name[row["as"]]["body"], row["why"]
    encrypted = by_name["long apn, encrypted"]
    assert opened(encrypted["sms"].lower()).body == encrypted["body"]
    assert opened("*A17.5O45HP73TOB4F status").body == "status"
    assert opened("*A4294967295.9B3RA5QL3IGWQY reboot") is None
    assert opened("*A4294967295.9B3RA5Q3lGWQY reboot").body == "reboot"


def test_what_the_vectors_refuse_is_refused():
    for row in SC1["refused"]:
        assert not opened(row["sms"]), row["why"]


def test_an_answer_reads_the_same_whatever_stands_at_its_ends():
    by_name = {row["name"]: row["sms"] for row in SC1["replies"] + SC1["notices"]}
    for row in SC1["answers_accepted_as_the_same"]:
        assert envelope.parse(row["sms"]) == envelope.parse(by_name[row["as"]]) is not None, row["why"]
    for row in SC1["answers_refused"]:
        assert envelope.parse(row["sms"]) is None, row["why"]


def test_ends_are_stripped_by_characters_not_by_their_octets():
    edges = " \r\n\xa0\u200b\u200c\u200d\u200e\u200f\ufeff"
    for code in list(range(0x20, 0x2100)) + [0x3000, 0xFEFE, 0xFEFF, 0xFF00, 0xFFFD, 0x1F600, 0xA0A0, 0xEBBF]:
        char = chr(code)
        wanted = "x" if char in edges else char + "x" + char
        assert envelope.stripped(char + "x" + char) == wanted, hex(code)
        assert envelope.stripped(char) == ("" if char in edges else char), hex(code)
    assert envelope.stripped(edges + "a" + edges + "b" + edges) == "a" + edges + "b"
    for text in ("", edges, edges + edges):
        assert envelope.stripped(text) == ""


def test_every_changed_character_and_every_cut_is_refused():
    for row in [SC1["commands"][i] for i in (1, 3, 6)]:
        sms = row["sms"]
        for at in range(len(sms)):
            assert not opened(sms[:at], row["kid"]), (row["name"], at)
            if at > 1 and sms[at] != " ":
                other = "3" if sms[at] != "3" else "4"
                assert not opened(sms[:at] + other + sms[at + 1 :], row["kid"]), (row["name"], at)
        assert not opened(sms + "0", row["kid"])


def test_texts_that_are_no_frame():
    tag = ".5045HP73T0B4F status"
    rows = ("", " ", "status", "*", "*A", "*A17", "*A17.", "*A17.5045HP73T0B4F", "A17" + tag, "#A17" + tag)
    rows += ("*17" + tag, "*A" + tag, "*AA17" + tag, "*U17" + tag, "*L17" + tag, "*O17" + tag, "*A-1" + tag)
    rows += ("*A17/1" + tag, "=A17/0" + tag, "=A17/01" + tag, "=A17/100" + tag, "=A17/" + tag, "*A17 " + tag)
    rows += ("*A17\x1b" + tag, "*A17" + tag + "\t", "*A17" + tag + "é", "*A17" + tag + "\x7f", "*A17.5045HP73T0B4F\tx")
    rows += ("*A17.5045HP73T0B4Fé x", "*é17" + tag, "*[17" + tag, "*`17" + tag, "*A1७" + tag, "*A11111111111" + tag)
    for text in rows:
        assert envelope.parse(text) is None, text
    assert envelope.parse("*A17" + tag).ctr == 17


def test_bodies_are_split_and_their_escapes_read_once():
    rows = (
        ("status", [["status"]]),
        ("apn set em user=a%3Bb", [["apn", "set", "em", "user=a%3Bb"]]),
        ("status; log 3", [["status"], ["log", "3"]]),
        ("a;b ;  c", [["a"], ["b"], ["c"]]),
        ("a;;b", [["a"], [], ["b"]]),
        (";", [[], []]),
        ("", [[]]),
    )
    for body, words in rows:
        assert envelope.split_body(body) == words, body
    rows = (("a", "a"), ("Zx9%40q", "Zx9@q"), ("%25%34%30", "%40"), ("%2540", "%40"), ("%5f%5F", "__"), ("", ""))
    for arg, text in rows:
        assert envelope.unescape(arg) == text, arg
    for arg in ("%", "%4", "a%", "%G0", "%4G", "%0A", "%1B", "%7F", "%80", "%FF", "%%41", "% 1", "%+1", "%é"):
        error = raises(VerbError, envelope.unescape, arg)
        assert error and error.code == 12, arg


def test_canonical_text_has_single_blanks():
    for text, same in (("a  b", "a b"), ("  a ", "a"), ("", ""), ("A b", "A b"), (" ; ", ";")):
        assert envelope.canonical(text) == same, text


def test_no_character_that_gateways_mangle_stands_in_a_frame():
    rows = (
        ("OK op=T_Mobile", "OK op=T%5FMobile"),
        ("OK  a@b ", "OK a%40b"),
        ("OK $\"'[]{}|~^\\", "OK %24%22%27%5B%5D%7B%7D%7C%7E%5E%5C"),
        ("OK é\n€", "OK ???"),
        ("OK 50%; OK a=b", "OK 50%; OK a=b"),
    )
    for text, safe in rows:
        assert envelope.escape(text) == safe, text
        assert envelope.escape(safe) == safe, text


def test_room_is_what_the_header_leaves():
    rows = (
        ((1760000000,), 133),
        ((1760000000, True), 83),
        ((17,), 141),
        ((17, True), 88),
        ((1760000000, False, 0, 306), 279),
        ((1760000000, True, 0, 306), 174),
    )
    for args, left in rows:
        assert envelope.room(*args) == left, args
    slot = slot_of("A", 1)
    for ctr in (1, 99, 4294967295):
        for part in (0, 3, 12):
            for encrypted in (False, True):
                left = envelope.room(ctr, encrypted, part)
                fits = envelope.seal_reply(slot, DEVID, ctr, part, b"12345678", "x" * left, encrypted)
                over = envelope.seal_reply(slot, DEVID, ctr, part, b"12345678", "x" * (left + 1), encrypted)
                assert len(fits) <= 160 < len(over), (ctr, part, encrypted)
