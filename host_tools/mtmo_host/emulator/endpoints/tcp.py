"""A TCP port that carries the modem's octets as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mtmo_host.emulator.endpoints.base import Talker, in_words
from mtmo_host.emulator.endpoints.stream import Client, StreamEndpoint
from mtmo_host.errors import MtmoError


class TcpEndpoint(StreamEndpoint):
    """A TCP listener; port 0 picks a free one."""

    scheme = "socket"  # of pyserial's URLs

    def __init__(self, modem: Talker, host: str = "127.0.0.1", port: int = 0, *, baud: int | None = None) -> None:
        super().__init__(modem, baud=baud)
        self.host, self.port = host, port

    @property
    def address(self) -> str:
        """A URL for pyserial's serial_for_url()."""
        host = f"[{self.host}]" if ":" in self.host else self.host  # RFC 3986 §3.2.2
        return f"{self.scheme}://{host}:{self.port}"

    async def _listen(self, make: Callable[[], Client]) -> asyncio.Server:
        try:
            server = await asyncio.get_running_loop().create_server(make, self.host, self.port)
        except OSError as error:
            raise MtmoError(
                f"{self.host}:{self.port}: {in_words(error)}", field="tcp", fix="choose another address or port"
            ) from error
        self.port = server.sockets[0].getsockname()[1]
        return server
