"""Attack cases that need a story of their own: floods, replays across reboots, the channel to the modem, time."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from world import OPERATOR, Port, World, live

from mtmo import envelope, log, verbs
from mtmo_host.emulator.radio import MoResult
from mtmo_host.sms import sc1
from mtmo_host.sms.address import TON_INTERNATIONAL, Address

RING_OCTETS = 1536  # of the log
STRANGER = Address("+491511234567", TON_INTERNATIONAL)
ROOM = {"replies-per-hour": 60, "replies-per-day": 500, "texts-per-minute": 60}
PIN = "Zq71x9"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_34_ten_thousand_texts_of_a_stranger_cost_nothing_and_the_next_command_is_answered(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("ping")
        sent, writes = len(world.network.sent), world.store.writes
        for i in range(100):
            for j in range(100):
                kind = (i + j) % 4
                text = ("reboot", f"#{i:03}{j:03} reboot", f"*A{i}{j}.22CDX6MYSKTB4 reboot", "OK " * 50)[kind]
                world.text(text, STRANGER if kind != 2 else None)
            await world.until(lambda: not world.network.waiting and not world.stored())
        assert (len(world.network.sent), world.store.writes, world.resets) == (sent, writes, 0)
        assert world.agent.rejected == 10_000
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story)


def test_31_the_network_delivers_a_pin_text_twice_and_it_runs_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.text(f"#{PIN} out relay pulse 100")
        await world.until(lambda: world.network.sent)
        await asyncio.sleep(5)
        writes = world.store.writes
        for _ in range(5):
            world.text(world.last_text, again=True)
            await asyncio.sleep(10)
        assert (len(world.network.sent), world.store.writes) == (1, writes)

    live(tmp_path, story, access="pin", pin=PIN)


def test_32_of_two_commands_with_one_counter_the_second_is_silent(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask("ping")
        world.counter -= 1
        other = world.sign("factory")
        world.text(other.sms)
        await asyncio.sleep(20)
        assert len(world.network.sent) == 1
        assert any("counter used by another command" in line for line in world.log)

    live(tmp_path, story)


def test_24_every_wrong_tag_is_compared_in_full() -> None:
    key = envelope.Slot("A", bytes(32))
    sms = "*A5000." + "0" * 13 + " ping"
    right = envelope.parse(sms)
    assert right is not None
    tag = envelope.tag_of(key, b"cmd", "C", 5000, 0, "1", b"ping")
    frames = [right._replace(mac=bytes((tag[0] ^ 1,)) + tag[1:]), right._replace(mac=tag[:7] + bytes((tag[7] ^ 1,)))]
    times: list[list[float]] = [[], []]
    for i in range(2000):
        began = time.perf_counter()
        assert envelope.open_command(frames[i & 1], key, "1") is None
        times[i & 1].append(time.perf_counter() - began)
    first, last = (sorted(series)[len(series) // 2] for series in times)
    noise = sorted(times[0])[len(times[0]) * 3 // 4] - sorted(times[0])[len(times[0]) // 4]
    assert abs(first - last) <= max(noise, 0.2 * first), (first, last, noise)


def test_37_the_budget_survives_a_reboot(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(3):
            await world.ask("ping")
        await world.stop()
        world.start()
        await asyncio.sleep(60)
        for _ in range(6):
            world.text(world.sign("ping").sms)
            await asyncio.sleep(20)
        assert len(world.network.sent) == 5, "one is kept for an APN report"
        assert any("budget used up" in line for line in world.log)

    live(tmp_path, story, **{"replies-per-hour": 6, "sweep-min": 120})


def test_38_no_argument_sends_an_answer_elsewhere(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for body in ("ping +19005551234", "status to=+19005551234", "help ping reply=+19005551234"):
            await world.ask(body)
        assert {da for da, _ in world.network.sent} == {OPERATOR}

    live(tmp_path, story)


def test_42_a_network_that_refuses_every_answer_is_not_asked_for_ever(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        tried: list[int] = []
        accept = world.network.mo_submit

        def refuse(modem: Any, tpdu: bytes) -> MoResult:
            tried.append(1)
            return MoResult(False, 42)  # congestion

        world.network.mo_submit = refuse  # type: ignore[method-assign]
        for _ in range(3):
            world.text(world.sign("ping").sms)
        await asyncio.sleep(6 * 3600)
        assert 3 <= len(tried) <= 3 * 9
        assert world.resets == 0
        world.network.mo_submit = accept  # type: ignore[method-assign]
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, **ROOM, **{"sweep-min": 120})


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_43_six_texts_a_minute_for_a_day_cost_no_reset_and_no_more_work_than_the_texts(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        lines: list[bytes] = []
        world.modem.trace = lambda direction, octets, now_ms: direction == "rx" and lines.append(octets)
        writes, pings = world.store.writes, 0
        for minute in range(24 * 60):
            for _ in range(6):
                world.text("junk", STRANGER)
            if minute % 180 == 90:
                pings += 1
                world.text(world.sign("ping").sms)
            await asyncio.sleep(60)
        assert world.agent.rejected == 24 * 60 * 6
        assert len(world.network.sent) == pings
        assert world.store.writes - writes == 3 * pings
        assert len(lines) <= 3 * 24 * 60 * 6, "list and delete, and what an idle minute asks"
        assert (world.resets, world.agent.modem.restarts) == (0, 0)
        assert not any("recovery" in line for line in world.log)
        assert world.board.unfed_ms < 8000
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, **{"sweep-min": 120})


def test_46_a_flood_leaves_the_log_as_long_as_it_is(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for i in range(60):
            world.text(f"junk {i}", Address(f"+4915112345{i:02}", TON_INTERNATIONAL))
        await world.until(lambda: not world.network.waiting and not world.stored())
        lines = log.last(1000)
        senders = [line.split("from ")[1][:13] for line in lines]
        assert senders == [f"+4915112345{i:02}" for i in range(60 - len(lines), 60)], "the newest, each whole"
        octets = sum(len(line) + 1 for line in lines)  # with its end
        assert RING_OCTETS - 200 < octets <= RING_OCTETS
        assert all(len(line) < 200 for line in lines)

    live(tmp_path, story)


def test_46_what_comes_again_and_again_takes_one_line_of_the_log(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        log.info("test", "before the flood")
        for _ in range(60):
            log.warn("test", "refused")
        log.info("test", "other")
        log.info("test", "refused x2")
        lines = [line.split("] ", 1)[1] for line in log.last(1000)[-4:]]
        assert lines[:2] == ["info test: before the flood", "warn test: refused x60"]
        assert lines[2:] == ["info test: other", "info test: refused x2"]
        for i in range(60):
            world.text(f"junk {i}", STRANGER)
            await world.until(lambda: not world.network.waiting and not world.stored())
        lines = [line.split("] ", 1)[1] for line in log.last(1000)]
        flood = lines[lines.index("info test: refused x2") + 1 :]
        assert len(flood) == 1 and flood[0].endswith(" x60"), flood

    live(tmp_path, story)


def test_63_what_a_verb_returns_reaches_the_modem_as_hex_only(tmp_path: Path) -> None:
    def rogue(context: Any, args: list[str]) -> str:
        return 'x\x1a\x1b\r\nAT+CFUN=0\r"€ü'

    async def story(world: World) -> None:
        heard: list[bytes] = []
        world.modem.trace = lambda direction, octets, now_ms: heard.append(octets) if direction == "rx" else None
        verbs._rows.append(("rogue", "read", "run", "", rogue, ""))
        try:
            assert await world.ask("rogue") == "OK x????AT+CFUN=0?%22??"
        finally:
            verbs._rows.clear()
        bodies = [piece for piece in b"".join(heard).split(b"\r") if piece.endswith(b"\x1a")]
        assert bodies
        assert all(set(body[:-1]) <= set(b"0123456789ABCDEF\x1a") for body in bodies)
        assert b"CFUN=0" not in b"".join(heard)

    live(tmp_path, story)


class Ringing:
    """Lets it ring between AT+CMGS and the prompt, and a text be indicated."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self.now_ms, self.readinto = port.now_ms, port.readinto

    async def write(self, octets: bytes) -> None:
        if octets.startswith(b"AT+CMGS"):
            for urc in ("RING", '+CMTI: "ME",77', "+CREG: 1"):
                self._port._modem.urc(urc)
        await self._port.write(octets)


def test_65_a_urc_between_cmgs_and_the_prompt_is_not_in_the_answer(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(3):
            assert await world.ask("ping") == "OK pong"

    live(tmp_path, story, wrap=Ringing)


@pytest.mark.parametrize("body", ["at AT+CFUN=0", "modem AT+CFUN=0", "AT+CFUN=0", "repl", "trace on", "exec 1"])
def test_66_no_verb_takes_raw_at_or_python(tmp_path: Path, body: str) -> None:
    async def story(world: World) -> None:
        assert await world.ask(body) == "E11 unknown verb"

    live(tmp_path, story)


def test_70_71_a_second_transaction_is_busy_and_a_wrong_number_has_no_effect(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("apn set em")
        world.text(command.sms)
        await world.until(lambda: world.network.sent)
        assert (await world.ask("apn set other")).startswith("E40 txn=1")
        for body in ("apn confirm 7", "apn cancel 7", "apn confirm x"):
            assert (await world.ask(body))[:3] in ("E41", "E12"), body
        await world.until(lambda: "state=confirmed" in world.network.sent[-1][1])
        assert (await world.ask("apn cancel 1")).startswith("E41")
        assert world.agent.apn.good[0] == "em"

    live(tmp_path, story, **ROOM)


def test_73_an_old_settings_file_brings_back_no_counter_no_key_and_no_allow_list(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        old = world.sign("set sweep-min 30")
        saved = {path.name: path.read_bytes() for path in tmp_path.glob("settings.*")}
        await world.ask("set sweep-min 20; allow add +491701111111 viewer")
        await world.stop()
        for path in tmp_path.glob("settings.*"):
            path.unlink()
        for name, octets in saved.items():
            (tmp_path / name).write_bytes(octets)
        world.start()
        await asyncio.sleep(60)
        world.text(old.sms)
        await asyncio.sleep(20)
        assert world.agent.settings["sweep-min"] == 15
        assert len(world.agent.keys.allowed) == 2

    live(tmp_path, story)


def test_75_an_apn_that_the_modem_kept_is_written_over_at_boot(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        context = world.modem.contexts.get(1)
        assert context is not None
        await world.stop()
        context.apn = "evil"
        world.start()
        await asyncio.sleep(120)
        assert world.modem.contexts.get(1).apn == "iot"
        assert (await world.ask("apn")).startswith("OK apn=iot ")

    live(tmp_path, story)


def test_78_a_jump_of_twenty_years_in_the_time_stamps_changes_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await world.ask("ping") == "OK pong"
        world._sent_at += timedelta(days=7300)
        assert await world.ask("ping") == "OK pong"
        world._sent_at -= timedelta(days=2 * 7300)
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story)


def test_80_no_verb_shows_a_secret(tmp_path: Path) -> None:
    secrets = (PIN, "Ap9pass7", sc1.derive_device_key(bytes(range(32)), "356938035643809", "A", 1).hex())

    async def story(world: World) -> None:
        await world.ask("apn set em user=u1 pass=Ap9pass7", encrypted=True)
        await asyncio.sleep(60)
        for name in verbs.names():
            if name not in ("reboot", "sms stop", "factory", "key"):
                await world.ask(name)
                await world.ask("help " + name)
        for name in ("pin", "access", "keys", "key", "pass"):
            await world.ask("get " + name)
        said = "\n".join([text for _, text in world.network.sent] + world.log + log.last(1000))
        assert not [secret[:2] for secret in secrets if secret in said]

    live(tmp_path, story, pin=PIN, **{**ROOM, "replies-per-hour": 60, "sweep-min": 120})


def test_83_the_readme_says_what_the_cable_gives() -> None:
    readme = (Path(__file__).resolve().parents[2] / "device" / "README.md").read_text(encoding="utf-8")
    assert "Whoever holds the cable" in readme


def test_77_reads_that_queued_for_days_are_answered_once_each_and_no_faster_than_the_limit(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.stop()
        commands = [world.sign("ping") for _ in range(20)]
        for command in commands:
            world.text(command.sms)
        began = asyncio.get_running_loop().time()
        world.start()
        await world.until(lambda: len(world.network.sent) == 20)
        assert asyncio.get_running_loop().time() - began >= 180, "six a minute"
        await asyncio.sleep(300)
        assert len(world.network.sent) == 20

    live(tmp_path, story, **{"replies-per-hour": 60})
