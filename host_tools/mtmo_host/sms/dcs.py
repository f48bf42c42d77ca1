"""Data coding schemes (TS 23.038 §4): all 256 octets classified."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

GSM7, DATA8, UCS2 = "gsm7", "8bit", "ucs2"

_MWI_KINDS = ("voicemail", "fax", "email", "other")


@dataclass(frozen=True, slots=True)
class Mwi:
    """Message waiting indication: its kind, whether it is set, and whether the message may be discarded."""

    kind: str
    active: bool
    discard: bool


@dataclass(frozen=True, slots=True)
class Dcs:
    """What a data coding scheme octet means. `message_class` 0 is flash, 1 ME, 2 SIM, 3 TE, None without one."""

    octet: int
    alphabet: str
    compressed: bool = False
    message_class: int | None = None
    auto_delete: bool = False
    mwi: Mwi | None = None
    reserved: bool = False

    @property
    def flash(self) -> bool:
        """To be shown at once and not stored (class 0)."""
        return self.message_class == 0

    @property
    def in_septets(self) -> bool:
        """Whether UDL counts septets: uncompressed GSM 7-bit."""
        return self.alphabet == GSM7 and not self.compressed


@lru_cache(maxsize=256)
def decode_dcs(octet: int) -> Dcs:
    """Classification of a data coding scheme octet; a reserved one is read as the GSM 7-bit alphabet."""
    group = octet >> 4
    if group < 0x8:
        alphabet = (GSM7, DATA8, UCS2, GSM7)[octet >> 2 & 3]
        return Dcs(
            octet,
            alphabet,
            compressed=bool(octet & 0x20),
            message_class=octet & 3 if octet & 0x10 else None,
            auto_delete=bool(octet & 0x40),
            reserved=octet & 0x0C == 0x0C,
        )
    if group < 0xC:
        return Dcs(octet, GSM7, reserved=True)
    if group < 0xF:
        mwi = Mwi(_MWI_KINDS[octet & 3], bool(octet & 0x08), group == 0xC)
        return Dcs(octet, UCS2 if group == 0xE else GSM7, mwi=mwi)
    return Dcs(octet, DATA8 if octet & 4 else GSM7, message_class=octet & 3)
