"""Texts that the modem hands on instead of storing them: journal, then acknowledge (L3; TS 27.005 §3.4.4).

Loaded when the first one comes. Modems without a store (nRF91) know no other way. Segments of an incomplete message are
kept in RAM: a power cut loses them, acknowledged as they are.
"""

from binascii import crc32

from . import log, once
from .at import printable
from .errors import AtError, AtRefused

_OK = "AT+CNMA=1"
_NO_ROOM = "AT+CNMA=2"  # the network keeps it and tries again
_NOT_EXPECTED = 340


async def serve(agent) -> None:
    """Take every text that waits, in order; each is acknowledged, also one that cannot be read."""
    modem = agent.modem
    while modem.routed:
        header, pdu_hex = modem.routed[0]
        taken = await _take(agent, header, pdu_hex)
        modem.routed.pop(0)
        if modem.acks and not await _acknowledge(modem, taken):
            return


async def _take(agent, header: bytes, pdu_hex: "bytes | None") -> bool:
    if not header.startswith(b"+CMT:"):
        return True  # a status report: nobody waits for one
    if not agent.journal.has_room():
        log.warn("sms", "eight answers are unsent: the network keeps the text")
        return False
    if pdu_hex is None:
        log.warn("sms", "no PDU behind %s", printable(header))
        return True
    try:
        text = await agent.inbox.take_routed(header, pdu_hex)
    except MemoryError as error:
        return once("quarantine").again(agent.inbox.failed, crc32(pdu_hex), error)
    return text is None or agent.desk.admit(text)


async def _acknowledge(modem, taken: bool) -> bool:
    try:
        await modem.chat.request(_OK if taken else _NO_ROOM, 1000 * modem.dialect["ack_s"])
        return True
    except AtRefused as error:
        if error.code != _NOT_EXPECTED:
            log.warn("sms", "%s", error)
            modem.rearm = True
        return True
    except AtError as error:
        log.warn("sms", "not acknowledged: %s", error)
        modem.doubt()
        return False
