"""MicroPython 1.24, the oldest that the agent supports: tests/both pass on it, and it loads the bytecode we flash.

It is to be had for node alone, without UART, flash and sockets of a board; the whole agent runs on 1.25 and newer.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from mpy import ROOT
from programs import micropython_124
from virtual_process import code

RUN = ROOT / "tests" / "micropython" / "wasm" / "run.mjs"
LOAD = ROOT / "tests" / "micropython" / "wasm" / "load.py"
BOTH = ROOT / "tests" / "both"


@pytest.fixture(autouse=True)
def bits() -> int:
    return 32


def run(script: Path, args: list[str], folders: dict[str, Path]) -> tuple[int, str]:
    """(exit status, all output) of a script under MicroPython 1.24; `folders` by what the script calls them."""
    places = json.dumps({name: str(folder) for name, folder in folders.items()})
    command = ["node", str(RUN), str(micropython_124()), places, str(script), *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("module", sorted(path.stem for path in BOTH.glob("test_*.py")))
def test_module_passes_under_the_oldest_micropython(module: str) -> None:
    folders = {
        "/device": ROOT / "device", "/both": BOTH, "/vectors": ROOT / "tests" / "vectors", "/boards": ROOT / "boards",
    }  # fmt: skip
    status, output = run(BOTH / "run_micropython.py", [module], folders)
    assert status == 0, output
    assert "PASS" in output, f"{module} ran no test:\n{output}"


def test_the_oldest_micropython_loads_every_file_that_is_flashed() -> None:
    compiled = code()
    names = sorted(".".join(path.relative_to(compiled).with_suffix("").parts) for path in compiled.rglob("*.mpy"))
    assert len(names) > 50
    status, output = run(LOAD, names, {"/rom": compiled})
    assert (status, output.splitlines()) == (0, ["(1, 24, 1, '')", *names])


def test_a_module_that_fails_is_seen(tmp_path: Path) -> None:
    (tmp_path / "test_wrong.py").write_text("def test_it():\n    assert False\n")
    status, output = run(BOTH / "run_micropython.py", ["test_wrong"], {"/wrong": tmp_path})
    assert (status, "FAIL test_wrong::test_it" in output) == (1, True)
