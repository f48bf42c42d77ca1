"""Power fails at every flash write of a key rotation and of a settings change: one working key set, no door open."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cut_world import CutWorld
from key_holder import Holder, with_recovery, words
from virtual_time import run
from world import OPERATOR

pytestmark = pytest.mark.slow


async def heard(world: CutWorld, holder: Holder, body: str, encrypted: bool = False) -> set[str]:
    """The answers to one command, whatever happens on the way; at least one."""
    command = holder.sign(body, encrypted)
    head = f"={holder.kid}{command.ctr}."
    world.text(command.sms)
    await world.until(lambda: any(text.startswith(head) for _, text in world.network.sent))
    await world.until(lambda: not world.stored())
    await asyncio.sleep(30)
    sent = world.network.sent
    return {holder.answer(command, i) for i, (_, text) in enumerate(sent) if text.startswith(head)}


async def is_silent(world: CutWorld, holder: Holder) -> bool:
    before = len(world.network.sent)
    world.text(holder.sign("ping").sms)
    await asyncio.sleep(20)
    return len(world.network.sent) == before


async def rotation(world: CutWorld, by: str) -> None:
    """A new key for slot A, by itself or by Z; then the first message under it."""
    old, new = Holder(world, "A", 1), Holder(world, "A", 2, counter=0)
    sender = old if by == "A" else Holder(world, "Z", 1)
    answer = "OK key=A epoch=2" + (" pending" if by == "A" else "")
    assert await heard(world, sender, words("A", 2), True) == {answer}
    assert await heard(world, new, "ping") == {"OK pong"}
    assert await is_silent(world, old), "the old key still works"
    assert await heard(world, new, "set sweep-min 20") == {"OK sweep-min=20"}


async def settings(world: CutWorld, by: str) -> None:
    """Two changes in one text."""
    holder = Holder(world, "A", 1)
    assert await heard(world, holder, "set sweep-min 20;set reply-parts 2") == {"OK sweep-min=20; OK reply-parts=2"}
    assert world.agent.settings.changed()["sweep-min"] == 20
    assert world.agent.settings["access"] == "signed"


def once(folder: Path, job, by: str, where: str, at: int) -> int:  # type: ignore[no-untyped-def]
    """Live through a cut at flash write number `at` (-1: none); how many writes there were."""

    async def main() -> int:
        async with CutWorld(folder, "flash", where) as world:
            await world.stop()
            with_recovery(world)
            world.start()
            await asyncio.sleep(60)
            world.fuse.count, world.fuse.at = 0, at
            await job(world, by)
            return world.fuse.count

    return run(main())


@pytest.mark.parametrize("where", ["before", "torn"])
@pytest.mark.parametrize(("job", "by"), [(rotation, "A"), (rotation, "Z"), (settings, "A")], ids=["A", "Z", "settings"])
def test_26_a_cut_at_any_flash_write_leaves_one_working_key_set(tmp_path: Path, job, by: str, where: str) -> None:  # type: ignore[no-untyped-def]
    steps = once(tmp_path / "uncut", job, by, where, -1)
    for at in range(steps):
        try:
            once(tmp_path / str(at), job, by, where, at)
        except BaseException:
            print(f"cut {where} write {at} of {steps}, sent by {by} to {OPERATOR}")
            raise
