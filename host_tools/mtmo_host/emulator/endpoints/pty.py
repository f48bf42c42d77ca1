"""A pseudo terminal in raw mode, with a stable name."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import termios
import tty
from pathlib import Path

from mtmo_host.durable import claim_link
from mtmo_host.emulator.endpoints.base import Talker
from mtmo_host.emulator.endpoints.descriptor import DescriptorEndpoint
from mtmo_host.errors import MtmoError

_ISPEED, _OSPEED = 4, 5  # of tcgetattr
_SPEEDS = {value: int(name[1:]) for name, value in vars(termios).items() if name[0] == "B" and name[1:].isdigit()}


class PtyEndpoint(DescriptorEndpoint):
    """A pseudo terminal; `link` is a stable name for it that is made and removed here.

    The slave is kept open, so that a client may come, go and be killed. What nobody reads waits in the kernel, as at an
    open port. A link that a killed mtmo left behind is replaced, that of a running one is not.
    """

    def __init__(self, modem: Talker, link: Path | None = None, *, baud: int | None = None) -> None:
        super().__init__(modem, baud=baud)
        self.link = link
        self.device = ""
        self._master = self._slave = -1
        self._name: socket.socket | None = None

    @property
    def address(self) -> str:
        """The path a client opens."""
        return str(self.link) if self.link is not None else self.device

    @property
    def unread(self) -> int:
        """Octets that wait in the kernel for a client to read them; they are lost when the line goes."""
        if self._slave < 0:
            return 0
        count = fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4))
        return int.from_bytes(count, sys.byteorder)

    def _driver_baud(self) -> int | None:
        return None if self._slave < 0 else _SPEEDS.get(termios.tcgetattr(self._slave)[_OSPEED])

    async def _open(self) -> None:
        try:
            self._master, self._slave = os.openpty()
        except OSError as error:
            raise MtmoError(f"no pseudo terminal: {error.strerror}", field="pty") from error
        try:
            tty.setraw(self._slave, termios.TCSANOW)
            self._set_usual_speed()
            self.device = os.ttyname(self._slave)
            self._make_link()
        except BaseException:
            self._release()
            raise
        self._watch(self._master)

    def _set_usual_speed(self) -> None:
        """A client that sets no speed finds that of most modems, as if somebody had run stty."""
        attributes = termios.tcgetattr(self._slave)
        attributes[_ISPEED] = attributes[_OSPEED] = termios.B115200
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)

    def _make_link(self) -> None:
        if self.link is None:
            return
        if self.link.exists() and not self.link.is_symlink():
            raise MtmoError(f"{self.link} exists and is not a link", field="pty", fix="choose another path")
        self._name = claim_link(self.link)
        try:
            self.link.parent.mkdir(parents=True, exist_ok=True)
            self.link.unlink(missing_ok=True)
            self.link.symlink_to(self.device)
        except OSError as error:
            raise MtmoError(f"cannot make {self.link}: {error.strerror}", field="pty") from error

    async def _shut(self) -> None:
        self._unwatch()
        if self.link is not None and self.link.is_symlink() and os.readlink(self.link) == self.device:  # noqa: PTH115
            self.link.unlink()
        self._release()

    def _release(self) -> None:
        for fd in (self._master, self._slave):
            if fd >= 0:
                os.close(fd)
        self._master = self._slave = -1
        if self._name is not None:
            self._name.close()
