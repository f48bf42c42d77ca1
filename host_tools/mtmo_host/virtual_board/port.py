"""The board's serial console: a raw pty that is never hung up, with a bounded buffer and a stable name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import tty
from collections.abc import Callable
from pathlib import Path

from mtmo_host.durable import claim_link
from mtmo_host.errors import MtmoError

_PTY_FOLDERS = ("/dev/pts/", "/dev/ttys")
_BUFFER = 1 << 16  # octets that wait for a reader
# Like a USB console, the board waits for a client that was active a moment ago, and for nobody else.
_ACTIVE_S = 10.0
_STALLED_S = 2.0


class Port:
    """A pty whose slave stays open here, so that a client may come and go."""

    def __init__(self, link: Path | None, on_input: Callable[[bytes], None], on_room: Callable[[bool], None]) -> None:
        """`on_room(False)`: hold the board's output back for a moment; `on_room(True)`: let it come."""
        self._loop = asyncio.get_running_loop()
        self._on_input = on_input
        self._on_room = on_room
        self._out = bytearray()
        self._room = True
        self._writing = False
        self._accepted_at = self._input_at = -_ACTIVE_S
        self.dropped = 0
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._link = None if link is None else link.absolute()
        self._name: socket.socket | None = None
        try:
            if self._link is not None:
                self._name = claim_link(self._link)
                make_link(self._link, self.path)
        except BaseException:
            self._close_descriptors()
            raise
        self._loop.add_reader(self._master, self._readable)

    def close(self) -> None:
        """Remove the pty and our link."""
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        if self._link is not None:
            with contextlib.suppress(OSError):
                if str(self._link.readlink()) == self.path:
                    self._link.unlink()
        self._close_descriptors()

    def write(self, data: bytes) -> None:
        """Give the client the board's output; what nobody reads is dropped, the oldest first."""
        self._out += data
        self._flush()

    def _close_descriptors(self) -> None:
        if self._name is not None:
            self._name.close()
        os.close(self._master)
        os.close(self._slave)

    def _readable(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return
        self._input_at = self._loop.time()
        if data:
            self._on_input(data)

    def _flush(self) -> None:
        while self._out:
            try:
                written = os.write(self._master, self._out[:16384])
            except BlockingIOError:
                break
            self._accepted_at = self._loop.time()
            del self._out[:written]
        waiting = bool(self._out)
        if waiting != self._writing:
            self._writing = waiting
            if waiting:
                self._loop.add_writer(self._master, self._flush)
            else:
                self._loop.remove_writer(self._master)
        self._judge()

    def _judge(self) -> None:
        # is there room, or somebody who will make some?
        over = len(self._out) - _BUFFER
        room = over <= 0
        if not room and not self._client_reads():
            del self._out[:over]
            self.dropped += over
            room = True
        if room != self._room:
            self._room = room
            if not room:
                self._loop.call_later(_STALLED_S, self._judge)
            self._on_room(room)

    def _client_reads(self) -> bool:
        now = self._loop.time()
        return now - max(self._accepted_at, self._input_at) < _STALLED_S and now - self._input_at < _ACTIVE_S


def make_link(link: Path, target: str) -> None:
    """Point `link` at a pty; replaces an older link to a pty and nothing else (MtmoError)."""
    if not link.parent.is_dir():
        raise MtmoError(f"no folder {link.parent}", field="pty", fix="make it or choose another path")
    if link.is_symlink():
        if not str(link.readlink()).startswith(_PTY_FOLDERS):
            raise MtmoError(f"{link} is a link to something else", field="pty", fix="choose another path")
    elif link.exists():
        raise MtmoError(f"{link} exists and is not a link to a pty", field="pty", fix="choose another path")
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    try:
        fresh.symlink_to(target)
        fresh.replace(link)
    except OSError as error:
        raise MtmoError(f"cannot make {link}: {error.strerror}", field="pty", fix="choose another path") from None
