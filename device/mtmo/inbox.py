"""MT texts from the modem's store: list, decode, reassemble, delete (L3; TS 27.005 §3.4.2, §3.5.4)."""

import binascii

from micropython import const

from . import log, once
from .at import fields, number, printable
from .clock import now_s
from .errors import AtNoPrompt, AtRefused, AtTimeout, PduError
from .tpdu import Deliver, decode

_TYPING = const(False)
if _TYPING:
    from .concat import Assembler

_ALL = const(4)  # <stat> of AT+CMGL in PDU mode
_LISTINGS = const(3)  # more, for a text of which not even the place came through
_IN_RAM = const(16)  # segments of routed texts
_MEM = const(1000)  # a place is an index in a store plus this times the store's number


class Text:
    """One received text, whole. `places` are where the modem keeps it, `text` is None for data.

    `sure`: it was read twice, and alike.
    """

    sure = False

    def __init__(self, oa, scts_raw: bytes, text: "str | None", places: "list[int]"):
        self.oa = oa
        self.scts = binascii.hexlify(scts_raw).decode()
        self.text = text
        self.places = places


class Inbox:
    """Segments of an incomplete message stay in the modem until the set is whole."""

    def __init__(self, modem):
        self._modem = modem
        self.deleted = 0  # since boot
        self.unread: "list[int]" = []  # places whose PDU never came through
        self.failed: list = []  # what could not be judged once, see quarantine.py
        self._headless: "dict[int, int]" = {}  # store -> listings in a row that showed a text, but not where it lies
        self._mems: "list[str]" = []  # by which places are numbered
        self._gone: "list[int]" = []  # places that were deleted since their store was listed
        self._listed: "list[int] | None" = None  # the places of the last listing; None: of a text in no store
        self._assembler: "Assembler | None" = None  # from the first segment on; most devices never see one

    async def drain(self, mem: int = 0) -> "list[Text]":
        """Every whole text in store number `mem`, oldest first; what is no text for us is deleted at once.

        Raises AtError.
        """
        if self._mems != self._modem.mems:
            # a card that is busy is not on offer: what was remembered by its place lies elsewhere now, and is read anew
            self._mems = self._modem.mems
            self._assembler = None
            self.unread = []
        await self._modem.select(mem)
        texts = []
        spoilt = []
        infos = await self._modem.patiently("AT+CMGL=%d" % _ALL, b"+CMGL:", True)
        self._gone = [place for place in self._gone if place // _MEM != mem]
        self.unread = [place for place in self.unread if place // _MEM != mem]
        self._listed = listed = [mem * _MEM + number(fields(header)[0]) for header, _ in infos]
        for i in range(len(listed)):
            header, pdu_hex = infos.pop(0)  # a listing is large: what has been read makes room
            if pdu_hex is None or listed[i] < mem * _MEM or not _in_order(listed, i):
                log.warn("sms", "spoilt on the line: %s", printable(header))
                spoilt.append(listed[i])
            else:
                try:
                    texts.append(await self.one(listed[i], header, pdu_hex))
                except MemoryError as error:
                    if once("quarantine").again(self.failed, binascii.crc32(pdu_hex), error):
                        await self.delete([listed[i]])
                    else:
                        self.unread.append(listed[i])
        for place in spoilt:
            if place >= mem * _MEM:
                texts.append(await self.surely([place]))
        headless = self._headless.pop(mem, 0)
        if spoilt and min(spoilt) < mem * _MEM:
            self._headless[mem] = headless + 1
            self._modem.sweep = headless < _LISTINGS
        if self._assembler:
            self._assembler.listed = self._listed
            await self._drop(self._assembler.expire(now_s()))
        whole = [text for text in texts if text]
        return once("order").by_age(whole) if len(whole) > 1 else whole

    async def take_routed(self, header: bytes, pdu_hex: bytes) -> "Text | None":
        """The whole text that a +CMT is, or completes; its segments are kept in RAM, since no store has them."""
        self._listed = None
        return await self.one(-1, header, pdu_hex)

    async def delete(self, places: "list[int]") -> None:
        """Remove messages from the modem's stores; one that is gone already is no failure. Raises AtError.

        After a restart the same index may be in another store, another text: then they wait for the next sweep.
        """
        for place in places:
            if self._modem.started:
                return
            if place < 0 or place in self._gone:
                continue  # in no store; or deleted, and perhaps another message's place by now
            try:
                await self._modem.select(place // _MEM)
                self._gone.append(place)  # also if no answer comes
                await self._modem.chat.request("AT+CMGD=%d" % (place % _MEM))
                self.deleted += 1
            except AtNoPrompt:
                raise  # it answers nothing at all
            except AtTimeout as error:
                log.info("sms", "%s", error)
                self._modem.doubt()
            except AtRefused as error:
                log.info("sms", "%s", error)

    async def _drop(self, places: "list[int]") -> None:
        # segments; only what the last listing has shown: any other index may have been used anew, for another message
        await self.delete([place for place in places if self._listed and place in self._listed])

    async def surely(self, places: "list[int]") -> "Text | None":
        """The text at `places`, read again until two readings agree; None: it is left alone. Raises AtError."""
        return await once("reread").surely(self, self._modem, places)

    async def one(self, place: int, header: bytes, pdu_hex: bytes, sure: bool = False) -> "Text | None":
        """The whole text that a PDU is, or completes; `sure`: what is wrong with it is no fault of the line."""
        tpdu = self._decoded(header, pdu_hex)
        if not isinstance(tpdu, Deliver):
            if place >= 0 and not sure:
                return await self.surely([place])
            await self.delete([place])
            return None
        if tpdu.udh_ignored:
            log.info("sms", "a header whose last element does not fit is ignored")
            if place >= 0 and not sure:
                return await self.surely([place])  # the line may have spoilt a segment's
        if not tpdu.concat and not self._assembler:
            return Text(tpdu.oa, tpdu.scts_raw, tpdu.text, [place] if place >= 0 else [])
        if not self._assembler:
            from .concat import Assembler

            self._assembler = Assembler()
        self._assembler.listed = self._listed
        self._assembler.max_stored = max(4, self._modem.store_size // 2) if place >= 0 else _IN_RAM
        # a whole message goes there too: its place may be one that was believed to hold a segment
        result = self._assembler.add(tpdu, place, now_s())
        if result.reason:
            log.info("sms", "segments dropped: %s", result.reason)
        if result.doubt and place >= 0 and not sure:
            return await self.surely(result.delete)
        await self._drop(result.delete)
        if result.first is None:
            return None  # not complete yet
        return Text(result.first.oa, result.first.scts_raw, result.text, result.indices)

    def _decoded(self, header: bytes, pdu_hex: bytes):
        try:
            return decode(pdu_hex, number(fields(header)[-1]))
        except PduError as error:
            log.warn("sms", "%s: %s", printable(header), error)
            return None


def _in_order(listed: "list[int]", i: int) -> bool:
    # modems list by index; one that is out of order may have been spoilt, and be another text's
    return (i == 0 or listed[i - 1] < listed[i]) and (i + 1 == len(listed) or listed[i] < listed[i + 1])
