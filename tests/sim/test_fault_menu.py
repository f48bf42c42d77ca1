"""Each fault of the menu, and each profile: the agent meets it, and the next signed command is answered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from storm import ANSWER_S, Story, answered, live, many, new_apn, ping, story_of
from world import OPERATOR, World

from mtmo_host.emulator.faults import MENU, PROFILES
from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import encode_deliver


async def twice(world: World) -> None:
    """The first command may be lost with its fault; the one behind it is answered."""
    world.text(world.sign("ping").sms)
    await asyncio.sleep(300)
    assert await answered(world) == "OK pong"


async def long_text(world: World) -> None:
    """A command of four parts, as some platforms send it: carried out once."""
    command = world.sign("ping")
    size = -(-len(command.sms) // 4)
    for part in range(4):
        header = bytes((5, 0, 3, 77, 4, part + 1))
        text = command.sms[part * size :][:size]
        scts = datetime(2026, 3, 14, 8, tzinfo=UTC)
        world.network.submit(world.modem, encode_deliver(oa=Address(OPERATOR), scts=scts, text=text, header=header))
    await world.until(lambda: world.network.sent, ANSWER_S)
    assert world.verified(0, command) == "OK pong"
    assert await answered(world) == "OK pong"
    assert len(world.network.sent) == 2


async def gone(world: World) -> None:
    """What was deleted by others is not waited for."""
    world.text(world.sign("ping").sms)
    await asyncio.sleep(120)
    assert not world.network.sent
    await ping(world)


# fault as the command line says it -> how the agent meets it
MEETINGS: tuple[tuple[str, Story], ...] = (
    ("F1:every=1", ping),
    ("F1:offset=1", many),
    ("F1:offset=5", many),
    ("F1:offset=40", many),
    ("F2:ms=2", ping),
    ("F3:rate=0.001", many),
    ("F3:rate=0.001,way=in", many),
    ("F4:rate=1", many),
    ("F4:rate=1,where=header", many),
    ("F4:rate=0.25,where=inside", many),
    ("F5:rate=0.1", many),
    ("F5:rate=0.1,what=command", many),
    ("F6:rate=0.1", many),
    ("F6:rate=0.05,least_ms=600,most_ms=100000", many),
    ("F7:every_s=60", many),
    ("F7:every_s=120,silent=yes", many),
    ("F8:rate=0.5", many),
    ("F9", ping),
    ("F9:over=3", ping),
    ("F10:copies=3", many),
    ("F10:ms=5000", many),
    ("F11", ping),
    ("F12:times=1", gone),
    ("F12:ms=400,times=1", twice),
    ("F13:times=20", twice),
    ("F13:rate=0.2,times=0,code=515", many),
    ("F14", many),
    ("F14:sent=no,times=1", twice),
    ("F15", many),
    ("F16", ping),
    ("F17", ping),
    ("F18", ping),
    ("F18:guard_ms=0", ping),
    ("F19:rate=0.5", many),
    ("F20", many),
    ("F21", long_text),
    ("F21:order=reversed,copies=3", long_text),
    ("F22:down_s=600", many),
    ("F23", new_apn),
    ("F24", new_apn),
    ("F25", new_apn),
    ("F26", many),
    ("F26:jump_s=-31536000", many),
)


def test_no_fault_of_the_menu_is_without_a_meeting() -> None:
    assert {chosen.split(":")[0] for chosen, _ in MEETINGS} == {fault.id for fault in MENU}


@pytest.mark.parametrize(("chosen", "story"), MEETINGS, ids=[row[0] for row in MEETINGS])
def test_the_agent_meets_a_fault_and_recovers(tmp_path: Path, chosen: str, story: Story) -> None:
    live(tmp_path, chosen, story, "a7670")


@pytest.mark.parametrize("profile", [profile.name for profile in PROFILES])
def test_the_agent_lives_through_every_profile(tmp_path: Path, profile: str) -> None:
    live(tmp_path, profile, story_of(profile), "bg95")
