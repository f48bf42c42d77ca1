"""The smallest heap for the main job, of this build and of an older one in the same run, on 64 bits and on 32."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from programs import micropython_32

from mtmo_host.virtual_board.interpreter import VARIABLE

ROOT = Path(__file__).resolve().parent.parent.parent
# The last commit before the agent moved into rooms, the first whose rig runs on 32 bits; MTMO_BENCH_BASE names another
BASE = os.environ.get("MTMO_BENCH_BASE", "67fad0f")
TARGETS_KIB = {64: 132, 32: 90}
BOUNDS_KIB = {64: (80, 240), 32: (50, 170)}


def run() -> dict[str, Any]:
    """Print the table; the figures. The older build is left out where its commit cannot be had."""
    builds = {"now": ROOT}
    if older := _checked_out(BASE):
        builds["base"] = older
    found: dict[str, Any] = {"base": BASE}
    print(f"{'':<34}{'now':>8}{BASE:>10}{'ratio':>8}{'target':>9}")
    for bits in (64, 32):
        try:
            interpreter = micropython_32() if bits == 32 else ""
        except pytest.skip.Exception as error:
            print(error)
            continue
        smallest = {name: smallest_heap(root, bits, interpreter) for name, root in builds.items()}
        found[f"smallest_heap_kib_{bits}"] = smallest
        _tell(f"smallest heap, {bits} bits, .mpy (kB)", smallest, TARGETS_KIB[bits])
    octets = {name: _core(root) for name, root in builds.items()}
    found["core_mpy_octets"] = octets
    _tell("core .mpy (octets)", octets, 81 * 1024)
    return found


def smallest_heap(root: Path, bits: int, interpreter: str) -> int:
    """In kB, by bisection, of the build in `root`."""
    low, high = BOUNDS_KIB[bits]
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _works(root, middle, interpreter) else (middle + 1, high)
    return low


def _works(root: Path, heap_kib: int, interpreter: str) -> bool:
    script = Path(__file__).with_name("main_job.py")
    environment = {**os.environ, VARIABLE: interpreter}
    return not subprocess.run(
        [sys.executable, script, root, str(heap_kib)], env=environment, capture_output=True, check=False, timeout=300
    ).returncode


def _core(root: Path) -> int:
    program = "import sizes; print(sizes.core_octets(sizes.compile_package()))"
    places = os.pathsep.join((str(root / "tests" / "tools"), str(root / "host_tools")))
    environment = {**os.environ, "PYTHONPATH": places}
    return int(subprocess.check_output([sys.executable, "-c", program], env=environment, text=True))


def _checked_out(commit: str) -> Path | None:
    folder = ROOT / "build" / f"base-{commit}"
    if not folder.exists():
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
        if packed.returncode:
            print(f"commit {commit} is not here: only this build is measured")
            return None
        with tarfile.open(fileobj=BytesIO(packed.stdout)) as tree:
            tree.extractall(folder, filter="data")
    return folder


def _tell(what: str, found: dict[str, int], target: int) -> None:
    base = found.get("base")
    ratio = f"{found['now'] / base:.2f}" if base else "-"
    print(f"{what:<34}{found['now']:>8}{base or '-':>10}{ratio:>8}{'<= ' + str(target):>9}")
