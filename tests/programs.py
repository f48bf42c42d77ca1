"""Programs that some tests need beyond Python; a test that misses one is skipped by name, under CI=true it fails."""

from __future__ import annotations

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
