"""The local prompt: what the person at the cable may ask, and what nobody is told there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from world import World, live

from mtmo import log, prompt

QUIET_S = 301
PIN = "Xk29qq7"


class Keyboard:
    """What is typed, and the screen, from which an erased line is gone."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._octets: asyncio.Queue[bytes] = asyncio.Queue()
        self._capsys = capsys
        self.screen = ""

    async def read(self, count: int) -> bytes:
        return await self._octets.get()

    def type(self, octets: bytes) -> None:
        for octet in octets:
            self._octets.put_nowait(bytes((octet,)))

    def seen(self) -> str:
        """All that was shown so far."""
        self.screen += self._capsys.readouterr().out
        return self.screen


class Cable:
    """A person who talks to the agent of `world`."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self.world = world
        self.keyboard = Keyboard(capsys)
        self.task = asyncio.create_task(self._talk())

    async def _talk(self) -> None:
        # as flashed.Agent: the first key loads it
        octet = await self.keyboard.read(1)
        await prompt.talk(self.world.agent, self.keyboard, octet)

    async def ask(self, line: bytes) -> str:
        """Type a line; what came between its echo and the next prompt."""
        before = len(self.keyboard.seen())
        self.keyboard.type(line + b"\r")
        await self.world.until(lambda: self.keyboard.seen()[before:].endswith("\nmtmo> "))
        shown = self.keyboard.seen()[before:]
        return shown[shown.index("\n") + 1 : shown.rindex("\nmtmo> ")] if shown.count("\n") > 1 else ""


def at_the_cable(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    story: Callable[[World, Cable], Awaitable[None]],
    **settings: object,
) -> None:
    async def play(world: World) -> None:
        cable = Cable(world, capsys)
        try:
            await story(world, cable)
        finally:
            cable.task.cancel()

    live(folder, play, **settings)


# typed, shown or its beginning followed by …
ANSWERS = (
    ("ping", "OK pong"),
    ("  ping  ", "OK pong"),
    ("pinh\x08g", "OK pong"),
    ("wrong\x15ping", "OK pong"),
    ("ping\x1b[A\x1b[1;5D", "OK pong"),
    ("ping;ping", "OK pong\nOK pong"),
    ("ping;pong;ping", "E11 unknown verb"),
    ("nonsense", "E11 unknown verb"),
    ("status", "OK st=stable reg=…"),
    ("get pin", "OK pin=set"),
    ("help ping", "OK ping, answers pong"),
    ("out relay on", "OK relay=on"),
    ("allow add +491700000001 viewer", "OK listed=2"),
    ("key A 2 " + "A" * 52, "E12…"),
    ("modem AT+NONSENSE", "ERROR"),
    ("modem", "E12 modem AT..."),
    ("modem ls", "E12 modem AT..."),
    ("log 0", "E12 1 to 200 lines"),
    ("log x", "E12 1 to 200 lines"),
    ("trace", "[ …"),
    ("trace off", "trace off"),
    ("", ""),
)


@pytest.mark.parametrize(("typed", "shown"), ANSWERS, ids=[repr(row[0]) for row in ANSWERS])
def test_every_answer_at_the_cable(tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: str, shown: str) -> None:
    async def story(world: World, cable: Cable) -> None:
        said = "\n".join(line for line in (await cable.ask(typed.encode())).split("\n") if "info cable: " not in line)
        assert said.startswith(shown[:-1]) if shown.endswith("…") else said == shown, said
        assert PIN not in cable.keyboard.seen()

    at_the_cable(tmp_path, capsys, story, pin=PIN)


def test_a_log_line_stands_above_what_is_being_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def story(world: World, cable: Cable) -> None:
        cable.keyboard.type(b"pin")
        await world.until(lambda: cable.keyboard.seen().endswith("mtmo> pin"))
        log.info("sms", "sent to nobody")
        assert cable.keyboard.seen().endswith(" info sms: sent to nobody\nmtmo> pin")
        assert (await cable.ask(b"g")).endswith("\nOK pong")

    at_the_cable(tmp_path, capsys, story)


def test_the_trace_passes_by_and_hides_what_is_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def story(world: World, cable: Cable) -> None:
        assert await cable.ask(b"trace on") == "trace on"
        said = await cable.ask(b'modem AT+CGAUTH=1,1,"user","Xk29qq7"')
        assert " debug at: > AT+CGAUTH=***" in said
        assert " debug at: < OK" in said
        await cable.ask(b"trace off")
        assert " debug at: " not in await cable.ask(b"modem AT+CSQ")
        assert " > AT+CGAUTH=***" in await cable.ask(b"trace 9")
        replies = [line for line in cable.keyboard.seen().split("\n") if not line.startswith("mtmo> ")]
        assert "Xk29qq7" not in "\n".join(replies).replace('modem AT+CGAUTH=1,1,"user","Xk29qq7"', "")

    at_the_cable(tmp_path, capsys, story)


# what is asked, how every line of the answer begins: names that are URCs elsewhere, another name, several at once, PDUs
ASKED = (
    ("AT+CSQ", ["+CSQ: ", "OK"]),
    ("at+csq", ["+CSQ: ", "OK"]),
    ("AT+CREG?", ["+CREG: ", "OK"]),
    ("AT+CPIN?", ["+CPIN: READY", "OK"]),
    ("AT+CFUN?", ["+CFUN: 1", "OK"]),
    ("AT+CGMI;+CSQ;+CREG?", ["", "+CSQ: ", "+CREG: ", "OK"]),
    ("AT+CGAUTH?", ["+CGAUTH:***", "OK"]),
    ("AT+CMGR=99", ["+CMS ERROR: 321"]),
    ("AT+CPIN?;+NONSENSE", ["+CPIN: READY", "ERROR"]),
)


@pytest.mark.parametrize(("asked", "beginnings"), ASKED, ids=[row[0] for row in ASKED])
def test_every_line_that_the_modem_answers_is_shown_without_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: str, beginnings: list[str]
) -> None:
    async def story(world: World, cable: Cable) -> None:
        if "CGAUTH" in asked:
            await world.agent.modem.chat.request('AT+CGAUTH=1,1,"user","Xk29qq7"')
        said = (await cable.ask(f"modem {asked}".encode())).split("\n")
        assert len(said) == len(beginnings), said
        assert all(line.startswith(start) for line, start in zip(said, beginnings, strict=True)), said
        assert log.level == log.INFO
        assert "Xk29qq7" not in "\n".join(said)

    at_the_cable(tmp_path, capsys, story)


def test_a_long_answer_is_shown_up_to_a_limit_and_the_rest_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(world: World, cable: Cable) -> None:
        whole = (await cable.ask(b"modem AT+CLAC")).split("\n")
        assert whole[-1] == "OK"
        monkeypatch.setattr(prompt, "_MODEM_OCTETS", 100)
        *shown, more = (await cable.ask(b"modem AT+CLAC")).split("\n")
        assert 0 <= 100 - sum(map(len, shown)) < 16
        assert whole[: len(shown)] == shown
        assert more == f"... {len(whole) - len(shown)} more lines"

    at_the_cable(tmp_path, capsys, story)


def test_a_new_apn_from_the_cable_waits_for_no_text_and_sends_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(world: World, cable: Cable) -> None:
        await world.until(lambda: not world.agent.apn.moving())
        began_s = asyncio.get_running_loop().time()
        assert "\nQ txn=1" in await cable.ask(b"apn set em")
        await world.until(lambda: world.agent.apn.phase > 1)
        assert asyncio.get_running_loop().time() - began_s < 5
        await world.until(lambda: not world.agent.apn.busy() and not world.agent.apn.due)
        assert world.agent.apn.good[0] == "em"
        assert world.network.sent == []
        assert "OK apn=em " in await cable.ask(b"apn")

    at_the_cable(tmp_path, capsys, story)


def test_texts_are_served_while_somebody_types(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def story(world: World, cable: Cable) -> None:
        cable.keyboard.type(b"get acc")
        assert await world.ask("ping") == "OK pong"
        assert (await cable.ask(b"ess")).endswith("OK access=signed")

    at_the_cable(tmp_path, capsys, story)


@pytest.mark.parametrize("line", [b"ping", b"status", b"log", b"trace", b"modem AT", b"set lock off", b"repl", b"help"])
def test_a_locked_board_does_nothing_for_the_cable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes
) -> None:
    async def story(world: World, cable: Cable) -> None:
        assert await cable.ask(line) == "locked; to open it: set lock off, signed"
        assert not cable.task.done()
        assert " cable: " not in cable.keyboard.seen()

    at_the_cable(tmp_path, capsys, story, lock=True)


def test_lock_shuts_the_cable_at_once_and_a_signed_text_opens_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(world: World, cable: Cable) -> None:
        assert (await cable.ask(b"set lock on")).endswith("OK lock=on")
        assert (await cable.ask(b"set lock off")).startswith("locked")
        assert await world.ask("set lock off") == "OK lock=off"
        assert (await cable.ask(b"ping")).endswith("OK pong")

    at_the_cable(tmp_path, capsys, story)


def test_repl_leaves_by_the_way_of_ctrl_c(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def story(world: World, cable: Cable) -> None:
        line = prompt.Prompt(world.agent)
        for octet in b"repl":
            await line.take(octet)
        with pytest.raises(KeyboardInterrupt):
            await line.take(13)

    at_the_cable(tmp_path, capsys, story)


def test_a_quiet_keyboard_ends_the_talk_and_the_log_goes_where_it_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(world: World, cable: Cable) -> None:
        said = log.say
        await cable.ask(b"ping")
        assert log.say != said
        await asyncio.sleep(QUIET_S)
        assert cable.task.done()
        assert log.say == said

    at_the_cable(tmp_path, capsys, story)


def test_a_line_ends_by_cr_lf_or_both_and_is_never_longer_than_160(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(world: World, cable: Cable) -> None:
        cable.keyboard.type(b"ping\r\nping\n" + b"x" * 500)
        await world.until(lambda: "x" * 160 in cable.keyboard.seen())
        await asyncio.sleep(1)
        assert cable.keyboard.seen().count("OK pong") == 2
        assert "x" * 161 not in cable.keyboard.seen()
        assert cable.keyboard.seen().count("mtmo> ") == 3

    at_the_cable(tmp_path, capsys, story)
