"""Power fails at every flash write and at every AT command of a job: what was promised still holds afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cut_world import CutWorld
from virtual_time import run

pytestmark = pytest.mark.slow


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
