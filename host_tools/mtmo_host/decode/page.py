"""A page of a cell broadcast explained field by field; it has no sender and no time (TS 23.041 §9.4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from string import hexdigits

from mtmo_host.decode import words
from mtmo_host.decode.report import Damage, Report, Row, visible
from mtmo_host.sms.cbs import OCTETS, Page, decode_page

BROADCAST = "broadcast"
_SCOPES = ("cell, shown at once", "operator", "location area", "cell")  # TS 23.041 §9.4.1.2.1
_FIELDS = (("sn", 2), ("mid", 2), ("dcs", 1), ("page", 1))
_MAX_OPEN = 16  # broadcasts of several pages that are joined at the same time


def explain_page(text: str, length: int | None = None) -> Report:
    """Report of a page in hex; `length` is what `+CBM` announced, in octets. Nothing is raised."""
    digits = "".join(text.split())
    good = next((at for at, digit in enumerate(digits) if digit not in hexdigits), len(digits))
    octets = bytes.fromhex(digits[: good // 2 * 2])
    damage = _damage(octets, digits[good : good + 1], good % 2 == 1, length)
    page = decode_page(octets[:OCTETS].ljust(OCTETS, b"\r"))
    rows = list(_rows(octets, page))
    if damage is not None:
        rest = octets[damage.offset :].hex().upper()
        rows.append(Row(damage.name, damage.offset, rest, damage.message, damage_at=damage.offset))
    report = Report("pdu", "octet", f"cell broadcast, page of {len(octets)} octets", rows, damage)
    report.facts = {"direction": BROADCAST, "length": len(octets), "text": None}
    report.summary = "cell broadcast, damaged"
    if damage is None:
        report.facts |= {"sn": page.sn, "mid": page.mid, "page": page.page, "pages": page.pages, "text": page.text}
        shown = f"{len(page.content)} octets of data" if page.text is None else f"“{visible(page.text)}”"
        report.summary = f"cell broadcast {page.mid}, page {page.page} of {page.pages}: {shown}"
    return report


def _damage(octets: bytes, foreign: str, half: bool, length: int | None) -> Damage | None:
    if foreign:
        return Damage("pdu_hex", len(octets), "non_hex", f"{visible(foreign)!r} is no hex digit: the octet")
    if half:
        return Damage("pdu_hex", len(octets), "odd_hex", "an odd number of hex digits: half an octet")
    if length is not None and len(octets) != length:
        found = f"{len(octets)} octets, not the announced {length}: the end"
        return Damage("length", len(octets), "length_mismatch", found)
    if len(octets) != OCTETS:
        return Damage("page", min(len(octets), OCTETS), "length_mismatch", f"{len(octets)} of {OCTETS} octets: the end")
    return None


def _rows(octets: bytes, page: Page) -> Iterator[Row]:
    scope, code, update = page.sn >> 14, page.sn >> 4 & 0x3FF, page.sn & 15
    meanings = {
        "sn": (f"serial number: code {code}, update {update}, scope: {_SCOPES[scope]}", page.sn),
        "mid": (f"message identifier {page.mid}", page.mid),
        "dcs": (words.dcs(page.coding), page.coding.octet),
        "page": (f"page {page.page} of {page.pages}", page.page),
    }
    at = 0
    for name, size in _FIELDS:
        part = octets[at : at + size]
        if len(part) < size:
            return
        yield Row(name, at, part.hex().upper(), *meanings[name])
        at += size
    content = octets[at:OCTETS]
    if content:
        text = page.text if len(octets) >= OCTETS else None
        shown = f"{len(content)} octets of data" if text is None else f"“{visible(text)}”"
        yield Row("content", at, content.hex().upper(), shown, text)


@dataclass(slots=True)
class Pages:
    """Joins the pages of a broadcast across a trace."""

    _open: dict[tuple[int, int, int], dict[int, str]] = field(default_factory=dict)

    def feed(self, report: Report) -> str | None:
        """The whole text of several pages where this one was the last that was missing."""
        facts = report.facts
        if report.damage or facts["pages"] < 2 or facts["text"] is None:
            return None
        key = (facts["sn"], facts["mid"], facts["pages"])
        if key not in self._open and len(self._open) >= _MAX_OPEN:
            del self._open[next(iter(self._open))]
        texts = self._open.setdefault(key, {})
        texts[facts["page"]] = facts["text"]
        if len(texts) < facts["pages"]:
            return None
        del self._open[key]
        return "".join(texts[number] for number in sorted(texts))
