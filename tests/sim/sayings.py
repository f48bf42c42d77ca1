"""What the agent has said, and the states in which a modem is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from world import World


def now_s() -> float:
    return asyncio.get_running_loop().time()


def ready(world: World) -> int:
    """How often the agent said that it is ready."""
    return sum("agent: ready" in line for line in world.log)


def said(world: World, words: str) -> bool:
    return any(words in line for line in world.log)


def _baud(speed: int) -> Callable[[World], None]:
    def set_speed(world: World) -> None:
        world.modem.baud = speed

    return set_speed


def _typed(octets: bytes) -> Callable[[World], None]:
    def type_in(world: World) -> None:
        world.modem.feed(octets, world.board.port.now_ms())
        world.modem.take_output()

    return type_in


STATES: tuple[tuple[str, Callable[[World], None]], ...] = (
    *((f"{speed} baud", _baud(speed)) for speed in (9600, 921600, 57600, 38400, 19200)),
    ("echo off", _typed(b"ATE0\r")),
    ("echo on", _typed(b"ATE1\r")),
    ("half a command", _typed(b"AT+CMG")),
    ("half a command for a text", _typed(b"AT+CMGS=2")),
    ("a pending prompt", _typed(b"AT+CMGS=20\r")),
    ("a pending prompt with half a PDU", _typed(b"AT+CMGS=20\r0011")),
    ("numeric results", _typed(b"ATV0\r")),
)
