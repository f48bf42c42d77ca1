"""What the AT engine takes from a board's heap: nothing an octet, one object a line (design 4.2)."""

from __future__ import annotations

from typing import Any

import pytest
from mpy import measured_inside

LIMIT = 2048  # octets that the whole engine may take for one line, before any is collected


def measured() -> dict[str, Any]:
    return measured_inside("engine_allocation.py")


def test_no_octet_takes_anything_from_the_heap_alone_or_in_pieces_or_in_an_overlong_line() -> None:
    assert measured()["octet"] is None
    assert measured()["locked_lines"] is False  # a locked heap is noticed


@pytest.mark.parametrize("kind", ["line", "line behind blanks"])
def test_a_line_of_any_length_takes_its_own_object_and_nothing_else(kind: str) -> None:
    assert len(measured()[kind]) > 60
    assert set(measured()[kind]) == {0}


def test_a_line_of_any_kind_is_dealt_with_in_two_kilobytes() -> None:
    assert set(measured()["chat"]) == {"final", "information", "urc", "pdu", "long pdu"}
    assert max(measured()["chat"].values()) < LIMIT
