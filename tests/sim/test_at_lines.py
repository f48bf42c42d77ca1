"""No value reaches an AT line but through its own grammar: every setting and verb, with values that would break out."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from twist import Twist
from virtual_time import run
from world import World

from mtmo import once
from mtmo.errors import AtError, SettingError, StoreError, VerbError
from mtmo.gate.judge import plan
from mtmo.journal import Entry
from mtmo.modem import VALID
from mtmo.settings import Settings
from mtmo.verbs import names

TOKEN = "zq9x"  # in every value, in no line of ours
# What ends a string, a command, a line or a text; what separates arguments; what looks like a number or an address
BREAKS = (
    '"', '",129;+CFUN=0;+CSCA="', ";+CFUN=0", "\r", "\r\nAT+CFUN=0\r\n", "\n", "\x1a", "\x1b", "\0", ",", ",1", "=",
    "?", "\\22", "+", "++49", "é", "٣", "€", " ", "short:", "alnum:", "national:", "unknown:", "%22", "-",
)  # fmt: skip
SHAPES = (
    "{token}{break_}",
    "{break_}{token}",
    "+49151{break_}{token}",
    "{token}{break_}{token}",
    "short:1{break_}{token}",
)
VALUES = [shape.format(token=TOKEN, break_=break_) for break_ in BREAKS for shape in SHAPES]
PLAIN = (
    "signed", "allow-list", "+491710760000", "4917107", "short:12345", "em", "em,internet", "8.8.8.8", "on", "1", "30",
    "+1900", "123456",
)  # fmt: skip
# name, then arguments: strings in quotes without a quote or a control character, numbers and names without quotes
LINE = re.compile(
    rb"(AT|ATE0|ATV1|ATI|\+\+\+|AT[+#^%*&][A-Z0-9]+(=\?|\?|=(\"[^\"\x00-\x1f\x7f-\xff]*\"|[0-9A-Za-z.+-]*)"
    rb"(,(\"[^\"\x00-\x1f\x7f-\xff]*\"|[0-9A-Za-z.+-]*))*)?)"
)
# and the lines that values of ours stand in: TS 27.005 §3.3.1, TS 27.007 §8.3 and §10.1.1, a host name
STRICT = {
    b"AT+CSCA=": re.compile(rb"AT\+CSCA=(\"\+\d{3,20}\",145|\"\d{3,20}\",129)"),
    b"AT+CPIN=": re.compile(rb"AT\+CPIN=\"\d{4,8}\""),
    b"AT+CGDCONT=": re.compile(rb"AT\+CGDCONT=(\?|\d+,\"IP(V6|V4V6)?\",\"[A-Za-z0-9.-]*\")"),
    b"AT+CPING=": re.compile(rb"AT\+CPING=\"[A-Za-z0-9.:-]+\",1,1"),
}
PDU = re.compile(rb"[0-9A-F]+")


def escape(value: str) -> str:
    """As SC1 §1 writes what may not stand in a text."""
    return "".join(char if (char.isascii() and char.isalnum()) or char in ".:-+" else pct(char) for char in value)


def pct(char: str) -> str:
    """%HH of each octet."""
    return "".join(f"%{octet:02X}" for octet in char.encode())


class Tap(Twist):
    """Keeps every octet on its way to the modem."""

    def __init__(self, port: Any) -> None:
        super().__init__(port)
        self.written = bytearray()
        self.heard = lambda octets: (self.written.extend(octets), True)[1]

    def lines(self) -> list[bytes]:
        """What was said since the last call, without the ESC before a line."""
        lines = [line.lstrip(b"\x1b") for line in re.split(rb"[\r\x1a]", bytes(self.written))]
        self.written.clear()
        return [line for line in lines if line]


def wrong(lines: list[bytes]) -> list[bytes]:
    """The lines that are none, or that hold the token."""
    return [line for line in lines if TOKEN.encode() in line or not is_line(line)]


def is_line(line: bytes) -> bool:
    strict = STRICT.get(line[: line.find(b"=") + 1], LINE)
    return bool(strict.fullmatch(line) or PDU.fullmatch(line))


async def say(world: World, line: str) -> str:
    """Carry out `line` as the admin's; the words, or the error's."""
    entry = Entry("", 0, f"{len(world.log):016x}", "short:12345", "", True, line)
    try:
        return " ".join([await world.agent.dispatcher.run(verb, args, entry) for verb, args in plan(line)])
    except (VerbError, StoreError) as error:
        return str(error)


async def use_all(world: World) -> None:
    """Let every value that a line is made of be used, whatever the modem thinks of it."""
    agent = world.agent
    errors = once("outbox.send_errors")
    await agent.outbox._fix(errors.NO_SMSC, errors)
    for use in (
        lambda: once("modem.sim_pin").unlock(agent.modem),
        agent.modem.bring_up,
        lambda: once("apn.open").modem_differs(agent.apn, agent.modem),
    ):
        with contextlib.suppress(AtError):
            await use()
    agent.modem.setup = VALID
    host = agent.settings["apn-probe-host"]
    if host:
        await once("apn.ping").reaches(agent.modem, host)


def in_world(folder: Path, story: Any, **options: Any) -> None:
    async def main() -> None:
        async with World(folder, wrap=Tap, **options) as world:
            await asyncio.sleep(30)
            world.board.port.lines()
            await story(world)

    run(main())


@pytest.mark.parametrize("name", sorted(Settings()._values))
def test_a_setting_reaches_the_modem_by_its_own_grammar_or_not_at_all(tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        taken = []
        before = world.agent.settings[name]
        for value in VALUES + list(PLAIN):
            try:
                world.agent.settings.set(name, value)  # what a text may carry is less
            except SettingError:
                assert world.agent.settings[name] == before, value
                assert wrong(world.board.port.lines()) == [], value
                continue
            taken.append(value)
            before = world.agent.settings[name]
            await use_all(world)
            bad = [line for line in wrong(world.board.port.lines()) if TOKEN.encode() not in line]
            assert bad == [], value
        assert taken, "no value is taken, so nothing is shown"

    in_world(tmp_path, story)


@pytest.mark.parametrize("verb", names())
def test_a_verb_lets_no_foreign_octet_through(tmp_path: Path, verb: str) -> None:
    async def story(world: World) -> None:
        for value in VALUES[:: len(SHAPES)]:
            for words in (
                f"{verb} {escape(value)}",
                f"{verb} em user={escape(value)} pass=x auth=pap",
                f"{verb} em {escape(value)}",
            ):
                try:
                    answer = await say(world, words)
                except Exception as error:  # noqa: BLE001 - told below
                    answer = repr(error)
                assert wrong(world.board.port.lines()) == [], (words, answer)

    in_world(tmp_path, story)
