"""In which order texts are served: a command behind a newer one would be stale (L1; SC1 §5.2).

Loaded when there are several at once.
"""

from .envelope import parse


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


def _age(text) -> str:
    # The SCTS is semi-octets, low before high (TS 23.040 §9.2.3.11); the place parts those of one second.
    scts = text.scts
    return "".join([scts[i + 1] + scts[i] for i in range(0, 12, 2)]) + "%06d" % text.places[0]
