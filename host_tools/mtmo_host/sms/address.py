"""Addresses in TPDUs (TS 23.040 §9.1.2.5) and of the service centre (TS 24.011 §8.2.5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from mtmo_host.sms import gsm7
from mtmo_host.sms.errors import PduError

# type of number, bits 6…4 of the TOA octet
TON_UNKNOWN, TON_INTERNATIONAL, TON_NATIONAL, TON_NETWORK = 0, 1, 2, 3
TON_SUBSCRIBER, TON_ALPHANUMERIC, TON_ABBREVIATED, TON_RESERVED = 4, 5, 6, 7
NPI_UNKNOWN, NPI_ISDN = 0, 1

TON_NAMES = ("unknown", "international", "national", "network", "subscriber", "alphanumeric", "abbreviated", "reserved")
NPI_NAMES = {
    0: "unknown", 1: "isdn", 3: "data", 4: "telex", 5: "sc_specific5", 6: "sc_specific6",
    8: "national", 9: "private", 10: "ermes",
}  # fmt: skip

MAX_SEMI_OCTETS = 20
_MAX_SCA_OCTETS = 11  # TOA and ten octets of digits
_SWAP = bytes((octet >> 4) | (octet & 15) << 4 for octet in range(256))
_TO_DIGITS = str.maketrans("abcde", "*#abc")
_TO_SEMI = {character: code for code, character in enumerate("0123456789*#abc")}


@dataclass(frozen=True, slots=True)
class Address:
    """An originating, destination, recipient or service-centre address.

    `number` begins with `+` if and only if `ton` is international (a service centre without digits is empty); for an
    alphanumeric address it is the text. `semi_octets` is the length on the wire where a decoder found one that `number`
    does not imply (alphanumeric), and takes no part in comparison.
    """

    number: str
    ton: int = TON_UNKNOWN
    npi: int = NPI_ISDN
    semi_octets: int | None = field(default=None, compare=False)

    @property
    def toa(self) -> int:
        """The type-of-address octet."""
        return 0x80 | self.ton << 4 | self.npi

    @property
    def ton_name(self) -> str:
        """Type of number as a word."""
        return TON_NAMES[self.ton]

    @property
    def npi_name(self) -> str:
        """Numbering plan as a word; one without a name is data, not an error."""
        return NPI_NAMES.get(self.npi, f"reserved{self.npi}")

    @property
    def digits(self) -> str:
        """The number without `+`; the text of an alphanumeric address."""
        return self.number[1:] if self.ton == TON_INTERNATIONAL and self.number.startswith("+") else self.number

    @classmethod
    def from_toa(cls, number: str, toa: int) -> Address:
        """Address of a number with a TOA octet (145 international, 161 national, 208 alphanumeric, 129 unknown)."""
        ton = toa >> 4 & 7
        if ton == TON_INTERNATIONAL and not number.startswith("+"):
            number = f"+{number}"
        return cls(number, ton, toa & 15)


def decode_address(tpdu: bytes, offset: int, name: str) -> tuple[Address, int]:
    """Address at `offset` and the offset behind it. `name` is the field's (`oa`, `da`, `ra`) for errors. §9.1.2.5."""
    if len(tpdu) < offset + 2:
        raise PduError(f"truncated_{name}", name, len(tpdu))
    length = tpdu[offset]
    if length > MAX_SEMI_OCTETS:
        raise PduError("addr_too_long", name, offset)
    toa = tpdu[offset + 1]
    end = offset + 2 + (length + 1) // 2
    value = tpdu[offset + 2 : end]
    if len(tpdu) < end:
        raise PduError(f"truncated_{name}", name, len(tpdu))
    ton, npi = toa >> 4 & 7, toa & 15
    if ton == TON_ALPHANUMERIC:
        # length counts semi-octets in use: 13 hold 7 characters, 14 hold 8
        text = gsm7.decode(gsm7.unpack(value, length * 4 // 7))
        return Address(text, ton, npi, length), end
    digits = _digits(value, length)
    return Address(f"+{digits}" if ton == TON_INTERNATIONAL else digits, ton, npi), end


def encode_address(address: Address, name: str) -> bytes:
    """Length, TOA and value octets. Raises PduError `bad_address` or `addr_too_long` in field `name`."""
    _check_kind(address, name)
    if address.ton == TON_ALPHANUMERIC:
        try:
            septets = gsm7.encode(address.number)
        except PduError as error:
            raise PduError("bad_address", name, error.offset) from None
        length = (len(septets) * 7 + 3) // 4
        if address.semi_octets is not None and address.semi_octets * 4 // 7 == len(septets):
            length = address.semi_octets
        if length > MAX_SEMI_OCTETS:
            raise PduError("addr_too_long", name)
        return bytes((length, address.toa)) + gsm7.pack(septets).ljust((length + 1) // 2, b"\0")[: (length + 1) // 2]
    digits = address.digits
    if len(digits) > MAX_SEMI_OCTETS:
        raise PduError("addr_too_long", name)
    return bytes((len(digits), address.toa)) + _semi_octets(digits, name)


def decode_sca(octets: bytes) -> tuple[Address | None, int]:
    """Service-centre address at the start of what `AT+CMGS` carries, and the offset of the TPDU; length 0 is None."""
    if not octets:
        raise PduError("empty", "sca", 0)
    length = octets[0]
    if length == 0:
        return None, 1
    if length > _MAX_SCA_OCTETS or 1 + length > len(octets):
        raise PduError("smsc_overrun", "sca", 0)
    toa, value = octets[1], octets[2 : 1 + length]
    ton, npi = toa >> 4 & 7, toa & 15
    if ton == TON_ALPHANUMERIC:
        return Address(gsm7.decode(gsm7.unpack(value, len(value) * 8 // 7)), ton, npi), 1 + length
    digits = _digits(value, 2 * len(value))
    return Address(f"+{digits}" if ton == TON_INTERNATIONAL and digits else digits, ton, npi), 1 + length


def encode_sca(address: Address | None) -> bytes:
    """Length in octets, TOA and digits; None is the single octet 0 (use the stored one)."""
    if address is None:
        return b"\0"
    _check_kind(address, "sca")
    value = encode_address(address, "sca")[2:]
    return bytes((1 + len(value), address.toa)) + value


def _check_kind(address: Address, name: str) -> None:
    if not (0 <= address.ton <= 7 and 0 <= address.npi <= 15):
        raise PduError("out_of_range", name)


def _digits(value: bytes, length: int) -> str:
    """Semi-octet digits; only `length` of them count, whatever the filler, and F ends them. §9.1.2.3."""
    digits = value.translate(_SWAP).hex()[:length]
    return digits.partition("f")[0].translate(_TO_DIGITS)


def _semi_octets(digits: str, name: str) -> bytes:
    codes = []
    for index, character in enumerate(digits):
        code = _TO_SEMI.get(character)
        if code is None:
            raise PduError("bad_address", name, index)
        codes.append(code)
    if len(codes) % 2:
        codes.append(15)
    return bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2], strict=True))
