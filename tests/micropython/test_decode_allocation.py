"""What decoding a PDU takes from a board's heap, and how long."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from mpy import ROOT, run_micropython

LIMIT = 4096  # octets


@functools.cache
def measured() -> dict[str, Any]:
    status, output = run_micropython(
        ROOT / "tests" / "micropython" / "inside" / "decode_allocation.py",
        path=[ROOT / "device", ROOT / "tests" / "both"],
        env={"MTMO_VECTORS": str(ROOT / "tests" / "vectors")},
    )
    assert status == 0, output
    numbers: dict[str, Any] = json.loads(output.splitlines()[-1])
    return numbers


def test_no_decode_takes_4_kb_of_heap() -> None:
    taken = measured()["vectors"]
    assert len(taken) > 250
    assert max(taken) <= LIMIT


@pytest.mark.xfail(strict=True, reason="160 septets of escapes or Greek letters: gsm7.decode builds UTF-16, then UTF-8")
def test_the_greatest_pdus_take_no_4_kb_either() -> None:
    assert max(measured()["greatest"]) < LIMIT


def test_the_devices_codec_decodes_2500_texts_a_second() -> None:
    assert measured()["rate"] >= 2500
