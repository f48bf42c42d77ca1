"""What a refused text means: never again, later, once more, or unknown (L1; at_dialects §7).

Loaded when a text is refused. From 512 on a number differs from vendor to vendor: only the dialect's table counts.
"""

from micropython import const

PERMANENT = "P"
TRANSIENT = "T"
ONCE = "O"  # transient, but one more try will do
FIX = "F"  # something must be put right first
UNKNOWN = "U"  # it may have been sent: never blindly again
DELIVERED = "D"

_VENDOR = const(512)

# +CMS ERROR of TS 27.005 §3.2.5, TS 24.011 §E-2, TS 23.040 §9.2.3.22
_CMS = (
    " 1P 8P 10P 17T 21O 22F 27T 28P 29P 30P 38T 41T 42T 47T 50P 69P 81P 95P 96P 97P 98P 99P 111O 127O 128P 129P 130P"
    " 143P 144P 145P 159P 160P 161P 175P 176P 192T 193P 194T 195P 196P 197D 198P 199P 208F 209F 210O 211F 212T 213T"
    " 255U 300O 301F 302F 303P 304P 305P 310F 311F 312F 313F 314T 315F 316F 317F 318F 320T 321F 322F 330F 331T 332U"
    " 500U "
)
# +CME ERROR of TS 27.007 §9.2
_CME = " 3F 4P 5F 10F 11F 12F 13F 14T 15F 16F 17F 18F 20F 21F 22F 23F 24P 25P 26P 27P 30T 32T 40F 50P 258T "

_STORE_FULL = (22, 208, 209, 211, 322)
NO_SMSC = const(330)


def classify(kind: str, code: int, vendor: str, body_sent: bool) -> str:
    """The class of a final result; `vendor` is the dialect's table. Nothing was sent before the PDU went out."""
    found = _in_table(kind, code, vendor)
    return ONCE if found == UNKNOWN and not body_sent else found


def _in_table(kind: str, code: int, vendor: str) -> str:
    if code < 0:
        return UNKNOWN
    if kind == "CMS":
        at = vendor.find("%d" % code)
        if at >= 0 and code >= 100:  # three digits each
            return vendor[at + 3]
        if code >= _VENDOR:
            return UNKNOWN
    table = _CMS if kind == "CMS" else _CME if kind == "CME" else ""
    at = table.find(" %d" % code)
    while at >= 0:
        end = at + 1 + len("%d" % code)
        if not table[end].isdigit():
            return table[end]
        at = table.find(" %d" % code, end)
    return UNKNOWN


def is_store_full(code: int) -> bool:
    """True if the error says that there is no room for another text."""
    return code in _STORE_FULL
