"""A Unix socket in Linux's abstract name space: it needs no file, and its name is free again when the process ends."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from mtmo_host.emulator.endpoints.base import Talker, in_words
from mtmo_host.emulator.endpoints.stream import Client, StreamEndpoint
from mtmo_host.errors import MtmoError

_NAME_OCTETS = 107  # of sun_path, without the zero octet in front


class UnixEndpoint(StreamEndpoint):
    """A listener at the abstract address `name`."""

    def __init__(self, modem: Talker, name: str, *, baud: int | None = None) -> None:
        super().__init__(modem, baud=baud)
        self.name = name.removeprefix("@")
        if not 0 < len(self.name.encode()) <= _NAME_OCTETS or "\0" in self.name:
            raise MtmoError(f"must be of 1 to {_NAME_OCTETS} octets", field="unix")

    @property
    def address(self) -> str:
        """The name as ss and socat's documentation write it."""
        return f"@{self.name}"

    async def _listen(self, make: Callable[[], Client]) -> asyncio.Server:
        if not sys.platform.startswith("linux"):
            raise MtmoError("abstract Unix sockets exist on Linux only", field="unix", fix="use --tcp")
        try:
            return await asyncio.get_running_loop().create_unix_server(make, f"\0{self.name}")
        except OSError as error:
            raise MtmoError(f"@{self.name}: {in_words(error)}", field="unix", fix="choose another name") from error
