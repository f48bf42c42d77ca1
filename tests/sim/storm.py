"""Bad weather by chance: an agent, a fault, commands in it; and how soon it serves again when the fault is gone.

Run as a program it lives through many: storm.py [--modem NAME]… [--faults PROFILE]… [FIRST [LAST]]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import conftest  # noqa: F401 - the device's code becomes importable

from virtual_time import run
from world import World

from mtmo import verbs
from mtmo_host.emulator import personalities
from mtmo_host.emulator.faults import PROFILES
from mtmo_host.emulator.violations import Rule

PROGRAM = "tests/sim/storm.py"
ANSWER_S = 2400  # a lost indication waits for the sweep, and what is in flight may take its time-out first
AGAIN_S = 300  # then an operator asks again
SERVICE_S = 1200  # from the end of the fault to an answered command and an empty store
MODEMS = ("bg95", "sim7000", "sara_r4")
SETTINGS = {"replies-per-hour": 60, "replies-per-day": 500}

Story = Callable[[World], Awaitable[None]]
_ran: list[str] = []
_asked_again: list[float] = []


def _count(args: list[str]) -> str:
    _ran.append(args[0])
    return "counted"


async def answered(world: World, body: str = "ping") -> str:
    """Sign and send a command, again and again until it is answered, as whoever waits would; then an empty store.

    An answer of which it is not known whether it went out is only repeated when it is asked for.
    """
    command = world.sign(body)
    head = f"=A{command.ctr}."
    until_s = _now_s() + ANSWER_S
    world.text(command.sms)
    while True:
        with contextlib.suppress(TimeoutError):
            await world.until(lambda: any(text.startswith(head) for _, text in world.network.sent), AGAIN_S)
            break
        if _now_s() > until_s:
            raise TimeoutError("\n".join(world.log[-20:]))
        _asked_again.append(_now_s())
        world.text(command.sms)
    which = next(i for i, (_, text) in enumerate(world.network.sent) if text.startswith(head))
    await world.until(lambda: not world.stored(), ANSWER_S)
    return world.verified(which, command)


async def ping(world: World) -> None:
    """With the fault still there: answered all the same."""
    assert await answered(world) == "OK pong"


async def many(world: World) -> None:
    """Several commands, so that chance has its chance; none is carried out twice."""
    for number in range(8):
        world.text(world.sign(f"count {number}").sms)
        await asyncio.sleep(30)
    assert await answered(world) == "OK pong"


async def new_apn(world: World) -> None:
    """A change that cannot come true is rolled back and reported, and not believed."""
    command = world.sign("apn set em")
    world.text(command.sms)
    await world.until(lambda: len(world.network.sent) == 2, ANSWER_S)
    assert world.verified(0, command) == "Q txn=1"
    assert world.verified(1, command).startswith("E42 txn=1")
    assert {"apn=iot", "negotiated=iot", "state=stable"} <= set((await answered(world, "apn")).split())


@dataclass
class Outcome:
    """What became of it. Seconds: until the story was over, None where it was not; until the agent served again."""

    world: World
    story_s: float | None
    service_s: float
    struck: bool  # chance may leave a rare fault out of a short story


def live(folder: Path, chosen: str, story: Story, name: str, seed: int = 0, patient: bool = False) -> Outcome:
    """An agent, a fault, a story; then the fault is gone, and all is well.

    `patient`: the story may take longer than it should, and the fault ends at a moment of chance.
    """

    async def main() -> Outcome:
        async with World(folder, name=name, **SETTINGS) as world:
            if "count" not in verbs.names():
                world.agent.verb("count")(_count)
            await world.until(lambda: world.modem.contexts.all()[0].active)  # by the APN of the record
            world.pump()
            world.modem.faults.reseed(seed)
            world.modem.faults.choose(chosen)
            _ran.clear()
            _asked_again.clear()
            story_s = await _told(world, story, patient)
            if patient:
                await _go_on(world, random.Random(f"{chosen} {name} {seed}"))
            acted = dict(world.modem.faults.acted)
            world.pump()
            world.modem.faults.clear()
            began_s = _now_s()
            await ping(world)
            service_s = _now_s() - began_s
            assert service_s <= SERVICE_S, f"served again only after {service_s:.0f} s"
            assert len(set(_ran)) == len(_ran), f"ran twice: {_ran}"
            assert acted or patient or chosen == "healthy"
            if "way=in" not in chosen:  # else what the modem heard is not what the agent said
                assert not _violations(world), _violations(world)
            assert world.alive(), world.log[-20:]
            assert world.agent.modem.chat.errors == 0
            assert world.board.unfed_ms < 8000, "the watchdog would have reset the board"
        return Outcome(world, story_s, service_s, bool(acted))

    return run(main())


async def _go_on(world: World, chance: random.Random) -> None:
    """Then it ends at some moment, whatever is under way."""
    for _ in range(chance.randrange(20)):
        world.text(world.sign("ping").sms)
        await asyncio.sleep(chance.uniform(1, 60))


def _violations(world: World) -> list[str]:
    # what is asked for again is no blind resend
    found = list(world.modem.violations)
    resends = [one for one in found if one.rule is Rule.BLIND_RESEND]
    if len(resends) <= len(_asked_again):
        found = [one for one in found if one not in resends]
    return [str(one) for one in found]


async def _told(world: World, story: Story, patient: bool) -> float | None:
    began_s = _now_s()
    try:
        await story(world)
    except TimeoutError:
        if not patient:
            raise
        return None
    return _now_s() - began_s


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def story_of(profile: str) -> Story:
    """What is told under a profile of faults."""
    return new_apn if profile == "bad-apn" else many


def replay(profile: str, name: str, seed: int) -> str:
    """The command that lives through the same storm again."""
    return f"replay: .venv/bin/python {PROGRAM} --faults {profile} --modem {name} {seed}"


def _storms(profiles: list[str], names: list[str], seeds: range) -> Iterator[tuple[str, str, int]]:
    for seed in seeds:
        for profile in profiles:
            for name in names:
                yield profile, name, seed


def _tell(profile: str, found: dict[str, list[Outcome]]) -> None:
    outcomes = found[profile]
    service = sorted(outcome.service_s for outcome in outcomes)
    late = sum(outcome.story_s is None for outcome in outcomes)
    spared = 0 if profile == "healthy" else sum(not outcome.struck for outcome in outcomes)
    p99 = service[min(len(service) - 1, len(service) * 99 // 100)]
    print(
        f"{profile:<14} {len(outcomes):5} storms; served again after {service[len(service) // 2]:.0f} s (median),"
        f" {p99:.0f} s (99 %), {service[-1]:.0f} s (worst); {late} not answered within {ANSWER_S} s in the trouble"
        + (f"; {spared} in which no fault struck" if spared else "")
    )


def main() -> int:
    """Live through all that were asked for; 1 if one of them ended badly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", nargs="?", type=int, default=0)
    parser.add_argument("last", nargs="?", type=int)
    parser.add_argument("--modem", action="append", choices=personalities.names(), help="default: " + " ".join(MODEMS))
    names = [profile.name for profile in PROFILES]
    parser.add_argument("--faults", action="append", choices=names, help="default: all")
    given = parser.parse_args()
    gc.collect()
    gc.freeze()
    began_s = time.monotonic()
    found: dict[str, list[Outcome]] = {}
    failed = 0
    last = given.first if given.last is None else given.last
    for profile, name, seed in _storms(given.faults or names, given.modem or MODEMS, range(given.first, last + 1)):
        with tempfile.TemporaryDirectory() as folder:
            try:
                outcome = live(Path(folder), profile, story_of(profile), name, seed, patient=True)
            except (AssertionError, TimeoutError) as error:
                failed += 1
                print(f"{error}\n{replay(profile, name, seed)}", flush=True)
                continue
        if outcome.story_s is None:
            print(f"not answered in {ANSWER_S} s of {profile}\n{replay(profile, name, seed)}", flush=True)
        outcome.world = None  # type: ignore[assignment]
        found.setdefault(profile, []).append(outcome)
    for profile in found:
        _tell(profile, found)
    count = sum(map(len, found.values())) + failed
    print(f"{count} storms in {time.monotonic() - began_s:.0f} s, {failed} ended badly")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
