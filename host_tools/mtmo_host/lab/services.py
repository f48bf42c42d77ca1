"""The doors of the emulated network: REST, console page and SMPP, on ports that are free."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.network.core import Core
from mtmo_host.network.rest import create_app
from mtmo_host.network.server import Served, serve
from mtmo_host.network.signer import Signer
from mtmo_host.network.smpp import SmppServer

_HTTP_PORT = 8080
_SMPP_PORT = 2775
_PORTS_TRIED = 20

_Server = TypeVar("_Server")


@dataclass(frozen=True)
class Address:
    """Where a server listens; port 0 picks a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        """HOST:PORT, an IPv6 address in brackets (RFC 3986 §3.2.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_address(text: str) -> bool:
    """Whether it is HOST:PORT."""
    host, _, port = text.rpartition(":")
    return bool(host) and re.fullmatch("[0-9]{1,5}", port) is not None and int(port) <= 65535


class AddressType(click.ParamType[Address]):
    """HOST:PORT on the command line."""

    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        host, _, port = str(value).rpartition(":")
        if not is_address(str(value)):
            self.fail(f"{value!r} is not HOST:PORT, for example 127.0.0.1:8080", param, ctx)
        return Address(host.strip("[]"), int(port))


class Services:
    """Serves one core; `say` gets a line when a default port was busy."""

    def __init__(self, core: Core, signer: Signer | None, operator: str, say: Callable[[str], None]) -> None:
        self._core = core
        self._operator = operator
        self._say = say
        self._app = create_app(core, signer=signer, operator=operator)
        self._http: Served | None = None
        self._smpp: SmppServer | None = None

    async def start(self, http: Address | None, smpp: Address | None) -> None:
        """Listen; None takes the usual port or the next free one. Raises MtmoError for a given one that is taken."""

        async def serve_http(address: Address) -> Served:
            return await serve(self._app, address.host, address.port)

        async def serve_smpp(address: Address) -> SmppServer:
            server = SmppServer(self._core)
            await server.start(address.host, address.port)
            return server

        self._http = await self._open("http", http, _HTTP_PORT, serve_http)
        self._smpp = await self._open("smpp", smpp, _SMPP_PORT, serve_smpp)

    async def stop(self) -> None:
        """Close the doors; running requests end first."""
        if self._smpp is not None:
            await self._smpp.stop()
        if self._http is not None:
            await self._http.stop()

    def ready(self, keys: str | None, devices: list[dict[str, Any]]) -> dict[str, Any]:
        """The object of the `--json` line."""
        if self._http is None or self._smpp is None:
            raise RuntimeError("not started")
        system_id, password = self._core.store.smpp_account()
        return {
            "ready": True,
            "http": self._http.url,
            "smpp": str(Address(self._smpp.host, self._smpp.port)),
            "token": self._core.store.application_token(),
            "smpp_accounts": [{"system_id": system_id, "password": password}],
            "keys": keys,
            "operator": self._operator,
            "devices": devices,
        }

    async def _open(
        self, what: str, wanted: Address | None, usual: int, listen: Callable[[Address], Awaitable[_Server]]
    ) -> _Server:
        if wanted is not None:
            return await listen(wanted)
        for port in range(usual, usual + _PORTS_TRIED):
            try:
                server = await listen(Address("127.0.0.1", port))
            except MtmoError:
                continue
            if port != usual:
                self._say(f"port {usual} is in use: {what} is on {port}")
            return server
        raise UsageError(f"no free port from {usual} on", field=f"--{what}", fix="name one, or HOST:0 for any")
