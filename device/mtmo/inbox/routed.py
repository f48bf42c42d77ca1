"""Texts that the modem hands on instead of storing them: journal, then acknowledge (L3; TS 27.005 §3.4.4).

Loaded when the first one comes. Modems without a store (nRF91) know no other way. Segments of an incomplete message are
kept in RAM: a power cut loses them, acknowledged as they are.
"""

from binascii import crc32

from .. import log, once
from ..at import printable
from ..errors import AtError, AtRefused

_OK = "AT+CNMA=1"
_NO_ROOM = "AT+CNMA=2"  # the network keeps it and tries again
_NOT_EXPECTED = 340


async def serve(agent) -> None:
    """Take every text that waits, in order; each is acknowledged, also one that cannot be read."""
    modem = agent.modem
    while modem.routed:
        header, pdu_hex = modem.routed[0]
        try:
            text = await _text(agent, header, pdu_hex)
            taken = text is None or agent.dispatcher.admit(text)
        except MemoryError as error:
            text = None
            taken = once("gate.quarantine").again(agent.inbox.failed, crc32(pdu_hex or b""), error)
        modem.routed.pop(0)
        if not modem.acks:
            continue
        try:
            kept = await _acknowledge(modem, taken)
        except AtError as error:
            log.warn("sms", "not acknowledged: %s", error)
            modem.doubt()
            return
        if not kept and text is not None:
            text.in_ram = True  # the network was not asked to keep it
            agent.dispatcher.admit(text)


async def _text(agent, header: bytes, pdu_hex: "bytes | None"):
    if not header.startswith(b"+CMT:"):
        return None  # a status report: nobody waits for one
    if pdu_hex is None:
        log.warn("sms", "no PDU behind %s", printable(header))
        return None
    return await agent.inbox.take_routed(header, pdu_hex)


async def _acknowledge(modem, taken: bool) -> bool:
    # is it taken, or with the network?
    try:
        await modem.chat.request(_OK if taken else _NO_ROOM, 1000 * modem.dialect["ack_s"])
        return True
    except AtRefused as error:
        if error.code != _NOT_EXPECTED:
            log.warn("sms", "%s", error)
            modem.rearm = True
        return taken
