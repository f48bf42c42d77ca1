"""What `AT+CMGS` and `+CMT` carry: SMSC address and TPDU in hex (TS 27.005 §3.1, §4.3)."""

from __future__ import annotations

from mtmo_host.sms.address import Address, decode_sca, encode_sca
from mtmo_host.sms.errors import PduError

_HEX = frozenset("0123456789abcdefABCDEF")


def decode_hex(text: str) -> bytes:
    """Octets of strict hex: no blank, sign, prefix or foreign digit. Raises `empty`, `non_hex`, `odd_hex`."""
    if not text:
        raise PduError("empty", "pdu_hex", 0)
    if not _HEX.issuperset(text):
        raise PduError("non_hex", "pdu_hex", next(at for at, digit in enumerate(text) if digit not in _HEX))
    if len(text) % 2:
        raise PduError("odd_hex", "pdu_hex", len(text))
    return bytes.fromhex(text)


def split_pdu(pdu_hex: str, *, length: int | None = None) -> tuple[Address | None, bytes]:
    """SMSC address (None: the stored one) and TPDU octets. `length` is AT's: TPDU octets, SMSC address not counted."""
    octets = decode_hex(pdu_hex)
    sca, at = decode_sca(octets)
    if length is not None and len(octets) - at != length:
        raise PduError("length_mismatch", "length", at)
    return sca, octets[at:]


def join_pdu(tpdu: bytes, sca: Address | None = None) -> tuple[str, int]:
    """Upper-case hex of SMSC address and TPDU, and the length that goes with it in `AT+CMGS=<length>`."""
    return (encode_sca(sca) + tpdu).hex().upper(), len(tpdu)
