"""The wheel works outside the checkout: the device's files and the board profiles ride inside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from plugin_program import PROGRAM

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.timeout(600)  # the package index may take its time


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


def test_every_device_file_and_profile_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("device", "_device"), ("boards", "_boards")):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".toml") and "__pycache__" not in path.parts:
                assert f"mtmo_host/{inside}/{path.relative_to(ROOT / folder).as_posix()}" in names
    for name in (
        "network/page/console.html",
        "network/page/console.js",
        "network/page/faults.js",
        "virtual_board/inside/vboot.py",
        "py.typed",
    ):
        assert f"mtmo_host/{name}" in names


class Installed(NamedTuple):
    """A fresh virtual environment with the wheel, what the wheel asks for, and pytest; nothing of the tests' own."""

    folder: Path
    environment: dict[str, str]

    def run(self, program: str, *args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / "bin" / program), *args]
        return subprocess.run(
            command, env=self.environment, cwd=cwd, capture_output=True, text=True, timeout=110, check=False
        )


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("fresh")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=120)
    pins = ROOT / "host_tools" / "constraints.txt"
    install = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "--constraint", str(pins)]
    subprocess.run([*install, str(wheel), "pytest"], check=True, capture_output=True, timeout=600)
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "xdg")}
    environment.pop("PYTHONPATH", None)
    made = Installed(venv, environment)
    where = made.run("python", "-c", "import mtmo_host; print(mtmo_host.__file__)", cwd=folder)
    assert where.stdout.startswith(str(venv))
    return made


def test_the_main_job_runs_from_the_installed_wheel(installed: Installed, tmp_path: Path) -> None:
    command = [
        str(installed.folder / "bin" / "mtmo"),
        "up",
        "--devices",
        "1",
        "--http",
        "127.0.0.1:0",
        "--smpp",
        "127.0.0.1:0",
        "--json",
    ]
    with subprocess.Popen(command, env=installed.environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as up:
        try:
            assert up.stdout is not None
            assert json.loads(up.stdout.readline())["ready"] is True
            sent = installed.run("mtmo", "sms", "send", "unit-1", "-m", "status", cwd=tmp_path)
            assert sent.returncode == 0, sent.stdout + sent.stderr
            assert "VERIFIED" in sent.stdout
        finally:
            up.terminate()


def test_the_pytest_example_runs_from_the_installed_wheel(installed: Installed, tmp_path: Path) -> None:
    readme = (ROOT / "host_tools" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "my_program.py").write_text(PROGRAM)
    (tmp_path / "test_example.py").write_text(readme.split("```python\n", 1)[1].split("```", 1)[0])
    done = installed.run("python", "-m", "pytest", "-p", "no:cacheprovider", "-v", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_my_program PASSED" in done.stdout
    assert "mtmo-" in next(line for line in done.stdout.splitlines() if line.startswith("plugins:"))
