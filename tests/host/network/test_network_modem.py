"""The network with real emulated modems behind it: REST to AT and back, over sockets, in real time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from network_world import eventually, identity, served

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.endpoints import SocketEndpoint
from mtmo_host.network.core import Core
from mtmo_host.network.schema import Endpoint
from mtmo_host.network.store import Store
from mtmo_host.sms.address import Address
from mtmo_host.sms.pdu import join_pdu, split_pdu
from mtmo_host.sms.tpdu import Deliver, decode_deliver, encode_submit


class Line:
    """A terminal on a modem's line that speaks just enough AT."""

    def __init__(self, modem: Modem, core: Core, endpoint: Endpoint) -> None:
        self.modem, self.endpoint = modem, endpoint
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._socket = ours
        self.adapter = SocketEndpoint(modem, theirs)
        self.seen = ""

    async def start(self) -> None:
        await self.adapter.start()
        self.modem.power_on(self.adapter.now_ms)
        self.adapter.service()
        await eventually(lambda: self.modem.reachable)

    async def close(self) -> None:
        await self.adapter.close()
        self._socket.close()

    async def ask(self, text: str, until: str = "OK") -> str:
        """Writes, and returns what came until a line begins with `until`."""
        await asyncio.get_running_loop().sock_sendall(self._socket, text.encode())
        return await self.expect(until)

    async def expect(self, until: str) -> str:
        async with asyncio.timeout(10):
            while True:
                at = self.seen.find("\n" + until)
                end = self.seen.find("\r\n", at + 1) if until != ">" else at + 3
                if at >= 0 and end >= 0:
                    found, self.seen = self.seen[:end], self.seen[end:]
                    return found
                self.seen += (await asyncio.get_running_loop().sock_recv(self._socket, 4096)).decode("latin-1")

    async def read(self, index: int) -> Deliver:
        answer = await self.ask(f"AT+CMGR={index}\r")
        pdu = next(line for line in answer.split("\r\n") if len(line) > 20)
        return decode_deliver(split_pdu(pdu)[1])

    async def send(self, da: str, text: str, *, ton: int = 0) -> str:
        pdu, length = join_pdu(encode_submit(da=Address(da, ton), text=text))
        await self.ask(f"AT+CMGS={length}\r", ">")
        return await self.ask(pdu + "\x1a", "OK")


def play(scenario: Callable[[Core, httpx.AsyncClient, Line, Line], Awaitable[None]], state: str = ":memory:") -> None:
    async def run() -> None:
        core = Core(Store.open(state))
        lines = []
        for number in (1, 2):
            values = identity(number)
            endpoint = core.add_endpoint(f"unit-{number}", **values)
            sim = Sim(values["iccid"], values["imsi"], "+" + values["msisdn"])
            modem = Modem(personality("generic"), sim, core, imei=values["imei"], speed=float("inf"))
            lines.append(Line(modem, core, endpoint))
        async with served(core) as client:
            for line in lines:
                await line.start()
                await line.ask("ATE0\r")
                await line.ask("AT+CMGF=0\r")
                await line.ask("AT+CNMI=2,1,0,1,0\r")
            try:
                await scenario(core, client, *lines)
            finally:
                for line in lines:
                    await line.close()
        core.store.close()

    asyncio.run(run())


def test_a_text_by_rest_is_read_by_at_and_the_answer_is_in_the_log() -> None:
    async def scenario(core: Core, client: httpx.AsyncClient, one: Line, two: Line) -> None:
        url = f"/api/v1/endpoint/{one.endpoint.id}/sms"
        answer = await client.post(url, json={"payload": "status", "source_address": "12345"})
        await one.expect("+CMTI:")
        deliver = await one.read(1)
        assert (deliver.text, deliver.oa.number) == ("status", "12345")
        item = await eventually(lambda: _delivered(client, answer.headers["location"]))
        assert item["delivery_date"] is not None
        await one.send("12345", "OK home -71dBm")
        items = (await client.get(url)).json()
        assert [(sms["sms_type"]["description"], sms["payload"]) for sms in items] == [
            ("MT", "status"),
            ("MO", "OK home -71dBm"),
        ]

    play(scenario)


def test_one_device_texts_another() -> None:
    async def scenario(core: Core, client: httpx.AsyncClient, one: Line, two: Line) -> None:
        await one.send("+" + identity(2)["msisdn"], "hello", ton=1)
        await two.expect("+CMTI:")
        deliver = await two.read(1)
        assert (deliver.text, deliver.oa.number) == ("hello", "+" + identity(1)["msisdn"])

    play(scenario)


def test_a_full_store_takes_the_rest_when_there_is_room_again() -> None:
    async def scenario(core: Core, client: httpx.AsyncClient, one: Line, two: Line) -> None:
        url = f"/api/v1/endpoint/{one.endpoint.id}/sms"
        room = int((await one.ask("AT+CPMS?\r")).split(",")[2])
        locations = []
        for number in range(room + 1):
            locations.append((await client.post(url, json={"payload": f"n={number}"})).headers["location"])
        await eventually(lambda: _delivered(client, locations[-2]))
        last = (await client.get(locations[-1])).json()
        assert (last["status"]["description"], last["gsm_map_error"]) == ("BUFFERED", "Memory capacity exceeded")
        await one.ask("AT+CMGD=1\r")
        await eventually(lambda: _delivered(client, locations[-1]))

    play(scenario)


def test_a_device_that_was_off_gets_what_waited_when_it_comes_back(tmp_path: Path) -> None:
    async def scenario(core: Core, client: httpx.AsyncClient, one: Line, two: Line) -> None:
        url = f"/api/v1/endpoint/{one.endpoint.id}/sms"
        one.modem.power_off(one.adapter.now_ms)
        await eventually(lambda: not core.reachable(one.endpoint.id))
        location = (await client.post(url, json={"payload": "later"})).headers["location"]
        await eventually(lambda: _has_status(client, location, "BUFFERED"))
        one.modem.power_on(one.adapter.now_ms)
        one.adapter.service()
        await eventually(lambda: _delivered(client, location))

    play(scenario, str(tmp_path))


async def _delivered(client: httpx.AsyncClient, location: str) -> dict[str, object]:
    return await _has_status(client, location, "DELIVERED")


async def _has_status(client: httpx.AsyncClient, location: str, status: str) -> dict[str, object]:
    item: dict[str, dict[str, object]] = (await client.get(location)).json()
    return item if item["status"]["description"] == status else {}
