"""Whether a host answers through the context that is being tried (L3; apn.md §2). Loaded where one is set."""

import asyncio

from micropython import const

from .. import log
from ..at import fields, is_address, number
from ..clock import now_s
from ..errors import AtRefused

_PINGS = const(3)
_NEEDED = const(2)
_PING_S = const(20)


async def reaches(modem, host: str) -> bool:
    """Does `host` answer often enough; also True where the modem has no command to ask it. Raises AtError."""
    answers = 0
    for _ in range(_PINGS):
        answer = await _ping(modem, host)
        if answer is None:
            return True  # no such command: unknown, not "no data"
        answers += answer
    return answers >= _NEEDED


async def _ping(modem, host: str) -> "bool | None":
    # did it answer; None when the modem does not know the command
    template, prefix, field, wanted = modem.dialect["probe"]
    heard: list = []
    modem.urc_tap = heard
    try:
        line = template.format(cid=modem.dialect["cid"], host=host)
        infos = await modem.chat.request(line, 1000 * _PING_S, prefix)
        deadline = now_s() + _PING_S
        while not infos and now_s() < deadline:
            await asyncio.sleep(1)
            infos = [line for line in heard if line.startswith(prefix)]
    except AtRefused as error:
        log.info("apn", "no probe: %s", error)
        return None if error.code < 0 or error.code in (3, 4, 100) else False
    finally:
        modem.urc_tap = None
    return any([_answered(fields(info), field, wanted) for info in infos])


def _answered(parts: list, field: int, wanted: int) -> bool:
    # the dialect's "probe" says what its last two values mean
    if field >= len(parts):
        return False
    text = parts[field]
    if wanted < 0:
        return text[:1].isdigit()
    if wanted == 0:
        return text == "0" and is_address(parts[field + 1]) if len(parts) > field + 1 else False
    return 0 <= number(text) < wanted
