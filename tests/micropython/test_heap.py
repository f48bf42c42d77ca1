"""The heap does not grow with the texts that come, and the tokenizer allocates nothing an octet (design 4.2, 4.10)."""

from __future__ import annotations

from typing import Any

import pytest
from mpy import measured_inside

LIMIT = 256  # octets that 300 more cycles may keep


def measured() -> dict[str, Any]:
    return measured_inside("heap_growth.py")


@pytest.mark.parametrize("outcome", ["refused", "accepted"])
def test_300_cycles_of_texts_leave_the_heap_as_10_did(outcome: str) -> None:
    assert measured()[outcome] <= LIMIT


def test_the_tokenizer_takes_no_heap_before_a_line_ends() -> None:
    assert measured()["allocates"] is None


def test_one_line_costs_one_call_of_the_sink() -> None:
    assert measured()["sink_calls"] == 1
