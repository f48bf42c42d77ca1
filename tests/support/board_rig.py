"""A virtual board for a test: built, started, given a fair time, and taken away again."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from mtmo_host.virtual_board import FlashImage, VirtualBoard

PATIENCE_S = 20.0


class Rig:
    """The board, everything it printed, and every pin it moved."""

    def __init__(self, image: Path, **options: Any) -> None:
        self.printed = b""
        self.pins: list[tuple[int, int]] = []
        self.board = VirtualBoard(
            image, log=self._log, on_pin=lambda pin, level: self.pins.append((pin, level)), **options
        )

    def _log(self, data: bytes) -> None:
        self.printed += data

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for it, and say what the board did if it does not come."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, (self.printed[-500:], list(self.board.events)[-10:])
            await asyncio.sleep(0.005)

    async def until_printed(self, text: bytes, times: int = 1) -> None:
        """Wait until the board has printed it so many times."""
        await self.until(lambda: self.printed.count(text) >= times)

    async def mpremote(self, *arguments: object, port: str | None = None) -> tuple[int, str]:
        """Unmodified mpremote as a program: (exit status, all it printed)."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mpremote", "connect", port or self.board.port, *map(str, arguments),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        except TimeoutError:
            process.kill()
            raise AssertionError((arguments, self.printed[-500:], list(self.board.events)[-10:])) from None
        assert process.returncode is not None
        return process.returncode, output.decode()

    def resets(self, why: str) -> int:
        """How often the board was reset for this reason."""
        return sum(event.get("die") == why for event in self.board.events)


@contextlib.asynccontextmanager
async def running(folder: Path, main: str = "", **options: Any) -> AsyncIterator[Rig]:
    """A started board whose /main.py is `main`; `files` and `blocks` go into the image."""
    files = {"/main.py": main.encode()} if main else {}
    image = folder / "flash.img"
    FlashImage.build(image, {**files, **options.pop("files", {})}, blocks=options.pop("blocks", 256))
    rig = Rig(image, **options)
    await rig.board.start()
    try:
        yield rig
    finally:
        await rig.board.stop()
