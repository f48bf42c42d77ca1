"""The agent on the board it was flashed to: what `mtmo.Agent` names (L5)."""

import asyncio
import sys

from . import agent, log, once
from .board import Board, read_config
from .store import Store


class Agent(agent.Agent):
    """An agent that finds its board and its records on the flash."""

    @classmethod
    def from_flash(cls) -> "Agent":
        """The agent that /board.json and the records describe. Raises ConfigError."""
        return cls(Board(read_config()), Store())

    async def serve(self) -> None:
        """As run(), with the local prompt on the REPL's line: for a board that runs nothing else."""
        listener = asyncio.create_task(self._listen())
        try:
            await self.run()
        finally:
            listener.cancel()

    async def _listen(self) -> None:
        # octets, since a text stream would wait for the rest of a character
        keyboard = asyncio.StreamReader(getattr(sys.stdin, "buffer", sys.stdin))
        while True:
            octet = await keyboard.read(1)
            if not octet:
                return  # there is no keyboard
            try:
                await once("prompt").talk(self, keyboard, octet)
            except Exception as error:  # noqa: BLE001 - a defect must not take the prompt away for good
                log.warn("cable", "%r", error)
