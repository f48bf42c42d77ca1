"""Power fails during APN transactions, everywhere: good or confirmed, never between, and the report arrives.

Everywhere: at each flash write (before, torn, after), at each octet the agent sends, at each piece it hears. As a
program it takes every cut of every case on every family; it may be narrowed, spread, shared out, and resumed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [
    str(path)
    for path in (HERE, HERE.parent, HERE.parent / "support", HERE.parent.parent / "device", HERE.parent / "both/shim")
]

from air import Offer  # noqa: E402
from apn_cases import CASES, FAMILIES, GSM, Case, expected  # noqa: E402
from cut_world import CutWorld  # noqa: E402
from fingerprint import fingerprint  # noqa: E402 - run as a program, the path comes first
from memory_flash import MemoryFlash, keep_code  # noqa: E402
from splits import Splits, run_splitting  # noqa: E402

from mtmo.apn import TRIAL  # noqa: E402
from mtmo.at import parse_final  # noqa: E402
from mtmo.store import Store  # noqa: E402
from mtmo_host.emulator.personality import Personality  # noqa: E402
from mtmo_host.emulator.radio import Auth  # noqa: E402
from mtmo_host.emulator.violations import Violations  # noqa: E402
from mtmo_host.emulator.watch import Watch  # noqa: E402

PROGRAM = "tests/sim/apn_cuts.py"
# beside the cases of test_apn.py, the other ways to end a trial
TRIED = Case("tried and undone", "new 1", Offer(), "tried")
KEPT = Case("kept by the operator", "new confirm=operator hold=5", Offer(), "confirmed")
BY_NAME = {case.name: case for case in (*CASES, TRIED, KEPT)}
_HAILED = 4  # writes since boot: ESC, ESC, AT, and the first that follows
_MERGE = 6  # by this write, half a line of before has been ended and answered
_AFTER_S = 90  # behind the report: its acknowledgement, the last records, the first sweep
_LOOK_S = 1.0
_AGAIN_S = 60


class SplitPort:
    """The line, which may be cut behind any octet sent and at any piece heard."""

    def __init__(self, port: Any, world: SplitWorld) -> None:
        self._port, self._world = port, world
        self.now_ms = port.now_ms
        # all that the agent knows: its flash as it was at boot, and what was said and heard since, and when
        self._life: list[object] = sorted(world.flash.files.items())
        self._writes = 0

    async def write(self, octets: bytes) -> None:
        world = self._world
        if world.fuse.dead.is_set():
            return
        self._writes += 1
        if self._writes == _MERGE and world.splits.place:
            world.splits.pass_through(world.state(self._life))
        self._life.append((self.now_ms(), octets))
        world.lines += world.splits.on
        for arrived in range(len(octets) + 1):
            if world.splits.here(f"sent:{world.lines}:{arrived}/{len(octets)}"):
                await self._port.write(octets[:arrived])
                world.fuse.blow()
        await self._port.write(octets)

    async def readinto(self, buf: bytearray) -> int:
        count = await self._port.readinto(buf)
        world = self._world
        self._life.append((self.now_ms(), self._as_taken(bytes(buf[:count]))))
        world.pieces += world.splits.on
        if world.splits.here(f"heard:{world.pieces}"):
            world.fuse.dead.set()
        if world.fuse.dead.is_set():
            await asyncio.Event().wait()
        return int(count)

    def _as_taken(self, octets: bytes) -> bytes:
        # the first AT asks only whether a final result comes, and which one there is tells of the half line before it
        if self._writes < _HAILED and any(map(parse_final, octets.split(b"\r\n"))):
            return b"final"
        return octets


class SplitStore(Store):
    """The flash, which may be cut before, in the middle of, or after a write."""

    def __init__(self, folder: str, world: SplitWorld) -> None:
        super().__init__(folder)
        self._world = world

    def write(self, name: str, value: Any) -> None:
        world = self._world
        fuse = world.fuse
        if fuse.dead.is_set():
            fuse.step()
        world.records += world.splits.on
        if world.splits.here(f"flash:{world.records}:before"):
            fuse.blow()
        if world.splits.here(f"flash:{world.records}:torn"):
            newest = self._newest(name)
            super().write(name, value)
            path = self._path(name, 1 - newest[1] if newest else 0)
            world.flash.files[path] = world.flash.files[path][:-7]
            fuse.blow()
        super().write(name, value)
        if world.splits.here(f"flash:{world.records}:after"):
            fuse.blow()


class SplitWorld(CutWorld):
    """A world whose power may fail at any place of its course."""

    def __init__(self, flash: MemoryFlash, splits: Splits, name: str) -> None:
        self.flash, self.splits = flash, splits
        self.lines = self.pieces = self.records = 0  # sent, heard, written
        super().__init__(Path("flash"), "", "", port=SplitPort, name=name)  # type: ignore[arg-type]

    def open_store(self) -> Store:
        return SplitStore(str(self.folder), self)

    def state(self, life: list[object]) -> bytes:
        """All that its future depends on, as a digest; `life` is what the agent knows."""
        now_s = asyncio.get_running_loop().time()
        files = sorted(self.flash.files.items())
        return fingerprint((self.modem, self.network, files, life, now_s), (Personality, Violations, Watch))


@dataclass
class Course:
    """One case on one family: what comes of it with power, and with each cut."""

    case: Case
    family: str

    def __str__(self) -> str:
        return f"'{self.case.name}' {self.family}"

    @property
    def report(self) -> str:
        """What it ends with when power holds."""
        if self.case is TRIED:
            return "OK apn=new state=tried txn=1"
        cause = expected(self.case, self.family)
        return "OK apn=new state=confirmed txn=1" if cause == "confirmed" else f"E42 txn=1 cause={cause}"

    def live(self, wanted: Callable[[str], bool], merging: bool = True) -> Splits:
        """Live through it, with a child for each place that is wanted."""
        splits = Splits(wanted, merging)
        run_splitting(splits, self._live(splits))
        gc.unfreeze()
        gc.collect()
        return splits

    async def _live(self, splits: Splits) -> None:
        flash = MemoryFlash()
        with flash.mounted():
            async with SplitWorld(flash, splits, self.family) as world:
                smsc = asyncio.create_task(_offer_again(world))
                try:
                    await self._transact(world)
                except Exception as error:
                    error.add_note("\n".join(world.log[-40:]))
                    raise
                smsc.cancel()
                world.check_secrets()
                if splits.place:
                    splits.end(world.state([]))

    async def _transact(self, world: SplitWorld) -> None:
        await world.until(lambda: not world.agent.apn.restoring)
        if self.case.offer is not None:
            # GSM modems take no protocol and settle it with the network
            mild = {"auth": tuple(Auth)} if self.family in GSM else {}
            world.network.apns["new"] = replace(self.case.offer, **mild)
        world.splits.on = True
        command = world.sign(("apn try " if self.case is TRIED else "apn set ") + self.case.words, encrypted=True)
        world.text(command.sms)
        parts = (f"=A{command.ctr}.", f"=A{command.ctr}/1")  # the answer, the report
        sent = world.network.sent

        def said(part: str) -> bool:
            return any(text.startswith(part) for _, text in sent)

        if self.case is KEPT:
            await world.until(lambda: world.agent.apn.phase == TRIAL or said(parts[1]), 6000, _LOOK_S)
            world.text(world.sign("apn confirm 1").sms)
        for part in parts:
            await world.until(lambda part=part: said(part), 6000, _LOOK_S)
        await asyncio.sleep(_AFTER_S)
        await world.until(lambda: not (world.fuse.dead.is_set() or world.agent.apn.moving()), 2000, _LOOK_S)
        answers = {world.verified(i, command) for i, (_, text) in enumerate(sent) if text.startswith(parts)}
        reports = answers - {"Q txn=1"}
        assert "Q txn=1" in answers, answers
        assert len(reports) == 1, answers
        assert reports <= {self.report, "E42 txn=1 cause=cut" if world.splits.place else ""}, answers
        self._settled(world, "new" if " state=confirmed " in reports.pop() else "iot")
        world.splits.on = False
        assert await world.ask("ping") == "OK pong"
        assert not world.stored()

    def _settled(self, world: SplitWorld, good: str) -> None:
        apn = world.agent.apn
        assert apn.good[0] == good, apn.good
        assert apn.fallback is None
        assert not apn.due
        assert len(apn.history) == 1, apn.history
        record = Store(str(world.folder)).read("apn")
        assert (record["state"], record["good"], record["candidate"]) == ("stable", apn.good, None), record
        assert world.modem.contexts.get(world.agent.modem.dialect["cid"]).apn == good


async def _offer_again(world: SplitWorld) -> None:
    """The service centre's patience: a text that a dead board did not acknowledge comes once more."""
    while True:
        await asyncio.sleep(_AGAIN_S)
        world.network.retry(world.modem)


def courses(case: str = "", family: str = "") -> list[Course]:
    """All of them, or those named; GSM modems refuse a type of address before anything is begun."""
    return [
        Course(one, name)
        for name in ([family] if family else FAMILIES)
        for one in ([BY_NAME[case]] if case else BY_NAME.values())
        if not (name in GSM and "type=" in one.words)
    ]


def every(count: int, first: int) -> Callable[[str], bool]:
    """Wants each `count`-th place from the `first` on."""
    numbers = itertools.count(count - first % count)
    return lambda place: next(numbers) % count == 0


def is_edge(place: str) -> bool:
    """Is it no octet inside a line: at most its end is missing?"""
    arrived, _, octets = place.rpartition(":")[2].partition("/")
    return not octets or arrived == "0" or int(arrived) >= int(octets) - 1


def main() -> int:
    """Every cut of every course, or of those asked for; 1 when one broke a promise, or the place was not met."""
    given = _arguments()
    index, shards = given.shard
    todo = [(i, course) for i, course in enumerate(courses(given.case, given.family)) if i % shards == index]
    done = given.log.read_text().splitlines() if given.log and given.log.exists() else []
    began, cuts, alike, broken = time.monotonic(), 0, 0, 0
    keep_code()
    for number, (i, course) in enumerate(todo):
        if any(line.startswith(f"{course}: ") for line in done):
            continue
        if sys.stderr.isatty():
            so_far = f"{number} of {len(todo)} courses, {cuts} cuts, {broken} broken: {course}"
            print(f"\r{so_far} \33[K", end="", file=sys.stderr)
        wanted = given.place.__eq__ if given.place else is_edge if given.edges else every(given.every, 7 * i)
        try:
            taken, merged, bad = _all(course, wanted, given)
        except KeyboardInterrupt:
            print(f"\n{course}: interrupted", file=sys.stderr)
            return 1
        cuts, alike, broken = cuts + taken, alike + merged, broken + bad
    if given.place and not cuts:
        print(f"{given.place}: there is no such place in these courses")
        return 1
    took_s = time.monotonic() - began
    print(f"{cuts} cuts in {len(todo)} courses, {alike} of them alike, {broken} broken, {took_s:.0f} s")
    return 1 if broken else 0


def _all(course: Course, wanted: Callable[[str], bool], given: argparse.Namespace) -> tuple[int, int, int]:
    # how many cuts were taken, how many of them were like others, how many broke a promise
    try:
        splits = course.live(wanted, not given.unmerged)
    except Exception as error:  # noqa: BLE001 - the next course is tried all the same
        print(f"\nBROKEN {course} without a cut: {error!r}"[:4000], flush=True)
        return 0, 0, 1
    diverging = [(place, "ended otherwise than another one in its state") for place in splits.diverging()]
    for place, complaint in (*splits.broken, *diverging):
        print(f"\nBROKEN {course} {place}: {complaint}", flush=True)
        print(f"replay: .venv/bin/python {PROGRAM} {course} {place}", flush=True)
    if given.log and not splits.broken:
        with given.log.open("a") as file:
            file.write(f"{course}: {splits.taken} cuts of {len(splits.seen)} places, {splits.merged} merged\n")
    return splits.taken, splits.merged, len(splits.broken) + len(diverging)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="examples:\n"
        f"  {PROGRAM}                                      everything: hours\n"
        f"  {PROGRAM} right a7670                          one course\n"
        f"  {PROGRAM} right a7670 flash:2:torn             one cut\n"
        f"  {PROGRAM} --shard 2/4 --log build/apn-cuts.txt  a quarter; what the file says is done is not done again",
    )
    parser.add_argument("case", nargs="?", default="", choices=["", *BY_NAME], metavar="CASE", help="; ".join(BY_NAME))
    parser.add_argument("family", nargs="?", default="", choices=["", *FAMILIES], metavar="FAMILY")
    parser.add_argument("place", nargs="?", default="", metavar="PLACE", help="as a failure names it")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th place, others in each course")
    parser.add_argument("--edges", action="store_true", help="no octets inside of lines but the last")
    parser.add_argument(
        "--unmerged", action="store_true", help="every cut to its end, even when that must be another's"
    )
    parser.add_argument("--shard", type=_share, default=(0, 1), metavar="I/N", help="share I of N of the courses")
    parser.add_argument("--log", type=Path, metavar="FILE", help="takes a line for each course that is through")
    return parser.parse_args()


def _share(text: str) -> tuple[int, int]:
    index, shards = map(int, text.split("/"))
    if not 1 <= index <= shards:
        raise ValueError(text)
    return index - 1, shards


if __name__ == "__main__":
    sys.exit(main())
