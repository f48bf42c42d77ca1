"""The agent on the board it was flashed to: what `mtmo.Agent` names (L5)."""

from . import agent
from .board import Board, read_config
from .store import Store


class Agent(agent.Agent):
    """An agent that finds its board and its records on the flash."""

    @classmethod
    def from_flash(cls) -> "Agent":
        """The agent that /board.json and the records describe. Raises ConfigError."""
        return cls(Board(read_config()), Store())
