"""A report as a table that fits 100 columns; colours only where the terminal takes them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import click

from mtmo_host.decode.report import Report, Row, visible

_PER_LINE = 10  # octets
_RAW = 3 * _PER_LINE + 1
_NAME = 12
_MEANING = 100 - 8 - _RAW - _NAME - 3


def lines(report: Report, indent: str = "") -> Iterator[str]:
    """The lines of the table, title first, notes last; the text inside follows as a table of its own."""
    yield indent + click.style(report.title, bold=True)
    heading = "octets" if report.unit == "octet" else "characters"
    yield indent + click.style(f"  {'at':>4}  {heading:<{_RAW}} {'field':<{_NAME}} meaning", dim=True)
    for row in report.rows:
        yield from (indent + line for line in _row(row, report.unit))
    for note in report.notes:
        yield from (indent + line for line in textwrap.wrap(f"note: {note}", 96 - len(indent), initial_indent="  "))
    if report.inner:
        yield ""
        yield from lines(report.inner, indent)


def _row(row: Row, unit: str) -> Iterator[str]:
    raw = list(_octets(row)) if unit == "octet" else list(_characters(row))
    meaning = textwrap.wrap(visible(row.meaning), _MEANING - 1, drop_whitespace=True) or [""]
    damaged = row.damage_at is not None
    for index in range(max(len(raw), len(meaning))):
        mark, at, name = (">" if damaged else " ", f"{row.offset:>4}", row.name) if index == 0 else (" ", " " * 4, "")
        part = raw[index] if index < len(raw) else ""
        said = meaning[index] if index < len(meaning) else ""
        line = f"{mark} {at}  {part:<{_RAW}} {name:<{_NAME}} {said}".rstrip()
        yield click.style(line, fg="red") if damaged else line


def _octets(row: Row) -> Iterator[str]:
    """Octets, ten a line; the damaged one, or the place of the missing one, in brackets."""
    cells = [row.raw[at : at + 2] for at in range(0, len(row.raw), 2)]
    damaged = None if row.damage_at is None else row.damage_at - row.offset
    if damaged is not None and damaged >= len(cells):
        cells.append("--")
        damaged = len(cells) - 1
    for start in range(0, len(cells), _PER_LINE):
        line = ""
        for index in range(start, min(start + _PER_LINE, len(cells))):
            before = "[" if index == damaged else "]" if damaged is not None and index == damaged + 1 > start else " "
            line += before + cells[index]
        yield line + ("]" if damaged is not None and damaged == index else "")
    if not cells:
        yield ""


def _characters(row: Row) -> Iterator[str]:
    shown = visible(row.raw)
    if row.damage_at is not None:
        at = row.damage_at - row.offset
        shown = f"{visible(row.raw[:at])}[{visible(row.raw[at : at + 1]) or '--'}]{visible(row.raw[at + 1 :])}"
    for start in range(0, max(1, len(shown)), _RAW - 2):
        yield " " + shown[start : start + _RAW - 2]
