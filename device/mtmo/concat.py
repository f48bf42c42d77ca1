"""Reassembly of concatenated messages whose segments still lie in the modem's store (L1, TS 23.040 §9.2.3.24.1).

Nothing is deleted here: a result says which indices the caller may delete. A set is known by originating number,
type of number, reference, reference size and number of segments.
"""

from micropython import const

from . import gsm7, ucs2
from .userdata import DATA8, GSM7

_TYPING = const(False)
if _TYPING:
    from .tpdu import Deliver


class Result:
    """What one segment led to.

    complete: True with `indices` (in order of the segments, without those not stored), `first` (Deliver of segment 1),
    `text` (None for 8-bit data) and `units` (as in Deliver; of a text only where one alphabet holds for all) ·
    delete: indices of what can never be completed, this segment's possibly among them · reason: why, for the log ·
    doubt: a header that the line has spoilt would look so.
    """

    complete = False
    first: "Deliver | None" = None
    text: "str | None" = None
    units: "bytes | None" = None
    reason = ""
    doubt = False

    def __init__(self):
        self.indices: "list[int]" = []
        self.delete: "list[int]" = []


class _Set:
    def __init__(self, key: tuple, now_s: int):
        self.key = key
        self.since_s = now_s
        self.first: "Deliver | None" = None
        self.segments: "list[tuple | None]" = [None] * key[4]  # (index, alphabet, units); DATA8 for what has no text

    def held(self) -> list:
        return [segment for segment in self.segments if segment]

    def indices(self) -> "list[int]":
        return [segment[0] for segment in self.segments if segment and segment[0] >= 0]


class Assembler:
    """At most `max_sets` open sets of at most `max_segments`; `max_stored` segments in all, half the modem's store.

    `dropped` counts the sets given up.
    """

    def __init__(self, max_sets: int = 4, max_segments: int = 4, timeout_s: int = 1800, max_stored: int = 16):
        self.max_sets = max_sets
        self.max_segments = max_segments
        self.timeout_s = timeout_s
        self.max_stored = max_stored
        self.dropped = 0
        self.listed: "list[int] | None" = None  # the indices that are known to be as they were; None: all
        self._sets: "list[_Set]" = []  # oldest first

    def add(self, deliver, index: int, now_s: int) -> Result:
        """Result of `deliver` at store `index` (negative: not stored). The same segment may come again and again.

        A message that is not concatenated is complete at once; it comes here too, since its index may be one that we
        believed to hold a segment.
        """
        result = Result()
        ref, ref_bits, total, seq = deliver.concat or (0, 0, 1, 1)
        key = (deliver.oa.number, deliver.oa.ton, ref, ref_bits, total)
        segment = (index, DATA8 if deliver.text is None else deliver.alphabet, bytes(deliver.units))
        self._forget(index, key, seq, segment)
        result.delete = self.expire(now_s)
        if index in result.delete:
            result.reason = "expired"
            return result
        if total == 1:
            return _single(result, deliver, index)
        if total > self.max_segments or total > self.max_stored:
            return self._refuse(result, [index], "too many segments")
        found = self._find(key)
        if not found:
            found = _Set(key, now_s)
            self._sets.append(found)
        held = found.segments[seq - 1]
        if held is None:
            found.segments[seq - 1] = segment
        elif held[1:] != segment[1:]:
            self._sets.remove(found)
            return self._refuse(result, found.indices() + [index], "segments contradict")
        elif held[0] != index:
            result.delete.append(index)  # a copy
            return result
        if seq == 1:
            found.first = deliver
        if None in found.segments:
            self._bound(found, result)
            return result
        self._sets.remove(found)
        return _joined(result, found)

    def expire(self, now_s: int) -> "list[int]":
        """Indices of the sets that waited too long, of those that `listed` has a part of; they are forgotten.

        One that no listing has shown for as long again has lost its segments, and is forgotten as well.
        """
        indices: "list[int]" = []
        for held in list(self._sets):
            waited_s = now_s - held.since_s
            if waited_s >= 2 * self.timeout_s or (waited_s >= self.timeout_s and self._seen(held)):
                self._drop(held, indices)
        return indices

    def pending(self) -> "list[int]":
        """Indices of all stored segments that wait for others."""
        indices = []
        for held in self._sets:
            indices.extend(held.indices())
        return indices

    def _seen(self, held: "_Set") -> bool:
        return self.listed is None or any([index in self.listed for index in held.indices()])

    def _find(self, key: tuple) -> "_Set | None":
        for held in self._sets:
            if held.key == key:
                return held
        return None

    def _refuse(self, result: Result, indices: "list[int]", reason: str) -> Result:
        self.dropped += 1
        result.reason = reason
        result.doubt = True
        result.delete.extend([index for index in indices if index >= 0])
        return result

    def _drop(self, held: _Set, indices: "list[int]") -> None:
        self._sets.remove(held)
        self.dropped += 1
        indices.extend(held.indices())

    def _forget(self, index: int, key: tuple, seq: int, segment: tuple) -> None:
        """The modem gives a deleted message's index away: what we believed to lie there is gone."""
        if index < 0:
            return
        for held in list(self._sets):
            for i in range(len(held.segments)):
                old = held.segments[i]
                if old and old[0] == index and (held.key != key or i != seq - 1 or old != segment):
                    held.segments[i] = None
            if not held.held():
                self._sets.remove(held)

    def _bound(self, current: _Set, result: Result) -> None:
        while len(self._sets) > self.max_sets or sum([len(held.held()) for held in self._sets]) > self.max_stored:
            oldest = self._sets[0]
            if oldest is current:
                oldest = self._sets[1]
            self._drop(oldest, result.delete)
            result.reason = "too many open sets"


def _single(result: Result, deliver, index: int) -> Result:
    result.complete = True
    result.indices = [index] if index >= 0 else []
    result.first = deliver
    result.text = deliver.text
    result.units = deliver.units
    return result


def _joined(result: Result, found: _Set) -> Result:
    result.complete = True
    result.indices = found.indices()
    result.first = found.first
    segments = found.held()
    pieces: "list[str] | None" = []
    i = 0
    while i < len(segments):
        # A sender may cut inside an escape or a surrogate pair: join units of one alphabet, then decode.
        _, alphabet, units = segments[i]
        i += 1
        while i < len(segments) and segments[i][1] == alphabet:
            units += segments[i][2]
            i += 1
        if alphabet == DATA8:
            pieces = None
        elif pieces is not None:
            pieces.append(gsm7.decode(units) if alphabet == GSM7 else ucs2.decode(units))
    result.units = units
    result.text = None if pieces is None else "".join(pieces)
    return result
