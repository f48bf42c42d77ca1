"""The device's reassembly as its inbox uses it, on Delivers at places; for CPython and MicroPython."""

from mtmo.at import mark_of
from mtmo.inbox import concat, expiry, segments

MAX_STORED = 16  # segments


class SegmentStore:
    """Segments that wait, by place."""

    def __init__(self):
        self.sets = []
        self.delivers = {}  # place -> Deliver
        self.places = []  # of the last whole message
        self.why = ""  # segments were dropped last

    def add(self, deliver, pdu_hex, place, now_s=0):
        """The Delivers of the message that is whole by the one at `place`, in their order; else None."""
        self.why = ""
        self.places = [place]
        if not deliver.concat:
            return [deliver]
        mark = mark_of(pdu_hex)
        if self._marks().get(place, mark) != mark:
            concat.forget(self.sets, place)
        self.delivers[place] = deliver
        whole, deleted, self.why = concat.add(self.sets, deliver, pdu_hex, place, now_s, MAX_STORED)
        self.places = concat.places_of(whole) if whole else []
        found = [self.delivers[at] for at in self.places]
        for at in deleted + self.places:
            del self.delivers[at]
        return found if whole else None

    def pending(self):
        """The places of all segments that wait."""
        return sorted(self._marks())

    def expire(self, now_s):
        """Forget the sets that waited too long."""
        for place in expiry.expired(self.sets, None, now_s):
            del self.delivers[place]

    def _marks(self):
        return {part[0]: part[2] for held in self.sets for part in held[concat.PARTS :] if part}


def text_of(delivers):
    """The text of a whole message; None of data."""
    return segments.joined(delivers) if len(delivers) > 1 else delivers[0].text
