"""Finding a modem that does not answer as it should: other speed, stuck prompt, half a command, data mode (L3).

Loaded when three times AT brought nothing. At most 15 s in all (at_dialects §6: the ladder, §10: 30 s).
"""

import asyncio

from micropython import const

from ..clock import now_ms

_AT = b"AT\r"
_HAILS = const(3)
_SHORT_MS = const(250)
_GUARD_S = 1.1  # silence around +++ (V.250 §6.2.9: one second)
_ESCAPED = const(2)  # speeds at which data mode is left; a modem at an odd speed is in none


async def find_speed(modem) -> bool:
    """True if it answers at one of the speeds, which stays, after what may hold it up has been ended."""
    board = modem.board
    board.without_cts()
    bauds = [board.wanted_baud] + [baud for baud in modem.dialect["bauds"] if baud != board.wanted_baud]
    for baud in bauds:
        board.set_baud(baud)
        if await _answers(modem.chat):
            return True
    for baud in bauds[:_ESCAPED]:
        board.set_baud(baud)
        await asyncio.sleep(_GUARD_S)
        await modem.chat.hail(b"+++", int(1000 * _GUARD_S))
        if await _answers(modem.chat):
            return True
    board.set_baud(board.wanted_baud)
    return False


async def after_power_on(modem) -> bool:
    """True if it answers within the time that the board's profile gives it to start."""
    deadline = now_ms() + modem.board.boot_ms()
    while now_ms() < deadline:
        if await modem.chat.hail(_AT, 2 * _SHORT_MS):
            return True
    return await find_speed(modem)


async def _answers(chat) -> bool:
    # twice: noise at a wrong speed may look like an answer once; from the second hail on, ESC ends a prompt before it
    for _ in range(_HAILS):
        if await chat.hail(_AT, _SHORT_MS) and await chat.hail(_AT, 2 * _SHORT_MS):
            return True
    return False
