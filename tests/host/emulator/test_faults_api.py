"""Faults and violations over HTTP and on the command line, while the modem runs."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import serial
from click.testing import CliRunner
from fault_driver import driven, modem_of, run
from network_world import World, served

from mtmo_host.cli import group
from mtmo_host.emulator import Modem
from mtmo_host.emulator.faults import MENU, PROFILES
from mtmo_host.emulator.violations import Rule
from mtmo_host.errors import MtmoError

URL = "/emulator/v1/endpoint/unit-1"


def play(scenario: Callable[[Modem, httpx.AsyncClient], Awaitable[None]]) -> None:
    async def run() -> None:
        world = World()
        modem = modem_of(world)
        async with served(world.core) as client:
            await scenario(modem, client)

    asyncio.run(run())


def test_the_menu_is_served_with_bounds_and_profiles() -> None:
    async def scenario(modem: Modem, client: httpx.AsyncClient) -> None:
        menu = (await client.get("/emulator/v1/faults")).json()
        assert [fault["id"] for fault in menu["faults"]] == [fault.id for fault in MENU]
        assert menu["faults"][1]["parameters"] == [
            {"name": "ms", "kind": "whole number", "default": 2, "allowed": "1 to 1000", "help": "for each octet"}
        ]
        assert [one["name"] for one in menu["profiles"]] == [one.name for one in PROFILES]

    play(scenario)


def test_faults_are_replaced_changed_fired_and_cleared_while_the_modem_runs() -> None:
    async def scenario(modem: Modem, client: httpx.AsyncClient) -> None:
        put = (await client.put(URL + "/faults", json={"profile": "silent", "faults": {"F2": {"ms": 7}}})).json()
        assert put["active"] == {"F2": {"ms": 7}, "F11": {"rate": 1.0, "times": 0}}
        patched = (await client.patch(URL + "/faults", json={"faults": {"F2": None, "echo": {}}})).json()
        assert list(patched["active"]) == ["F11", "F15"]
        fired = (await client.post(URL + "/faults/F7/fire", json={"silent": True})).json()
        assert fired["acted"]["F7"] == 1
        assert (await client.get(URL + "/faults")).json()["active"] == modem.faults.active()
        deleted = await client.delete(URL + "/faults", headers={"Content-Type": "application/json"})
        assert deleted.status_code == 204
        assert not modem.faults.active()

    play(scenario)


WRONG: list[tuple[Any, str]] = [
    ({"profile": "nonsense"}, "faults: no fault profile is called 'nonsense' (one of healthy, "),
    ({"faults": {"F99": {}}}, "faults: no fault is called 'F99' (F1 to F26, or a name of the menu)"),
    ({"faults": {"F3": {"rate": 2}}}, "F3.rate: 2 is not allowed (allowed: 0 to 1)"),
    ({"faults": {"F3": {"speed": 2}}}, "F3.speed: no such parameter (it has rate, kind, way, times)"),
    ({"faults": {"F3": 5}}, "faults.F3: is neither an object nor null"),
    ({"faults": []}, "faults: is not an object"),
    ({"seed": -1}, "seed: is not within 0 to 9007199254740992"),
    ({"fault": {}}, "fault: is not known; there are profile, faults, seed"),
]


@pytest.mark.parametrize(("body", "said"), WRONG, ids=[row[1].split(":")[0] + str(i) for i, row in enumerate(WRONG)])
def test_a_wrong_body_is_a_422_that_names_the_field_and_switches_nothing(body: Any, said: str) -> None:
    async def scenario(modem: Modem, client: httpx.AsyncClient) -> None:
        modem.faults.switch("F15")
        for method in ("PUT", "PATCH"):
            answer = await client.request(method, URL + "/faults", json=body)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["message"].startswith(said)
        assert list(modem.faults.active()) == ["F15"]

    play(scenario)


def test_what_cannot_be_fired_and_who_has_no_modem_is_said() -> None:
    async def scenario(modem: Modem, client: httpx.AsyncClient) -> None:
        answer = await client.post(URL + "/faults/F1/fire", json={})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "F1")
        for name in ("key", "self", "fault"):
            answer = await client.post(URL + "/faults/F7/fire", json={name: "F7"})
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"F7.{name}")
        for path in ("/emulator/v1/endpoint/unit-2/faults", "/emulator/v1/endpoint/nobody/violations"):
            assert (await client.get(path)).status_code == 404

    play(scenario)


def test_violations_are_served_with_counts_and_symptoms_and_can_be_forgotten() -> None:
    async def scenario(modem: Modem, client: httpx.AsyncClient) -> None:
        modem.breach(Rule.OVERLAP, "AT")
        found = (await client.get(URL + "/violations")).json()
        assert found["counts"] == {"OVERLAP": 1}
        assert found["violations"][0] == {
            "at_ms": found["violations"][0]["at_ms"], "rule": "OVERLAP", "text": Rule.OVERLAP.value, "detail": "AT",
        }  # fmt: skip
        assert found["symptoms"]["unread"] == 0
        await client.delete(URL + "/violations", headers={"Content-Type": "application/json"})
        assert (await client.get(URL + "/violations")).json()["counts"] == {}

    play(scenario)


def test_a_foreign_page_can_switch_nothing() -> None:
    async def scenario(modem: Modem, client: httpx.AsyncClient) -> None:
        del client.headers["Authorization"]
        for headers in ({"Origin": "https://evil.example"}, {"Content-Type": "text/plain"}):
            answer = await client.put(URL + "/faults", content=b'{"profile":"flaky"}', headers=headers)
            assert answer.status_code in (401, 415)
        assert not modem.faults.active()

    play(scenario)


# --- the command


def test_the_verb_switches_faults_of_a_running_modem() -> None:
    modem, done = driven(
        ("unit-1", "silent", "F3:rate=0.5"), ("unit-1", "--off", "no-cmti"), ("unit-1", "--fire", "F7:silent=yes"),
        ("unit-1", "--violations", "--json"), ("unit-1",), ("unit-1", "healthy"),
    )  # fmt: skip
    assert [one.exit_code for one in done] == [0] * 6, [one.output for one in done]
    assert "F11  no-cmti" in done[0].output
    assert "F11" not in done[1].output
    state = json.loads(done[3].output)
    assert state["active"]["F3"]["rate"] == 0.5
    assert state["acted"]["F7"] == 1
    assert state["found"]["symptoms"]["stored"] == 0
    assert done[4].output.endswith("violations of the driver: 0\n")
    assert done[5].output.startswith("healthy: no fault is on")
    assert not modem.faults.active()


MISUSED = [
    ((), 2, "DEVICE: is missing"),
    (("unit-1", "--http", "http://127.0.0.1:1"), 1, "nobody answers"),
    (("unit-1", "flaky", "slow", "--http", "x"), 2, "two profiles: flaky and slow"),
    (("unit-1", "nonsense"), 2, "no fault or profile is called 'nonsense'"),
    (("unit-1", "F3:rate=9"), 2, "F3.rate: '9' is not allowed"),
    (("unit-1", "--fire", "flaky", "--http", "x"), 2, "flaky is a profile"),
]


@pytest.mark.parametrize(("arguments", "status", "said"), MISUSED, ids=[row[2] for row in MISUSED])
def test_a_misused_verb_says_what_is_wrong(arguments: tuple[str, ...], status: int, said: str) -> None:
    done = run(*arguments)
    error = done.exception
    if isinstance(error, MtmoError):
        assert (error.exit_status, said in str(error)) == (status, True), error
    else:
        assert (done.exit_code, said in done.output) == (status, True), done.output


def test_a_device_that_is_not_there_is_named() -> None:
    _, (done,) = driven(("nobody", "flaky"))
    assert "'nobody'" in str(done.exception)


def test_the_menu_is_printed_without_an_emulator() -> None:
    text = run("--menu").output
    assert all(f"{fault.id:4} {fault.name}" in text for fault in MENU)
    assert all(profile.name in text for profile in PROFILES)
    assert len(json.loads(run("--menu", "--json").output)["faults"]) == len(MENU)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--pin", "12"), "--pin: is no PIN (4 to 8 digits)"),
        (("--speed", "0"), "'--speed'"),
        (("--number", "0151"), "--number: '0151' is not an MSISDN (for example +491511234567)"),
    ],
)
def test_a_modem_that_cannot_be_is_refused(arguments: tuple[str, ...], said: str) -> None:
    found = CliRunner().invoke(group, ["modem", "a7670", *arguments])
    assert said in found.output + str(found.exception)


def test_the_line_that_says_how_to_text_the_modem_is_right() -> None:
    command = [
        sys.executable,
        "-m",
        "mtmo_host",
        "modem",
        "generic",
        "--http",
        "127.0.0.1:0",
        "--smpp",
        "127.0.0.1:0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if line.startswith("text it"))
            _, _, curl, option, body, url = shlex.split(line)
            assert (curl, option) == ("curl", "--json")
            sent = httpx.post(url, content=body, headers={"Content-Type": "application/json"})
            assert sent.status_code == 201
        finally:
            process.terminate()


def test_a_modem_with_a_locked_card_answers_as_slowly_as_it_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mtmo_host", "modem", "generic", "--pty", str(tmp_path / "modem")]
    options = [
        "--http",
        "127.0.0.1:0",
        "--smpp",
        "127.0.0.1:0",
        "--json",
        "--pin",
        "1234",
        "--speed",
        "1",
        "--seed",
        "5",
    ]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            began_s = time.monotonic()
            assert json.loads(process.stdout.readline())["ready"]
            with serial.Serial(str(tmp_path / "modem"), 115_200, timeout=0.2) as port:
                while not port.read_until(b"OK\r\n").endswith(b"OK\r\n"):
                    port.write(b"ATE0\r")
                assert time.monotonic() - began_s > 1, "its boot takes 1.5 s"
                time.sleep(1)
                port.write(b"AT+CPIN?\r")
                assert b"+CPIN: SIM PIN" in port.read(100)
        finally:
            process.terminate()
    assert process.returncode == 0


def test_a_modem_can_misbehave_from_its_start() -> None:
    command = [sys.executable, "-m", "mtmo_host", "modem", "a7670", "--faults", "silent", "--faults", "F2:ms=1"]
    options = ["--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0", "--json"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            done = run("unit-1", "--http", ready["http"], "--json")
        finally:
            process.terminate()
    assert json.loads(done.output)["active"] == {"F2": {"ms": 1}, "F11": {"rate": 1.0, "times": 0}}
    assert process.returncode == 0
