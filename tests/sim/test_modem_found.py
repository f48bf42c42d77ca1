"""The modem is found in any state, and its power key is never touched while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sayings import STATES, now_s, ready
from twist import Twist
from virtual_time import run
from world import Board, World, live

# -- found in any state


@pytest.mark.parametrize(("state", "put"), STATES, ids=[row[0] for row in STATES])
def test_the_agent_finds_the_modem_in_any_state_within_30_s(
    tmp_path: Path, state: str, put: Callable[[World], None]
) -> None:
    async def main() -> None:
        async with World(tmp_path, name="sim800") as world:
            await asyncio.sleep(10)
            await world.stop()
            put(world)
            began_s = now_s()
            before = ready(world)
            world.start()
            await world.until(lambda: ready(world) > before, 60)
            assert now_s() - began_s <= 30
            assert world.modem.baud == 115_200, "the speed is pinned"
            assert await world.ask("ping") == "OK pong"

    run(main())


def test_a_modem_in_a_data_call_is_called_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(10)
        await world.stop()
        world.pump()
        world.modem.faults.choose("F18")
        began_s = now_s()
        world.start()
        await world.until(lambda: ready(world) == 2, 60)
        assert now_s() - began_s <= 30
        assert await world.ask("ping") == "OK pong"

    live(tmp_path, story)


# -- power


class KeyBoard(Board):
    """A board whose PWRKEY switches a running modem off, as it does; `status` is what the pin shows, None without."""

    pulses = 0
    has_status = False

    def is_on(self) -> bool | None:
        return self._modem.powered if self.has_status else None

    async def power_on(self) -> None:
        if self.is_on():
            return
        self.pulses += 1
        if self._modem.powered:
            self._modem.power_off(self.port.now_ms())
        else:
            self._modem.power_on(self.port.now_ms())


class KeyWorld(World):
    """A world with such a board."""

    def boot(self) -> None:
        super().boot()
        self.board.__class__ = KeyBoard


class StatusWorld(KeyWorld):
    """The same with a STATUS pin."""

    def boot(self) -> None:
        super().boot()
        self.board.has_status = True


@pytest.mark.parametrize("kind", [KeyWorld, StatusWorld])
@pytest.mark.parametrize(("state", "put"), STATES, ids=[row[0] for row in STATES])
def test_pwrkey_is_not_touched_while_the_modem_runs(
    tmp_path: Path, kind: type[KeyWorld], state: str, put: Callable[[World], None]
) -> None:
    async def main() -> None:
        async with kind(tmp_path, name="sim800") as world:
            await asyncio.sleep(10)
            await world.stop()
            put(world)
            before = ready(world)
            world.start()
            await world.until(lambda: ready(world) > before, 60)
            assert world.board.pulses == 0

    run(main())


@pytest.mark.parametrize("kind", [KeyWorld, StatusWorld])
def test_a_modem_that_is_off_is_switched_on_once(tmp_path: Path, kind: type[KeyWorld]) -> None:
    async def main() -> None:
        async with kind(tmp_path) as world:
            await world.stop()
            world.modem.power_off(world.board.port.now_ms())
            world.start()
            await world.until(lambda: ready(world) == 2, 60)
            assert world.board.pulses == 1

    run(main())


# -- flow control


class WiredBoard(Board):
    """A board whose profile wires RTS and CTS; notes when CTS counts."""

    has_flow = True
    used: tuple[str, ...] = ()

    def use_cts(self) -> None:
        self.used += ("used",)

    def without_cts(self) -> None:
        self.used += ("without",)


class WiredWorld(World):
    """A world with such a board."""

    def boot(self) -> None:
        super().boot()
        self.board.__class__ = WiredBoard


@pytest.mark.parametrize("taken", [True, False])
def test_cts_counts_once_the_modem_has_taken_the_command_and_not_before(tmp_path: Path, taken: bool) -> None:
    async def main() -> None:
        lines: list[bytes] = []

        def wrap(port: Any) -> Twist:
            twist = Twist(port)
            twist.heard = lambda octets: (lines.append(octets), True)[1]
            twist.twist = lambda octets: octets if taken or lines[-1] != b"AT+IFC=2,2\r" else b"\r\nERROR\r\n"
            return twist

        async with WiredWorld(tmp_path, wrap=wrap) as world:
            assert lines.count(b"AT+IFC=2,2\r") == 1
            assert world.board.used == (("used",) if taken else ())
            world.modem.power_off(world.board.port.now_ms())
            await world.until(lambda: "without" in world.board.used, 3000)

    run(main())
