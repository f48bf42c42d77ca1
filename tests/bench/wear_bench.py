"""What a command costs the flash, and how long that flash lives; what a text costs the processor until it is judged."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "micropython"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from mpy import measured_inside
from virtual_rig import BLOCK_OCTETS, IMAGE_OCTETS, Rig

ENDURANCE = 100_000  # erases of one block, as data sheets of serial NOR flash say
COMMANDS_A_DAY = 10
ROUNDS = 40
WARM_UP = 8  # by then the journal's ring is full
COMMANDS = ("ping", "status", "set reply-parts 2", "apn set em")
FILESYSTEMS = {"lfs": "LittleFS", "fat-bare": "FAT on bare flash"}


def run() -> dict[str, Any]:
    """Print both tables; the figures."""
    blocks = IMAGE_OCTETS // BLOCK_OCTETS["lfs"]
    print(
        f"flash of {blocks} blocks of {BLOCK_OCTETS['lfs']} octets, {COMMANDS_A_DAY} commands a day, {ENDURANCE} erases"
    )
    figures: dict[str, Any] = {"blocks": blocks, "block_octets": BLOCK_OCTETS["lfs"]}
    for filesystem in FILESYSTEMS:
        figures[filesystem] = {body: cost(filesystem, body) for body in COMMANDS}
        for body, found in figures[filesystem].items():
            erased = f"{found['erases']:5.2f} erases, {found['hottest']:5.2f} of the hottest block"
            print(
                f"{FILESYSTEMS[filesystem]:>18} {body:<18} {found['written']:7.0f} octets {erased}: "
                f"{found['years']:.0f} years"
            )
    figures["cpu_us"] = measured_inside("judge_time.py")
    print("microseconds to a verdict: " + ", ".join(f"{name} {us}" for name, us in figures["cpu_us"].items()))
    return figures


def cost(filesystem: str, body: str) -> dict[str, float]:
    """Octets written and blocks erased for each command, on average, and the years until the hottest block is worn."""
    settings = {"replies_per_hour": 60, "replies_per_day": 500}
    with tempfile.TemporaryDirectory() as folder, Rig(Path(folder), filesystem=filesystem, **settings) as rig:
        for _ in range(WARM_UP):
            _once(rig, "ping")
        begin = rig.measure()
        for number in range(ROUNDS):
            _once(rig, _varied(body, number))
        end = rig.measure()
    hottest = (end.hottest - begin.hottest) / ROUNDS
    return {
        "written": (end.written - begin.written) / ROUNDS,
        "erases": (end.erases - begin.erases) / ROUNDS,
        "hottest": hottest,
        "years": ENDURANCE / (hottest * COMMANDS_A_DAY * 365),
    }


def _once(rig: Rig, body: str) -> None:
    assert rig.ask(body)[0] in "OQ"
    rig.run(600)  # an APN change has ended; the hour's answers are not used up


def _varied(body: str, number: int) -> str:
    # so that each of them changes something
    return {
        "apn set em": f"apn set {('em', 'iot')[number % 2]}",
        "set reply-parts 2": f"set reply-parts {1 + number % 2}",
    }.get(body, body)
