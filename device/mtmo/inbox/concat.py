"""Reassembly of concatenated messages whose segments still lie in the modem's store (L1, TS 23.040 §9.2.3.24.1).

Nothing is read or deleted here: what is returned says which places the caller may delete, and where the segments of a
whole message lie. Loaded for each segment that is news; what outlives it is plain and small, the list of sets, the
oldest first. A set:

KEY originating number, type of number, reference, its size, number of segments · SINCE_S when we met it · SCTS of its
newest segment, if it lay in the store before we began, else None · STALE its sender has given it up · from PARTS on one
for each segment: None or (place, check, what), where `check` tells its text from another's and `what` is the mark of
its PDU or, of one that lies in no store and has the place -1, the octets of its PDU.
"""

from binascii import unhexlify

from micropython import const

from ..at import mark_of

KEY, SINCE_S, SCTS, STALE, PARTS = 0, 1, 2, 3, 4
_MAX_SETS = const(4)
_MAX_SEGMENTS = const(4)
_MAX_OCTETS = const(1024)


def add(sets: "list[list]", deliver, pdu_hex: bytes, place: int, now_s: int, max_stored: int = 16, old: bool = False):
    """(whole, delete, why): the set that a segment completes, or None · places of what can never be completed, this
    one's possibly among them · why, for the log.

    The segment lies at `place` (negative: in no store), `old`: since before we began. The same may come again and
    again. `max_stored` segments are kept in all.
    """
    ref, ref_bits, total, seq = deliver.concat
    if total > _MAX_SEGMENTS or total > max_stored:
        return None, _stored([place]), "too many segments"
    key = "%d:%s:%d:%d:%d" % (deliver.oa.ton, deliver.oa.number, ref, ref_bits, total)
    found = None
    for one in sets:
        if one[KEY] == key:
            found = one
    if found is None:
        found = [key, now_s, None, False] + [None] * total
        sets.append(found)
    check = mark_of(deliver.units) ^ (3 if deliver.text is None else deliver.alphabet)
    held = found[PARTS + seq - 1]
    if held and held[1] != check:
        sets.remove(found)
        return None, places_of(found) + _stored([place]), "segments contradict"
    if held and held[0] != place:
        return None, _stored([place]), ""  # a copy
    if not held:
        found[PARTS + seq - 1] = (place, check, mark_of(pdu_hex) if place >= 0 else unhexlify(pdu_hex))
        if old and deliver.scts and (found[SCTS] is None or found[SCTS] < deliver.scts):
            found[SCTS] = deliver.scts
    if None not in found[PARTS:]:
        sets.remove(found)
        return found, [], ""
    dropped = _bound(sets, found, max_stored)
    return None, dropped, "too many open sets" if dropped else ""


def forget(sets: "list[list]", place: int) -> None:
    """The modem gives a deleted message's place away: the segment that lay at `place` is gone."""
    for held in list(sets):
        for i in range(PARTS, len(held)):
            if held[i] and held[i][0] == place:
                held[i] = None
        if not any(held[PARTS:]):
            sets.remove(held)


def places_of(held: list) -> "list[int]":
    """Where the segments of a set lie, in their order; without those that are in no store."""
    return _stored([part[0] for part in held[PARTS:] if part])


def _stored(places: "list[int]") -> "list[int]":
    return [place for place in places if place >= 0]


def _bound(sets: "list[list]", current: list, max_stored: int) -> "list[int]":
    dropped: "list[int]" = []
    while len(sets) > 1:
        parts = [part for held in sets for part in held[PARTS:] if part]
        octets = sum([len(part[2]) for part in parts if part[0] < 0])
        if len(sets) <= _MAX_SETS and len(parts) <= max_stored and octets <= _MAX_OCTETS:
            break
        oldest = sets[1] if sets[0] is current else sets[0]
        sets.remove(oldest)
        dropped.extend(places_of(oldest))
    return dropped
