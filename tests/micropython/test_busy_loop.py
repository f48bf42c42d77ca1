"""MicroPython's wait_for() takes a deadline that another task has kept it from for the earlier event; ours do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from mpy import ROOT, run_micropython

INSIDE = ROOT / "tests" / "micropython" / "inside" / "busy_loop.py"


@pytest.mark.parametrize("case", ["final_result", "whole_listing", "pdu_behind_its_header", "key_at_the_prompt"])
def test_what_came_before_the_deadline_counts_though_the_loop_was_busy_over_it(case: str, tmp_path: Path) -> None:
    status, output = run_micropython(INSIDE, [case, str(tmp_path / "wire")], path=[ROOT / "device"])
    assert status == 0, output
