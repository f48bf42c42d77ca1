"""Runs scripts under MicroPython for the test suite, through one fork server per test process."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtmo_host.virtual_board.forkserver import ForkServer
from mtmo_host.virtual_board.interpreter import VARIABLE, find_interpreter, shared_object

ROOT = Path(__file__).resolve().parents[2]


def run_micropython(
    script_path: Path | str,
    args: Sequence[str] = (),
    path: Sequence[Path | str] = (),
    heap_kib: int | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> tuple[int, str]:
    """(exit code or minus the signal, all output). `path` follows the frozen modules in sys.path; `env` is the
    whole environment apart from MICROPYPATH; TimeoutError, with the output so far, when it does not end."""
    argv = [] if heap_kib is None else ["-X", f"heapsize={heap_kib}k"]
    argv += [str(script_path), *args]
    environment = {**(env or {}), "MICROPYPATH": ":".join([".frozen", *(str(folder) for folder in path)])}
    with tempfile.TemporaryFile() as output:
        status = _run(argv, environment, output.fileno(), timeout)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status is None:
        raise TimeoutError(f"{script_path} did not end within {timeout:g} s; output:\n{text[-2000:]}")
    return status, text


def _run(argv: list[str], environment: dict[str, str], output: int, timeout: float) -> int | None:
    server = _server()
    if server is None:
        command = [*find_interpreter().command, *argv]
        try:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, cwd=ROOT,
                timeout=timeout, check=False,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            return None
    with Path(os.devnull).open("rb") as nothing:
        pid = server.spawn(argv, {0: nothing.fileno(), 1: output, 2: output}, environment, str(ROOT))
    try:
        return server.wait(pid, timeout)
    except TimeoutError:
        os.killpg(pid, signal.SIGKILL)
        server.wait(pid, 10)
        return None


class Child:
    """A script that runs under MicroPython beside us until it ends or is killed; `output` is all it said."""

    def __init__(self, argv: list[str], environment: dict[str, str], fds: Sequence[int]) -> None:
        """`fds` are inherited under their own numbers."""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by kill()
        self._server = _server()
        said = self._said.fileno()
        if self._server is None:
            command = [*find_interpreter().command, *argv]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, cwd=ROOT, pass_fds=fds,
            )  # fmt: skip
            return
        with Path(os.devnull).open("rb") as nothing:
            inherited = {0: nothing.fileno(), 1: said, 2: said, **{fd: fd for fd in fds}}
            self._pid = self._server.spawn(argv, inherited, environment, str(ROOT))

    def kill(self) -> str:
        """End it now, if it still runs; returns its output."""
        if self._server is None:
            self._process.kill()
            self._process.wait()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGKILL)
            self._server.wait(self._pid, 10)
        with self._said:
            self._said.seek(0)
            return self._said.read().decode(errors="replace")


def _server() -> ForkServer | None:
    # a binary that MTMO_MICROPYTHON names cannot be loaded, only started
    library = shared_object()
    return _loaded(library) if library else None


@functools.cache
def _loaded(library: Path) -> ForkServer:
    server = ForkServer(library)
    atexit.register(server.close)
    return server


def measured_inside(script: str) -> dict[str, Any]:
    """What a script of tests/micropython/inside prints in its last line, a JSON object; run once an interpreter."""
    return _measured_inside(script, os.environ.get(VARIABLE))


@functools.cache
def _measured_inside(script: str, interpreter: str | None) -> dict[str, Any]:
    status, output = run_micropython(
        ROOT / "tests" / "micropython" / "inside" / script,
        path=[ROOT / "device", ROOT / "tests" / "both"],
        env={"MTMO_VECTORS": str(ROOT / "tests" / "vectors")},
    )
    assert status == 0, output
    numbers: dict[str, Any] = json.loads(output.splitlines()[-1])
    return numbers
