"""Who the emulated devices are: names and numbers that look and check like real ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mtmo_host.errors import MtmoError

_TAC = "35693803"  # type allocation code of the emulated modems' IMEIs (TS 23.003 §6.2.1)
_ISSUER = "8988303000"  # ICCID: telecom, country, issuer (ITU-T E.118)
_PLMN = "29505"
_WRITTEN = re.compile(r"\+[0-9]{7,15}", re.ASCII)
_FIRST_SERIAL = 564380
_MSISDN = "+42366392"
IDENTITIES = 999_999 - _FIRST_SERIAL  # an IMEI has six digits for the serial number


@dataclass(frozen=True)
class Identity:
    """One device: its name, its modem's IMEI, its SIM's ICCID, IMSI and MSISDN."""

    name: str
    imei: str
    iccid: str
    imsi: str
    msisdn: str


def identity(number: int) -> Identity:
    """The identity of device `number`, from 1; the same number is always the same device."""
    serial = _FIRST_SERIAL + number
    return Identity(
        name=f"unit-{number}",
        imei=with_check_digit(f"{_TAC}{serial:06d}"),
        iccid=with_check_digit(f"{_ISSUER}{serial:08d}"),
        imsi=f"{_PLMN}{serial:010d}",
        msisdn=f"{_MSISDN}{serial:07d}",
    )


def checked_msisdn(number: str) -> str:
    """The number, if it is an MSISDN in international form. Raises MtmoError."""
    if not _WRITTEN.fullmatch(number):
        raise MtmoError(f"{number!r} is not an MSISDN", field="number", fix="for example +491511234567")
    return number


def with_check_digit(digits: str) -> str:
    """`digits` and the Luhn digit that IMEIs and ICCIDs end with (TS 23.003 annex B, ITU-T E.118)."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - i % 2)
        total += value // 10 + value % 10
    return digits + str(-total % 10)
