"""A long text whose segments are all there: read where they lie, and joined (L3; TS 23.040 §9.2.3.24.1).

Loaded when one is whole: until then RAM holds the places of its segments alone.
"""

from binascii import hexlify

from micropython import const

from .. import log, once
from ..at import mark_of
from ..errors import AtRefused
from ..tpdu import gsm7
from ..tpdu.userdata import DATA8, GSM7

_READINGS = const(5)
_NO_SUCH = const(321)  # TS 27.005 §3.2.5
_MEM = const(1000)  # as in __init__.py
_PARTS = const(4)  # as in concat.py


async def read(modem, whole: list, decoded) -> "list | None":
    """The Delivers of a set, in order; None where one is gone, and was taken out of the set. Raises AtError.

    `decoded(PDU hex)`: the Deliver.
    """
    delivers = []
    for i in range(_PARTS, len(whole)):
        place, _, what = whole[i]
        pdu_hex = hexlify(what) if place < 0 else await read_one(modem, place, what)
        if not pdu_hex:
            log.info("sms", "place %d holds another text by now", place)
            whole[i] = None
            return None
        delivers.append(decoded(pdu_hex))
    return delivers


async def read_one(modem, place: int, mark: int) -> bytes:
    """The PDU in hex at `place`, if it is the one with that mark, as of a listing; b"" if not. Raises AtError."""
    await modem.select(place // _MEM)
    for _ in range(_READINGS):
        try:
            infos = await modem.chat.request("AT+CMGR=%d" % (place % _MEM), 0, b"+CMGR:", pdus=True)
        except AtRefused as error:
            if error.code == _NO_SUCH:
                break
            continue
        if infos and infos[0][1] and mark_of(infos[0][1]) == mark:
            return infos[0][1]
    return b""


def joined(delivers: list) -> "str | None":
    """The text of segments in their order; None of data.

    A sender may cut inside an escape or a surrogate pair: units of one alphabet are joined, then decoded.
    """
    text = ""
    i = 0
    while i < len(delivers):
        alphabet = _alphabet(delivers[i])
        units = b""
        while i < len(delivers) and _alphabet(delivers[i]) == alphabet:
            units += delivers[i].units
            i += 1
        if alphabet == DATA8:
            return None
        text += gsm7.decode(units) if alphabet == GSM7 else once("tpdu.ucs2").decode(units)
    return text


def _alphabet(deliver) -> int:
    return DATA8 if deliver.text is None else deliver.alphabet
