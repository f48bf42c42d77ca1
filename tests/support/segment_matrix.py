"""Long texts cut and joined by the network side: the cases, and one way through."""

from __future__ import annotations

import random
from typing import Any

from sms_vectors import OA, SCTS

from mtmo_host.sms.assembly import Assembler
from mtmo_host.sms.segmentation import Segment
from mtmo_host.sms.tpdu import decode_deliver, encode_deliver

MATRIX = [
    "", "a", "@", "hello@", "x" * 159 + "@", "€" * 80, "a{b}[c]~\\|^€\f", "Δ_ΦΓΛΩΠΨΣΘΞ", "ÆæßÉ Ääöü §¿¡",
    "\r\n\r", "ç", "`", "\t", "\0", "привет", "你好", "😀", "👨‍👩‍👧‍👦", "🇩🇪", "\ufeffbom", "\ue000pua", "שלום", "مرحبا",
    "İstanbul ığşç", "a" * 160, "a" * 161, "€" + "a" * 159, "a" * 152 + "€" + "b" * 10, "漢" * 70, "漢" * 71, "😀" * 34,
    "漢" * 66 + "😀" + "字" * 30, "e\u0301", "x" * 5000,
]  # fmt: skip


def delivered(part: Segment) -> Any:
    octets = encode_deliver(oa=OA, scts=SCTS, payload=part.ud, header=part.udh, dcs=part.dcs)
    assert len(octets) <= 163
    return decode_deliver(octets).ud


def joined(parts: list[Segment]) -> str | None:
    assembler = Assembler()
    order = list(parts)
    random.Random(7).shuffle(order)
    results = [assembler.feed("peer", delivered(part), 0.0) for part in order]
    assert [result for result in results[:-1] if result] == []
    assert results[-1] is not None
    assert len(assembler) == 0
    return results[-1].text
