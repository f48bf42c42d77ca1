"""Which `mtmo up` and `mtmo modem` run on this desk, for the verbs that talk to one, whatever its `--state` is.

Each that runs has a file of its own in one folder and holds a lock on it: a file without its lock is of a process that
was killed, and is removed by whoever looks.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mtmo_host.errors import UsageError
from mtmo_host.fleet.session import default_state_dir

try:
    import fcntl
except ImportError:  # Windows: a file is believed
    fcntl = None  # type: ignore[assignment]

UP, MODEM = "mtmo up", "mtmo modem"
_LIMIT = 65_536  # octets of a file


@dataclass(frozen=True, slots=True)
class Running:
    """One that runs: `state` is its state directory, absolute, empty for a modem that keeps nothing."""

    verb: str
    pid: int
    http: str
    state: str

    def __str__(self) -> str:
        return f"{self.verb} (process {self.pid}) at {self.http}" + (f", --state {self.state}" if self.state else "")


def folder() -> Path:
    """Where the files are, whatever state directory each uses."""
    return default_state_dir() / "running"


@contextlib.contextmanager
def announced(running: Running) -> Iterator[None]:
    """Others find it until the end of the context; where nothing can be written, they do not."""
    try:
        path, descriptor = _announce(running)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def all_running() -> list[Running]:
    """Those that run, `mtmo up` first, the oldest first."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder().glob("*.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                found.append((path.stat().st_mtime, _read(path)))
    ordered = sorted((one for one in found if one[1]), key=lambda one: one[0])
    return sorted((one for _, one in ordered if one), key=lambda one: one.verb != UP)


def the_one(*verbs: str, option: str) -> Running | None:
    """The only one of these verbs that runs, None when none does. Raises UsageError that names all where several do."""
    found = [one for one in all_running() if one.verb in verbs]
    if len(found) > 1:
        fix = " or ".join(f"{option} {one.state if option == '--state' else one.http}" for one in found)
        raise UsageError(f"{len(found)} run: {'; '.join(map(str, found))}", field=option, fix=f"say which: {fix}")
    return found[0] if found else None


def said_of_others() -> str:
    """What runs, for an error of somebody who looked for another."""
    found = all_running()
    return f"running: {'; '.join(map(str, found))}" if found else f"nothing runs, says {folder()}"


def _announce(running: Running) -> tuple[Path, int]:
    where = folder()
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=where, prefix=f"{running.pid}-", suffix=".part")
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # before anybody can find it
    os.write(descriptor, json.dumps(asdict(running)).encode())
    path = Path(temporary).with_suffix(".json")
    Path(temporary).rename(path)
    return path, descriptor


def _read(path: Path) -> Running | None:
    with path.open("rb") as file:
        if _stale(file.fileno()):
            path.unlink(missing_ok=True)
            return None
        values = json.loads(file.read(_LIMIT))
        return Running(**{one.name: values[one.name] for one in fields(Running)})


def _stale(descriptor: int) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
