"""User data header: information elements (TS 23.040 §9.2.3.24)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mtmo_host.sms.errors import PduError

IEI_CONCAT8, IEI_CONCAT16 = 0x00, 0x08
IEI_PORTS8, IEI_PORTS16 = 0x04, 0x05
IEI_SINGLE_SHIFT, IEI_LOCKING_SHIFT = 0x24, 0x25  # hexadecimal


@dataclass(frozen=True, slots=True)
class Ie:
    """An information element: identifier and data octets."""

    iei: int
    data: bytes


NO_ELEMENTS: tuple[Ie, ...] = ()


@dataclass(frozen=True, slots=True)
class Concat:
    """Concatenation: reference, number of segments, this one's sequence number (from 1), width of the reference."""

    ref: int
    total: int
    seq: int
    bits: int


@dataclass(frozen=True, slots=True)
class Ports:
    """Application ports, 8 or 16 bits wide."""

    dst: int
    src: int
    bits: int


def decode_udh(header: bytes) -> tuple[Ie, ...]:
    """Elements of a header without its UDHL; none where there is a `misfit`: the whole header is ignored then."""
    elements, _, end = _walk(header)
    return tuple(elements) if end == len(header) else NO_ELEMENTS


def misfit(header: bytes) -> tuple[str, int] | None:
    """Why a header without its UDHL is ignored and the octet it shows at; None where its elements fill it.

    `ie_overrun`: the last element announces more octets than are there. `ie_truncated`: not even a length is left.
    """
    _, last, end = _walk(header)
    if end == len(header):
        return None
    return ("ie_overrun", last) if end > len(header) else ("ie_truncated", end)


def _walk(header: bytes) -> tuple[list[Ie], int, int]:
    """Every element that has an IEDL; where the last of them begins, and where it ends by its IEDL."""
    elements = []
    last = end = 0
    while end + 1 < len(header):
        last, end = end, end + 2 + header[end + 1]
        elements.append(Ie(header[last], header[last + 2 : end]))
    return elements, last, end


def encode_udh(elements: Iterable[Ie]) -> bytes:
    """UDHL and elements; no element is no header. Raises PduError `udhl_overrun` beyond 139 octets."""
    header = b"".join(bytes((element.iei, len(element.data))) + element.data for element in elements)
    if len(header) > 139:
        raise PduError("udhl_overrun", "udh")
    return bytes((len(header),)) + header if header else b""


def find_concat(elements: Iterable[Ie]) -> Concat | None:
    """Concatenation of the last valid element: total 0, seq 0, seq > total or a wrong length does not count."""
    found = None
    for element in elements:
        data = element.data
        if element.iei == IEI_CONCAT8 and len(data) == 3:
            candidate = Concat(data[0], data[1], data[2], 8)
        elif element.iei == IEI_CONCAT16 and len(data) == 4:
            candidate = Concat(data[0] << 8 | data[1], data[2], data[3], 16)
        else:
            continue
        if 0 < candidate.seq <= candidate.total:
            found = candidate
    return found


def find_ports(elements: Iterable[Ie]) -> Ports | None:
    """Application ports of the last valid element."""
    found = None
    for element in elements:
        data = element.data
        if element.iei == IEI_PORTS8 and len(data) == 2:
            found = Ports(data[0], data[1], 8)
        elif element.iei == IEI_PORTS16 and len(data) == 4:
            found = Ports(data[0] << 8 | data[1], data[2] << 8 | data[3], 16)
    return found


def find_languages(elements: Iterable[Ie]) -> tuple[int, int]:
    """National language ids (locking, single shift); 0 where none is named."""
    locking = single = 0
    for element in elements:
        if len(element.data) == 1:
            if element.iei == IEI_LOCKING_SHIFT:
                locking = element.data[0]
            elif element.iei == IEI_SINGLE_SHIFT:
                single = element.data[0]
    return locking, single


def concat_ie(ref: int, total: int, seq: int, bits: int = 8) -> Ie:
    """The concatenation element. Raises PduError `out_of_range`."""
    if bits not in (8, 16) or not 0 <= ref < 1 << bits or not 0 < seq <= total <= 255:
        raise PduError("out_of_range", "concat_ref")
    if bits == 8:
        return Ie(IEI_CONCAT8, bytes((ref, total, seq)))
    return Ie(IEI_CONCAT16, bytes((ref >> 8, ref & 255, total, seq)))
