"""Joins an emulated modem to the world: a pty, TCP, a serial port or an open socket, on an asyncio loop.

An endpoint owns the clock (the loop's time) and wakes the modem when it asks for it. With `baud` it lets octets through
no faster than a line of that speed (10 bits an octet), both ways.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import termios
import tty
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import serial

from mtmo_host.emulator.modem import Modem
from mtmo_host.errors import MtmoError

_CHUNK = 4096
_OUT_LIMIT = 1 << 18  # octets nobody reads; a real line would have lost them too
_GONE = (errno.EIO, errno.ECONNRESET, errno.EPIPE, errno.EBADF, errno.ENXIO)


class Endpoint(ABC):
    """One modem on one line. `start()` before use, `close()` after; both may be called once."""

    def __init__(self, modem: Modem, *, baud: int | None = None) -> None:
        if baud is not None and baud <= 0:
            raise MtmoError("must be above 0", field="baud")
        self.modem = modem
        self.dropped = 0  # octets for a terminal that did not read
        self._baud = baud
        self._out = bytearray()
        self._wake: asyncio.TimerHandle | None = None
        self._pace: asyncio.TimerHandle | None = None
        self._in = bytearray()
        self._in_pace: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service_asked = False

    async def start(self) -> None:
        """Open the line and begin to serve the modem."""
        self._loop = asyncio.get_running_loop()
        self.modem.on_wake = self._wake_soon
        await self._open()
        self.service()

    async def close(self) -> None:
        """Stop serving and release the line. The modem itself stays as it is."""
        self.modem.on_wake = None
        for handle in (self._wake, self._pace, self._in_pace):
            if handle is not None:
                handle.cancel()
        self._wake = self._pace = self._in_pace = None
        loop, self._loop = self._loop, None
        if loop is not None:
            await self._shut()

    @property
    def now_ms(self) -> int:
        """The loop's clock in whole milliseconds."""
        loop = self._loop or asyncio.get_running_loop()
        return int(loop.time() * 1000)

    def service(self) -> None:
        """Let the modem catch up with the clock, send what it has, and set the next wake."""
        self._service_asked = False
        if self._loop is None:
            return
        self.modem.advance(self.now_ms)
        self._collect()

    # --- for the kinds of line

    @abstractmethod
    async def _open(self) -> None:
        """Open the line and arrange for _received()."""

    @abstractmethod
    async def _shut(self) -> None:
        """Release the line."""

    @abstractmethod
    def _write(self, octets: bytes) -> int:
        """Write as much as the line takes now and return how much; 0 when it is full or nobody is there."""

    def _received(self, octets: bytes) -> None:
        """Octets came from the terminal."""
        if self._baud is None:
            self._feed(octets)
            return
        self._in += octets
        if self._in_pace is None:
            self._feed_paced()

    # --- inside

    def _wake_soon(self) -> None:
        if self._loop is not None and not self._service_asked:
            self._service_asked = True
            self._loop.call_soon(self.service)

    def _feed(self, octets: bytes) -> None:
        self.modem.feed(octets, self.now_ms)
        self._collect()

    def _feed_paced(self) -> None:
        self._in_pace = None
        if self._loop is None or self._baud is None or not self._in:
            return
        count = self._per_tick()
        octets = bytes(self._in[:count])
        del self._in[:count]
        self._feed(octets)
        self._in_pace = self._loop.call_later(len(octets) * 10 / self._baud, self._feed_paced)

    def _per_tick(self) -> int:
        """Octets that pass in about 10 ms."""
        return max(1, (self._baud or 0) // 1000)

    def _collect(self) -> None:
        if self._loop is None:
            return
        self._out += self.modem.take_output()
        if len(self._out) > _OUT_LIMIT:
            excess = len(self._out) - _OUT_LIMIT
            self.dropped += excess
            del self._out[:excess]
        if self._pace is None:
            self._send()
        self._set_wake()

    def _set_wake(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        due_ms = self.modem.next_wake_ms()
        if due_ms is not None and self._loop is not None:
            # a millisecond late rather than early: an early wake would find nothing due and spin
            self._wake = self._loop.call_at((due_ms + 1) / 1000, self.service)

    def _send(self) -> None:
        self._pace = None
        if not self._out or self._loop is None:
            return
        limit = len(self._out) if self._baud is None else self._per_tick()
        sent = self._write(bytes(self._out[:limit]))
        del self._out[:sent]
        if self._out:
            # the line is slow, full, or has no reader: try again shortly
            wait_s = sent * 10 / self._baud if self._baud is not None and sent else 0.01
            self._pace = self._loop.call_later(wait_s, self._send)


class _FdEndpoint(Endpoint):
    """A line that is a file descriptor in non-blocking mode."""

    _fd = -1

    def _watch(self, fd: int) -> None:
        self._fd = fd
        os.set_blocking(fd, False)
        asyncio.get_running_loop().add_reader(fd, self._readable)

    def _unwatch(self) -> None:
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
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

    def _hung_up(self) -> None:
        self._unwatch()

    def _write(self, octets: bytes) -> int:
        if self._fd < 0:
            return len(octets)  # nobody there: the line swallows it
        try:
            return os.write(self._fd, octets)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            if error.errno not in _GONE:
                raise
            self._hung_up()
            return len(octets)


class SocketEndpoint(_FdEndpoint):
    """A socket that is already connected; it is closed with the endpoint."""

    def __init__(self, modem: Modem, sock: socket.socket, *, baud: int | None = None) -> None:
        super().__init__(modem, baud=baud)
        self._socket = sock

    async def _open(self) -> None:
        self._watch(self._socket.fileno())

    async def _shut(self) -> None:
        self._unwatch()
        self._socket.close()


class PtyEndpoint(_FdEndpoint):
    """A pseudo terminal in raw mode; `link` is a stable name for it that is made and removed here.

    The slave is kept open, so that a client may come and go. What nobody reads waits in the kernel, as at an open port.
    """

    def __init__(self, modem: Modem, link: Path | None = None, *, baud: int | None = None) -> None:
        super().__init__(modem, baud=baud)
        self.link = link
        self.device = ""
        self._slave = -1

    @property
    def port(self) -> str:
        """The path a client opens."""
        return str(self.link) if self.link is not None else self.device

    async def _open(self) -> None:
        try:
            master, self._slave = os.openpty()
        except OSError as error:
            raise MtmoError(f"no pseudo terminal: {error.strerror}", field="pty") from error
        tty.setraw(self._slave, termios.TCSANOW)
        self.device = os.ttyname(self._slave)
        try:
            self._make_link()
        except MtmoError:
            os.close(master)
            os.close(self._slave)
            raise
        self._watch(master)

    def _make_link(self) -> None:
        if self.link is None:
            return
        if self.link.exists() and not self.link.is_symlink():
            raise MtmoError(f"{self.link} exists and is not a link", field="pty", fix="choose another path")
        try:
            self.link.parent.mkdir(parents=True, exist_ok=True)
            self.link.unlink(missing_ok=True)
            self.link.symlink_to(self.device)
        except OSError as error:
            raise MtmoError(f"cannot make {self.link}: {error.strerror}", field="pty") from error

    async def _shut(self) -> None:
        master = self._fd
        self._unwatch()
        for fd in (master, self._slave):
            if fd >= 0:
                os.close(fd)
        if self.link is not None and self.link.is_symlink() and os.readlink(self.link) == self.device:  # noqa: PTH115
            self.link.unlink()


class SerialEndpoint(_FdEndpoint):
    """A real serial port, the emulator playing the modem at its other end."""

    def __init__(self, modem: Modem, port: str, *, speed: int = 115_200, rtscts: bool = False) -> None:
        super().__init__(modem)
        self.port, self._speed, self._rtscts = port, speed, rtscts
        self._serial: serial.Serial | None = None

    async def _open(self) -> None:
        try:
            self._serial = serial.Serial(self.port, self._speed, timeout=0, write_timeout=0, rtscts=self._rtscts)
            self._watch(self._serial.fileno())
        except (serial.SerialException, ValueError, OSError) as error:
            raise MtmoError(str(error), field=self.port, fix="is it plugged in, free, and yours to open?") from error

    async def _shut(self) -> None:
        self._unwatch()
        if self._serial is not None:
            self._serial.close()


class TcpEndpoint(Endpoint):
    """A TCP listener; one client at a time drives the modem, a new one takes over from the last."""

    def __init__(self, modem: Modem, host: str = "127.0.0.1", port: int = 0, *, baud: int | None = None) -> None:
        super().__init__(modem, baud=baud)
        self.host, self.port = host, port
        self._server: asyncio.Server | None = None
        self._client: asyncio.Transport | None = None

    async def _open(self) -> None:
        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Client(self._joined, self._received), self.host, self.port)
        except OSError as error:
            raise MtmoError(
                f"{self.host}:{self.port}: {error.strerror}", field="tcp", fix="choose another port"
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    def _joined(self, client: asyncio.Transport) -> None:
        if self._client is not None:
            self._client.abort()
        self._client = client

    def _write(self, octets: bytes) -> int:
        if self._client is None or self._client.is_closing():
            return len(octets)
        if self._client.get_write_buffer_size() > _OUT_LIMIT:
            return 0
        self._client.write(octets)
        return len(octets)

    async def _shut(self) -> None:
        if self._client is not None:
            self._client.abort()
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(OSError):
                await self._server.wait_closed()


class _Client(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, joined: Callable[[asyncio.Transport], None], received: Callable[[bytes], None]) -> None:
        self._joined, self._take = joined, received

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (a stream listener makes no other)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._joined(transport)

    def data_received(self, data: bytes) -> None:
        """Octets from the client."""
        self._take(data)
