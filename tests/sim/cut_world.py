"""A world in which power fails."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from world import Power, World

from mtmo.store import Store


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
