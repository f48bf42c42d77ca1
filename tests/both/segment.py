"""Cutting a long text into pieces for SMS-SUBMIT (TS 23.040 §9.2.3.24.1)."""

from mtmo.errors import EncodeError
from mtmo.tpdu import gsm7, ucs2
from mtmo.tpdu.userdata import GSM7, UCS2


def segment(text: str, ref: int, ref_bits: int = 8) -> "list[tuple[str, int, tuple | None]]":
    """`text` as pieces (text, alphabet, concat) for `encode_submit`; concat is None where one TPDU holds it all.

    No piece ends inside an escape or a surrogate pair. Raises EncodeError beyond 255 segments or for a `ref` that
    does not fit `ref_bits` (TS 23.040 §9.2.3.24.1, §9.2.3.24.8).
    """
    size = gsm7.septet_count(text)
    alphabet = UCS2 if size < 0 else GSM7
    if alphabet == UCS2:
        size = len(ucs2.encode(text)) // 2
    if size <= (70 if alphabet == UCS2 else 160):
        return [(text, alphabet, None)]
    if ref >> ref_bits:
        raise EncodeError("ref", "more than %d bits" % ref_bits)
    room = (67 if alphabet == UCS2 else 153) - (ref_bits == 16)
    pieces = []
    start = used = 0
    for i in range(len(text)):
        char = text[i]
        units = gsm7.septet_count(char) if alphabet == GSM7 else 1 + (ord(char) > 0xFFFF)
        if used + units > room:
            pieces.append(text[start:i])
            start = i
            used = 0
        used += units
    pieces.append(text[start:])
    total = len(pieces)
    if total > 255:
        raise EncodeError("text", "more than 255 segments")
    return [(pieces[i], alphabet, (ref, ref_bits, total, i + 1)) for i in range(total)]
