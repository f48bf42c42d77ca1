"""Texts as a person reads them: the segments of one message joined, in the order of their last segment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mtmo_host.network.schema import Message
from mtmo_host.network.wire import header_concat
from mtmo_host.sms import assembly
from mtmo_host.sms.udh import Concat


@dataclass(frozen=True)
class Sent:
    """One text that a device sent."""

    text: str
    to: str
    segments: int
    wants_report: bool


def joined(rows: Iterable[Message]) -> list[Sent]:
    """The whole texts; one of which a segment is missing is not among them."""
    return [_text(whole) for whole in assembly.joined(rows, _segment_of)]


def _segment_of(row: Message) -> tuple[tuple[int, str], Concat] | None:
    concat = header_concat(bytes.fromhex(row.udh or ""))
    return None if concat is None else ((row.endpoint_id, row.dest_address), concat)


def _text(rows: list[Message]) -> Sent:
    wants_report = any(row.mr is not None for row in rows)
    return Sent("".join(row.payload for row in rows), _number(rows[0]), len(rows), wants_report)


def _number(row: Message) -> str:
    international = row.dest_toa is not None and (row.dest_toa >> 4) & 7 == 1  # TS 23.040 §9.1.2.5
    return "+" * (international and not row.dest_address.startswith("+")) + row.dest_address
