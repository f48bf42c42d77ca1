"""What is done with a modem that does not answer, and with one that finds no network (L3; at_dialects §4.5, §10).

Loaded when that happens. Every step is logged with its reason.
"""

import asyncio

from micropython import const

from .. import log, once
from ..errors import AtError

_HAIL_MS = const(1000)
_OFF_MS = const(40000)  # u-blox: 30 s
_ON_MS = const(180000)
_COPS_MS = const(300000)  # u-blox

_PATIENCE = const(3)  # failures of a modem that answers AT: answers may be lost on the way
_RUNGS = ("AT", "ESC and Ctrl-Z", "ATE0 and set-up", "radio off and on", "reset pin", "power cycle")


async def recover(modem, error: AtError) -> None:
    """One rung after the other until it answers; every third failure in a row begins one rung higher."""
    for rung in range(min(modem.failures // _PATIENCE, len(_RUNGS) - 1), len(_RUNGS)):
        log.warn("modem", "recovery: %s; failure %d: %s", _RUNGS[rung], modem.failures, error)
        if await _step(modem, rung):
            return
    log.warn("modem", "recovery: it answers nothing")


async def _step(modem, rung: int) -> bool:
    if rung == 1:
        return await _escape(modem.chat)
    if rung == 2:
        return await modem.chat.hail(b"ATE0\r", _HAIL_MS)
    if rung == 4:
        modem.up = False  # what it says when it starts is no news
        await modem.board.reset_modem()
        return await once("modem.find_speed").after_power_on(modem)
    if rung == 5:
        modem.up = False
        await modem.board.power_cycle()
        return await once("modem.find_speed").after_power_on(modem)
    if not await modem.chat.hail(b"AT\r", _HAIL_MS):
        return False
    if rung == 3:
        await _radio_cycle(modem)
    return True


async def _escape(chat) -> bool:
    # ESC first: it sends nothing, while Ctrl-Z sends what stands in a prompt, which no modem takes for a PDU
    for octets in (b"\x1b", b"AT\r", b"\x1a\r", b"AT\r"):
        if await chat.hail(octets, _HAIL_MS) and octets == b"AT\r":
            return True
    return False


async def _radio_cycle(modem) -> None:
    try:
        for line in modem.dialect["radio_off"]:
            if await modem.attempt(line, _OFF_MS):
                await asyncio.sleep(modem.dialect["radio_gap_s"])
                await modem.attempt(modem.dialect["radio_on"], _ON_MS)
                return
        await modem.restart()
    except AtError as error:
        log.warn("modem", "%s", error)


async def seek_network(modem, tries: int) -> None:
    """After ten minutes without a network: let it choose anew, then radio off and on, then restart it."""
    if tries == 1:
        log.warn("modem", "no network for ten minutes: AT+COPS=0")
        await modem.attempt("AT+COPS=0", _COPS_MS)
    elif tries == 2:
        log.warn("modem", "still no network: radio off and on")
        await _radio_cycle(modem)
    else:
        log.warn("modem", "still no network: reset, attempt %d", tries)
        modem.up = False
        await modem.board.reset_modem()
        modem.require_setup("no network")
