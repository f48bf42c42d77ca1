"""TP-VP in its three formats (TS 23.040 §9.2.3.12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mtmo_host.sms.errors import PduError
from mtmo_host.sms.scts import Scts, encode_scts

RELATIVE, ABSOLUTE, ENHANCED = "relative", "absolute", "enhanced"
# TP-VPF, bits 4…3 of the first octet: format and octets
FORMATS = {0: (None, 0), 1: (ENHANCED, 7), 2: (RELATIVE, 1), 3: (ABSOLUTE, 7)}
VPF = {None: 0, ENHANCED: 1, RELATIVE: 2, ABSOLUTE: 3}

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86400, 604800


@dataclass(frozen=True, slots=True)
class Validity:
    """A validity period as sent: `format` is `relative`, `absolute` or `enhanced`, `raw` its one or seven octets."""

    format: str
    raw: bytes

    @classmethod
    def relative(cls, seconds: int) -> Validity:
        """The shortest relative period of at least `seconds` (5 min … 63 weeks)."""
        return cls(RELATIVE, bytes((encode_relative(seconds),)))

    @classmethod
    def absolute(cls, time: datetime) -> Validity:
        """Until an aware datetime."""
        return cls(ABSOLUTE, encode_scts(time))

    @classmethod
    def enhanced(cls, seconds: int | None = None, *, single_shot: bool = False, form: int | None = None) -> Validity:
        """Enhanced format: none (`seconds` None), or form 1 relative, 2 seconds (≤ 255), 3 hhmmss (< 100 h)."""
        flags = 0x40 if single_shot else 0
        if seconds is None:
            return cls(ENHANCED, bytes((flags,)).ljust(7, b"\0"))
        if form is None:
            form = 2 if seconds <= 255 else 3 if seconds < 100 * _HOUR else 1
        if form == 1:
            value = bytes((encode_relative(seconds),))
        elif form == 2 and 0 <= seconds <= 255:
            value = bytes((seconds,))
        elif form == 3 and 0 <= seconds < 100 * _HOUR:
            parts = (seconds // _HOUR, seconds // _MINUTE % 60, seconds % 60)
            value = bytes(part % 10 << 4 | part // 10 for part in parts)
        else:
            raise PduError("out_of_range", "vp")
        return cls(ENHANCED, (bytes((flags | form,)) + value).ljust(7, b"\0"))

    @property
    def seconds(self) -> int | None:
        """Period in seconds; None for absolute, for an enhanced one without a period, and for reserved forms."""
        if self.format == RELATIVE:
            return decode_relative(self.raw[0])
        if self.format == ABSOLUTE:
            return None
        return _enhanced_seconds(self.raw)

    @property
    def time(self) -> Scts | None:
        """The end of an absolute period."""
        return Scts(self.raw) if self.format == ABSOLUTE else None

    @property
    def single_shot(self) -> bool:
        """One attempt only (enhanced format, bit 6)."""
        return self.format == ENHANCED and bool(self.raw[0] & 0x40)


def decode_relative(value: int) -> int:
    """Seconds of a relative TP-VP octet. §9.2.3.12.1."""
    if value <= 143:
        return (value + 1) * 5 * _MINUTE
    if value <= 167:
        return 12 * _HOUR + (value - 143) * 30 * _MINUTE
    if value <= 196:
        return (value - 166) * _DAY
    return (value - 192) * _WEEK


def encode_relative(seconds: int) -> int:
    """The smallest relative TP-VP of at least `seconds`; the greatest, 63 weeks, for anything longer."""
    if seconds < 0:
        raise PduError("out_of_range", "vp")
    for value in range(256):
        if decode_relative(value) >= seconds:
            return value
    return 255


def _enhanced_seconds(raw: bytes) -> int | None:
    start = 0
    while raw[start] & 0x80:  # another functionality octet follows
        start += 1
        if start + 1 >= len(raw):
            return None
    form, value = raw[0] & 7, raw[start + 1 :]
    if form == 1 and value:
        return decode_relative(value[0])
    if form == 2 and value:
        return value[0]
    if form == 3 and len(value) >= 3:
        parts = [(octet & 15) * 10 + (octet >> 4) for octet in value[:3]]
        if all(octet & 15 <= 9 and octet >> 4 <= 9 for octet in value[:3]):
            return parts[0] * _HOUR + parts[1] * _MINUTE + parts[2]
    return None
