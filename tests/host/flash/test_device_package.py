"""What the device folder offers besides `mtmo flash`: mip, examples, and tables that keep up with the code."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from lab_rig import Running, Up, make_key, mpremote, running

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / "tests" / "tools"


@pytest.mark.parametrize("tool", ["package_json.py", "readme.py", "architecture.py"])
def test_what_is_generated_is_up_to_date(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, str(TOOLS / tool), "--check"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr or f"run tests/tools/{tool}"


def test_mip_installs_the_agent_from_the_folder(tmp_path: Path) -> None:
    with running(Running("board", "--image", tmp_path / "b.img", "--pty", tmp_path / "b", "--heap", "512")):
        port = str(tmp_path / "b")
        done = mpremote(port, "mip", "install", "--no-mpy", str(ROOT / "device" / "package.json"), timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        version = mpremote(port, "exec", "import mtmo; print(mtmo.__version__)")
        assert version.stdout.strip() == "0.1.0", version.stderr


@pytest.mark.parametrize(
    ("example", "command", "answer"),
    [("sensor.py", "temp", "OK t="), ("relay.py", "relay on", "OK relay=on by short:12345")],
)
def test_an_example_adds_its_own_verb(tmp_path: Path, example: str, command: str, answer: str) -> None:
    with running(Up(tmp_path / "state", make_key(tmp_path))) as up:
        device = up.devices[0]
        copied = mpremote(
            device["repl"], "resume", "fs", "cp", str(ROOT / "device" / "examples" / example), ":/main.py"
        )
        assert copied.returncode == 0, copied.stderr
        assert mpremote(device["repl"], "reset").returncode == 0
        time.sleep(1)
        assert up.ask(device, command).startswith(answer)
        assert up.ask(device, "status").startswith("OK st=stable")
