"""SMPP 3.4 server: sessions of ESMEs on the core. submit_sm becomes an MT, MO and receipts become deliver_sm.

What an ESME still has to get is in the store until it acknowledges it, so that neither side's restart loses anything.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

from mtmo_host.errors import MtmoError
from mtmo_host.network import smpp_codec as codec
from mtmo_host.network.core import Core
from mtmo_host.network.events import Event
from mtmo_host.network.schema import CANCELED, DELIVERED, EXPIRED, FAILED, Message
from mtmo_host.network.smpp_codec import Sm
from mtmo_host.network.smpp_map import mo_sm, receipt_sm
from mtmo_host.network.smpp_session import Session

_FINAL = (DELIVERED, FAILED, EXPIRED, CANCELED)
_FINAL_RECEIPT, _FAILURE_RECEIPT = 1, 2  # registered_delivery, bits 1…0 (§5.2.17)
_RETRY_S = 5.0
# an ESME that answers so wants the deliver_sm again; any other error ends it
_LATER = frozenset({codec.RSYSERR, codec.RMSGQFUL, codec.RTHROTTLED, codec.RX_T_APPN})


class SmppServer:
    """Listens for ESMEs. `per_second` limits the submit_sm of a session; more get RTHROTTLED."""

    def __init__(self, core: Core, *, per_second: int = 1000) -> None:
        self.core = core
        self.per_second = per_second
        self.host, self.port = "", 0
        self._connections: set[Session] = set()
        self._sessions: set[Session] = set()  # the bound ones among them
        self._in_flight: dict[str, set[int]] = {}  # system_id -> ids of the queue
        self._server: asyncio.Server | None = None
        self._unlisten: Callable[[], None] = lambda: None

    async def start(self, host: str = "127.0.0.1", port: int = 2775) -> None:
        """Listens; port 0 picks a free one, `port` then names it. Raises MtmoError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: Session(self), host, port)
        except (OSError, OverflowError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                raise MtmoError(
                    f"port {port} on {host} is in use",
                    field="smpp",
                    fix="choose another with --smpp HOST:PORT; 0 is any",
                ) from error
            reason = getattr(error, "strerror", None) or error
            raise MtmoError(
                f"cannot listen on {host}:{port}: {reason}", field="smpp", fix="--smpp HOST:PORT"
            ) from error
        self.host, self.port = host, int(self._server.sockets[0].getsockname()[1])
        for message in self.core.store.messages.without_receipt(_FINAL):
            self._queue_receipt(message)
        self._unlisten = self.core.listen(self._on_event)

    async def stop(self) -> None:
        """Says unbind to all ESMEs and frees the port."""
        self._unlisten()
        self._unlisten = lambda: None
        for session in tuple(self._connections):
            session.leave()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    # for sessions

    def connected(self, session: Session) -> None:
        """Somebody has called."""
        self._connections.add(session)

    def joined(self, session: Session) -> None:
        """A session is bound."""
        self._sessions.add(session)
        if session.receives:
            self.core.store.smpp_receives(session.system_id)
            self.pump(session.system_id)

    def left(self, session: Session) -> None:
        """A session is over; what it had not acknowledged goes to another, or waits."""
        self._connections.discard(session)
        self._sessions.discard(session)
        flying = self._in_flight.get(session.system_id, set())
        flying.difference_update(session.unanswered())
        if session.receives:
            self.pump(session.system_id)

    def answered(self, session: Session, queue_id: int, status: int) -> None:
        """An ESME has answered a deliver_sm."""
        system_id = session.system_id
        if status in _LATER:
            asyncio.get_running_loop().call_later(_RETRY_S, self._again, system_id, queue_id)
            return
        self.core.store.messages.smpp_done(queue_id)
        self._again(system_id, queue_id)

    def pump(self, system_id: str) -> None:
        """Hands waiting deliver_sm to the account's sessions, as far as their windows allow."""
        flying = self._in_flight.setdefault(system_id, set())
        ready = [session for session in self._sessions if session.system_id == system_id and session.room()]
        room = sum(session.room() for session in ready)
        if not room:
            return
        for queue_id, message_id, receipt in self.core.store.messages.smpp_waiting(system_id, 0, room + len(flying)):
            if queue_id in flying:
                continue
            session = max(ready, key=Session.room)
            if not session.room():
                return
            sm = self._sm(message_id, receipt)
            if sm is None:
                self.core.store.messages.smpp_done(queue_id)
                continue
            flying.add(queue_id)
            session.deliver(queue_id, sm)

    def _again(self, system_id: str, queue_id: int) -> None:
        self._in_flight.get(system_id, set()).discard(queue_id)
        self.pump(system_id)

    def _sm(self, message_id: int, receipt: bool) -> Sm | None:
        message = self.core.store.messages.get(message_id)
        if message is None:
            return None
        return receipt_sm(message) if receipt else mo_sm(message)

    # from the core

    def _on_event(self, event: Event) -> None:
        message = event.message
        if message is None:
            return
        if event.kind == "mo" and not message.p2p:
            for system_id in self.core.store.smpp_receivers():
                self.core.store.messages.smpp_push(system_id, message.id, receipt=False, now=self.core.clock())
                self.pump(system_id)
        elif event.kind == "status" and message.smpp_system_id and message.status_id in _FINAL and not message.seen:
            self._queue_receipt(message)

    def _queue_receipt(self, message: Message) -> None:
        wanted = message.registered_delivery & 3
        system_id = message.smpp_system_id
        if not system_id:
            return
        if wanted == _FINAL_RECEIPT or (wanted == _FAILURE_RECEIPT and message.status_id != DELIVERED):
            self.core.store.messages.smpp_push(system_id, message.id, receipt=True, now=self.core.clock())
            self.pump(system_id)
