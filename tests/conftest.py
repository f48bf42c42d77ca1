"""What every test may rely on: the device's code importable on CPython, and skips that are said by name."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
for folder in ("device", "tests/both/shim", "tests/both", "tests/support", "tests"):
    sys.path.insert(0, str(ROOT / folder))

import leaks  # noqa: E402

pytest_plugins = ["pytester"]


def pytest_configure(config: pytest.Config) -> None:
    leaks.watch()
    config.pluginmanager.register(leaks)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {item.nodeid}: {report.longrepr}"


@pytest.fixture(scope="module", autouse=True)
def _what_is_old_is_no_garbage() -> None:
    # The agent collects garbage after every look into the modem's store, which on a board takes milliseconds. Here it
    # would go over everything that was loaded and collected since the session began, each time.
    gc.collect()
    gc.freeze()
