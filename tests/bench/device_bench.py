"""What the agent costs on a board: octets of its .mpy files, and the smallest heap in which the main job works."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from lab_rig import Up, make_key, running
from sizes import CORE_BUDGET, core_octets

from mtmo_host.flash.compile import compile_package, size_table

HEAP_LIMIT_KIB = 192  # every scenario must work with it (design 4.10)
STEP_KIB = 4
SMALLEST_KIB = 96


def run() -> dict[str, Any]:
    """Print both tables; the figures."""
    compiled = compile_package()
    core = core_octets(compiled)
    print(size_table(compiled))
    print(f"core: {core} octets of .mpy, {core / CORE_BUDGET:.2f} of {CORE_BUDGET}")
    smallest = smallest_heap()
    print(f"smallest heap that does the main job: {smallest} kB, {smallest / HEAP_LIMIT_KIB:.2f} of {HEAP_LIMIT_KIB}")
    return {
        "mpy_octets": {item.name: len(item.mpy) for item in compiled},
        "core_mpy_octets": core,
        "core_mpy_ratio": round(core / CORE_BUDGET, 3),
        "smallest_heap_kib": smallest,
        "smallest_heap_ratio": round(smallest / HEAP_LIMIT_KIB, 3),
    }


def smallest_heap() -> int:
    """By bisection, in steps of STEP_KIB, between SMALLEST_KIB and twice the limit."""
    low, high = SMALLEST_KIB // STEP_KIB, 2 * HEAP_LIMIT_KIB // STEP_KIB
    while low < high:
        middle = (low + high) // 2
        works = main_job_works(middle * STEP_KIB)
        print(f"  heap {middle * STEP_KIB} kB: {'works' if works else 'does not'}")
        low, high = (low, middle) if works else (middle + 1, high)
    return low * STEP_KIB


def main_job_works(heap_kib: int) -> bool:
    """A signed status, a signed APN change with its report, and no MemoryError on the console."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with running(Up(folder / "state", make_key(folder), "--heap", heap_kib)) as up:
                device = up.devices[0]
                if "agent: ready" not in up.console(device):
                    return False
                command = up.sign(device, "apn set em")
                up.send(device, command.sms)
                up.wait_for_mo(device, 2, 40)
                return up.ask(device, "status").startswith("OK") and "MemoryError" not in up.console(device)
        except (AssertionError, RuntimeError, TimeoutError):
            return False
