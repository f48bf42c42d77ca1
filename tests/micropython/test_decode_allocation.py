"""What decoding a PDU takes from a board's heap."""

from __future__ import annotations

from mpy import ROOT, run_micropython

LIMIT = 4096  # octets


def test_no_decode_takes_4_kb_of_heap() -> None:
    status, output = run_micropython(
        ROOT / "tests" / "micropython" / "inside" / "decode_allocation.py",
        path=[ROOT / "device", ROOT / "tests" / "both"],
        env={"MTMO_VECTORS": str(ROOT / "tests" / "vectors")},
    )
    assert status == 0, output
    assert 0 < int(output) < LIMIT
