"""A run of the agent, recorded: a fresh agent meets the recorded modem, a fresh modem the recorded agent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from virtual_time import run
from world import World

from mtmo_host.emulator.transcript import AGENT, MODEM, load
from mtmo_host.emulator.transcript.playback import Playback
from mtmo_host.emulator.transcript.recorder import Recorder
from mtmo_host.emulator.transcript.rerun import rerun

MODEMS = ("a7670", "sim7000", "bg95", "gm02s")


class PlayedModem(Playback):
    """The recorded modem in the place of an emulated one: its power is part of the recording."""

    baud = 115_200

    def power_on(self, now_ms: int) -> None: ...

    def power_off(self, now_ms: int) -> None: ...

    def restart(self) -> None: ...


@pytest.mark.parametrize("name", MODEMS)
def test_a_recorded_run_of_the_agent_replays_without_a_difference(tmp_path: Path, name: str) -> None:
    path = tmp_path / "run.jsonl"

    async def record() -> list[tuple[str, str]]:
        world = World(_folder(tmp_path / "one"), name=name)
        recorder = Recorder(world.modem, path)
        async with world:
            assert await world.ask("ping") == "OK pong"
            command = world.sign("apn set em")
            world.text(command.sms)
            await world.until(lambda: len(world.network.sent) == 3)
            await asyncio.sleep(5)
        recorder.close()
        return world.network.sent

    async def replay() -> PlayedModem:
        world = World(_folder(tmp_path / "two"), name=name)
        played = PlayedModem(transcript, MODEM, exact_time=True)
        world.modem = played  # type: ignore[assignment]
        async with world:
            await world.until(lambda: played.ended)
        return played

    sent = run(record())
    assert len(sent) == 3
    transcript = load(path)
    assert transcript.octets(AGENT).count(b"AT+CMGS=") == 3
    assert rerun(transcript) is None, "a fresh modem says the same to the recorded agent"
    assert run(replay()).difference is None, "a fresh agent says the same to the recorded modem"


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
