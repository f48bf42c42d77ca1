"""Transfer-layer PDUs as a modem shows them, in hex (L1, TS 23.040 §9.2, TS 23.038 §4, TS 27.005 §3.1)."""

from binascii import hexlify, unhexlify

from micropython import const

from .. import once
from ..errors import PduError
from .fields import Address, decode_address, decode_timestamp, decode_tp_address
from .userdata import DATA8, GSM7, UCS2, Tpdu, decode_user_data, require  # noqa: F401 - the alphabets for users

_TYPING = const(False)
if _TYPING:
    from .status_report import StatusReport

_MAX_SCA = const(11)  # type of address and ten octets (TS 24.011 §8.2.5.2)


class Deliver(Tpdu):
    """SMS-DELIVER (TS 23.040 §9.2.2.1).

    oa: Address · scts: (year, month, day, hour, minute, second, quarter hours) or None, scts_raw: 7 octets.
    """

    oa: Address
    scts_raw: bytes
    scts: "tuple | None"
    sri: bool
    rp: bool

    def read(self, octets: bytes, at: int, lenient: bool) -> None:
        """Everything from the first octet, at `at`, on. Raises PduError."""
        self.sri = bool(octets[at] & 0x20)
        self.rp = bool(octets[at] & 0x80)
        self.oa, at = decode_tp_address(octets, at + 1, "oa")
        require(octets, at, (("pid", 1), ("dcs", 1), ("scts", 7), ("udl", 1)))
        self.pid = octets[at]
        self.dcs = octets[at + 1]
        self.scts_raw = octets[at + 2 : at + 9]
        self.scts = decode_timestamp(self.scts_raw)
        decode_user_data(self, octets, at + 9, lenient)


def decode(pdu_hex: "str | bytes", length: "int | None" = None, lenient: bool = False) -> Tpdu:
    """The TPDU of a +CMT, +CMGR, +CMGL or +CDS line: service-centre address, then TPDU, in hex and nothing else.

    `length` is what the modem announced: TPDU octets without the address. `lenient` takes user data that ends early
    and sets `truncated`. Raises PduError only.
    """
    octets = _unhex(pdu_hex)
    size = len(octets)
    if not size:
        raise PduError("empty", "pdu", 0)
    at = 1 + octets[0]
    if at > size:
        raise PduError("overrun", "sca", 0)
    if octets[0] > _MAX_SCA:
        raise PduError("too_long", "sca", 0)
    if length is not None and length != size - at:
        raise PduError("mismatch", "length", at)
    if at == size:
        raise PduError("truncated", "first_octet", at)
    mti = octets[at] & 3
    if mti == 1:
        raise PduError("wrong", "mti", at)  # SUBMIT-REPORT; the reserved 3 is read as DELIVER (TS 23.040 §9.2.3.1)
    tpdu: "Deliver | StatusReport" = Deliver()
    if mti == 2:
        from .status_report import StatusReport  # nobody who answers commands asks for one

        tpdu = StatusReport()
    tpdu.sca = decode_address(octets, 1, 2 * octets[0] - 2) if octets[0] else None
    tpdu.mms = not octets[at] & 0x04
    tpdu.lp = bool(octets[at] & 0x08)
    tpdu.udhi = bool(octets[at] & 0x40)
    tpdu.read(octets, at, lenient)
    pid = tpdu.pid
    tpdu.silent = pid == 0x40
    tpdu.replace = pid - 0x40 if 0x41 <= pid <= 0x47 else 0
    tpdu.sim_download = pid == 0x7F
    tpdu.flash = tpdu.message_class == 0
    return tpdu


def _unhex(pdu_hex: "str | bytes") -> bytes:
    try:
        text = pdu_hex.encode() if isinstance(pdu_hex, str) else bytes(pdu_hex)
    except ValueError:
        raise PduError("not_hex", "pdu", 0)
    try:
        octets = unhexlify(text)
    except ValueError:
        octets = b""
    # MicroPython's unhexlify takes blanks: only what comes back the same was hex.
    if hexlify(octets) == text.lower():
        return octets
    for i in range(len(text)):
        if text[i] not in b"0123456789ABCDEFabcdef":
            raise PduError("not_hex", "pdu", i // 2)
    raise PduError("odd_hex", "pdu", len(text) // 2)


def encode_submit(da, text: str, **options) -> "tuple[str, int]":
    """As submit.py says, which is loaded for it."""
    return once("tpdu.submit").encode_submit(da, text, **options)
