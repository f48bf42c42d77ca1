"""Lines that are a file descriptor in non-blocking mode: the base of pty and serial port, and an open socket."""

from __future__ import annotations

import asyncio
import errno
import os
import socket

from mtmo_host.emulator.endpoints.base import Endpoint, Talker

_CHUNK = 4096
_GONE = (errno.EIO, errno.ECONNRESET, errno.EPIPE, errno.EBADF, errno.ENXIO)


class DescriptorEndpoint(Endpoint):
    """A line that is a file descriptor; once it hung up, what is said goes nowhere."""

    _fd = -1

    def _watch(self, fd: int) -> None:
        self._fd = fd
        os.set_blocking(fd, False)
        asyncio.get_running_loop().add_reader(fd, self._readable)

    def _unwatch(self) -> None:
        if self._fd >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._fd)
            loop.remove_writer(self._fd)
            self._fd = -1

    def _readable(self) -> None:
        try:
            octets = os.read(self._fd, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            if error.errno not in _GONE:
                raise
            octets = b""
        if octets:
            self._received(octets)
        else:
            self._hung_up()

    def _hold(self, held: bool) -> None:
        if self._fd >= 0:
            loop = asyncio.get_running_loop()
            if held:
                loop.remove_reader(self._fd)
            else:
                loop.add_reader(self._fd, self._readable)

    def _hung_up(self) -> None:
        self._unwatch()

    def _write(self, octets: bytes) -> int:
        if self._fd < 0:
            return len(octets)  # nobody there: the line swallows it
        try:
            sent = os.write(self._fd, octets)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            if error.errno not in _GONE:
                raise
            self._hung_up()
            return len(octets)
        if sent < len(octets):
            asyncio.get_running_loop().add_writer(self._fd, self._drained)
        return sent

    def _drained(self) -> None:
        asyncio.get_running_loop().remove_writer(self._fd)
        self._writable()


class SocketEndpoint(DescriptorEndpoint):
    """A socket that is already connected; it is closed with the endpoint."""

    def __init__(self, modem: Talker, sock: socket.socket, *, baud: int | None = None) -> None:
        super().__init__(modem, baud=baud)
        self._socket = sock

    @property
    def address(self) -> str:
        """Where it is connected to, as the listening lines write it."""
        peer = self._socket.getpeername()
        if isinstance(peer, tuple):
            return f"socket://[{peer[0]}]:{peer[1]}" if ":" in peer[0] else f"socket://{peer[0]}:{peer[1]}"
        return "@" + peer[1:].decode("utf-8", "replace") if isinstance(peer, bytes) else str(peer)

    async def _open(self) -> None:
        self._watch(self._socket.fileno())

    async def _shut(self) -> None:
        self._unwatch()
        self._socket.close()
