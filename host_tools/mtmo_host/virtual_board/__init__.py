"""The virtual board: real MicroPython with a flash image, a REPL on a pty, UARTs, pins and a watchdog."""

from mtmo_host.virtual_board.board import PowerCut, VirtualBoard
from mtmo_host.virtual_board.image import FlashImage

__all__ = ["FlashImage", "PowerCut", "VirtualBoard"]
