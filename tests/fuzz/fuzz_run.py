"""The full fuzzing: `fuzz_run.py [--seed N] [--cpython N] [--micropython N] [--engine N]`; exit status 1 on a failure.

A failing case prints seed and number; `fuzz_device.py SEED NUMBER 1` plays it again on the device's codec. `--engine`
is how many octets go into the AT engine; `fuzz_engine.py SEED OCTETS` does the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("fuzz", "support", "", "both", "both/shim")]
sys.path.insert(0, str(TESTS.parent / "device"))

# What follows is found by the path above.
import fuzz_host  # noqa: E402
import fuzz_sc1  # noqa: E402
from mpy import ROOT, run_micropython  # noqa: E402

_HANG_S_PER_CASE = 0.02  # for MicroPython: some 500 times what a case takes
_SHARE = 50_000  # cases a process does at once
HEAP_SLACK = 1024  # octets that may stay in use: an interned name, a grown dict


def micropython(seed: int, count: int) -> dict[str, Any]:
    """Numbers of the run under MicroPython; AssertionError for a failing case, TimeoutError for a hang."""
    status, output = run_micropython(
        ROOT / "tests" / "fuzz" / "fuzz_device.py",
        [str(seed), "0", str(count)],
        path=[ROOT / "device", ROOT / "tests" / "both", ROOT / "tests" / "fuzz"],
        env={"MTMO_VECTORS": str(ROOT / "tests" / "vectors")},
        timeout=60 + count * _HANG_S_PER_CASE,
    )
    assert status == 0, output[-2000:]
    numbers: dict[str, Any] = json.loads(output.splitlines()[-1])
    grown = numbers["heap_after"] - numbers["heap_before"]
    assert grown <= HEAP_SLACK, f"heap grew by {grown} octets: {numbers}"
    return numbers


def engine(seed: int, octets: int) -> dict[str, Any]:
    """Numbers of the AT engine's run under MicroPython; AssertionError when it fails, TimeoutError for a hang."""
    status, output = run_micropython(
        ROOT / "tests" / "fuzz" / "fuzz_engine.py",
        [str(seed), str(octets)],
        path=[ROOT / "device", ROOT / "tests" / "both", ROOT / "tests" / "fuzz"],
        env={"MTMO_VECTORS": str(ROOT / "tests" / "vectors")},
        timeout=60 + octets / 20_000,
    )
    assert status == 0, output[-2000:]
    numbers: dict[str, Any] = json.loads(output.splitlines()[-1])
    grown = numbers["heap_after"] - numbers["heap_before"]
    assert grown <= HEAP_SLACK, f"heap grew by {grown} octets: {numbers}"
    return numbers


def sc1_micropython(seed: int, count: int) -> dict[str, Any]:
    """Numbers of the damaged signed texts under MicroPython; AssertionError when one is taken or the heap grows."""
    status, output = run_micropython(
        ROOT / "tests" / "fuzz" / "fuzz_sc1.py",
        [str(seed), "0", str(count)],
        path=[ROOT / "device", ROOT / "tests" / "both", ROOT / "tests" / "fuzz"],
        env={"MTMO_VECTORS": str(ROOT / "tests" / "vectors")},
        timeout=60 + count * _HANG_S_PER_CASE,
    )
    assert status == 0, output[-2000:]
    numbers: dict[str, Any] = json.loads(output.splitlines()[-1])
    grown = numbers["heap_after"] - numbers["heap_before"]
    assert grown <= HEAP_SLACK, f"heap grew by {grown} octets: {numbers}"
    return numbers


def sc1(seed: int, count: int, workers: int = 2) -> dict[str, Any]:
    """The same under CPython, in shares; the first of them once more under MicroPython, which must agree."""
    inside = sc1_micropython(seed, min(_SHARE, count))
    total: dict[str, Any] = {"cases": 0, "same": 0, "silent": 0, "cpu_seconds": 0.0}
    with ProcessPoolExecutor(workers) as pool:
        shares = [(seed, first, min(_SHARE, count - first)) for first in range(0, count, _SHARE)]
        for number, future in enumerate([pool.submit(fuzz_sc1.run, *share) for share in shares]):
            numbers = future.result()
            if number == 0:
                assert numbers["outcomes"] == inside["outcomes"], "the interpreters disagree"
            for name in ("cases", "same", "silent"):
                total[name] += numbers[name]
            total["cpu_seconds"] = round(total["cpu_seconds"] + numbers["seconds"], 1)
    return {"interpreter": "cpython", "seed": seed, **total}


def cpython(seed: int, count: int, workers: int = 2) -> dict[str, Any]:
    """Numbers of the run under CPython, both codecs, in shares."""
    shares = [(seed, first, min(_SHARE, count - first)) for first in range(0, count, _SHARE)]
    total: dict[str, Any] = {}
    with ProcessPoolExecutor(workers) as pool:
        futures = [pool.submit(fuzz_host.run, *share) for share in shares]
        for future in futures:
            numbers = future.result()
            for name in ("cases", "read", "refused"):
                total[name] = total.get(name, 0) + numbers[name]
            total["cpu_seconds"] = round(total.get("cpu_seconds", 0) + numbers["seconds"], 1)
            total["slowest_ms"] = max(total.get("slowest_ms", 0), numbers["slowest_ms"])
            print(f"  {total['cases']:>9,} of {count:,}", file=sys.stderr)
    return {"interpreter": "cpython", "seed": seed, **total}


def main() -> int:
    """Runs all sizes and prints a line each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=20261122)
    options.add_argument("--cpython", type=int, default=1_000_000)
    options.add_argument("--micropython", type=int, default=100_000)
    options.add_argument("--engine", type=int, default=10_000_000, help="octets into the AT engine")
    options.add_argument("--sc1", type=int, default=1_000_000, help="damaged signed texts")
    chosen = options.parse_args()
    runs = ((sc1, chosen.sc1), (engine, chosen.engine), (micropython, chosen.micropython), (cpython, chosen.cpython))
    for runner, count in runs:
        try:
            print(json.dumps(runner(chosen.seed, count)))
        except (AssertionError, TimeoutError, ValueError) as error:
            print(f"error: {error}\n{error.__cause__ or ''}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
