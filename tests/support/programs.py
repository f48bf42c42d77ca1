"""Programs that some tests need beyond Python; a test that misses one is skipped by name, under CI=true it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

# program -> where Debian keeps it when it is not on PATH
_OFF_PATH = {
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
    "smsd": "/usr/sbin/smsd",
    "ModemManager": "/usr/sbin/ModemManager",
    "device-gsm": "/usr/share/perl5/Device/Gsm.pm",
}
_BUILD = Path(__file__).resolve().parents[2] / "build"
_FETCHED_32 = _BUILD / "micropython32" / "micropython"
_FETCHED_124 = _BUILD / "micropython124"
_BINARIES = {"postgresql": "initdb"}


def find_program(program: str) -> str | None:
    """Path of a program that tests need beyond Python, None if it is missing."""
    found = shutil.which(_BINARIES.get(program, program))
    if found is None and program in _OFF_PATH:
        pattern = Path(_OFF_PATH[program])
        found = next((str(path) for path in sorted(Path("/").glob(str(pattern.relative_to("/"))))), None)
    return found


def requires(program: str) -> pytest.MarkDecorator:
    """Skip by name without `program`; under CI=true a skip is a failure (`make test-deps` installs what is missing)."""
    return pytest.mark.skipif(find_program(program) is None, reason=f"needs {program}: make test-deps")


def micropython_32() -> str:
    """The MicroPython for 32 bits that MTMO_MICROPYTHON_32 names, or the one that was fetched; skips without it."""
    binary = os.environ.get("MTMO_MICROPYTHON_32") or str(_FETCHED_32)
    if not os.access(binary, os.X_OK):
        pytest.skip(f"needs MicroPython for 32 bits, and {binary} is not there: make micropythons")
    return binary


def micropython_124() -> Path:
    """The folder of MicroPython 1.24 for node that was fetched; skips without it."""
    if not (_FETCHED_124 / "micropython.mjs").exists() or shutil.which("node") is None:
        pytest.skip("needs node and MicroPython 1.24 for it: make micropythons")
    return _FETCHED_124
