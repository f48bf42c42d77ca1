"""Cell broadcasts in a modem: which are wanted or repeats, and where they go (TS 27.005 §3.3.4, §3.4; TS 23.041)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtmo_host.emulator import registry
from mtmo_host.emulator.sms import text_mode
from mtmo_host.emulator.sms.store import BROADCASTS, Stat, StoreFull
from mtmo_host.sms.cbs import Page, decode_page

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_BM = 2  # field of +CNMI
_REMEMBERED = 64  # pages; a cell repeats them for hours (TS 23.041 §9.1.3.4)
_CLASS_3 = 3


def ranges(text: str) -> list[tuple[int, int]]:
    """First and last of each part of `0,1,5,320-478`."""
    parts = (part.partition("-") for part in text.split(",") if part)
    return [(int(first), int(last or first)) for first, _, last in parts]


class Broadcasts:
    """What one modem does with the pages that its cell sends."""

    __slots__ = ("_heard", "_modem")

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self._heard: list[tuple[int, int, int]] = []  # an empty deque takes half a kilobyte, in thousands of modems

    @property
    def possible(self) -> bool:
        """The family knows broadcasts at all."""
        entry = registry.find("+CSCB")
        return entry is not None and registry.exists(entry, self._modem.personality)

    def power_lost(self) -> None:
        """What was heard is forgotten."""
        self._heard.clear()

    def hear(self, octets: bytes) -> None:
        """A page came from the cell. Nobody acknowledges it: what has no place is lost. Raises PduError."""
        page = decode_page(octets)
        self._modem.tell("broadcast", page=octets.hex().upper())
        if self.possible and self._modem.reachable:
            self._modem.after(self._modem.latency("mt"), lambda: self._take(page, octets))

    def _take(self, page: Page, octets: bytes) -> None:
        key = page.sn, page.mid, page.page
        if key in self._heard or not self._wanted(page):
            return
        self._heard = [*self._heard[1 - _REMEMBERED :], key]
        bm = self._modem.settings.cnmi[_BM]
        if bm == 2 or (bm == 3 and page.coding.message_class == _CLASS_3):
            self._route(page, octets)
        elif BROADCASTS in self._modem.sms.store.names:
            self._keep(octets, indicated=bm in (1, 3))

    def _wanted(self, page: Page) -> bool:
        mode, mids, dcss = self._modem.settings.cscb
        named = bool(mids or dcss) and _within(page.mid, mids) and _within(page.coding.octet, dcss)
        return named == (mode == 0)

    def _route(self, page: Page, octets: bytes) -> None:
        if self._modem.settings.cmgf:
            text = "\r\n".join(
                (f"+CBM: {text_mode.broadcast_header(page)}", text_mode.broadcast_data(page, self._modem.settings))
            )
        else:
            text = f"+CBM: {len(octets)}\r\n{octets.hex().upper()}"
        self._modem.sms.indicate(text)

    def _keep(self, octets: bytes, *, indicated: bool) -> None:
        try:
            index = self._modem.sms.store.add(BROADCASTS, Stat.REC_UNREAD, octets)
        except StoreFull:
            return
        if indicated:
            self._modem.sms.indicate(f'+CBMI: "{BROADCASTS}",{index}')


def _within(value: int, text: str) -> bool:
    return not text or any(first <= value <= last for first, last in ranges(text))
