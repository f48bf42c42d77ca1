"""Power fails at every flash write and at every AT command of a job: what was promised still holds afterwards."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from virtual_time import run
from world import Power, World

from mtmo.store import Store

pytestmark = pytest.mark.slow


class Cut(BaseException):
    """The supply is gone: nothing may catch it."""


class Fuse:
    """Blows at step number `at`; `count` says how many there were. A dead board neither writes nor speaks."""

    def __init__(self) -> None:
        self.at = -1
        self.count = 0
        self.dead = asyncio.Event()

    def step(self) -> bool:
        """Is it now?"""
        if self.dead.is_set():
            raise Cut
        self.count += 1
        return self.at == self.count - 1

    def blow(self) -> None:
        """Nothing the agent still does reaches the world."""
        self.at = -1
        self.dead.set()
        raise Cut


class CutPort:
    """The fuse in the line: before, in the middle of, or after a command."""

    def __init__(self, port: Any, world: CutWorld) -> None:
        self._port, self._world = port, world
        self.now_ms = port.now_ms
        self.readinto = port.readinto

    async def write(self, octets: bytes) -> None:
        world = self._world
        if world.medium != "line":
            world.fuse.dead.is_set() or await self._port.write(octets)
            return
        now = world.fuse.step()
        if now and world.where == "before":
            world.fuse.blow()
        await self._port.write(octets[: len(octets) // 2] if now and world.where == "torn" else octets)
        if now:
            world.fuse.blow()


class CutStore(Store):
    """The fuse in the flash: before, in the middle of, or after a write."""

    def __init__(self, folder: str, world: CutWorld) -> None:
        super().__init__(folder)
        self._world = world

    def write(self, name: str, value: Any) -> None:
        world = self._world
        if not world.fuse.step():
            super().write(name, value)
            return
        if world.where != "before":
            newest = self._newest(name)
            super().write(name, value)
        if world.where == "torn":
            path = Path(self._path(name, 1 - newest[1] if newest else 0))
            path.write_bytes(path.read_bytes()[:-7])
        world.fuse.blow()


class CutWorld(World):
    """A world with a fuse in its flash or in its line."""

    def __init__(self, folder: Path, medium: str, where: str, port: type[CutPort] = CutPort, **options: Any) -> None:
        self.medium, self.where = medium, where
        self.fuse = Fuse()
        super().__init__(folder, wrap=lambda uart: port(uart, self), **options)

    def open_store(self) -> Store:
        return CutStore(str(self.folder), self) if self.medium == "flash" else super().open_store()

    async def _power_cycles(self) -> None:
        while True:
            agent = asyncio.create_task(self.agent.run())
            dead = asyncio.create_task(self.fuse.dead.wait())
            try:
                await asyncio.wait((agent, dead), return_when=asyncio.FIRST_COMPLETED)
            finally:
                dead.cancel()
                while not agent.done():
                    agent.cancel()  # one may get lost, see World.stop()
                    await asyncio.wait((agent,), timeout=0.001)
            end = agent.exception() if not agent.cancelled() else None
            if isinstance(end, Power):
                self.resets += 1
            elif not self.fuse.dead.is_set():
                raise end or RuntimeError("the agent came to an end")
            await self._boot_in_the_end()

    async def _boot_in_the_end(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.fuse.dead.clear()
            with contextlib.suppress(Cut):  # a boot writes, too
                self.boot()
                return


async def job(world: CutWorld, body: str) -> int:
    """One command to the last of its answers, whatever happens on the way, and its replays; how many steps it took."""
    command = world.sign(body)
    head = f"=A{command.ctr}"
    world.text(command.sms)
    await world.until(lambda: any(text.startswith(head + ".") for _, text in world.network.sent))
    if body.startswith("apn"):
        await world.until(lambda: any(text.startswith(head + "/1") for _, text in world.network.sent), 2000)
    await world.until(lambda: world.fuse.count > world.fuse.at and not world.stored())
    await asyncio.sleep(61)  # a cut after the last answer, too
    answers = {world.verified(i, command) for i, (_, text) in enumerate(world.network.sent) if text.startswith(head)}
    steps, done = world.fuse.count, world.resets
    if body == "ping":
        assert answers == {"OK pong"}
    elif body == "reboot":
        assert answers == {"OK rebooted"}
        assert done <= 1, "executed twice"
    else:
        _check_apn(world, answers)
    sent = len(world.network.sent)
    for _ in range(4):
        world.text(command.sms)
        await asyncio.sleep(30)
    assert len(world.network.sent) <= sent + 2, "the cached answer goes out twice more at most"
    assert world.resets == done
    assert sum("accepted" in line for line in world.log) <= 1
    assert await world.ask("ping") == "OK pong"
    assert not world.stored()
    return steps


def _check_apn(world: CutWorld, answers: set[str]) -> None:
    confirmed = "OK apn=em state=confirmed txn=1"
    assert answers in ({"Q txn=1", confirmed}, {"Q txn=1", "E42 txn=1 cause=cut"}), answers
    apn = world.agent.apn
    assert apn.good[0] == ("em" if confirmed in answers else "iot")
    assert not apn.busy()
    assert world.modem.contexts.get(1).apn == apn.good[0]


def one(folder: Path, medium: str, where: str, body: str, at: int) -> int:
    """Live through a cut at step number `at` (-1: none); how many steps there were."""

    async def main() -> int:
        async with CutWorld(folder, medium, where) as world:
            world.fuse.count = 0
            world.fuse.at = at
            return await job(world, body)

    return run(main())


@pytest.mark.parametrize("where", ["before", "torn", "after"])
@pytest.mark.parametrize("medium", ["flash", "line"])
@pytest.mark.parametrize("body", ["ping", "apn set em", "reboot"])
def test_a_power_cut_at_any_step_breaks_no_promise(tmp_path: Path, body: str, medium: str, where: str) -> None:
    steps = one(tmp_path / "uncut", medium, where, body, -1)
    for at in range(steps):
        try:
            one(tmp_path / str(at), medium, where, body, at)
        except BaseException:
            print(f"cut {where} step {at} of {steps} on the {medium}")
            raise
