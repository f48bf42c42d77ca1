"""A text or a command that hangs or ends the agent costs two boots; a crash loop ends (sms_security case 79)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from world import Power, World, live

from mtmo import crash, gate, inbox, verbs
from mtmo.at import trace_ring
from mtmo.journal import Journal
from mtmo.modem import Modem
from mtmo.store import Store


class Bitten(BaseException):
    """The watchdog resets the board; nothing may catch it."""


class WatchedWorld(World):
    """`bites`: how often the watchdog bit."""

    bites = 0

    async def _power_cycles(self) -> None:
        while True:
            try:
                await self.agent.run()
            except Bitten:
                self.bites += 1
                assert self.bites < 10, "a boot loop"
                await asyncio.sleep(8)
                self.cause = "watchdog"
                self.boot()


def watched(folder: Path, story: Any) -> None:
    live(folder, story, kind=WatchedWorld)


def test_a_text_that_hangs_the_agent_before_it_is_accepted_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = gate.Gate.judge

    def judge_or_hang(self: Any, text: Any) -> Any:
        if text.text == "poison":
            raise Bitten
        return judge(self, text)

    monkeypatch.setattr(gate.Gate, "judge", judge_or_hang)

    async def story(world: WatchedWorld) -> None:
        for text in ("harmless", "poison", "harmless too"):
            world.text(text)
        await world.until(lambda: world.bites == 2 and not world.stored())
        assert await world.ask("ping") == "OK pong"
        assert world.bites == 2
        assert any("set aside" in line for line in world.log)
        await asyncio.sleep(5)
        writes = world.store.writes
        world.text("harmless")
        await asyncio.sleep(30)
        assert world.store.writes == writes, "only a boot after a crash makes it write"

    watched(tmp_path, story)


@pytest.mark.parametrize("after_cut", ["run", "e20"])
def test_a_command_that_hangs_the_agent_runs_twice_at_most_and_is_answered(tmp_path: Path, after_cut: str) -> None:
    runs: list[int] = []

    async def hang(context: Any, args: list[str]) -> str:
        runs.append(1)
        raise Bitten

    async def story(world: WatchedWorld) -> None:
        verbs._rows.append(("hang", "read", after_cut, "", hang, ""))
        try:
            assert await world.ask("hang") == "E20 interrupted"
            assert await world.ask("ping") == "OK pong"
            assert len(runs) == world.bites == (2 if after_cut == "run" else 1)
        finally:
            verbs._rows.clear()

    watched(tmp_path, story)


def test_a_defect_in_a_verb_is_an_answer_and_no_crash(tmp_path: Path) -> None:
    def fail(context: Any, args: list[str]) -> str:
        raise MemoryError("memory allocation failed")

    async def story(world: World) -> None:
        verbs._rows.append(("fail", "read", "run", "", fail, ""))
        try:
            assert await world.ask("ping;fail") == "OK pong; E20 failed"
            assert world.resets == 0
        finally:
            verbs._rows.clear()

    live(tmp_path, story)


def test_a_cut_in_a_later_verb_keeps_what_the_earlier_ones_said(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        command = world.sign("ping;out relay on;reboot")
        world.text(command.sms)
        await world.until(lambda: world.network.sent)
        assert world.verified(0, command) == "OK pong; OK relay=on; OK rebooted"
        assert world.resets == 1

    live(tmp_path, story)


def test_a_command_costs_three_journal_writes(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for body, more in (
            ("ping", 0),
            ("set sweep-min 20", 1),
            ("allow add +491701111111 viewer", 1),
            ("sms stop", 1),
        ):
            names: list[str] = []
            write = world.store.write

            def counted(name: str, value: Any, write: Any = write, names: list[str] = names) -> None:
                names.append(name)
                write(name, value)

            world.store.write = counted  # type: ignore[method-assign]
            await world.ask(body)
            await asyncio.sleep(5)
            world.store.write = write  # type: ignore[method-assign]
            assert names.count("journal") == 3, (body, names)
            assert len(names) == 3 + more, (body, names)

    live(tmp_path, story)


class CrashingWorld(World):
    """A defect ends the agent, and the board restarts as mtmo.run() lets it. `crashes`: how often."""

    crashes = 0

    async def _power_cycles(self) -> None:
        while True:
            try:
                await self.agent.run()
            except Power:
                self.cause = self.after_reset
            except (ArithmeticError, SystemExit):
                self.crashes += 1
                assert self.crashes < 10, "a boot loop"
                self.cause = self.after_reset
                await asyncio.sleep(8)
            self.boot()

    after_reset = "reset"


class OnRp2(CrashingWorld):
    """Where every machine.reset() reads as the watchdog's."""

    after_reset = "watchdog"


def crash_writes(world: World) -> list[str]:
    """The names of the records that are written from now on, of those that have to do with crashes."""
    names: list[str] = []
    write = Store.write

    def counted(self: Store, name: str, value: Any) -> None:
        if name in ("crash", "poison"):
            names.append(name)
        write(self, name, value)

    world.open_store = lambda: type("Counted", (Store,), {"write": counted})(str(world.folder))  # type: ignore[method-assign]
    return names


@pytest.mark.parametrize("kind", [CrashingWorld, OnRp2])
@pytest.mark.parametrize("ends", [ArithmeticError, SystemExit])
def test_a_crash_loop_ends_in_a_minimal_boot_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[CrashingWorld], ends: type[BaseException]
) -> None:
    bring_up = Modem.bring_up

    async def bring_up_or_crash(self: Any) -> None:
        if trace_ring._ring:
            raise ends
        await bring_up(self)

    async def story(world: CrashingWorld) -> None:
        names = crash_writes(world)
        monkeypatch.setattr(Modem, "bring_up", bring_up_or_crash)
        await world.stop()
        world.start()
        await world.until(lambda: world.crashes == 3 and world.agent._serving)
        await world.until(lambda: world.network.sent)
        assert "E20 crashed: minimal boot" in world.network.sent[0][1]
        world.agent.verb("blink")(lambda args: "")
        assert " boot=minimal " in await world.ask("status")
        assert await world.ask("blink") == "E11 unknown verb"
        assert names == ["crash"] * 7, "two for each crash, one when it serves"
        monkeypatch.setattr(Modem, "bring_up", bring_up)
        assert await world.ask("reboot") == "OK rebooted"
        assert f" boot={world.after_reset} " in await world.ask("status")
        assert (len(names), world.crashes) == (7, 3), "an ordinary reboot is no crash"

    live(tmp_path, story, kind=kind, **{"reply-to": "+491511234567"})


@pytest.mark.parametrize("cause", ["reset", "watchdog", "?"])
def test_a_crash_that_left_no_time_to_write_is_counted_at_boot(tmp_path: Path, cause: str) -> None:
    async def story(world: World) -> None:
        for count in (1, 2, 3, 4):
            await world.stop()
            world.cause = cause
            world.boot()
            assert world.agent.crashed
            assert world.agent.minimal == (count >= 3)
        world.start()
        await world.until(lambda: world.agent._serving)
        world.cause = "power"
        world.boot()
        assert not (world.agent.crashed or world.agent.minimal)

    live(tmp_path, story)


@pytest.mark.parametrize("cause", ["power", "soft", "sleep"])
def test_power_that_fails_is_no_crash_and_costs_no_write(tmp_path: Path, cause: str) -> None:
    async def story(world: World) -> None:
        names = crash_writes(world)
        for _ in range(30):
            await world.stop()
            world.cause = cause
            world.start()
            await asyncio.sleep(0.001)
            assert not (world.agent.crashed or world.agent.minimal)
        await world.until(lambda: world.agent._serving)
        assert await world.ask("ping") == "OK pong"
        assert not names

    live(tmp_path, story)


def test_a_loop_without_end_does_not_wear_the_flash_out(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    journal = Journal(store)
    store.writes = 0
    for _ in range(50):
        crash.look(store, "watchdog", journal)
        crash.note(store)
    assert store.writes <= 12
    assert crash.look(store, "power", journal) == (True, True)
    crash.forget(store)
    assert crash.look(store, "power", journal) == (False, False)


@pytest.mark.parametrize("error", [MemoryError, IndexError])
def test_a_text_that_cannot_be_judged_is_set_aside_the_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    judge = gate.Gate.judge
    judged: list[str] = []

    def judge_or_fail(self: Any, text: Any) -> Any:
        if text.text in ("poison", "poison too"):
            judged.append(text.text)
            raise error
        return judge(self, text)

    monkeypatch.setattr(gate.Gate, "judge", judge_or_fail)

    async def story(world: World) -> None:
        for text in ("poison", "harmless", "poison too"):
            world.text(text)
        assert await world.ask("ping") == "OK pong"
        assert len(world.stored()) == 2
        await world.until(lambda: not world.stored())
        assert sum("set aside" in line for line in world.log) == 2
        assert {"poison", "poison too"} == set(judged)
        assert await world.ask("ping") == "OK pong"
        assert world.resets == 0

    live(tmp_path, story)


@pytest.mark.parametrize("name", ["a7670", "nrf91"])
def test_a_text_that_cannot_be_decoded_for_want_of_heap_is_set_aside_the_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    decode = inbox.decode
    seen: list[bytes] = []

    def decode_or_fail(pdu_hex: bytes, length: int) -> Any:
        tpdu = decode(pdu_hex, length)
        if getattr(tpdu, "text", "") == "large":
            seen.append(pdu_hex)
            raise MemoryError
        return tpdu

    monkeypatch.setattr(inbox, "decode", decode_or_fail)

    async def story(world: World) -> None:
        world.text("large")
        await asyncio.sleep(70)
        world.network.attached(world.modem)  # it tries again
        assert await world.ask("ping") == "OK pong"
        await world.until(lambda: any("set aside" in line for line in world.log) and not world.stored(), 3600)
        assert await world.ask("ping") == "OK pong"
        seen.clear()
        await asyncio.sleep(3600)
        assert not seen
        assert world.resets == 0

    live(tmp_path, story, name=name)


def test_a_verb_that_wants_to_leave_is_an_answer(tmp_path: Path) -> None:
    def leave(context: Any, args: list[str]) -> str:
        raise SystemExit

    async def story(world: World) -> None:
        verbs._rows.append(("leave", "read", "run", "", leave, ""))
        try:
            assert await world.ask("leave") == "E20 failed"
        finally:
            verbs._rows.clear()

    live(tmp_path, story)
