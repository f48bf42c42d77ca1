"""Texts that did not come through, or not as anybody would send them: read again, one by one (L3; TS 27.005 §3.4.3).

Loaded when that happens. The line may have spoilt them, and a shorter answer has better chances than a listing.
"""

from micropython import const

from .. import log
from ..at import printable
from ..errors import AtRefused

_READINGS = const(5)
_LISTINGS = const(3)  # more, for a text of which not even the place came through
_NO_SUCH = const(321)  # TS 27.005 §3.2.5
_MEM = const(1000)  # as in __init__.py


async def reread_until_equal(inbox, modem, places: "list[int]"):
    """The text at `places` as two readings in a row agree on it; None: there is none, or not yet, or not to be read.

    What cannot be read stays where it is. Raises AtError.
    """
    text = None
    for place in places:
        read = await _agreed(modem, place)
        if read is None:
            log.warn("sms", "place %d is left alone: it cannot be read", place)
            inbox.unread.append(place)
            return None
        if read:
            text = await inbox.collect(place, read[0], read[1], True)
    if text:
        text.sure = len(text.places) == len(places)
    return text


async def spoilt(inbox, modem, mem: int, items: list, headless: bool) -> list:
    """The texts, or None, of those that a listing of store `mem` has shown without their PDU; `headless`: it has shown
    one, but not where it lies: then there is another listing soon, some times in a row. Raises AtError.
    """
    texts = []
    for place, header, _ in items:
        log.warn("sms", "spoilt on the line: %s", printable(header))
        texts.append(await reread_until_equal(inbox, modem, [place]))
    before = inbox.headless.pop(mem, 0)
    if headless:
        inbox.headless[mem] = before + 1
        modem.list_all_due = before < _LISTINGS
    return texts


async def _agreed(modem, place: int) -> "tuple | None":
    # (header, PDU hex); () when nothing is there, None when no two readings are alike
    await modem.select(place // _MEM)
    last = b""
    for _ in range(_READINGS):
        try:
            infos = await modem.chat.request("AT+CMGR=%d" % (place % _MEM), 0, b"+CMGR:", pdus=True)
        except AtRefused as error:
            if error.code == _NO_SUCH:
                return ()
            infos = []
        for header, pdu_hex in infos[:1]:
            if pdu_hex and pdu_hex == last:
                return header, pdu_hex
            last = pdu_hex or last
    return None


async def make_room(inbox, modem) -> None:
    """If the store is still full, delete the messages that could not be read. Raises AtError."""
    if await modem.read_store():
        places, inbox.unread = inbox.unread, []
        log.warn("sms", "full: %d texts that could not be read are deleted", len(places))
        await inbox.delete(places)
