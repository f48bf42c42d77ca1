"""Which of the possible readings of some octets is meant: with or without service-centre address, which message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mtmo_host.decode.words import DELIVER, STATUS_REPORT, SUBMIT
from mtmo_host.sms.address import MAX_SEMI_OCTETS, NPI_NAMES, TON_RESERVED, decode_sca
from mtmo_host.sms.errors import PduError
from mtmo_host.sms.scts import OCTETS, decode_scts
from mtmo_host.sms.tpdu import Deliver, StatusReport, Submit, decode_deliver, decode_status_report, decode_submit

Message = Deliver | Submit | StatusReport
DIRECTIONS = (DELIVER, SUBMIT, STATUS_REPORT)
_BY_MTI = (DELIVER, SUBMIT, STATUS_REPORT, DELIVER)
_DECODERS: dict[str, Callable[[bytes], Message]] = {
    DELIVER: decode_deliver,
    SUBMIT: decode_submit,
    STATUS_REPORT: decode_status_report,
}
_MAX_SCA = 11


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the octets: `start` is where the TPDU begins; either `message` or `error` is there.

    The offset of `error` counts from the first octet, service-centre address included.
    """

    direction: str
    has_sca: bool
    start: int
    message: Message | None
    error: PduError | None


def choose(octets: bytes, direction: str | None = None, has_sca: bool | None = None) -> Reading:
    """The likeliest reading; what is given is not guessed."""
    readings = []
    for with_sca in (True, False) if has_sca is None else (has_sca,):
        start = min(1 + octets[0], len(octets)) if with_sca and octets else 0
        named = direction or (_BY_MTI[octets[start] & 3] if start < len(octets) else DELIVER)
        readings.append(_read(octets, named, with_sca, start))
    return max(readings, key=lambda reading: _likelihood(reading, octets))


def _read(octets: bytes, direction: str, has_sca: bool, start: int) -> Reading:
    try:
        if has_sca:
            start = decode_sca(octets)[1]
    except PduError as error:
        return Reading(direction, has_sca, start, None, error)
    try:
        return Reading(direction, has_sca, start, _DECODERS[direction](octets[start:]), None)
    except PduError as error:
        moved = PduError(error.reason, error.field, start + (error.offset or 0))
        return Reading(direction, has_sca, start, None, moved)


def _likelihood(reading: Reading, octets: bytes) -> tuple[bool, bool, int, bool, int, bool]:
    """What compares greater is likelier: an unusual reading that is whole may be a usual one that was cut."""
    flaws = sum(_flaws(reading, octets))
    progress = len(octets) if reading.error is None else reading.error.offset or 0
    whole = not getattr(reading.message, "trailing", 0)
    return flaws == 0, reading.message is not None, -flaws, whole, progress, reading.has_sca


def _flaws(reading: Reading, octets: bytes) -> Iterator[bool]:
    """What an ordinary PDU does not have; octets that are not there are no flaw."""
    ud = reading.message.ud if reading.message else None
    yield ud is not None and ud.ignored is not None
    if reading.has_sca and octets[0:1] != b"\0":
        yield octets[0:1] > bytes((_MAX_SCA,)) or octets[0:1] == b"\1"
        yield not _like_toa(octets[1:2])
    tpdu = octets[reading.start :]
    yield tpdu[0:1] != b"" and tpdu[0] & 3 == 3
    at = 1 if reading.direction == DELIVER else 2
    yield tpdu[at : at + 1] > bytes((MAX_SEMI_OCTETS,))
    yield not _like_toa(tpdu[at + 1 : at + 2])
    if len(tpdu) > at and reading.direction != SUBMIT:
        at += 2 + (tpdu[at] + 1) // 2 + (2 if reading.direction == DELIVER else 0)
        stamp = tpdu[at : at + OCTETS]
        yield len(stamp) == OCTETS and decode_scts(stamp) is None


def _like_toa(octet: bytes) -> bool:
    """Whether it is missing, or a type of address with its highest bit set, no reserved type, and a numbering plan."""
    return octet == b"" or (octet[0] & 0x80 != 0 and octet[0] >> 4 & 7 != TON_RESERVED and octet[0] & 15 in NPI_NAMES)
