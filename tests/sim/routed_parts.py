"""A long text in parts, as a routing modem hands them on."""

from __future__ import annotations

from datetime import UTC, datetime

from air import OPERATOR

from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import encode_deliver


def parts_of(text: str, count: int, reference: int = 7) -> list[bytes]:
    size = -(-len(text) // count)
    scts = datetime(2026, 3, 14, tzinfo=UTC)
    pieces = [text[i * size :][:size] for i in range(count)]
    headers = [bytes((5, 0, 3, reference, count, i + 1)) for i in range(count)]
    return [
        encode_deliver(oa=Address(OPERATOR), scts=scts, text=piece, header=header)
        for piece, header in zip(pieces, headers, strict=True)
    ]
