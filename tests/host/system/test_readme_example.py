"""The README's example of a foreign program on the default modem, run as it stands there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from programs import requires

README = Path(__file__).parents[3] / "README.md"
WAIT_S = 60


def commands() -> list[str]:
    found = re.search(r"<!-- gammu.*?-->(.*?)<!-- /gammu -->", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return [line[2:] for line in found[1].splitlines() if line.startswith("$ ")]


@requires("gammu")
@pytest.mark.slow
def test_the_readmes_example_with_gammu_works_as_it_stands(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "XDG_STATE_HOME": str(tmp_path / "xdg")}
    modem, *others = commands()
    assert modem.startswith("mtmo modem ")
    running = subprocess.Popen(
        f"exec {modem}", shell=True, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(6)]
        text_it = next(line.removeprefix("text it  ") for line in lines if line.startswith("text it"))
        said = [run(line, tmp_path, environment) for line in others[:-1]]
        assert "IMEI                 : 356938035643817" in said[1]
        assert re.search(r"OK, message reference=\d+", said[2])
        run(text_it, tmp_path, environment)
        deadline = time.monotonic() + WAIT_S
        while "\nhello\n" not in (stored := run(others[-1], tmp_path, environment)):
            assert time.monotonic() < deadline, stored
            time.sleep(0.5)
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=20)
    assert running.returncode == 0


def run(line: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=WAIT_S, check=False
    )
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout
