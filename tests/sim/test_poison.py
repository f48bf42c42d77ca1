"""A text or a command that hangs the agent costs two watchdog boots at most (sms_security case 79)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from world import World, live

from mtmo import gate, verbs


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
                self.boot()

    def boot(self) -> None:
        super().boot()
        if self.bites:
            self.board.cause = "watchdog"
            self.agent.suspicious = True


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
        writes = world.store.writes
        world.text("harmless")
        await asyncio.sleep(30)
        assert world.store.writes == writes, "only a watchdog boot makes it write"

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
