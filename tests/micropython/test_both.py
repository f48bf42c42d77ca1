"""Every module of tests/both once more, under MicroPython."""

from __future__ import annotations

from pathlib import Path

import pytest
from mpy import ROOT, run_micropython

BOTH = ROOT / "tests" / "both"


@pytest.mark.parametrize("module", sorted(path.stem for path in BOTH.glob("test_*.py")))
def test_module_passes_under_micropython(module: str) -> None:
    runner: Path = BOTH / "run_micropython.py"
    status, output = run_micropython(
        runner, [module], path=[ROOT / "device", BOTH], env={"MTMO_VECTORS": str(ROOT / "tests" / "vectors")}
    )
    assert status == 0, output
    assert "PASS" in output, f"{module} ran no test:\n{output}"
