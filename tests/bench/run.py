"""All benchmarks: a table for people and build/bench.json for programs; every figure beside its limit or its peer."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import codecs_bench
import device_bench
import emulator_bench
import heap_bench
import turnaround_bench
import wear_bench

BENCHES: dict[str, Callable[[], dict[str, Any]]] = {
    "device": device_bench.run,
    "heap": heap_bench.run,
    "codecs": codecs_bench.run,
    "turnaround": turnaround_bench.run,
    "flash": wear_bench.run,
    "emulator": emulator_bench.run,
}
RESULT = Path(__file__).resolve().parent.parent.parent / "build" / "bench.json"


def main() -> None:
    """Run the benchmarks that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", choices=[*BENCHES, []], help="which ones; all by default")
    chosen = parser.parse_args().which or list(BENCHES)
    results = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    for name in chosen:
        print(f"== {name}")
        results[name] = BENCHES[name]()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\nwritten to {RESULT}")


if __name__ == "__main__":
    main()
