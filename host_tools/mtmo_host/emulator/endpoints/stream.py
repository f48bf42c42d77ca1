"""What the listening kinds of line share: one client at a time drives the modem, a new one takes over from the last."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from abc import abstractmethod
from collections.abc import Callable

from mtmo_host.emulator.endpoints.base import Endpoint, Talker


class Client(asyncio.Protocol):
    """One connection of a listening endpoint."""

    def __init__(self, endpoint: StreamEndpoint) -> None:
        self._endpoint = endpoint
        self.transport: asyncio.Transport | None = None
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (a stream listener makes no other)
        self.transport = transport
        sock = transport.get_extra_info("socket")
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._endpoint.joined(self)

    def data_received(self, data: bytes) -> None:
        """Octets from the client."""
        self._endpoint.came(self, data)

    def pause_writing(self) -> None:
        """The client does not read."""
        self.full = True

    def resume_writing(self) -> None:
        """It does again."""
        self.full = False
        self._endpoint.resumed(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self.full = False
        self._endpoint.left(self)


class StreamEndpoint(Endpoint):
    """A listener; while no client is there, what the modem says is lost, as on a wire to nobody."""

    def __init__(self, modem: Talker, *, baud: int | None = None) -> None:
        super().__init__(modem, baud=baud)
        self._server: asyncio.Server | None = None
        self._client: Client | None = None

    @abstractmethod
    async def _listen(self, make: Callable[[], Client]) -> asyncio.Server:
        """Open the listener. Raises MtmoError."""

    async def _open(self) -> None:
        self._server = await self._listen(lambda: Client(self))

    def joined(self, client: Client) -> None:
        """A client came: the last one has to go."""
        last, self._client = self._client, client
        if last is not None and last.transport is not None:
            last.transport.abort()
        self._writable()

    def came(self, client: Client, octets: bytes) -> None:
        """Octets of a client; those of one that was sent away are lost."""
        if client is self._client:
            self._received(octets)

    def left(self, client: Client) -> None:
        """A client is gone: what it had not read is lost with it."""
        if client is self._client:
            self._client = None
            self._writable()

    def resumed(self, client: Client) -> None:
        """A client reads again."""
        if client is self._client:
            self._writable()

    def _write(self, octets: bytes) -> int:
        client = self._client
        if client is None or client.transport is None or client.transport.is_closing():
            return len(octets)
        if client.full:
            return 0
        client.transport.write(octets)
        return len(octets)

    def _hold(self, held: bool) -> None:
        if self._client is not None and self._client.transport is not None:
            if held:
                self._client.transport.pause_reading()
            else:
                self._client.transport.resume_reading()

    async def _shut(self) -> None:
        if self._client is not None and self._client.transport is not None:
            self._client.transport.abort()
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(OSError):
                await self._server.wait_closed()
