"""SMPP 3.4 packets: octets ↔ values, bounds checked, no I/O (SMPP 3.4 §3-§5)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

GENERIC_NACK = 0x80000000
BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 0x1, 0x2, 0x9
QUERY_SM, SUBMIT_SM, DELIVER_SM = 0x3, 0x4, 0x5
UNBIND, CANCEL_SM, ENQUIRE_LINK = 0x6, 0x8, 0x15
RESPONSE = 0x80000000

OK, RINVMSGLEN, RINVCMDLEN, RINVCMDID, RINVBNDSTS, RALYBND = range(6)
RSYSERR, RINVSRCADR, RINVDSTADR, RINVMSGID = 0x08, 0x0A, 0x0B, 0x0C
RINVPASWD, RINVSYSID, RCANCELFAIL, RMSGQFUL = 0x0E, 0x0F, 0x11, 0x14
RSUBMITFAIL, RINVSYSTYP = 0x45, 0x53
RTHROTTLED, RINVSCHED, RINVEXPIRY, RQUERYFAIL, RX_T_APPN = 0x58, 0x61, 0x62, 0x67, 0x64
RINVTLVSTREAM, RINVPARLEN, RINVOPTPARAMVAL = 0xC0, 0xC2, 0xC4

TLV_INTERFACE_VERSION = 0x0210
TLV_SAR_REF, TLV_SAR_TOTAL, TLV_SAR_SEQ = 0x020C, 0x020E, 0x020F
TLV_MESSAGE_PAYLOAD = 0x0424
TLV_RECEIPTED_MESSAGE_ID, TLV_MESSAGE_STATE = 0x001E, 0x0427

ESM_UDHI, ESM_RECEIPT = 0x40, 0x04

_HEADER = struct.Struct(">IIII")
_TLV = struct.Struct(">HH")
VERSION_34 = 0x34  # the first with optional parameters (§3.4)
_PDU_MAX = 70_000  # a message_payload of 64 KiB and the rest


class SmppError(Exception):
    """A packet that cannot be taken; `status` is the command_status of the answer."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


@dataclass(frozen=True, slots=True)
class Pdu:
    """A packet behind its length."""

    command_id: int
    status: int
    sequence: int
    body: bytes = b""

    def encode(self) -> bytes:
        """Octets as sent."""
        return _HEADER.pack(16 + len(self.body), self.command_id, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True)
class Bind:
    """Body of a bind (§4.1)."""

    system_id: str
    password: str
    interface_version: int


@dataclass(frozen=True, slots=True)
class Sm:
    """Body of submit_sm and deliver_sm (§4.4.1, §4.6.1)."""

    source: str
    source_ton: int
    dest: str
    dest_ton: int
    esm_class: int
    data_coding: int
    message: bytes
    registered_delivery: int = 0
    pid: int = 0
    schedule: str = ""
    validity: str = ""
    tlvs: dict[int, bytes] = field(default_factory=dict)


class Framer:
    """Octets in at any split, whole packets out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, octets: bytes) -> Iterator[Pdu]:
        """The packets that are complete now. Raises SmppError at a length that cannot be, behind those before it."""
        buffer = self._buffer
        buffer += octets
        at = 0
        try:
            while len(buffer) - at >= 16:
                length, command_id, status, sequence = _HEADER.unpack_from(buffer, at)
                if not 16 <= length <= _PDU_MAX:
                    raise SmppError(RINVCMDLEN, f"command_length {length}")
                if len(buffer) - at < length:
                    return
                body = bytes(buffer[at + 16 : at + length])
                at += length
                yield Pdu(command_id, status, sequence, body)
        finally:
            del buffer[:at]


class _Reader:
    """Reads fields one after the other, each within its bound."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def text(self, name: str, size: int, status: int = RINVCMDLEN) -> str:
        """A C-octet string of at most `size` octets, its zero included."""
        end = self._body.find(0, self._at, self._at + size)
        if end < 0:
            raise SmppError(status, f"{name} is longer than {size - 1} or does not end")
        value = self._body[self._at : end]
        self._at = end + 1
        return value.decode("latin-1")

    def octet(self, name: str) -> int:
        """One octet."""
        return self.octets(name, 1)[0]

    def octets(self, name: str, count: int, status: int = RINVCMDLEN) -> bytes:
        """So many octets."""
        value = self._body[self._at : self._at + count]
        if len(value) < count:
            raise SmppError(status, f"{name} ends too early")
        self._at += count
        return value

    def tlvs(self) -> dict[int, bytes]:
        """What is left, as optional parameters; of one that comes twice the last counts."""
        found = {}
        while self._at < len(self._body):
            tag, length = _TLV.unpack(self.octets("TLV", 4, RINVTLVSTREAM))
            found[tag] = self.octets("TLV", length, RINVTLVSTREAM)
        return found


def decode_bind(body: bytes) -> Bind:
    """Who binds. Raises SmppError."""
    reader = _Reader(body)
    system_id, password = reader.text("system_id", 16, RINVSYSID), reader.text("password", 9, RINVPASWD)
    reader.text("system_type", 13, RINVSYSTYP)
    version, _, _ = reader.octet("interface_version"), reader.octet("addr_ton"), reader.octet("addr_npi")
    reader.text("address_range", 41)
    return Bind(system_id, password, version)


def decode_sm(body: bytes) -> Sm:
    """A submit_sm or deliver_sm. Raises SmppError."""
    reader = _Reader(body)
    reader.text("service_type", 6)
    source_ton, _ = reader.octet("source_addr_ton"), reader.octet("source_addr_npi")
    source = reader.text("source_addr", 21, RINVSRCADR)
    dest_ton, _ = reader.octet("dest_addr_ton"), reader.octet("dest_addr_npi")
    dest = reader.text("destination_addr", 21, RINVDSTADR)
    esm_class, pid, _ = reader.octet("esm_class"), reader.octet("protocol_id"), reader.octet("priority_flag")
    schedule = reader.text("schedule_delivery_time", 17, RINVSCHED)
    validity = reader.text("validity_period", 17, RINVEXPIRY)
    registered, _ = reader.octet("registered_delivery"), reader.octet("replace_if_present_flag")
    data_coding, _ = reader.octet("data_coding"), reader.octet("sm_default_msg_id")
    message = reader.octets("short_message", reader.octet("sm_length"), RINVMSGLEN)
    tlvs = reader.tlvs()
    if TLV_MESSAGE_PAYLOAD in tlvs:
        if message:
            raise SmppError(RINVMSGLEN, "both short_message and message_payload")
        message = tlvs[TLV_MESSAGE_PAYLOAD]
    return Sm(
        source, source_ton, dest, dest_ton, esm_class, data_coding, message, registered, pid, schedule, validity, tlvs
    )


def encode_sm(sm: Sm, *, optional: bool = True) -> bytes:
    """The body of a submit_sm or deliver_sm; a message beyond 254 octets goes as message_payload.

    Without `optional` there are no TLVs, as before SMPP 3.4; one SMS does not need message_payload.
    """
    tlvs = dict(sm.tlvs) if optional else {}
    message = sm.message
    if optional and len(message) > 254:
        tlvs[TLV_MESSAGE_PAYLOAD], message = message, b""
    return b"".join(
        (
            b"\0",
            bytes((sm.source_ton, 1 if sm.source_ton == 1 else 0)),
            sm.source.encode("latin-1", "replace")[:20] + b"\0",
            bytes((sm.dest_ton, 1 if sm.dest_ton == 1 else 0)),
            sm.dest.encode("latin-1", "replace")[:20] + b"\0",
            bytes((sm.esm_class, sm.pid, 0)),
            sm.schedule.encode() + b"\0" + sm.validity.encode() + b"\0",
            bytes((sm.registered_delivery, 0, sm.data_coding, 0, len(message))),
            message,
            encode_tlvs(tlvs),
        )
    )


def encode_tlvs(tlvs: dict[int, bytes]) -> bytes:
    """Optional parameters, one after the other."""
    return b"".join(_TLV.pack(tag, len(value)) + value for tag, value in tlvs.items())


def encode_text(text: str) -> bytes:
    """A C-octet string."""
    return text.encode("latin-1", "replace") + b"\0"


def decode_message_id(pdu: Pdu) -> int:
    """The message_id of a query_sm (§4.8.1) or cancel_sm (§4.9.1). Raises SmppError."""
    reader = _Reader(pdu.body)
    if pdu.command_id == CANCEL_SM:
        reader.text("service_type", 6)
    text = reader.text("message_id", 65, RINVMSGID)
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or format_message_id(int(text)) != text:
        raise SmppError(RINVMSGID, "message_id is none of ours")
    return int(text)


def format_message_id(number: int) -> str:
    """The one spelling of a message_id, wherever an ESME sees it: it compares characters (§5.2.23)."""
    return str(number)
