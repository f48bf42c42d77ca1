"""Seven-octet time stamps: SCTS, discharge time, absolute validity (TS 23.040 §9.2.3.11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from mtmo_host.sms.errors import PduError

OCTETS = 7
_MAX_QUARTERS = 79  # ±19:45
_PIVOT = 90  # two-digit years from here on are 19xx: there was no SMS before


@dataclass(frozen=True, slots=True)
class Scts:
    """A time stamp as sent. An impossible one (zeros, month 13) has the `time` None: no message is lost for it."""

    raw: bytes

    @classmethod
    def of(cls, time: datetime) -> Scts:
        """The time stamp of an aware datetime of 1990…2089 whose zone is a multiple of 15 min within ±19:45."""
        return cls(encode_scts(time))

    @property
    def time(self) -> datetime | None:
        """Aware datetime, or None."""
        return decode_scts(self.raw)

    @property
    def iso(self) -> str | None:
        """ISO 8601 with zone, keeping the sign of a negative zero zone as sent; or None."""
        time = self.time
        if time is None:
            return None
        text = time.isoformat()
        return f"{text[:-6]}-00:00" if self.raw[6] & 0x08 and text.endswith("+00:00") else text


def decode_scts(raw: bytes) -> datetime | None:
    """Aware datetime of seven octets, None where they are no date or no zone (hex semi-octets in the zone count)."""
    zone = raw[6]
    quarters = (zone & 7) * 10 + (zone >> 4)  # sign is bit 3 of the octet as sent
    if quarters > _MAX_QUARTERS:
        return None
    values = []
    for octet in raw[:6]:
        tens, units = octet & 15, octet >> 4
        if tens > 9 or units > 9:
            return None
        values.append(tens * 10 + units)
    offset = timedelta(minutes=-15 * quarters if zone & 0x08 else 15 * quarters)
    year, month, day, hour, minute, second = values
    try:
        return datetime(
            year + (1900 if year >= _PIVOT else 2000), month, day, hour, minute, second, tzinfo=timezone(offset)
        )
    except ValueError:
        return None


def encode_scts(time: datetime) -> bytes:
    """Seven octets of an aware datetime. Raises PduError `out_of_range`."""
    offset = time.utcoffset()
    if offset is None:
        raise PduError("out_of_range", "scts")
    quarters, rest = divmod(abs(offset), timedelta(minutes=15))
    if rest or quarters > _MAX_QUARTERS or not 1900 + _PIVOT <= time.year < 2000 + _PIVOT:
        raise PduError("out_of_range", "scts")
    values = (time.year % 100, time.month, time.day, time.hour, time.minute, time.second, quarters)
    octets = bytearray(value % 10 << 4 | value // 10 for value in values)
    if offset < timedelta(0):
        octets[6] |= 0x08
    return bytes(octets)


def as_octets(stamp: Scts | datetime, name: str) -> bytes:
    """The seven octets of either form. Raises PduError in field `name`."""
    if isinstance(stamp, datetime):
        return encode_scts(stamp)
    if len(stamp.raw) != OCTETS:
        raise PduError("out_of_range", name)
    return stamp.raw


def now() -> Scts:
    """The time stamp of this second, UTC."""
    return Scts.of(datetime.now(UTC))
