"""`mtmo sms` against a platform on a real socket, with a device behind it that answers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from click.testing import CliRunner, Result
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mtmo_host.commands.sms import command
from mtmo_host.errors import MtmoError
from mtmo_host.fleet.file import Device, upsert
from mtmo_host.fleet.session import Session, save_session
from mtmo_host.sms import sc1
from mtmo_host.sms.keys import MasterKey
from mtmo_host.sms.udh import decode_udh, find_concat

IMEI = "356938035643809"
TOKEN = "application-token"
_STATES = {1: "DELIVERY ATTEMPT PENDING", 4: "DELIVERED", 5: "FAILED"}


class FakePlatform:
    """The REST shape of network.md §1.2, §1.4, one device, answers as told."""

    def __init__(self) -> None:
        self.log: list[dict[str, Any]] = []
        self.posts: list[dict[str, Any]] = []
        self.answer: list[str] = ["OK pong"]
        self.state = 4
        self.keys: sc1.SlotKeys | None = None
        self.expire_tokens = 0
        self.stumbles = 0
        self._next = 100
        self.app = Starlette(
            routes=[
                Route("/api/v1/authenticate", self.authenticate, methods=["POST"]),
                Route("/api/v1/endpoint/{id:int}/sms", self.sms, methods=["GET", "POST"]),
            ]
        )

    async def authenticate(self, request: Request) -> Response:
        if (await request.json()).get("application_token") != TOKEN:
            return Response(status_code=401)
        return JSONResponse({"auth_token": "jwt"})

    async def sms(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer jwt" or self.expire_tokens:
            self.expire_tokens -= bool(self.expire_tokens)
            return JSONResponse({"message": "token contains an invalid number of segments"}, 401)
        endpoint = request.path_params["id"]
        if endpoint != 7:
            return JSONResponse({"error_code": 1401, "message": "Endpoint not found."}, 404)
        if request.method == "GET":
            if self.stumbles and self.posts:
                self.stumbles -= 1
                return JSONResponse({"message": "stumbled"}, 503)
            return JSONResponse(self.log)
        body = await request.json()
        self.posts.append(body)
        sms_id = self.add(1, body["payload"], self.state, body.get("udh") or "")
        self.react()
        return Response(status_code=201, headers={"location": f"https://cdn.example/api/v1/endpoint/7/sms/{sms_id}"})

    def add(self, sms_type: int, payload: str, state: int = 4, udh: str = "") -> int:
        self._next += 1
        self.log.append(
            {
                "id": self._next,
                "sms_type": {"id": sms_type, "description": "MO" if sms_type == 2 else "MT"},
                "status": {"id": state, "description": _STATES[state]},
                "payload": payload,
                "udh": udh,
                "source_address": "12345",
                "submit_date": "2026-11-22T12:00:00.000+0000",
            }
        )
        return self._next

    def react(self) -> None:
        """The device: verifies the whole command and answers."""
        if self.keys is None or self.state != 4:
            return
        last = self.posts[-1]
        text = last["payload"]
        if last.get("udh"):
            concat = find_concat(decode_udh(bytes.fromhex(last["udh"])[1:]))
            assert concat is not None
            if concat.seq < concat.total:
                return
            text = "".join(post["payload"] for post in self.posts[-concat.total :])
        try:
            got = sc1.verify_command(self.keys, IMEI, text)
        except sc1.Sc1Error:
            for answer in self.answer:
                self.add(2, answer)
            return
        for part, answer in enumerate(self.answer):
            if answer.startswith("raw:"):
                self.add(2, answer[4:].format(ctr=got.ctr))
                continue
            options = {"part": part, "encrypted": got.encrypted}
            self.add(2, sc1.sign_reply(self.keys, IMEI, got.kid, got.ctr, got.tag, answer, **options))


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    fake = FakePlatform()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(fake.app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{listener.getsockname()[1]}"  # type: ignore[attr-defined]
    while not server.started:
        time.sleep(0.01)
    yield fake
    server.should_exit = True
    thread.join(5)
    listener.close()


@pytest.fixture
def desk(tmp_path: Path, platform: FakePlatform) -> list[str]:
    """Options of a desk whose session names the platform, the key and a fleet of one."""
    key = MasterKey.create(tmp_path / "fleet.key")
    upsert(
        tmp_path / "fleet.csv",
        Device("unit-1", IMEI, platform_id="7"),
        Device("lost", "356938035643817", platform_id="8"),
    )
    url: str = platform.url  # type: ignore[attr-defined]
    save_session(tmp_path, Session(url, TOKEN, str(tmp_path / "fleet.key"), "12345", str(tmp_path / "fleet.csv")))
    platform.keys = key.slot(IMEI)
    return ["--state", str(tmp_path)]


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(command, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def sent_json(*arguments: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run(*arguments, "--json").stdout)
    return result


def test_a_command_is_signed_sent_and_its_answer_verified(platform: FakePlatform, desk: list[str]) -> None:
    platform.add(2, "OK an old message")
    result = run("send", "unit-1", "-m", "ping", *desk)
    assert result.exit_code == 0
    assert "VERIFIED" in result.stdout
    assert "OK pong" in result.stdout
    assert "old message" not in result.stdout
    assert "delivered" in result.stdout
    assert platform.posts[0]["source_address"] == "12345"
    assert platform.posts[0]["payload"].startswith("*A")
    assert "expiry_date" not in platform.posts[0]


def test_json_is_one_line_on_stdout(platform: FakePlatform, desk: list[str]) -> None:
    result = run("send", "unit-1", "-m", "ping", "--json", "--encrypt", "--source", "987", *desk)
    line = json.loads(result.stdout)
    assert (line["name"], line["verdict"], line["reply"], line["state"]) == (
        "unit-1",
        "VERIFIED",
        "OK pong",
        "delivered",
    )
    assert "!" in line["sms"]
    assert platform.posts[0]["source_address"] == "987"


def test_counters_rise_from_command_to_command(platform: FakePlatform, desk: list[str]) -> None:
    first = sent_json("send", "unit-1", "-m", "ping", *desk)
    second = sent_json("send", "unit-1", "-m", "ping", *desk)
    assert second["ctr"] > first["ctr"]


def test_a_forged_answer_is_shown_and_never_believed(platform: FakePlatform, desk: list[str]) -> None:
    platform.answer = ["raw:=A{ctr}.9TAGVHY5RGTZG OK apn confirmed", "raw:OK apn confirmed"]
    result = run("send", "unit-1", "-m", "apn confirm 1", "--wait", "1", *desk)
    assert result.exit_code == 1
    assert result.stdout.count("UNVERIFIED") == 2
    assert " VERIFIED" not in result.stdout


def test_a_true_answer_after_a_forged_one_counts(platform: FakePlatform, desk: list[str]) -> None:
    platform.answer = ["raw:=A{ctr}.9TAGVHY5RGTZG OK", "OK pong"]
    line = sent_json("send", "unit-1", "-m", "ping", "--wait", "5", *desk)
    assert (line["verdict"], line["reply"]) == ("VERIFIED", "OK pong")


def test_an_answer_q_is_waited_out(platform: FakePlatform, desk: list[str]) -> None:
    platform.answer = ["Q txn=4", "OK apn=em state=confirmed"]
    assert sent_json("send", "unit-1", "-m", "apn set em", *desk)["reply"] == "OK apn=em state=confirmed"
    platform.answer = ["Q txn=5"]
    result = run("send", "unit-1", "-m", "apn set em", "--wait", "1", "--json", *desk)
    assert json.loads(result.stdout)["reply"] == "Q txn=5"
    assert result.exit_code == 0


def test_a_verified_error_is_a_failure(platform: FakePlatform, desk: list[str]) -> None:
    platform.answer = ["E12 bad value"]
    assert run("send", "unit-1", "-m", "apn set em", *desk).exit_code == 1


def test_a_command_that_is_lost_is_not_waited_for(platform: FakePlatform, desk: list[str]) -> None:
    platform.state = 5
    started = time.monotonic()
    result = run("send", "unit-1", "-m", "ping", "--wait", "30", *desk)
    assert time.monotonic() - started < 10
    assert result.exit_code == 1
    assert "failed" in result.stderr


def test_silence_ends_with_the_time_given(platform: FakePlatform, desk: list[str]) -> None:
    platform.answer = []
    result = run("send", "unit-1", "-m", "ping", "--wait", "0.6", *desk)
    assert result.exit_code == 1
    assert "no answer within 0.6 s" in result.stderr
    assert run("send", "unit-1", "-m", "ping", "--wait", "0", *desk).exit_code == 0


def test_a_long_command_goes_as_two_sms_with_a_header(platform: FakePlatform, desk: list[str]) -> None:
    line = sent_json("send", "unit-1", "-m", f"apn set {'x' * 63} user={'u' * 32} pass={'p' * 32}", *desk)
    assert (line["segments"], line["verdict"], len(line["sms_ids"])) == (2, "VERIFIED", 2)
    assert [post["udh"][:6] for post in platform.posts] == ["050003", "050003"]


def test_an_unsigned_text_goes_as_it_is(platform: FakePlatform, desk: list[str]) -> None:
    platform.answer = ["OK pong"]
    line = sent_json("send", "unit-1", "-m", "ping", "--unsigned", *desk)
    assert (line["sms"], line["verdict"], line["reply"], line["ctr"]) == ("ping", "UNVERIFIED", "OK pong", None)


@pytest.mark.parametrize("body", ["reboot board", "status; Reboot", "factory"])
def test_a_danger_verb_does_not_lie_in_wait_in_the_network(platform: FakePlatform, desk: list[str], body: str) -> None:
    run("send", "unit-1", "-m", body, *desk)
    assert platform.posts[0]["expiry_date"].endswith("+0000")


def test_an_expired_token_is_renewed(platform: FakePlatform, desk: list[str]) -> None:
    platform.expire_tokens = 1
    assert run("send", "unit-1", "-m", "ping", *desk).exit_code == 0


def test_a_platform_that_stumbles_while_we_wait_is_forgiven(platform: FakePlatform, desk: list[str]) -> None:
    platform.stumbles = 2
    assert run("send", "unit-1", "-m", "ping", *desk).exit_code == 0


def test_errors_name_what_mends_them(platform: FakePlatform, desk: list[str]) -> None:
    for arguments, message in [
        (["send", "unit-9", "-m", "ping", *desk], "known: unit-1"),
        (["send", "lost", "-m", "ping", *desk], "platform_id"),
        (["send", "unit-1", "-m", "ping", "--token", "wrong", *desk], "application token"),
        (["send", "unit-1", "-m", "ping", "--url", "http://127.0.0.1:9", "--token", "t", *desk], "mtmo up"),
        (["send", "unit-1", "-m", "ping", "--encrypt", "--unsigned", *desk], "exclude"),
        (["send", "unit-1", "-m", "set x a_b", *desk], "%5F"),
        (["sign", "--imei", "abc", *desk, "ping"], "15 digits"),
        (["sign", "--imei", "356938035643808", *desk, "ping"], "check digit"),
        (["verify", "--imei", "", *desk, "=A18.9TAGVHY5RGTZG OK"], "15 digits"),
    ]:
        with pytest.raises(MtmoError, match=message):
            run(*arguments)
    assert platform.posts == []


def test_sign_prints_what_a_portal_needs(desk: list[str]) -> None:
    result = run("sign", "--imei", IMEI, "--ctr", "18", *desk, "apn", "set", "em")
    assert result.stdout.startswith("*A18.")
    assert result.stdout.endswith(" apn set em\n")
    line = sent_json("sign", "--imei", IMEI, *desk, "x" * 140)
    assert (line["segments"], line["septets"]) == (2, 167)
    assert "2 SMS" in run("sign", "--imei", IMEI, *desk, "x" * 140).stderr


def test_verify_knows_what_was_signed_here(platform: FakePlatform, desk: list[str]) -> None:
    signed = sent_json("sign", "--imei", IMEI, *desk, "ping")
    assert platform.keys is not None
    reply = sc1.sign_reply(platform.keys, IMEI, "A", signed["ctr"], bytes.fromhex(signed["tag"]), "OK pong")
    good = run("verify", "--imei", IMEI, *desk, reply)
    assert (good.exit_code, good.stdout) == (0, "VERIFIED: OK pong\n")
    named = run("verify", "--imei", IMEI, "--command-sms", signed["sms"], *desk, reply)
    assert named.exit_code == 0
    assert run("verify", "--imei", IMEI, *desk, signed["sms"]).stdout == "VERIFIED: ping\n"
    notice = sc1.sign_notice(platform.keys, IMEI, "A", 7, "boot wdt")
    assert run("verify", "--imei", IMEI, *desk, notice).stdout == "VERIFIED: boot wdt\n"
    for text in (reply.replace("pong", "gone"), "hello", reply.replace(f"A{signed['ctr']}", "A17")):
        bad = run("verify", "--imei", IMEI, "--json", *desk, text)
        assert (bad.exit_code, json.loads(bad.stdout)["verdict"]) == (1, "UNVERIFIED")


def test_watch_verifies_all_that_passes(platform: FakePlatform, desk: list[str]) -> None:
    assert platform.keys is not None
    sms = sc1.sign(platform.keys, IMEI, "A", 18, "ping")
    platform.add(1, sms.sms)
    platform.add(2, sc1.sign_reply(platform.keys, IMEI, "A", 18, sms.tag, "OK pong"))
    platform.add(2, "OK forged\x1b[2J")
    notice = sc1.sign_notice(platform.keys, IMEI, "A", 3, "low battery")
    platform.add(2, notice)
    platform.add(2, notice)
    platform.add(1, "plain text")
    for _ in range(2):
        result = run("watch", "unit-1", "--history", "--for", "0", "--json", *desk)
        got = [json.loads(line) for line in result.stdout.splitlines()]
        assert [(line["direction"], line["verdict"], line["text"]) for line in got] == [
            ("MT", "VERIFIED", "ping"),
            ("MO", "VERIFIED", "OK pong"),
            ("MO", "UNVERIFIED", "OK forged\x1b[2J"),
            ("MO", "VERIFIED", "low battery"),
            ("MO", "REPEATED", "low battery"),
            ("MT", "-", "plain text"),
        ]
    assert "\x1b" not in run("watch", "unit-1", "--history", "--for", "0", *desk).stdout
    assert run("watch", "unit-1", "--for", "0", *desk).stdout == ""


def test_watch_shows_when_the_platform_took_a_message(platform: FakePlatform, desk: list[str]) -> None:
    platform.add(1, "plain text")
    platform.log[0]["submit_date"] = "2020-02-29T12:34:56.000+0000"
    expected = datetime(2020, 2, 29, 12, 34, 56, tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert run("watch", "unit-1", "--history", "--for", "0", *desk).stdout.startswith(f"{expected}  unit-1  MT")


@pytest.mark.parametrize("verb", ["sign", "verify", "send", "watch"])
def test_every_verb_has_help_with_examples(verb: str) -> None:
    assert "Examples:" in run(verb, "--help").stdout
