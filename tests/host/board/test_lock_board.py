"""A locked board gives no REPL: not by any timing of Ctrl-C, Ctrl-D, the reset button or an exception (design 4.9).

The virtual board does what the ports do: each file is run with Ctrl-C on, and behind main.py comes the REPL.
"""

from __future__ import annotations

import asyncio
import binascii
import contextlib
import json
import random
import socket
import struct
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from board_rig import Rig, running

from mtmo_host import profile as profiles
from mtmo_host.flash.files import board_files

CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
AT_WORK = (12, 1)  # the agent has begun
REPL = (b">>>", b"raw REPL", b"paste mode", b"soft reboot")
# What a person, mpremote or a script types who wants in
KEYS = (
    CTRL_C, CTRL_C * 2, CTRL_C * 40, CTRL_D, CTRL_C + CTRL_D, CTRL_A, b"\r" + CTRL_C + CTRL_C + b"\r" + CTRL_A,
    CTRL_E, CTRL_B, b"repl\r", b"\r\x03\x03import os\r",
)  # fmt: skip
OWN_MAIN = b"""
import asyncio, mtmo, time
agent = mtmo.Agent.from_flash()
async def work():
    asyncio.create_task(agent.run())
    await asyncio.sleep_ms(150)
    raise SystemExit if time.ticks_ms() % 2 else MemoryError("the application's")
asyncio.run(work())
"""


def record(value: Mapping[str, Any], sequence: int = 1) -> bytes:
    """A slot of the store, as device/mtmo/store.py describes it."""
    payload = json.dumps(value).encode()
    octets = struct.pack("<4sII", b"MTM1", sequence, len(payload)) + payload
    return octets + struct.pack("<I", binascii.crc32(octets))


LOCKED = {"/mtmo-state/settings.0": record({"lock": True})}


@contextlib.asynccontextmanager
async def flashed(
    folder: Path, files: Mapping[str, bytes] = LOCKED, *, without: tuple[str, ...] = (), **options: Any
) -> AsyncIterator[Rig]:
    """A board as `mtmo flash` leaves it, with these files besides, and a modem that never answers."""
    image = {**board_files(profiles.load("unix")), **files}
    for name in without:
        del image[name]
    modem, line = socket.socketpair()
    with modem, line:
        async with running(folder, files=image, heap_kib=192, blocks=512, uarts={1: line}, **options) as rig:
            yield rig


def no_repl(rig: Rig) -> None:
    assert not [words for words in REPL if words in rig.printed], rig.printed[-3000:]


async def try_the_doors(rig: Rig, timings: int, seed: int, buttons: float = 0.08) -> None:
    """Press and type at so many random moments of boots, starts and crashes; `buttons`: which share is the reset's."""
    chance = random.Random(seed)
    for _ in range(timings):
        await asyncio.sleep(chance.choice((0.002, 0.02, 0.1)) * chance.random())
        if chance.random() < buttons:
            await rig.board.reset()
        elif chance.random() < 0.5:
            rig.board.ctrl_c()  # this very microsecond
        else:
            rig.board._typed(chance.choice(KEYS))
    await asyncio.sleep(0.3)
    no_repl(rig)


@pytest.mark.parametrize("timings", [200, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("family", "files"),
    [("esp32", {}), ("rp2", {"/main.py": OWN_MAIN})],
    ids=["the agent alone on esp32", "an application that crashes on rp2"],
)
def test_no_timing_of_any_key_gives_a_repl(tmp_path: Path, family: str, files: dict[str, bytes], timings: int) -> None:
    async def scenario() -> None:
        async with flashed(tmp_path, {**LOCKED, **files}, family=family) as rig:
            await try_the_doors(rig, timings, seed=timings)
            assert rig.board.boots > timings // 20

    asyncio.run(scenario())


@pytest.mark.parametrize("family", ["esp32", "rp2", "stm32"])
def test_a_ctrl_c_before_the_first_instruction_is_survived(tmp_path: Path, family: str) -> None:
    heard: list[tuple[str, bool]] = []

    async def scenario() -> None:
        def press(name: str) -> None:
            heard.append((name, rig.board.ctrl_c()))

        async with flashed(tmp_path, family=family) as made:
            rig = made
            rig.board._on_file = press
            for _ in range(20):
                rig.pins.clear()
                await rig.board.reset()
                await rig.until(lambda: AT_WORK in rig.pins)
            no_repl(rig)

    asyncio.run(scenario())
    assert heard == [("/boot.py", True)] * 20, "main.py is not left to the port"


@pytest.mark.parametrize("family", ["esp32", "rp2"])
def test_the_virtual_board_interrupts_each_file_as_the_port_does(tmp_path: Path, family: str) -> None:
    """The counter-check: with a boot.py and a main.py that know no lock, each of these Ctrl-C comes through."""
    files = {"/boot.py": b"import micropython\nmicropython.kbd_intr(-1)\nfor i in range(9): pass\nprint('booted')\n"}

    async def scenario() -> None:
        pressed = []

        def press(name: str) -> None:
            pressed.append(name)
            rig.board.ctrl_c()

        async with running(tmp_path, "for i in range(9): pass\nprint('has run')", files=files, family=family) as made:
            rig = made
            await rig.until_printed(b">>> ")
            assert b"booted" in rig.printed
            rig.printed = b""
            rig.board._on_file = press
            await rig.board.reset()
            await rig.until_printed(b">>> ")
            assert b"booted" not in rig.printed
            assert b"has run" not in rig.printed
            assert pressed == (["/boot.py", "/main.py"] if family == "rp2" else ["/boot.py"])
            assert rig.printed.count(b"KeyboardInterrupt") == len(pressed)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("/main.py", b"raise SystemExit"),
        ("/main.py", b"import machine\nmachine.soft_reset()"),
        ("/main.py", b"syntax error"),
        ("/main.py", b"pass"),
        ("/main.py", b"raise KeyboardInterrupt"),
        ("/main.py", b"x = [0]\nwhile True: x += x"),
        ("/board.json", b"{"),
        ("/board.json", b'{"watchdog_ms": -1}'),
        ("/lib/mtmo/agent.mpy", b"damaged"),
        ("/lib/mtmo/board.mpy", b"damaged"),
        ("/lib/mtmo/__init__.mpy", b"damaged"),
    ],
)
def test_whatever_ends_a_locked_board_restarts_it(tmp_path: Path, name: str, octets: bytes) -> None:
    async def scenario() -> None:
        async with flashed(tmp_path, {**LOCKED, name: octets}) as rig:
            await try_the_doors(rig, 30, seed=len(octets), buttons=0)
            resets = rig.resets("reset")
            await rig.until(lambda: rig.resets("reset") > resets)  # by itself
            no_repl(rig)

    asyncio.run(scenario())


def test_doors_stay_shut_when_both_copies_of_the_settings_are_damaged(tmp_path: Path) -> None:
    torn = {f"/mtmo-state/settings.{slot}": record({"pin": "123456"}, slot + 1)[:-1] for slot in (0, 1)}

    async def scenario() -> None:
        async with flashed(tmp_path, torn) as rig:
            await try_the_doors(rig, 100, seed=3)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("settings", "without"),
    [
        ({}, ()),
        ({"/mtmo-state/settings.0": record({"lock": True}), "/mtmo-state/settings.1": record({}, 2)}, ()),
        ({}, ("/lib/mtmo/__init__.mpy",)),
        ({"/mtmo-state/settings.0": record({"pin": "123456"})}, ("/lib/mtmo/board.mpy",)),
        ({"/mtmo-state/settings.0": record({})[:-1]}, ()),
    ],
    ids=["new", "opened again", "no agent yet", "half an agent", "cut off in its very first record"],
)
def test_a_board_that_is_not_locked_gives_its_repl(
    tmp_path: Path, settings: dict[str, bytes], without: tuple[str, ...]
) -> None:
    async def scenario() -> None:
        async with flashed(tmp_path, settings, without=without) as rig:
            await asyncio.sleep(0.5)
            assert await rig.mpremote("exec", "print(6 * 7)") == (0, "42\n")
            assert (await rig.mpremote("reset"))[0] == 0
            assert await rig.mpremote("exec", "print(6 * 8)") == (0, "48\n")

    asyncio.run(scenario())


def test_ctrl_c_stops_a_board_that_is_not_locked_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with flashed(tmp_path, {}) as rig:
            await rig.until(lambda: AT_WORK in rig.pins)
            began_s = time.monotonic()
            rig.board._typed(CTRL_C)
            await rig.until_printed(b"stopped by Ctrl-C")
            await rig.until_printed(b">>> ")
            assert time.monotonic() - began_s < 3

    asyncio.run(scenario())
