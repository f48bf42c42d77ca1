"""The REST API as clients of the platform meet it (network.md §1), over a really served application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import jwt
import pytest
from network_world import World, eventually, served

from mtmo_host.errors import MtmoError
from mtmo_host.network.rest import create_app
from mtmo_host.network.server import serve
from mtmo_host.network.web import Gate

Scenario = Callable[[World, httpx.AsyncClient], Coroutine[Any, Any, None]]


def play(scenario: Scenario, **options: Any) -> None:
    async def run() -> None:
        world = World()
        async with served(world.core, **options) as client:
            await scenario(world, client)

    asyncio.run(run())


def test_without_a_good_token_every_call_is_401() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        url = f"/api/v1/endpoint/{world.one.id}/sms"
        secret = world.store.jwt_secret()
        expired = jwt.encode({"sub": "application", "exp": 1}, secret, "HS256")
        forged = jwt.encode({"sub": "application", "exp": 2**40}, "x" * 64, "HS256")
        endless = jwt.encode({"sub": "application"}, secret, "HS256")
        unsigned = jwt.encode({"sub": "application", "exp": 2**40}, "", "none")
        for header in ("", "Bearer None", "Bearer", f"Bearer {expired}", f"Bearer {forged}", f"Bearer {endless}",
                       f"Bearer {unsigned}", "Basic YTpi", "Bearer é"):  # fmt: skip
            answer = await client.get(url, headers={"Authorization": header.encode("latin-1")})
            assert answer.status_code == 401, header
            assert answer.json() == {"message": "token contains an invalid number of segments"}

    play(scenario)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"application_token":"wrong"}', 401),
        (b'{"application_token":"\xc3\xa9"}', 401),
        (b"{}", 400),
        (b'{"application_token":5}', 400),
        (b"[]", 400),
        (b"{", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[" * 60_000, 400),
        (b'{"a":NaN}', 400),
        (b"x" * 70_000, 413),
    ],
)
def test_a_wrong_authentication_is_refused(content: bytes, status: int) -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        answer = await client.post("/api/v1/authenticate", content=content)
        assert answer.status_code == status
        assert status != 401 or answer.content == b""

    play(scenario)


def test_an_sms_is_created_with_an_absolute_location_and_an_empty_body() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        url = f"/api/v1/endpoint/{world.one.id}/sms"
        answer = await client.post(url, json={"payload": "status", "source_address": 12345})
        assert (answer.status_code, answer.content) == (201, b"")
        assert answer.headers["content-type"].startswith("text/html")
        location = answer.headers["location"]
        sms_id = location.split("/")[8]  # as public clients do
        item = (await client.get(location)).json()
        assert item["id"] == int(sms_id)
        assert (item["payload"], item["source_address"], item["dcs"]) == ("status", "12345", "0")
        assert item["source_address_type"] == {"id": 161, "description": "National"}
        assert item["sms_type"] == {"id": 1, "description": "MT"}
        assert item["esme_interface_type"] == {"id": 1, "description": "RestAPI"}
        assert item["submit_date"] == "2026-11-22T12:00:00.000+0000"
        assert item["expiry_date"] == "2026-11-23T12:00:00.000+0000"
        assert item["endpoint"] == {"id": world.one.id, "name": "unit-1"}
        assert (item["iccid"], item["msisdn"]) == ("8988303000006734761", "423663921520531")
        assert (await client.get(url)).json() == [item]

    play(scenario)


def test_the_life_of_an_sms_is_told_by_its_status() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        url = f"/api/v1/endpoint/{world.one.id}/sms"
        location = (await client.post(url, json={"payload": "x"})).headers["location"]

        async def status() -> dict[str, Any]:
            value: dict[str, Any] = (await client.get(location)).json()["status"]
            return value

        assert await status() == {"id": 1, "description": "DELIVERY ATTEMPT PENDING"}
        world.core.advance()
        assert await status() == {"id": 3, "description": "BUFFERED"}
        assert (await client.delete(location)).status_code == 200
        assert await status() == {"id": 7, "description": "CANCELED"}
        assert (await client.delete(location)).status_code == 409
        location = (await client.post(url, json={"payload": "x"})).headers["location"]
        world.first.attach()
        assert await status() == {"id": 4, "description": "DELIVERED"}

    play(scenario, run_core=False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "payload"),
        ({"payload": None}, "payload"),
        ({"payload": ["x"]}, "payload"),
        ({"payload": True}, "payload"),
        ({"payload": "a\0b"}, "payload"),
        ({"payload": "x" * 3000}, "payload"),
        ({"payload": "x", "source_address": "123456789012345678"}, "source_address"),
        ({"payload": "x", "source_address": "Twelveletter"}, "source_address"),
        ({"payload": "x", "source_address": 1.5}, "source_address"),
        ({"payload": "x", "source_address_type": {"id": "x"}}, "source_address_type"),
        ({"payload": "x", "udh": "05"}, "udh"),
        ({"payload": "x", "udh": "zz"}, "udh"),
        ({"payload": "x" * 155, "udh": "050003CC0201"}, "payload"),
        ({"payload": "x", "dcs": 256}, "dcs"),
        ({"payload": "x", "dcs": "y"}, "dcs"),
        ({"payload": "x", "dcs": 10**400}, "dcs"),
        ({"payload": "x", "source_address": 10**400}, "source_address"),
        ({"payload": "x", "expiry_date": 10**400}, "expiry_date"),
        ({"payload": "x", "expiry_date": "tomorrow"}, "expiry_date"),
        ({"payload": "x", "expiry_date": "2020-01-01T00:00:00.000+0000"}, "expiry_date"),
    ],
)
def test_a_field_that_cannot_be_used_is_422_and_named(body: dict[str, Any], field: str) -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        answer = await client.post(f"/api/v1/endpoint/{world.one.id}/sms", json=body)
        assert answer.status_code == 422
        error = answer.json()
        assert (error["error_code"], error["error_token"]) == (1400, "InputValidationFailed")
        assert [item["field"] for item in error["errors"]] == [field]
        assert world.store.messages.of_endpoint(world.one.id) == []

    play(scenario)


def test_a_lone_surrogate_in_a_payload_is_refused() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        url = f"/api/v1/endpoint/{world.one.id}/sms"
        answer = await client.post(url, content=b'{"payload":"\\ud83d"}')
        assert answer.status_code == 422

    play(scenario)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/endpoint/-1", 400, 'Cannot parse parameter id as Long: For input string: "-1"'),
        ("/endpoint/None", 400, 'Cannot parse parameter id as Long: For input string: "None"'),
        ("/endpoint/99", 404, "Endpoint with Id '99' not found."),
        ("/endpoint/99/sms", 404, "Endpoint with Id '99' not found."),
        ("/endpoint/11380001/sms/5", 404, "SMS with Id '5' not found."),
        ("/endpoint?page=0", 400, "page is not within 1 to 1000000."),
        ("/endpoint?per_page=x", 400, "per_page is not within 1 to 5000."),
        ("/endpoint?sort=payload", 400, "Cannot sort by 'payload'; one of id, name, created, last_updated."),
        ("/endpoint?q=foo", 400, "Cannot filter by 'foo'; write field:value."),
    ],
)
def test_what_is_not_there_is_said_in_the_platforms_words(path: str, status: int, message: str) -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1" + path)
        assert (answer.status_code, answer.json()["message"]) == (status, message)
        assert answer.json()["error_token"] in ("BadRequest", "InvalidReference")

    play(scenario)


def test_a_message_of_another_device_is_not_found() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        sms = world.core.submit_mt(world.one.id, "x")
        assert (await client.get(f"/api/v1/endpoint/{world.two.id}/sms/{sms}")).status_code == 404
        assert (await client.delete(f"/api/v1/endpoint/{world.two.id}/sms/{sms}")).status_code == 404

    play(scenario)


def test_devices_come_in_pages_and_can_be_filtered_and_sorted() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1/endpoint", params={"per_page": 1, "page": 2, "sort": "-name"})
        assert [item["name"] for item in answer.json()] == ["unit-1"]
        headers = {name: answer.headers[name] for name in answer.headers if name.startswith("x-")}
        assert headers == {
            "x-total-pages": "2",
            "x-total-count": "2",
            "x-current-page": "2",
            "x-count-per-page": "1",
            "x-sort": "-name",
        }
        for query, names in (
            ("name:unit-2", ["unit-2"]),
            ("msisdn:423663921520531", ["unit-1"]),
            ("status:0", ["unit-1", "unit-2"]),
            ("status:Disabled", []),
            ("tags:null,name:unit-1", ["unit-1"]),
        ):
            answer = await client.get("/api/v1/endpoint", params={"q": query})
            assert [item["name"] for item in answer.json()] == names, query
        one = (await client.get(f"/api/v1/endpoint/{world.one.id}")).json()
        assert one["sim"]["msisdn"] == "423663921520531"
        assert one["imei"] == "490154203237511"

    play(scenario)


def test_an_external_phone_texts_a_device_and_reads_what_comes_back() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        world.first.attach()
        url = "/emulator/v1/phone/+491511234567/sms"
        for dest in ("unit-1", "+423663921520531", world.one.id):
            answer = await client.post(url, json={"payload": "hi", "dest": dest})
            assert answer.status_code == 201, answer.text
            assert answer.json()["endpoint_id"] == world.one.id
        world.first.settle()
        assert {deliver.oa.number for deliver in world.first.delivered} == {"+491511234567"}
        world.first.send("+491511234567", "hello back", ton=1)
        assert [item["payload"] for item in (await client.get(url)).json()] == ["hello back"]
        assert (await client.post(url, json={"payload": "hi", "dest": "nobody"})).status_code == 404
        assert (await client.post("/emulator/v1/phone/abc/sms", json={})).status_code == 400

    play(scenario, run_core=False)


def test_the_emulators_own_calls_are_open_on_this_machine_but_not_to_foreign_pages() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        del client.headers["Authorization"]
        url = "/emulator/v1/phone/491511234567/sms"
        body = {"payload": "x", "dest": "unit-1"}
        assert (await client.post(url, json=body)).status_code == 201
        for headers, status in (
            ({"Origin": "http://evil.example"}, 401),
            ({"Sec-Fetch-Site": "cross-site"}, 401),
            ({"Host": "rebound.example"}, 401),
            ({"Authorization": "Bearer nonsense"}, 401),
            ({"Content-Type": "text/plain"}, 415),
        ):
            assert (await client.post(url, json=body, headers=headers)).status_code == status, headers

    play(scenario)


def test_what_the_emulator_knows_of_a_device_and_its_log_can_be_read() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        world.core.set_inspector(world.one.id, lambda: {"modem": {"personality": "a7670"}, "pins": {"13": 1}})
        log = world.core.device_log(world.one.id)
        log.append(b"boot\xff\r\n")
        log.append("ready")
        state = (await client.get(f"/emulator/v1/endpoint/{world.one.id}")).json()
        assert (state["reachable"], state["pins"]) == (False, {"13": 1})
        lines = (await client.get(f"/emulator/v1/endpoint/{world.one.id}/log?after=0")).json()["lines"]
        assert [(line["n"], line["text"]) for line in lines] == [(1, "boot\\xff"), (2, "ready")]
        lines = (await client.get(f"/emulator/v1/endpoint/{world.one.id}/log?after=1")).json()["lines"]
        assert [line["text"] for line in lines] == ["ready"]

    play(scenario)


def test_connectivity_says_whether_the_device_is_attached() -> None:
    async def scenario(world: World, client: httpx.AsyncClient) -> None:
        url = f"/api/v1/endpoint/{world.one.id}/connectivity"
        assert (await client.get(url)).json()["status"] == {"description": "OFFLINE"}
        world.first.attach()
        assert (await client.get(url)).json()["status"] == {"description": "ATTACHED"}

    play(scenario)


def test_a_busy_port_is_said_with_the_way_out() -> None:
    async def run() -> None:
        world = World()
        server = await serve(create_app(world.core), port=0)
        with pytest.raises(MtmoError) as caught:
            await serve(create_app(world.core), port=server.port)
        await server.stop()
        assert "in use" in caught.value.message
        assert "--http" in (caught.value.fix or "")

    asyncio.run(run())


def test_the_server_stops_quietly_while_a_reader_holds_its_event_stream(caplog: pytest.LogCaptureFixture) -> None:
    async def lines(url: str, token: str, seen: list[str]) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx.AsyncClient(base_url=url, headers=headers) as client,
            client.stream("GET", "/console/events") as answer,
        ):
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                seen.append(line)

    async def run() -> None:
        world = World()
        seen: list[str] = []
        server = await serve(create_app(world.core), port=0)
        reader = asyncio.create_task(lines(server.url, Gate(world.store).token(), seen))
        await eventually(lambda: seen)
        world.first.send("12345", "x")
        await eventually(lambda: any('"kind":"mo"' in line for line in seen))
        started = asyncio.get_running_loop().time()
        await server.stop()
        await reader
        assert asyncio.get_running_loop().time() - started < 2

    asyncio.run(run())
    assert not caplog.records
