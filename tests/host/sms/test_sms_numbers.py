"""Numbers, allow-list forms and the A2P rule."""

from __future__ import annotations

import pytest

from mtmo_host.errors import MtmoError
from mtmo_host.sms.address import Address
from mtmo_host.sms.numbers import allow_matches, is_a2p, parse_address, parse_allow_form, parse_msisdn


@pytest.mark.parametrize("text", ["+491511234567", "00491511234567", "491511234567", "+49 (151) 123-4567"])
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    assert parse_msisdn(text) == "+491511234567"


@pytest.mark.parametrize(
    "text", ["", "+", "+0491511234567", "+49151x", "12", "+4915112345678901", '+491511234567";+CFUN=0', "٤٩١٥١١٢٣٤٥٦٧"]
)
def test_what_is_no_international_number_is_refused(text: str) -> None:
    with pytest.raises(MtmoError):
        parse_msisdn(text)


@pytest.mark.parametrize(
    ("text", "toa", "address"),
    [
        ("12345", None, Address("12345", 0, 1)),
        ("12345678", None, Address("12345678", 0, 1)),
        ("491511234567", None, Address("+491511234567", 1, 1)),
        ("+491511234567", None, Address("+491511234567", 1, 1)),
        ("EMnify", None, Address("EMnify", 5, 0)),
        ("12345", 145, Address("+12345", 1, 1)),
        ("01511234567", 161, Address("01511234567", 2, 1)),
        ("12345", 208, Address("12345", 5, 0)),
        ("12345", 129, Address("12345", 0, 1)),
    ],
)
def test_a_platforms_source_address(text: str, toa: int | None, address: Address) -> None:
    assert parse_address(text, toa) == address
    if toa is not None:
        assert parse_address(text, toa).toa == toa


@pytest.mark.parametrize(
    ("text", "toa"), [("", None), ("ABCDEFGHIJKL", None), ("漢", None), ("abc", 145), ("1", 5), ("1" * 21, None)]
)
def test_what_is_no_address_is_refused(text: str, toa: int | None) -> None:
    with pytest.raises(MtmoError):
        parse_address(text, toa)


@pytest.mark.parametrize(
    ("peer", "a2p"), [("1", True), ("1234567", True), ("12345678", False), ("+491511234567", False), ("EMnify", True)]
)
def test_seven_digits_or_letters_are_an_application(peer: str, a2p: bool) -> None:
    assert is_a2p(peer) is a2p
    assert is_a2p(parse_address(peer)) is a2p


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("12345", "short:12345"),
        ("+49 151 1234567", "+491511234567"),
        ("alnum:EMnify", "alnum:EMnify"),
        ("short:00012345", "short:00012345"),
        ("national:01511234567", "national:01511234567"),
        ("unknown:491511234567", "unknown:491511234567"),
    ],
)
def test_allow_list_forms(text: str, form: str) -> None:
    assert parse_allow_form(text) == form
    assert parse_allow_form(form) == form


@pytest.mark.parametrize(
    "text", ["", "123456789", "short:123456789", "short:", "alnum:", "EMnify", "network:1", "+49", "national:+49"]
)
def test_what_is_no_allow_list_form_is_refused(text: str) -> None:
    with pytest.raises(MtmoError):
        parse_allow_form(text)


@pytest.mark.parametrize(
    ("form", "address", "matches"),
    [
        ("+491511234567", Address("+491511234567", 1), True),
        ("+491511234567", Address("491511234567", 0), False),
        ("+491511234567", Address("+4915112345678", 1), False),
        ("+491511234567", Address("491511234567", 5), False),
        ("short:12345", Address("12345", 0), True),
        ("short:12345", Address("12345", 6), True),
        ("short:12345", Address("+12345", 1), False),
        ("short:12345", Address("12345", 5), False),
        ("alnum:EMnify", Address("EMNIFY", 5, 0), True),
        ("alnum:EMnify", Address("EMnify1", 5, 0), False),
        ("national:0151", Address("0151", 2), True),
        ("national:0151", Address("0151", 0), False),
        ("unknown:0151", Address("0151", 0), True),
        ("", Address("", 0), False),
    ],
)
def test_an_address_matches_exactly_or_not_at_all(form: str, address: Address, matches: bool) -> None:
    assert allow_matches(form, address) is matches
