"""Text cut into segments, each of which fits one TPDU (TS 23.040 §9.2.3.24.1)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from mtmo_host.sms import gsm7
from mtmo_host.sms.dcs import GSM7, UCS2
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.udh import IEI_LOCKING_SHIFT, IEI_SINGLE_SHIFT, Ie, concat_ie, decode_udh, encode_udh, find_languages
from mtmo_host.sms.userdata import room

DCS_GSM7, DCS_UCS2 = 0x00, 0x08


class Segment(NamedTuple):
    """One segment: header with its UDHL (or nothing), payload as `encode_deliver` takes it, data coding scheme."""

    udh: bytes
    ud: bytes
    dcs: int

    @property
    def text(self) -> str:
        """The segment's text."""
        if self.dcs == DCS_UCS2:
            return self.ud.decode("utf-16-be")
        return gsm7.decode(self.ud, *find_languages(decode_udh(self.udh[1:])))

    @property
    def units(self) -> int:
        """Septets, or UTF-16 code units."""
        return len(self.ud) // 2 if self.dcs == DCS_UCS2 else len(self.ud)


def segments(text: str, *, ref: int, ref_bits: int = 8, languages: Sequence[int] = ()) -> list[Segment]:
    """The text in the cheapest alphabet: GSM 7-bit, the same with a national table of `languages` (ids), UCS2.

    `ref` (0 … 2**ref_bits - 1) is used when there is more than one segment. Neither an escape nor a surrogate pair is
    ever split. Raises PduError: `out_of_range` (reference, language), `too_many_segments`, `not_in_alphabet` (half a
    surrogate pair).
    """
    concat_ie(ref, 1, 1, ref_bits)  # refuses a reference that does not fit
    tables = [(0, 0)]
    for language in languages:
        if not gsm7.has_language(language):
            raise PduError("out_of_range", "language")
        tables += [(0, language), (language, 0), (language, language)]
    best: list[Segment] | None = None
    for locking, single in tables:
        if gsm7.fits(text, locking, single):
            plan = _cut(_septet_units(text, locking, single), _language_ies(locking, single), DCS_GSM7, ref, ref_bits)
            if best is None or len(plan) < len(best):
                best = plan
    if best is None:
        best = _cut(_code_units(text), [], DCS_UCS2, ref, ref_bits)
    return best


def _language_ies(locking: int, single: int) -> list[Ie]:
    elements = []
    if single:
        elements.append(Ie(IEI_SINGLE_SHIFT, bytes((single,))))
    if locking:
        elements.append(Ie(IEI_LOCKING_SHIFT, bytes((locking,))))
    return elements


def _septet_units(text: str, locking: int, single: int) -> tuple[bytes, list[int]]:
    """Septets and the places where they may not be cut (inside an escape)."""
    septets = gsm7.encode(text, locking, single)
    return septets, [at + 1 for at, septet in enumerate(septets) if septet == gsm7.ESC]


def _code_units(text: str) -> tuple[bytes, list[int]]:
    try:
        octets = text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise PduError("not_in_alphabet", "ud", error.start) from None
    return octets, [at + 2 for at in range(0, len(octets), 2) if 0xD8 <= octets[at] <= 0xDB]


def _cut(coded: tuple[bytes, list[int]], elements: list[Ie], dcs: int, ref: int, ref_bits: int) -> list[Segment]:
    payload, forbidden_places = coded
    alphabet, step = (UCS2, 2) if dcs == DCS_UCS2 else (GSM7, 1)
    alone = encode_udh(elements)
    if len(payload) <= room(alone, alphabet):
        return [Segment(alone, payload, dcs)]
    forbidden = set(forbidden_places)
    size = room(encode_udh([concat_ie(0, 1, 1, ref_bits), *elements]), alphabet) // step * step
    cuts = [0]
    while cuts[-1] < len(payload):
        end = min(cuts[-1] + size, len(payload))
        cuts.append(end - step if end in forbidden else end)
    total = len(cuts) - 1
    if total > 255:
        raise PduError("too_many_segments", "ud")
    return [
        Segment(encode_udh([concat_ie(ref, total, seq, ref_bits), *elements]), payload[start:end], dcs)
        for seq, (start, end) in enumerate(pairwise(cuts), 1)
    ]
