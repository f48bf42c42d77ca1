"""The console's calls: who may make them, and what they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from network_world import World, make_signer, served

from mtmo_host.network.rest import create_app
from mtmo_host.network.server import serve

_CALLS = [
    ("GET", "/console/api/state"),
    ("GET", "/console/events"),
    ("GET", "/console/api/endpoint/11380001/messages"),
    ("POST", "/console/api/endpoint/11380001/messages"),
    ("POST", "/console/api/endpoint/11380001/messages/1/cancel"),
    ("POST", "/console/api/endpoint/11380001/seen"),
    ("GET", "/console/api/endpoint/11380001/log"),
    ("POST", "/console/api/phone"),
    ("GET", "/console/api/phone/491511234567"),
]


def play(scenario: Callable[[World, httpx.AsyncClient], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        world = World()
        async with served(world.core, **options) as client:
            await scenario(world, client)

    asyncio.run(run())


@pytest.mark.parametrize(("method", "path"), _CALLS)
def test_no_call_works_without_a_token_even_on_this_machine(method: str, path: str) -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        del client.headers["Authorization"]
        body = {"text": "x", "number": "491511234567", "dest": "unit-1", "payload": "x"} if method == "POST" else None
        assert (await client.request(method, path, json=body)).status_code == 401
        assert world.store.messages.of_endpoint(world.one.id) == []

    play(scenario)


def test_the_page_carries_a_token_only_for_a_browser_that_names_this_machine() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        page = await client.get("/")
        token = page.text.partition('name="mtmo-token" content="')[2].partition('"')[0]
        answer = await client.get("/console/api/state", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["devices"][0]["name"] == "unit-1"
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        for host in ("rebound.example", "rebound.example:80", "127.0.0.1.evil.example", "[::1", ""):
            page = await client.get("/", headers={"Host": host})
            assert 'name="mtmo-token" content=""' in page.text or page.status_code == 400, host

    play(scenario)


def test_a_page_served_to_another_machine_has_no_token() -> None:
    async def run() -> None:
        app = create_app(World().core, run_core=False)
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            assert 'name="mtmo-token" content=""' in (await client.get("/")).text
            body = {"payload": "x", "dest": "unit-1"}
            assert (await client.post("/emulator/v1/phone/491511234567/sms", json=body)).status_code == 401

    asyncio.run(run())


def test_nothing_is_sent_when_it_cannot_be_signed(tmp_path: Path) -> None:
    async def without_key(world: World, client: httpx.AsyncClient) -> None:
        url = f"/console/api/endpoint/{world.one.id}/messages"
        answer = await client.post(url, json={"text": "ping", "sign": True})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "sign")
        assert world.store.messages.of_endpoint(world.one.id) == []

    play(without_key)

    async def with_key(world: World, client: httpx.AsyncClient) -> None:
        url = f"/console/api/endpoint/{world.one.id}/messages"
        for text in ("温度", "a_b", "a;b;c;d;e", "", "   "):
            answer = await client.post(url, json={"text": text, "sign": True})
            assert answer.status_code == 422, text
        assert world.store.messages.of_endpoint(world.one.id) == []
        answer = await client.post(url, json={"text": "ping", "sign": True, "source": "EMnify"})
        assert answer.status_code == 201
        (message,) = (await client.get(url)).json()
        assert message["text"] == "ping"
        assert message["raw"].startswith("*A")
        assert ["ok", "signed", None] in message["chips"]

    play(with_key, signer=make_signer(tmp_path))


def test_an_answer_to_a_command_sent_before_a_restart_is_verified(tmp_path: Path) -> None:
    from mtmo_host.sms import sc1
    from mtmo_host.sms.keys import MasterKey

    signer = make_signer(tmp_path)
    world = World()
    sms = signer.sign(world.one, "ping", encrypted=True)
    world.core.submit_mt(world.one.id, sms, source_address="12345")
    frame = sc1.parse(sms)
    imei = world.first.imei
    keys = MasterKey.load(tmp_path / "fleet.key").slot(imei)
    again = World(world.store)
    answer = sc1.sign_reply(keys, imei, "A", frame.ctr, frame.tag, "OK pong", encrypted=True)
    other = sc1.sign_reply(keys, imei, "A", frame.ctr + 1, frame.tag, "OK pong")
    again.first.send("12345", answer)
    again.first.send("12345", other)
    again.first.send("12345", answer + "\r\n")  # a gateway's line end
    again.first.send("12345", "\n" + answer.replace("!", "!\n"))
    again.second.send("12345", answer)  # another device repeats what it has heard
    read = [*signer.read(again.store, again.one, 4), *signer.read(again.store, again.two, 1)]
    assert [found and found.verdict for _, found in read] == [
        "VERIFIED", "UNVERIFIED", "VERIFIED", "UNVERIFIED", "UNVERIFIED",
    ]  # fmt: skip


def test_unknown_paths_and_methods_are_answered_in_json() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        for method, path, status in (
            ("GET", "/nothing", 404),
            ("PUT", "/api/v1/endpoint", 405),
            ("GET", "/console/x.js", 404),
        ):
            answer = await client.request(method, path)
            assert (answer.status_code, "error_token" in answer.json()) == (status, True)

    play(scenario)


def test_a_second_server_can_use_the_port_of_one_that_has_stopped() -> None:
    async def run() -> None:
        server = await serve(create_app(World().core), port=0)
        await server.stop()
        again = await serve(create_app(World().core), port=server.port)
        assert again.port == server.port
        await again.stop()

    asyncio.run(run())
