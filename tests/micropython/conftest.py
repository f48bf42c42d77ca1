"""Every test of this folder runs on each interpreter that we have: the wheel's 64 bits, and 32 bits as boards have."""

from __future__ import annotations

import pytest
from programs import micropython_32

from mtmo_host.virtual_board.interpreter import VARIABLE

BITS = (64, 32)


@pytest.fixture(autouse=True, params=BITS, ids=["64-bit-1.28", "32-bit-1.25"])
def bits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The width of the interpreter that this test runs on."""
    if request.param == 32:
        monkeypatch.setenv(VARIABLE, micropython_32())
    return int(request.param)
