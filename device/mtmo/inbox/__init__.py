"""MT texts from the modem's store: list, decode, reassemble, delete (L3; TS 27.005 §3.4.2, §3.5.4)."""

import binascii

from micropython import const

from .. import heap, log, once
from ..at import fields, mark_of, number, printable
from ..clock import now_s
from ..errors import AtNoPrompt, AtRefused, AtTimeout, PduError
from ..modem import VALID
from ..tpdu import Deliver, decode

_ALL = const(4)  # <stat> of AT+CMGL in PDU mode
_MEM = const(1000)  # a place is an index in a store plus this times the store's number
_MOST = const(32)  # texts that are taken out of one listing; the next sweep brings the rest
_TEXT_OCTETS = const(1024)  # of heap: its PDU in hex, then the text and what goes with it
_STORED = const(4)  # segments that are kept however small the store is
_DOOMED = const(32)
_PARTS = const(4)  # as in concat.py


class Text:
    """One received text, whole. `places` are where the modem keeps it, `text` is None for data.

    `sure`: it was read twice, and alike · `in_ram`: it, or a part of it, lies nowhere else · `part`: a segment of one
    who may command nothing, joined with no other · `mark`: that of its PDU, or of one of them; 0 of a text in no store.
    """

    sure = False
    in_ram = False

    def __init__(self, oa, scts_raw: bytes, text: "str | None", places: "list[int]", mark: int = 0, part: bool = False):
        self.oa = oa
        self.scts = binascii.hexlify(scts_raw).decode()
        self.text = text
        self.places = places
        self.mark = mark
        self.part = part


class Inbox:
    """Segments of an incomplete message stay in the modem until the set is whole; RAM knows their places.

    What cannot be deleted is known by its mark until it is gone, and is no text meanwhile.
    """

    def __init__(self, modem, gate):
        self._modem = modem
        self._gate = gate
        self.deleted = 0  # since boot
        self.held = 0  # segments that were found since boot
        self.unread: "list[int]" = []  # places whose PDU never came through
        self.failed: list = []  # what could not be judged once, see gate/quarantine.py
        self.cut = False  # the last listing held more texts than were taken
        self.doomed: "dict[int, int]" = {}  # mark -> store, of what could not be deleted
        self.erased: "list[int]" = []  # of these, marks of what was gone when that was tried
        self.again_s = 0  # when that is tried again
        self.headless: "dict[int, int]" = {}  # store -> listings in a row that showed a text, but not where it lies
        self._mems: "list[str]" = []  # by which places are numbered
        self._gone: "dict[int, int]" = {}  # place -> mark of what was deleted since its store was listed
        self.listed: "dict[int, int] | None" = None  # place -> mark of the last listing; None: of a text in no store
        self.sets: "list[list]" = []  # of segments, see concat.py
        self.due_s = 0  # when the next of them expires; 0 for none
        self.newest: "tuple | None" = None  # SCTS since boot, of those who may command
        self.swept: "list[int]" = []  # the stores that were listed since boot

    async def drain(self, mem: int = 0) -> "list[Text]":
        """The whole texts in store number `mem`, oldest first; what is no text for us is deleted at once.

        Raises AtError.
        """
        if self._mems != self._modem.mems:
            # a card that is busy is not on offer: what was remembered by its place lies elsewhere now, and is read anew
            self._mems = self._modem.mems
            self.sets = []
            self._gone = {}
            self.unread = []
        await self._modem.select(mem)
        most = heap.pieces(_TEXT_OCTETS, _MOST)
        listing = once("inbox.listing").Listing(mem * _MEM, most, self._held(), self._gone, self.doomed)
        await self._modem.patiently("AT+CMGL=%d" % _ALL, b"+CMGL:", listing)
        self._gone = {place: mark for place, mark in self._gone.items() if place // _MEM != mem}
        self.unread = [place for place in self.unread if place // _MEM != mem]
        self.cut = listing.cut
        self.listed = listing.marks
        texts = []
        spoilt = [item for item in listing.items if not item[2]]
        while listing.items:
            place, header, pdu_hex = listing.items.pop(0)  # what has been read makes room
            if pdu_hex:
                try:
                    texts.append(await self.collect(place, header, pdu_hex))
                except MemoryError as error:
                    if once("gate.quarantine").again(self.failed, mark_of(pdu_hex), error):
                        await self.delete([place])
                    else:
                        self.unread.append(place)
        if listing.spoilt or self.headless:
            texts += await once("inbox.reread").spoilt(self, self._modem, mem, spoilt, listing.headless)
        if self.doomed or listing.again:
            await once("inbox.leftovers").look(self, self._modem, mem, listing)
        if self.sets:
            await once("inbox.expiry").look(self, self._modem, listing.cut)
        if mem not in self.swept:
            self.swept.append(mem)
        whole = [text for text in texts if text]
        return once("inbox.order").by_age(whole) if len(whole) > 1 else whole

    async def take_routed(self, header: bytes, pdu_hex: bytes) -> "Text | None":
        """The whole text that a +CMT is, or completes; its segments are kept in RAM, since no store has them."""
        self.listed = None
        return await self.collect(-1, header, pdu_hex)

    async def delete(self, places: "list[int]") -> None:
        """Remove messages from the modem's stores; one that is gone already is no failure. Raises AtError.

        After a restart the same index may be in another store, another text: then they wait for the next sweep.
        """
        for place in places:
            if self._modem.setup != VALID:
                return
            if place < 0 or place in self._gone:
                continue  # in no store; or deleted, and perhaps another message's place by now
            mark = (self.listed or {}).get(place, 0)
            try:
                await self._modem.select(place // _MEM)
                self._gone[place] = mark  # also if no answer comes
                await self._modem.chat.request("AT+CMGD=%d" % (place % _MEM))
                self.deleted += 1
                continue
            except AtNoPrompt:
                raise  # it answers nothing at all
            except AtTimeout as error:
                log.info("sms", "%s", error)
                self._modem.doubt()
            except AtRefused as error:
                log.info("sms", "%s", error)
            self.doom(place, mark)

    def _held(self) -> "dict[int, int]":
        # place -> mark of the segments that wait
        return {part[0]: part[2] for parts in self.sets for part in parts[_PARTS:] if part and part[0] >= 0}

    def doom(self, place: int, mark: int) -> None:
        """What lies at `place` could not be deleted."""
        if mark and len(self.doomed) < _DOOMED:
            self.doomed[mark] = place // _MEM

    def remains(self, mark: int) -> bool:
        """True if the text with that mark still lies in a store though it was to be deleted, as far as is known."""
        return mark in self.doomed or len(self.doomed) >= _DOOMED

    async def reread_until_equal(self, places: "list[int]") -> "Text | None":
        """The text at `places`, read again until two readings agree; None: it is left alone. Raises AtError."""
        return await once("inbox.reread").reread_until_equal(self, self._modem, places)

    async def collect(self, place: int, header: bytes, pdu_hex: bytes, sure: bool = False) -> "Text | None":
        """The whole text that a PDU is, or completes; `sure`: what is wrong with it is no fault of the line."""
        tpdu = self._decoded(header, pdu_hex)
        if not isinstance(tpdu, Deliver):
            if place >= 0 and not sure:
                return await self.reread_until_equal([place])
            await self.delete([place])
            return None
        if tpdu.udh_ignored:
            log.info("sms", "a header whose last element does not fit is ignored")
            if place >= 0 and not sure:
                return await self.reread_until_equal([place])  # the line may have spoilt a segment's
        mark = mark_of(pdu_hex) if place >= 0 else 0
        if mark in self.doomed:
            return None
        if self.listed and place in self.listed:
            self.listed[place] = mark  # if it was spoilt in the listing
        if self._held().get(place, mark) != mark:
            once("inbox.concat").forget(self.sets, place)
        known = self._gate.may_command(tpdu.oa)
        if known and tpdu.scts and (self.newest is None or self.newest < tpdu.scts):
            self.newest = tpdu.scts
        part = bool(tpdu.concat) and not known
        if tpdu.concat and not part:
            return await self._assemble(tpdu, place, pdu_hex, sure)
        text = Text(tpdu.oa, tpdu.scts_raw, tpdu.text, [place] if place >= 0 else [], mark, part)
        text.in_ram = place < 0 and not self._modem.acks
        return text

    async def _assemble(self, tpdu: Deliver, place: int, pdu_hex: bytes, sure: bool) -> "Text | None":
        modem = self._modem
        room = max(_STORED, modem.store_size // 2)
        old = place >= 0 and place // _MEM not in self.swept
        whole, places, why = once("inbox.concat").add(self.sets, tpdu, pdu_hex, place, now_s(), room, old)
        if why:
            log.info("sms", "segments dropped: %s", why)
            if place in places and not sure:  # a header that the line has spoilt would look so
                return await self.reread_until_equal(places)
        await self.drop(places)
        if whole is None:
            self.held += 1
            return None  # not complete yet
        segments = once("inbox.segments")
        delivers = await segments.read(modem, whole, decode)
        if delivers is None:
            self.sets.append(whole)  # it waits again
            modem.list_all_due = True
            return None
        first = delivers[0]
        places = [part[0] for part in whole[_PARTS:] if part[0] >= 0]
        mark = (self.listed or {}).get(place, 0)
        text = Text(first.oa, first.scts_raw, segments.joined(delivers), places, mark)
        text.in_ram = len(places) < len(delivers)
        return text

    async def drop(self, places: "list[int]") -> None:
        """Delete segments; only what the last listing has shown: any other index may have been used anew."""
        await self.delete([place for place in places if self.listed and place in self.listed])

    def _decoded(self, header: bytes, pdu_hex: bytes):
        try:
            return decode(pdu_hex, number(fields(header)[-1]))
        except PduError as error:
            log.warn("sms", "%s: %s", printable(header), error)
            return None
