"""out and in: the pins that the board profile names (L3)."""

import asyncio

from micropython import const

from ..errors import VerbError

_PULSE_MAX_MS = const(60000)

_pulses: dict = {}  # name -> the task that ends its pulse: a task that nobody holds would be collected


def _out(context, args: "list[str]") -> str:
    board = context.agent.board
    if len(args) < 2 or args[0] not in board.outputs():
        raise VerbError(12, _which("out", board.outputs(), "on/off/pulse MS"))
    name = args[0]
    pulse_ms = 0
    if args[1] == "pulse" and len(args) == 3 and args[2].isdigit() and len(args[2]) < 6:
        pulse_ms = int(args[2])
    if not (args[1:] in (["on"], ["off"]) or 1 <= pulse_ms <= _PULSE_MAX_MS):
        raise VerbError(12, "on, off or pulse 1 to %d" % _PULSE_MAX_MS)
    if name in _pulses:
        _pulses.pop(name).cancel()
    board.set_output(name, args[1] != "off")
    if pulse_ms:
        _pulses[name] = asyncio.create_task(_end(board, name, pulse_ms))
        return "%s=pulse %d" % (name, pulse_ms)
    return "%s=%s" % (name, args[1])


async def _end(board, name: str, pulse_ms: int) -> None:
    await asyncio.sleep(pulse_ms / 1000)
    board.set_output(name, False)
    _pulses.pop(name, None)


def _in(context, args: "list[str]") -> str:
    board = context.agent.board
    if len(args) != 1 or args[0] not in board.inputs():
        raise VerbError(12, _which("in", board.inputs(), ""))
    return "%s=%s" % (args[0], "on" if board.read_input(args[0]) else "off")


def _which(verb: str, names: "list[str]", words: str) -> str:
    return "%s %s %s" % (verb, "/".join(names), words) if names else "the board names none"


VERBS = {"out": _out, "in": _in}
