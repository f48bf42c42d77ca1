"""What one listing of a store shows: texts that are news, and the places of all that are not (L1; TS 27.005 §3.4.2).

A full store is larger than a board's heap: each PDU is looked at as it comes, and only some of them stay. Loaded for
each listing.
"""

from .. import once
from ..at import fields, mark_of, number


class Listing:
    """Chat hands it the texts of one AT+CMGL.

    items: [place, header, PDU hex or None], by place; without a PDU it was spoilt on the line · marks: place → mark of
    each text that is an item or was known · again: places of what was to be deleted and is still there · headless:
    a text was shown, but not where it lies · cut: more were news than `most`, of which the oldest are the items.
    """

    def __init__(self, base: int, most: int, held: dict, gone: dict, doomed: dict):
        """`base` is added to each index. `held`: place → mark of segments that wait · `gone`: the same of what was
        deleted · `doomed`: the marks of what could not be.
        """
        self._base = base
        self._most = most
        self._held = held
        self._gone = gone
        self._doomed = doomed
        self.anew()

    def anew(self) -> "Listing":
        """Itself, empty: the command is sent, perhaps once more."""
        self.items: "list[list]" = []
        self.marks: "dict[int, int]" = {}
        self.again: "list[int]" = []
        self.headless = self.cut = self.spoilt = False
        self._last = -1
        self._dated = None  # the module that knows which is the oldest, once there are too many
        self._info: tuple = ()
        return self

    def __len__(self) -> int:
        return 1 if self._info else 0

    def __getitem__(self, _: int) -> tuple:
        # as the last one of a list, which is what Chat looks at
        return self._info

    def append(self, info: tuple) -> None:
        """One text: its header, and its PDU in hex or None."""
        self._info = header, pdu_hex = info
        place = self._base + number(fields(header)[0])
        mark = mark_of(pdu_hex) if pdu_hex else 0
        if place < self._base:
            self.headless = self.spoilt = True
            return
        in_order, self._last = self._last < place, place
        self.marks[place] = mark
        if in_order and mark:
            if mark in self._doomed or self._gone.get(place) == mark:
                self.again.append(place)
                return
            if self._held.get(place) == mark:
                return
        elif not in_order:
            # modems list by index; one that is out of order may have been spoilt, and be another text's
            pdu_hex = None
            if self.items:
                self.items[-1][2] = None
        self.spoilt = self.spoilt or not pdu_hex
        self.items.append([place, header, pdu_hex])
        if len(self.items) > self._most:
            self.cut = True
            order = self._dated = self._dated or once("inbox.order")
            self.marks.pop(self.items.pop(order.newest(self.items))[0], None)
