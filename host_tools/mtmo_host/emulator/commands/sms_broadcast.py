"""Which cell broadcasts are wanted (TS 27.005 §3.3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, cms, command
from mtmo_host.emulator.sms.broadcast import ranges

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_INVALID = 304
_MOST_MID, _MOST_DCS = 0xFFFF, 0xFF
_LIST = re.compile(r"(\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*)?", re.ASCII)


@command("+CSCB", "= ? =?", sms=True)
def broadcasts(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSCB: 0 takes these message identifiers in these codings and no others, 1 all but these.

    A list that is empty names all; two empty ones name nothing: +CSCB=0 takes no broadcast, +CSCB=1 every one.
    """
    if call.kind is Kind.TEST:
        return ["+CSCB: (0,1)"]
    if call.kind is Kind.READ:
        return ['+CSCB: {},"{}","{}"'.format(*modem.settings.cscb)]
    arguments = Arguments(call, cms(_INVALID))
    arguments.at_most(3)
    mode = arguments.number(0, (0, 1), 0)
    mids, dcss = (_list(arguments, index, most) for index, most in ((1, _MOST_MID), (2, _MOST_DCS)))
    modem.settings.cscb = mode, mids, dcss
    return None


def _list(arguments: Arguments, index: int, most: int) -> str:
    """A list like `0,1,5,320-478`, checked."""
    text = arguments.text(index, "", limit=200)
    if not _LIST.fullmatch(text) or any(first > last or last > most for first, last in ranges(text)):
        raise arguments.error
    return text
