"""Texts as a person reads them: the segments of one message joined, in the order of their last segment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mtmo_host.network.schema import Message


@dataclass(frozen=True)
class Sent:
    """One text that a device sent."""

    text: str
    to: str
    segments: int
    wants_report: bool


def joined(rows: Iterable[Message]) -> list[Sent]:
    """The whole texts; one of which a segment is missing is not among them."""
    found: list[Sent] = []
    open_sets: dict[tuple[object, ...], dict[int, Message]] = {}
    for row in rows:
        if row.concat_ref is None or row.concat_seq is None:
            found.append(_text([row]))
            continue
        key = (row.endpoint_id, row.dest_address, row.concat_ref, row.segments)
        parts = open_sets.setdefault(key, {})
        parts[row.concat_seq] = row
        if len(parts) == row.segments:
            found.append(_text([parts[seq] for seq in sorted(open_sets.pop(key))]))
    return found


def _text(rows: list[Message]) -> Sent:
    wants_report = any(row.mr is not None for row in rows)
    return Sent("".join(row.payload for row in rows), _number(rows[0]), len(rows), wants_report)


def _number(row: Message) -> str:
    international = row.dest_toa is not None and (row.dest_toa >> 4) & 7 == 1  # TS 23.040 §9.1.2.5
    return "+" * (international and not row.dest_address.startswith("+")) + row.dest_address
