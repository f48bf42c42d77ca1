"""TP-ST of a status report: all 256 values (TS 23.040 §9.2.3.15)."""

from __future__ import annotations

DELIVERED, PENDING = "delivered", "pending"
FAILED_TEMPORARY, FAILED_PERMANENT = "failed-temporary", "failed-permanent"

MEANINGS = {
    0x00: "received",
    0x01: "forwarded, unconfirmed",
    0x02: "replaced",
    0x20: "congestion, still trying",
    0x21: "busy, still trying",
    0x22: "no response, still trying",
    0x23: "service rejected, still trying",
    0x24: "quality of service not available, still trying",
    0x25: "error in recipient, still trying",
    0x40: "remote procedure error",
    0x41: "incompatible destination",
    0x42: "rejected by recipient",
    0x43: "not obtainable",
    0x44: "quality of service not available",
    0x45: "no interworking",
    0x46: "validity period expired",
    0x47: "deleted by sender",
    0x48: "deleted by administration",
    0x49: "message unknown",
    0x60: "congestion, given up",
    0x61: "busy, given up",
    0x62: "no response, given up",
    0x63: "service rejected, given up",
    0x64: "quality of service not available, given up",
    0x65: "error in recipient, given up",
}
_GROUPS = (DELIVERED, PENDING, FAILED_PERMANENT, FAILED_TEMPORARY)


def outcome(st: int) -> str:
    """`delivered`, `pending` (still trying), `failed-temporary` (given up) or `failed-permanent`.

    A reserved value inside a group counts as "service rejected" (given up), as the clause asks; from 0x80 on as
    permanent.
    """
    if st >= 0x80:
        return FAILED_PERMANENT
    specific = st & 0x1F >= 0x10  # values of the service centre's own
    return _GROUPS[st >> 5] if specific or st in MEANINGS else FAILED_TEMPORARY
