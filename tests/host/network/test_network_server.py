"""The web server's own start and end."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette

from mtmo_host.network.server import serve


@pytest.mark.parametrize("turns", range(12))
def test_a_server_cut_off_while_it_starts_ends_without_a_word(caplog: pytest.LogCaptureFixture, turns: int) -> None:
    async def run() -> None:
        starting = asyncio.ensure_future(serve(Starlette(), port=0))
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    asyncio.run(run())
    assert not caplog.records
