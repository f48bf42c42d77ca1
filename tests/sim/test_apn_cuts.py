"""Power fails during APN transactions, at flash operations and at octets of AT lines: good or confirmed, never between.

A test run takes a spread of the cuts; as a program this file takes every one of them: test_apn_cuts.py [CASE [FAMILY]].
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path[:0] = [str(path) for path in (HERE, HERE.parent, HERE.parent.parent / "device", HERE.parent / "both/shim")]

import pytest  # noqa: E402 - run as a program, the path comes first
from test_apn import CASES, FAMILIES, Case  # noqa: E402
from test_power_cut import CutPort, CutWorld  # noqa: E402
from virtual_time import run  # noqa: E402

pytestmark = pytest.mark.slow

BY_NAME = {case.name: case for case in CASES}
WHERE = ("before", "torn", "after")


class OctetPort(CutPort):
    """The fuse at one octet of a line: those before it arrive."""

    async def write(self, octets: bytes) -> None:
        fuse = self._world.fuse
        if self._world.medium != "octet":
            await super().write(octets)
            return
        if fuse.dead.is_set():
            return
        left = fuse.at - fuse.count if fuse.at >= 0 else len(octets)
        fuse.count += len(octets)
        await self._port.write(octets[: max(0, left)] if left < len(octets) else octets)
        if left < len(octets):
            fuse.blow()


def live_through(folder: Path, case: Case, name: str, medium: str, where: str, at: int) -> int:
    """One transaction with one cut (-1: none), to its report; how many places to cut there were."""

    async def main() -> int:
        world = CutWorld(folder, medium, where, name=name, port=OctetPort)
        async with world:
            await world.until(lambda: not world.agent.apn.restoring)
            if case.offer is not None:
                world.network.apns["new"] = case.offer
            world.fuse.count = 0
            world.fuse.at = at
            return await _to_the_report(world, case)

    return run(main())


async def _to_the_report(world: CutWorld, case: Case) -> int:
    command = world.sign("apn set " + case.words, encrypted=True)
    head = f"=A{command.ctr}"
    world.text(command.sms)
    for part in (head + "/1", head + "."):
        await world.until(lambda part=part: any(text.startswith(part) for _, text in world.network.sent), 6000)
    places = world.fuse.count
    world.fuse.at = -1
    answers = {world.verified(i, command) for i, (_, text) in enumerate(world.network.sent) if text.startswith(head)}
    confirmed = "OK apn=new state=confirmed txn=1"
    failed = {f"E42 txn=1 cause={cause}" for cause in ("cut", case.report)}
    report = answers - {"Q txn=1"}
    assert "Q txn=1" in answers
    assert len(report) == 1
    assert report <= (failed | {confirmed} if case.report == "confirmed" else failed), answers
    apn = world.agent.apn
    await world.until(lambda: not apn.moving(), 2000)
    assert apn.good[0] == ("new" if report == {confirmed} else "iot")
    assert apn.fallback is None
    assert world.modem.contexts.get(world.agent.modem.dialect["cid"]).apn == apn.good[0]
    assert await world.ask("ping") == "OK pong"
    assert not world.stored()
    return places


def spread(places: int, cuts: int) -> list[int]:
    """`cuts` places, evenly spread."""
    return sorted({places * i // cuts for i in range(cuts)})


# case, family, cuts on the flash of each kind, cuts at octets
SAMPLE = (
    ("right", "a7670", 6, 14),
    ("right, with CHAP", "sim7600", 2, 6),
    ("an APN that blocks the attach", "bg95", 6, 14),
    ("a wrong password", "sara_r4", 2, 6),
    ("accepted, but without an address", "sim7080", 2, 6),
    ("the network adds its identifier", "sim800", 2, 6),
)


@pytest.mark.parametrize(("case", "name", "writes", "octets"), SAMPLE, ids=[f"{row[1]}-{row[0]}" for row in SAMPLE])
def test_a_power_cut_ends_on_good_or_a_confirmed_apn(
    tmp_path: Path, case: str, name: str, writes: int, octets: int
) -> None:
    for medium, where, cuts in [*(("flash", where, writes) for where in WHERE), ("octet", "", octets)]:
        places = live_through(tmp_path / f"{medium}{where}", BY_NAME[case], name, medium, where, -1)
        for at in spread(places, cuts):
            try:
                live_through(tmp_path / f"{medium}{where}{at}", BY_NAME[case], name, medium, where, at)
            except BaseException:
                print(f"cut {where} {medium} {at} of {places}: {__file__} '{case}' {name}")
                raise


def main(only: str = "", family: str = "") -> int:
    """Every cut of every case; 1 when one broke a promise."""
    broken = 0
    for name in [family] if family else FAMILIES:
        for case in [BY_NAME[only]] if only else CASES:
            for medium, where in [*(("flash", where) for where in WHERE), ("octet", "")]:
                broken += _every_cut(case, name, medium, where)
    return 1 if broken else 0


def _every_cut(case: Case, name: str, medium: str, where: str) -> int:
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        places = live_through(Path(folder) / "uncut", case, name, medium, where, -1)
        for at in range(places):
            try:
                live_through(Path(folder) / str(at), case, name, medium, where, at)
            except Exception as error:  # noqa: BLE001 - the next cut is tried all the same
                broken += 1
                print(f"BROKEN {name} {case.name} {medium} {where} {at}: {error!r}"[:400])
    print(f"{name}: {case.name}: {medium} {where}: {places} cuts, {broken} broken", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
