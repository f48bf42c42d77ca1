"""What every test may rely on: the device's code importable on CPython, and skips that are said by name."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT / "device", ROOT / "tests" / "both" / "shim", ROOT / "tests" / "both", ROOT / "tests"):
    sys.path.insert(0, str(folder))

# program -> where Debian keeps it when it is not on PATH
_OFF_PATH = {"postgresql": "/usr/lib/postgresql/*/bin/initdb"}
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


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {item.nodeid}: {report.longrepr}"
