"""One SMPP session: state, window, timers, and what each packet does (SMPP 3.4 §2.2, §4, §7.2)."""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from mtmo_host.network import smpp_codec as codec
from mtmo_host.network.core import FieldError, UnknownEndpoint
from mtmo_host.network.schema import SMPP, Message
from mtmo_host.network.smpp_codec import Framer, Pdu, Sm, SmppError
from mtmo_host.network.smpp_map import STATES, expiry_of, format_time, read_text, source_of

if TYPE_CHECKING:
    from mtmo_host.network.smpp import SmppServer

log = logging.getLogger(__name__)

_NAME = b"mtmo\0"
_WINDOW = 10
_BIND_S = 15.0
_QUIET_S = 30.0  # after so long without a packet we ask; after two unanswered questions we leave
_ANSWER_S = 30.0
_MISSES_MAX = 2
_LINGER_S = 1.0  # so long an ESME may take what stands in the buffer at the end
_ANSWERS = (codec.DELIVER_SM | codec.RESPONSE, codec.GENERIC_NACK)  # to a deliver_sm
_BINDS = {
    codec.BIND_TRANSMITTER: (True, False),
    codec.BIND_RECEIVER: (False, True),
    codec.BIND_TRANSCEIVER: (True, True),
}
_STATUS_OF_FIELD = {
    "source_address": codec.RINVSRCADR,
    "source_address_type": codec.RINVSRCADR,
    "expiry_date": codec.RINVEXPIRY,
    "payload": codec.RINVMSGLEN,  # of what is coded already, the length is all that can be wrong
}


class Session(asyncio.Protocol):
    """Joins the server when bound and leaves it when the connection is gone."""

    def __init__(self, server: SmppServer) -> None:
        self._server = server
        self._core = server.core
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._flying: dict[int, tuple[int, float]] = {}  # sequence -> queue id, deadline
        self._sequence = 0
        self._heard = 0.0
        self._misses = 0
        self._tokens = float(server.per_second)
        self._refilled = 0.0
        self.system_id = ""
        self.transmits = self.receives = False
        self._optional = False  # whether the ESME knows optional parameters (§3.4)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """An ESME has called: it must bind soon."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._server.connected(self)
        self._refilled = self._now()
        self._timer = asyncio.get_running_loop().call_later(_BIND_S, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """The ESME is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None
        self._server.left(self)

    def data_received(self, data: bytes) -> None:
        """Octets of packets, at any split."""
        self._heard = self._now()
        self._misses = 0
        try:
            for pdu in self._framer.feed(data):
                if self._transport is None or self._transport.is_closing():
                    return
                self._take(pdu)
        except SmppError as error:
            log.info("SMPP %s: %s", self.system_id or "unbound", error)
            self._send(Pdu(codec.GENERIC_NACK, error.status, 0))
            self._close()

    def pause_writing(self) -> None:
        """The ESME does not read: neither do we."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The ESME reads again."""
        if self._transport is not None:
            self._transport.resume_reading()

    # for the server

    def room(self) -> int:
        """How many more deliver_sm the session takes."""
        if not self.receives or self._transport is None or self._transport.is_closing():
            return 0
        return _WINDOW - len(self._flying)

    def deliver(self, queue_id: int, sm: Sm) -> None:
        """Sends a deliver_sm; its answer goes to the server."""
        self._sequence += 1
        self._flying[self._sequence] = (queue_id, self._now() + _ANSWER_S)
        body = codec.encode_sm(sm, optional=self._optional)
        self._send(Pdu(codec.DELIVER_SM, 0, self._sequence, body))

    def unanswered(self) -> set[int]:
        """The queue ids of deliver_sm without an answer."""
        return {queue_id for queue_id, _ in self._flying.values()}

    def leave(self) -> None:
        """Says unbind and closes."""
        if self.system_id:
            self._sequence += 1
            self._send(Pdu(codec.UNBIND, 0, self._sequence))
        self._close()

    # packets

    def _take(self, pdu: Pdu) -> None:
        if pdu.command_id & codec.RESPONSE:
            self._take_response(pdu)
            return
        try:
            self._take_request(pdu)
        except SmppError as error:
            log.info("SMPP %s: %s", self.system_id or "unbound", error)
            self._answer(pdu, error.status)
        except SQLAlchemyError:
            log.exception("SMPP %s: the store does not answer", self.system_id)
            self._answer(pdu, codec.RSYSERR)

    def _take_request(self, pdu: Pdu) -> None:
        command = pdu.command_id
        if command in _BINDS:
            self._bind(pdu)
        elif command == codec.ENQUIRE_LINK:
            self._answer(pdu)
        elif command not in (codec.SUBMIT_SM, codec.QUERY_SM, codec.CANCEL_SM, codec.UNBIND):
            self._send(Pdu(codec.GENERIC_NACK, codec.RINVCMDID, pdu.sequence))
        elif not self.system_id:
            raise SmppError(codec.RINVBNDSTS, "not bound")
        elif command == codec.UNBIND:
            self._answer(pdu)
            self._close()
        elif not self.transmits:
            raise SmppError(codec.RINVBNDSTS, "bound as receiver")
        elif command == codec.SUBMIT_SM:
            message_id = self._submit(codec.decode_sm(pdu.body))
            self._answer(pdu, body=codec.encode_text(codec.format_message_id(message_id)))
        else:
            self._query_or_cancel(pdu)

    def _take_response(self, pdu: Pdu) -> None:
        if pdu.command_id not in _ANSWERS:
            return
        found = self._flying.pop(pdu.sequence, None)
        if found is not None:
            self._server.answered(self, found[0], pdu.status)

    def _bind(self, pdu: Pdu) -> None:
        if self.system_id:
            raise SmppError(codec.RALYBND, "already bound")
        bind = codec.decode_bind(pdu.body)
        password = self._core.store.smpp_password(bind.system_id)
        if password is None:
            raise SmppError(codec.RINVSYSID, "no such system_id")
        if not hmac.compare_digest(password.encode(), bind.password.encode()):
            raise SmppError(codec.RINVPASWD, "wrong password")
        self.system_id = bind.system_id
        self.transmits, self.receives = _BINDS[pdu.command_id]
        self._optional = bind.interface_version >= codec.VERSION_34
        version = codec.encode_tlvs({codec.TLV_INTERFACE_VERSION: bytes((codec.VERSION_34,))})
        self._answer(pdu, body=_NAME + (version if self._optional else b""))
        self._check()
        self._server.joined(self)

    def _submit(self, sm: Sm) -> int:
        if not self._allowed():
            raise SmppError(codec.RTHROTTLED, "too many submit_sm")
        if sm.schedule:
            raise SmppError(codec.RINVSCHED, "no scheduled delivery")
        endpoint = self._core.store.endpoint_by_number(sm.dest)
        if endpoint is None:
            raise SmppError(codec.RINVDSTADR, "no device has that number")
        text = read_text(sm)
        source, kind = source_of(sm)
        try:
            return self._core.submit_mt(
                endpoint.id,
                text.payload,
                source_address=source,
                source_address_type=kind,
                udh=text.udh or None,
                ud=text.ud,
                dcs=text.dcs,
                pid=sm.pid,
                expiry_date=expiry_of(sm, self._core.clock()),
                interface=SMPP,
                registered_delivery=sm.registered_delivery,
                smpp_system_id=self.system_id,
            )
        except UnknownEndpoint as error:
            raise SmppError(codec.RINVDSTADR, error.message) from error
        except FieldError as error:
            status = _STATUS_OF_FIELD.get(error.field or "", codec.RSUBMITFAIL)
            raise SmppError(status, str(error)) from error

    def _query_or_cancel(self, pdu: Pdu) -> None:
        message = self._own(codec.decode_message_id(pdu), pdu.command_id)
        if pdu.command_id == codec.CANCEL_SM:
            if not self._core.cancel(message.id):
                raise SmppError(codec.RCANCELFAIL, "too late")
            self._answer(pdu)
            return
        final_date = codec.encode_text(format_time(message.final_date))
        state = STATES[message.status_id][1]
        name = codec.encode_text(codec.format_message_id(message.id))
        self._answer(pdu, body=name + final_date + bytes((state, 0)))

    def _own(self, message_id: int, command: int) -> Message:
        message = self._core.store.messages.get(message_id)
        if message is None or message.smpp_system_id != self.system_id:
            status = codec.RCANCELFAIL if command == codec.CANCEL_SM else codec.RQUERYFAIL
            raise SmppError(status, "no such message of this account")
        return message

    # limits and time

    def _allowed(self) -> bool:
        """A token bucket of one second's worth."""
        rate = float(self._server.per_second)
        now = self._now()
        self._tokens = min(rate, self._tokens + (now - self._refilled) * rate)
        self._refilled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def _check(self) -> None:
        """The session's timer: must be bound, must answer, must be heard from time to time."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is None:
            return
        now = self._now()
        overdue = any(deadline <= now for _, deadline in self._flying.values())
        if not self.system_id or overdue or self._misses > _MISSES_MAX:
            self._close()
            return
        if now - self._heard >= _QUIET_S:
            self._misses += 1
            self._sequence += 1
            self._send(Pdu(codec.ENQUIRE_LINK, 0, self._sequence))
        self._timer = asyncio.get_running_loop().call_later(_QUIET_S / 2, self._check)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _answer(self, pdu: Pdu, status: int = codec.OK, body: bytes = b"") -> None:
        self._send(Pdu(pdu.command_id | codec.RESPONSE, status, pdu.sequence, body))

    def _send(self, pdu: Pdu) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(pdu.encode())

    def _close(self) -> None:
        transport = self._transport
        if transport is None:
            return
        transport.close()
        if transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(_LINGER_S, transport.abort)
