"""A modem driven through the faults API."""

from __future__ import annotations

import asyncio

from click.testing import CliRunner, Result
from emulator_rig import FakeNetwork
from network_world import World, served

from mtmo_host.cli import group
from mtmo_host.emulator import Modem, Sim, personality


def modem_of(world: World) -> Modem:
    """An emulated modem for the first device."""
    modem = Modem(personality("generic"), Sim("1", "2", "+3"), FakeNetwork(), imei="356938035643809", speed=1000)
    world.core.set_modem(world.one.id, modem)
    modem.power_on(0)
    return modem


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["faults", *arguments])


def driven(*steps: tuple[str, ...]) -> tuple[Modem, list[Result]]:
    """The verb against a running emulator, step by step."""

    async def main() -> tuple[Modem, list[Result]]:
        world = World()
        modem = modem_of(world)
        async with served(world.core) as client:
            http = str(client.base_url).rstrip("/")
            done = [await asyncio.to_thread(run, "--http", http, *arguments) for arguments in steps]
        return modem, done

    return asyncio.run(main())
