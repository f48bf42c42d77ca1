"""Which modem is on this board, for the flash tool: what `mtmo.identify` names (L5)."""

import asyncio
import json

from . import log
from .board import Board, read_config
from .modem import Modem
from .settings import Settings


def identify() -> None:
    """Print one line of JSON with the modem's imei, model and dialect. Raises AtError when it does not answer."""
    asyncio.run(_ask())


async def _ask() -> None:
    log.level = log.WARN
    modem = Modem(Board(read_config()), Settings(), lambda: None)
    reader = asyncio.create_task(modem.chat.run())
    try:
        await modem.identify()
    finally:
        reader.cancel()
    print(json.dumps({"imei": modem.imei, "model": modem.model, "dialect": modem.dialect["name"]}))
