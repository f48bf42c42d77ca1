"""The GSM 7-bit alphabets and their packing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtmo_host.sms import gsm7
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.national_tables import LANGUAGES, LOCKING, SINGLE


def _pack_slowly(septets: bytes, fill_bits: int) -> bytes:
    """Bit by bit, as the clause draws it."""
    bits = [0] * fill_bits + [septet >> bit & 1 for septet in septets for bit in range(7)]
    bits += [0] * (-len(bits) % 8)
    return bytes(sum(bit << at for at, bit in enumerate(bits[start : start + 8])) for start in range(0, len(bits), 8))


@given(st.lists(st.integers(0, 127), max_size=256).map(bytes), st.integers(0, 6))
def test_packing_is_bit_by_bit_and_its_own_inverse(septets: bytes, fill_bits: int) -> None:
    packed = gsm7.pack(septets, fill_bits)
    assert packed == _pack_slowly(septets, fill_bits)
    assert gsm7.unpack(packed, len(septets), fill_bits) == septets


@pytest.mark.parametrize(
    ("septets", "text"),
    [
        (b"A\x1bAB", "AAB"),  # unknown escape: the locking table's character
        (b"A\x1b\x1bB", "A B"),  # reserved: a space
        (b"A\x1b", "A"),
        (b"\x1b", ""),
        (b"\x1b\x1b", " "),
        (b"\x1b\x1b\x1b", " "),
        (b"\x1be\x1be", "€€"),
        (b"\x1b\x0d", "\r"),  # CR2
        (b"\x1b\x0a", "\f"),
        (b"\x00\x00", "@@"),
    ],
)
def test_escapes_are_read_as_the_clause_says(septets: bytes, text: str) -> None:
    assert gsm7.decode(septets) == text


@pytest.mark.parametrize("character", ["`", "ç", "\t", "\0", "\x1b", "☃"])
def test_what_the_default_alphabet_lacks_is_refused(character: str) -> None:
    with pytest.raises(PduError) as refusal:
        gsm7.encode(f"ab{character}")
    assert (refusal.value.reason, refusal.value.offset) == ("not_in_alphabet", 2)


def test_there_are_thirteen_single_and_twelve_locking_tables() -> None:
    assert set(SINGLE) == set(LANGUAGES) == set(range(1, 14))
    assert set(LOCKING) == set(LANGUAGES) - {2}
    assert all(len(table) == 128 and table[0x1B] == "\x1b" for table in LOCKING.values())


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_character_of_a_national_table_comes_back(language: int) -> None:
    for locking, single in ((language, 0), (0, language), (language, language)):
        table = LOCKING.get(locking, gsm7.DEFAULT)
        text = "".join(character for character in table if character != "\x1b") + "".join(SINGLE[language].values())
        if gsm7.fits(text, locking, single):
            assert gsm7.decode(gsm7.encode(text, locking, single), locking, single) == text
        else:
            assert single == 0


@pytest.mark.parametrize(
    ("language", "code", "character"),
    [(4, 0x2C, ","), (7, 0x24, "\u0ca1"), (8, 0x2E, "."), (13, 0x2C, ","), (1, 0x40, "İ"), (3, 0x60, "~")],
)
def test_places_where_others_err_in_locking_tables(language: int, code: int, character: str) -> None:
    assert gsm7.decode(bytes((code,)), language) == character


@pytest.mark.parametrize(("language", "code", "character"), [(7, 0x3C, "["), (12, 0x65, "€"), (2, 0x0D, "\r")])
def test_places_where_others_err_in_single_tables(language: int, code: int, character: str) -> None:
    assert gsm7.decode(bytes((0x1B, code)), 0, language) == character


def test_an_unknown_language_is_the_default_table() -> None:
    assert gsm7.decode(b"A\x1be", 14, 200) == "A€"
