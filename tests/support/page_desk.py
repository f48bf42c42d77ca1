"""The console page in a real browser, beside a network with devices that answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from browser_page import console_page
from network_world import World
from playwright.async_api import Page

from mtmo_host.network.core import Core
from mtmo_host.network.rest import create_app
from mtmo_host.network.schema import Message
from mtmo_host.network.server import serve
from mtmo_host.network.signer import Signer
from mtmo_host.network.store import Store
from mtmo_host.sms import sc1
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.keys import MasterKey


class Desk(World):
    """The world in real time, with a fleet key, and devices that answer signed commands as an agent would."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Store.open(folder / "state"))
        self.core = Core(self.store)
        self.master = MasterKey.create(folder / "fleet.key", demo=True)
        self.signer = Signer(self.master, CounterStore(folder / "counters.json"))
        for modem in (self.first, self.second):
            modem.core = self.core

    def command(self) -> sc1.Command:
        """The last command the first device has got."""
        sms = self.first.delivered[-1].text or ""
        return sc1.verify_command(self.master.slot(self.first.imei), self.first.imei, sms)

    def answer(self, text: str) -> str:
        """The first device's signed reply to the last command."""
        command = self.command()
        return sc1.sign_reply(
            self.master.slot(self.first.imei),
            self.first.imei,
            command.kid,
            command.ctr,
            command.tag,
            text,
            encrypted=command.encrypted,
        )

    def outbound(self) -> list[Message]:
        return [message for message in self.store.messages.of_endpoint(self.one.id) if message.sms_type == 1]


def browse(folder: Path, scenario: Callable[[Desk, Page], Awaitable[None]], **context: object) -> None:
    async def run() -> None:
        desk = Desk(folder)
        server = await serve(create_app(desk.core, signer=desk.signer), port=0)
        try:
            async with console_page(server.url, scenario.__name__, **context) as page:
                await scenario(desk, page)
        finally:
            await server.stop()

    asyncio.run(run())
