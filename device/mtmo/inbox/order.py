"""Sorts texts by SCTS, then by counter within a key slot: a command behind a newer one would be stale (L1; SC1 §5.2).

Loaded when there are several at once.
"""

from ..envelope import parse


def by_age(texts: list) -> list:
    """`texts` by their time stamps, and signed ones of one slot among themselves by their counters.

    Modems fill the lowest free index, so a listing is in no order; and a service centre whose clock was wrong must not
    put a command behind newer ones.
    """
    texts = sorted(texts, key=_age)
    slots: "dict[str, list[tuple[int, int]]]" = {}  # kid -> (counter, which text)
    for i in range(len(texts)):
        frame = parse(texts[i].text or "")
        if frame and frame.mark == "*":
            slots.setdefault(frame.kid, []).append((frame.ctr, i))
    served = list(texts)
    for found in slots.values():
        where = [i for _, i in found]
        for i, (_, which) in zip(where, sorted(found)):
            served[i] = texts[which]
    return served


def newest(items: list) -> int:
    """Which of a listing's items, [place, header, PDU hex or None], is the newest; first what cannot be dated."""
    which, latest = 0, ""
    for i in range(len(items)):
        dated = _dated(items[i][2])
        if dated >= latest:
            which, latest = i, dated
    return which


def _dated(pdu_hex: "bytes | None") -> str:
    # the SCTS stands behind SCA, first octet, OA, PID and DCS of a DELIVER (TS 23.040 §9.2.2.1)
    try:
        at = 4 + 2 * int(pdu_hex[:2], 16)  # type: ignore[index]
        digits = int(pdu_hex[at : at + 2], 16)  # type: ignore[index]
        at += 8 + digits + (digits & 1)
        scts = pdu_hex[at : at + 12].decode()  # type: ignore[index]
        return _in_order(scts)
    except (IndexError, TypeError, ValueError):
        return "~"


def _age(text) -> str:
    # The SCTS is semi-octets, low before high (TS 23.040 §9.2.3.11); the place parts those of one second.
    return _in_order(text.scts) + "%06d" % text.places[0]


def _in_order(scts: str) -> str:
    return "".join([scts[i + 1] + scts[i] for i in range(0, 12, 2)])
