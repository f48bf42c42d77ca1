"""The GSM 7-bit default alphabet: facts of TS 23.038 §6.1.2 and §6.2.1."""

from mtmo.tpdu import gsm7

TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = ((0x0A, "\x0c"), (0x14, "^"), (0x28, "{"), (0x29, "}"), (0x2F, "\\"), (0x3C, "["), (0x3D, "~"), (0x3E, "]"))
EXTENSION += ((0x40, "|"), (0x65, "€"))


def text_of(septets) -> str:
    """Text of septets given one an octet, by way of the packed form."""
    return gsm7.decode(gsm7.unpack(gsm7.pack(bytearray(septets)), len(septets)))


def test_every_septet_but_the_escape_is_its_character():
    for septet in range(128):
        if septet != 0x1B:
            assert text_of([septet]) == TABLE[septet], septet
            assert gsm7.encode(TABLE[septet]) == bytes((septet,)), septet


def test_every_character_of_the_extension_takes_two_septets():
    for septet, char in EXTENSION:
        assert text_of([0x61, 0x1B, septet, 0x62]) == "a" + char + "b", char
        assert gsm7.encode(char) == bytes((0x1B, septet)), char
        assert gsm7.septet_count("a" + char) == 3, char


def test_an_unknown_escape_is_the_character_of_the_default_table():
    known = [septet for septet, _ in EXTENSION] + [0x0D, 0x1B]
    for septet in range(128):
        if septet not in known:
            assert text_of([0x1B, septet]) == TABLE[septet], septet


def test_escapes_at_the_edge():
    rows = (
        ("ESC ESC is a blank", [0x41, 0x1B, 0x1B, 0x42], "A B"),
        ("three are a blank and nothing", [0x1B, 0x1B, 0x1B], " "),
        ("a last ESC is dropped", [0x41, 0x1B], "A"),
        ("CR2 is a carriage return", [0x1B, 0x0D], "\r"),
        ("nothing but ESC", [0x1B], ""),
    )
    for name, septets, text in rows:
        assert text_of(septets) == text, name


def test_a_last_at_sign_stays_at_every_length():
    for count in range(161):
        septets = [0x61] * count + [0]
        assert text_of(septets) == "a" * count + "@", count


def test_packing_and_unpacking_are_inverse_at_every_length_and_offset():
    for count in range(20):
        septets = bytearray([(7 * i + count) & 127 for i in range(count)])
        packed = gsm7.pack(septets)
        assert len(packed) == (count * 7 + 7) // 8, count
        whole = gsm7.unpack(packed, count)
        assert len(whole) == count
        for skip in range(count):
            assert gsm7.unpack(packed, count, skip) == whole[skip:], (count, skip)


def test_latin_letters_that_look_like_utf8_are_not_taken_for_it():
    for text in ("Ä£", "Å¤", "Ç§¿", "Ø¡Ü£", "à¿¡", "äöü"):
        assert text_of(gsm7.encode(text)) == text, text


def test_what_is_not_in_the_alphabet_is_refused():
    for char in ("ç", "`", "\t", "\0", "\x1b", "\x80", "\x85", "\x89", "\x9f", "\xa0", "Ж", "✓", "😀", "\x7f", "’"):
        assert gsm7.encode("a" + char) is None, char
        assert gsm7.septet_count(char) == -1, char


def test_septets_are_counted():
    rows = (("", 0), ("abc", 3), ("€", 2), ("ΔΦ", 2), ("[]", 4), ("é^", 3))
    for text, count in rows:
        assert gsm7.septet_count(text) == count, text
