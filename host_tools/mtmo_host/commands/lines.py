"""The options that choose a line, for the verbs that put a modem (or one side of a transcript) on one."""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import click

from mtmo_host.emulator.endpoints import (
    Endpoint,
    PtyEndpoint,
    Rfc2217Endpoint,
    SerialEndpoint,
    SocketEndpoint,
    Talker,
    TcpEndpoint,
    UnixEndpoint,
)
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.lab.services import Address, AddressType

BAUD = click.IntRange(300, 4_000_000)
_CONNECT_S = 10.0
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--pty", type=click.Path(path_type=Path), help="name for the pty; without any line it gets its own"),
    click.option("--tcp", type=AddressType(), help="TCP port for the program that drives the modem; port 0 is any"),
    click.option("--rfc2217", type=AddressType(), help="the same with Telnet's com port option, which sets the speed"),
    click.option("--unix", metavar="NAME", help="abstract Unix socket (Linux)"),
    click.option("--serial", metavar="PORT", help="serial port to which the other side is wired"),
    click.option(
        "--baud",
        type=BAUD,
        help="pace the line; --serial and --rfc2217 run at 115200 without it, and an RFC 2217 client sets its own",
    ),
)


@dataclass(frozen=True)
class Line:
    """The line that was chosen."""

    pty: Path | None
    tcp: Address | None
    rfc2217: Address | None
    unix: str | None
    serial: str | None
    baud: int | None

    @property
    def given(self) -> int:
        """How many lines were named."""
        return sum(value is not None for value in astuple(self)[:-1])

    def listen(self, modem: Talker) -> Endpoint:
        """Where a program that drives a modem finds one; a pty of its own when nothing was chosen."""
        if self.tcp is not None:
            return TcpEndpoint(modem, self.tcp.host, self.tcp.port, baud=self.baud)
        if self.rfc2217 is not None:
            return Rfc2217Endpoint(modem, self.rfc2217.host, self.rfc2217.port, baud=self.baud)
        if self.unix is not None:
            return UnixEndpoint(modem, self.unix, baud=self.baud)
        if self.serial is not None:
            return SerialEndpoint(modem, self.serial, baud=self.baud or 115_200)
        return PtyEndpoint(modem, self.pty, baud=self.baud)

    def connect(self, agent: Talker) -> Endpoint:
        """The way to a modem that is there already. Raises MtmoError when it is not."""
        if self.rfc2217 is not None:
            raise UsageError("is a line to wait at, not to call", field="--rfc2217", fix="use --tcp, --pty or --serial")
        if self.tcp is not None:
            return SocketEndpoint(agent, _called("--tcp", _tcp, astuple(self.tcp)), baud=self.baud)
        if self.unix is not None:
            name = "\0" + self.unix.removeprefix("@")
            return SocketEndpoint(agent, _called("--unix", _unix, name), baud=self.baud)
        return SerialEndpoint(agent, self.serial or str(self.pty), baud=self.baud or 115_200)


def _tcp(where: tuple[str, int]) -> socket.socket:
    return socket.create_connection(where, _CONNECT_S)  # IPv4 or IPv6


def _unix(name: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.settimeout(_CONNECT_S)
        sock.connect(name)
    except OSError:
        sock.close()
        raise
    return sock


def _called(option: str, call: Callable[[Any], socket.socket], where: Any) -> socket.socket:
    try:
        return call(where)
    except OSError as error:
        raise MtmoError(f"nobody answers: {error.strerror or error}", field=option, fix="is the modem up?") from None


def line_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options, handed to the command as one argument `line`."""

    @functools.wraps(command)
    def with_line(**values: Any) -> None:
        line = Line(**{name: values.pop(name) for name in Line.__dataclass_fields__})
        if line.given > 1:
            names = "--pty, --tcp, --rfc2217, --unix and --serial"
            raise UsageError(f"only one of {names}", field="line", fix="drop the others")
        command(line=line, **values)

    for option in reversed(_OPTIONS):
        with_line = option(with_line)
    return with_line
