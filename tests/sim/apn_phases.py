"""The phase and the report of an APN transaction."""

from __future__ import annotations

from world import World


async def phase(world: World, wanted: int) -> None:
    await world.until(lambda: world.agent.apn.phase == wanted, 2000)


async def report(world: World, command: object, count: int) -> str:
    """The report of a command, `count` texts after which it must be the last one."""
    await world.until(lambda: len(world.network.sent) == count, 4000)
    return world.verified(-1, command)
