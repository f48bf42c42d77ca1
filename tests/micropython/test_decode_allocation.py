"""What decoding a PDU takes from a board's heap, and how long."""

from __future__ import annotations

from typing import Any

from mpy import measured_inside

LIMIT = 4096  # octets


def measured() -> dict[str, Any]:
    return measured_inside("decode_allocation.py")


def test_no_decode_takes_4_kb_of_heap() -> None:
    taken = measured()["vectors"]
    assert len(taken) > 250
    assert max(taken) < LIMIT


def test_the_greatest_pdus_take_no_4_kb_either() -> None:
    assert max(measured()["greatest"]) < LIMIT
