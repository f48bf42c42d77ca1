"""The emulated network of a desk with its doors open: REST API, console page and SMPP."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import httpx

from mtmo_host.lab.services import Address, Services
from mtmo_host.network.policy import Policy
from mtmo_host.sms.numbers import DEFAULT_OPERATOR
from mtmo_host.testing.desk import Desk
from mtmo_host.testing.sent import Sent

if TYPE_CHECKING:
    from mtmo_host.testing.modem import DeskModem

_ANY = Address("127.0.0.1", 0)


class DeskNetwork:
    """`http` and `smpp` are where it listens; `token`, `system_id` and `password` open the doors."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.http = self.smpp = self.token = self.system_id = self.password = ""
        self.operator = DEFAULT_OPERATOR

    async def start(self) -> None:
        """Listen."""
        services = Services(self._desk.core, None, DEFAULT_OPERATOR, lambda line: None)
        self._desk.at_end(services.stop)
        await services.start(_ANY, _ANY)
        ready = services.ready(None, [])
        self.http, self.smpp, self.token = ready["http"], ready["smpp"], ready["token"]
        self.system_id, self.password = (ready["smpp_accounts"][0][key] for key in ("system_id", "password"))

    @property
    def policy(self) -> Policy:
        """What the network allows; may be changed while it runs."""
        return self._desk.core.policy

    def modem(self, name: str = "generic", **options: Any) -> DeskModem:
        """One more modem in this network, with the options of the marker."""
        return self._desk.modem(name, **options)

    @contextlib.contextmanager
    def client(self) -> Any:
        """A REST client that is logged in."""
        with httpx.Client(base_url=self.http, timeout=10) as client:
            answer = client.post("/api/v1/authenticate", json={"application_token": self.token})
            client.headers["Authorization"] = f"Bearer {answer.json()['auth_token']}"
            yield client

    @property
    def sent(self) -> list[Sent]:
        """Every text that any device sent."""
        return self._desk.sent()
