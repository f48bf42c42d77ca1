"""Watches every test for secrets that got out: in output, in logs, or in files that anybody may read.

What is secret is not listed by hand: every key that the host's half makes, loads or derives, and every value that the
agent's log is told to hide, counts from then on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mtmo import log
from mtmo_host.sms import base32, sc1
from mtmo_host.sms.keys import MasterKey

_SHORTEST = 4  # a PIN; what is shorter is found by chance
_CHANCE = 16  # what is shorter than that may be part of another test's number
_FILE_LIMIT = 4 << 20
_FLASH = (".0", ".1")  # slots of the simulated flash, which nobody but the agent can read

secrets: set[str] = set()


def hide(secret: str) -> None:
    """From now on `secret` must not show up anywhere."""
    if len(secret) >= _SHORTEST:
        secrets.add(secret)


def hide_key(octets: bytes) -> None:
    """The same for a key, in the forms in which keys are written."""
    hide(octets.hex())
    hide(octets.hex().upper())
    hide(base32.encode_bits(octets))


def found_in(text: str) -> list[str]:
    """The secrets in a text, shortened: a report of a leak must not be one."""
    return [secret[:2] + "…" for secret in secrets if secret in text]


def open_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files below `folder` that anybody may read, with their text."""
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            try:
                status = path.lstat()
                if not stat.S_ISREG(status.st_mode) or not status.st_mode & stat.S_IROTH or path.suffix in _FLASH:
                    continue
                if status.st_size <= _FILE_LIMIT:
                    yield path, path.read_bytes().decode("latin-1")
            except OSError:
                continue


def leaks(sections: Iterable[tuple[str, str]], folder: Path | None) -> list[str]:
    """Where secrets are: in sections of captured output, or in open files below `folder`."""
    places = [(name, found_in(text)) for name, text in sections]
    if folder is not None:
        places += [(str(path.relative_to(folder)), found_in(text)) for path, text in open_files(folder)]
    return [f"{name}: {', '.join(found)}" for name, found in places if found]


def watch() -> None:
    """Learn of every secret where it comes into being."""
    slot_init, from_content, create, log_hide = (
        sc1.SlotKeys.__init__,
        MasterKey.from_content,
        MasterKey.create,
        log.hide,
    )

    def new_slot(self: sc1.SlotKeys, k_dev: bytes) -> None:
        slot_init(self, k_dev)
        hide_key(k_dev)

    def loaded(content: bytes, source: str | Path) -> MasterKey:
        key = from_content(content, source)
        hide_key(key.octets)
        return key

    def created(path: str | Path, **options: Any) -> MasterKey:
        key = create(path, **options)
        hide_key(key.octets)
        return key

    def hidden(secret: str) -> None:
        log_hide(secret)
        hide(secret)

    sc1.SlotKeys.__init__ = new_slot  # type: ignore[method-assign]
    MasterKey.from_content, MasterKey.create = staticmethod(loaded), staticmethod(created)  # type: ignore[assignment]
    log.hide = hidden


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """PINs and passwords are secret in the test that used them."""
    secrets.difference_update([secret for secret in secrets if len(secret) < _CHANCE])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that let a secret out has failed, whatever else it showed."""
    report = yield
    if call.when == "call" and not item.get_closest_marker("leaks"):
        folder = item.funcargs.get("tmp_path") if hasattr(item, "funcargs") else None
        found = leaks(report.sections, folder)
        if found and report.outcome == "passed":
            report.outcome = "failed"
            report.longrepr = "a secret got out: " + "; ".join(found)
    return report
