"""What decoding a PDU takes from a board's heap, and how long."""

from __future__ import annotations

import functools
import json
from typing import Any

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
    assert max(taken) < LIMIT


def test_the_greatest_pdus_take_no_4_kb_either() -> None:
    assert max(measured()["greatest"]) < LIMIT
