"""Cell broadcast pages (TS 23.041 §9.4.1), their coding (TS 23.038 §5), and SMS-COMMAND (TS 23.040 §9.2.2.4)."""

from __future__ import annotations

import pytest

from mtmo_host.sms.address import Address
from mtmo_host.sms.cbs import OCTETS, decode_cbs_dcs, decode_page, encode_pages
from mtmo_host.sms.command import decode_command, encode_command
from mtmo_host.sms.dcs import DATA8, GSM7, UCS2
from mtmo_host.sms.errors import PduError

_PADDED = "41D071DA0491CBE6709D4D0785D97074585CA683DAE5F93C7C2E83EE693A1A340ECBE5E9F0B90C9297E975B91B040F93C969F7B9"
_PADDING = "D168341A8D46A3" * 4 + "D100"
_FULL = (
    "41D071DA0491CBE6709D4D0785D97074585CA683DAE5F93C7C2E83C4E5B4FB0C2AE3C3633A3B0FCACD406374581E1ED3CBF23988FD769F59"
    "A07639EC4EBBCF203ABA2C2F83D27390FB0D8287C9E4B4FB1C02"
)
_SPOKEN = (
    "737B23083A4E9B2072D91CAEB3E9A0301B8E0E8BCB7450BB3C9F87CF65D03D4D4783C661B93C1D3E9741F232BD2E7783E0613239ED3E371A8D46A3"
    + "D168341A8D46A3" * 3
    + "D100"
)
_SENTENCE = "A GSM default alphabet message with carriage return padding"
# Android's telephony tests (GsmSmsCbTest, Apache-2.0): page, its text
ANDROID = [
    ("padded", "C0000032" + "4011" + _PADDED + _PADDING, _SENTENCE),
    ("full", "C0000032" + "4011" + _FULL,
     "A GSM default alphabet message being exactly 93 characters long, meaning there is no padding!"),
    ("language in front", "C0000032" + "1011" + _SPOKEN, _SENTENCE),
    ("octets", "C0000032" + "4411" + ("41424344454647" * 12)[: 2 * 82], None),
]  # fmt: skip


@pytest.mark.parametrize(("page_hex", "text"), [case[1:] for case in ANDROID], ids=[case[0] for case in ANDROID])
def test_pages_that_others_made(page_hex: str, text: str | None) -> None:
    page = decode_page(bytes.fromhex(page_hex))
    assert (page.sn, page.mid, page.page, page.pages) == (0xC000, 50, 1, 1)
    assert page.text == text


def test_a_text_makes_the_page_that_others_made() -> None:
    assert encode_pages(_SENTENCE, mid=50, sn=0xC000, dcs=0x40) == [bytes.fromhex(ANDROID[0][1])]


@pytest.mark.parametrize(
    ("octet", "alphabet", "klass"),
    [
        (0x00, GSM7, None), (0x0F, GSM7, None), (0x10, GSM7, None), (0x11, UCS2, None), (0x20, GSM7, None),
        (0x40, GSM7, None), (0x44, DATA8, None), (0x48, UCS2, None), (0x50, GSM7, 0), (0x53, GSM7, 3),
        (0x5B, UCS2, 3), (0x91, DATA8, 1), (0xE1, DATA8, None), (0xF3, GSM7, 3), (0xF7, DATA8, 3), (0x80, GSM7, None),
    ],
)  # fmt: skip
def test_the_coding_groups_are_those_of_broadcasts(octet: int, alphabet: str, klass: int | None) -> None:
    coding = decode_cbs_dcs(octet)
    assert (coding.alphabet, coding.message_class) == (alphabet, klass)


@pytest.mark.parametrize(
    "text", ["", "x", "a" * 93, "a" * 94, "€" * 47, "Achtung: Hochwasser", "Жара " * 30, "\U0001f30a" * 21]
)
def test_a_text_comes_back_from_its_pages(text: str) -> None:
    made = encode_pages(text, mid=4370, sn=7)
    pages = [decode_page(octets) for octets in made]
    assert all(len(octets) == OCTETS for octets in made)
    assert [(page.page, page.pages) for page in pages] == [(at, len(pages)) for at in range(1, len(pages) + 1)]
    assert "".join(page.text or "" for page in pages) == text


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: encode_pages("x", mid=65_536), "mid"),
        (lambda: encode_pages("x", mid=1, sn=-1), "sn"),
        (lambda: encode_pages("a" * 1396, mid=1), "text"),
        (lambda: encode_pages("x", mid=1, dcs=0x44), "text"),
        (lambda: decode_page(b"\0" * 87), "page"),
        (lambda: encode_command(da=Address("1", 0), data=b"\0" * 158), "cd"),
        (lambda: encode_command(da=Address("1", 0), first=1), "first_octet"),
        (lambda: encode_command(da=Address("1", 0), ct=256), "ct"),
        (lambda: decode_command(b""), "first_octet"),
        (lambda: decode_command(b"\1\0\0\0\0\1\x81\xf1\0"), "first_octet"),
        (lambda: decode_command(b"\2\0\0\0\0\1"), "da"),
        (lambda: decode_command(b"\2\0\0\0\0\1\x81\xf1\1"), "cdl"),
    ],
)
def test_what_is_none_is_refused(make: object, field: str) -> None:
    assert callable(make)
    with pytest.raises(PduError) as caught:
        make()
    assert caught.value.field == field


def test_a_page_that_counts_nonsense_is_one_of_one() -> None:
    octets = bytearray(bytes.fromhex(ANDROID[0][1]))
    for octet in (0x00, 0x21, 0x01):
        octets[5] = octet
        assert (decode_page(bytes(octets)).page, decode_page(bytes(octets)).pages) == (1, 1)


def test_a_command_is_read_as_it_was_written() -> None:
    written = encode_command(da=Address("+491701234567", 1), ct=2, mn=42, data=b"\x01\x02")
    # §9.2.2.4: first octet, TP-MR, TP-PID, TP-CT, TP-MN, TP-DA, TP-CDL, TP-CD
    assert written.hex().upper() == "020000022A0C91947110325476" + "020102"
    read = decode_command(written)
    assert (read.ct, read.mn, read.da.number, read.data) == (2, 42, "+491701234567", b"\x01\x02")
