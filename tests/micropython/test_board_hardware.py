"""The board layer against what real ports do: flow control, a modem that holds CTS, outputs."""

from __future__ import annotations

import pytest
from mpy import ROOT, run_micropython

INSIDE = ROOT / "tests" / "micropython" / "inside" / "board_hardware.py"


@pytest.mark.parametrize("case", [
    "cts_is_used_only_when_the_modem_was_told", "a_dead_modem_that_holds_cts_blocks_nothing",
    "a_pause_of_the_modem_is_waited_for", "outputs_are_inactive_when_the_agent_ends",
])  # fmt: skip
def test_the_board(case: str) -> None:
    status, output = run_micropython(INSIDE, [case], path=[ROOT / "device"])
    assert status == 0, output
