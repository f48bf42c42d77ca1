"""The wheel works outside the checkout: the device's files and the board profiles ride inside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


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
    for name in ("network/page/console.html", "network/page/console.js", "virtual_board/inside/vboot.py"):
        assert f"mtmo_host/{name}" in names


def test_the_main_job_runs_from_the_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=120)
    python = venv / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    # the dependencies of this environment, but not its editable checkout: .pth files count only in site folders
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib"), "XDG_STATE_HOME": str(tmp_path / "xdg")}
    where = subprocess.run(
        [str(python), "-c", "import mtmo_host; print(mtmo_host.__file__)"],
        env=environment, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert where.stdout.startswith(str(venv))
    command = [
        str(venv / "bin" / "mtmo"),
        "up",
        "--devices",
        "1",
        "--http",
        "127.0.0.1:0",
        "--smpp",
        "127.0.0.1:0",
        "--json",
    ]
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as up:
        try:
            assert up.stdout is not None
            assert json.loads(up.stdout.readline())["ready"] is True
            send = [str(venv / "bin" / "mtmo"), "sms", "send", "unit-1", "-m", "status"]
            sent = subprocess.run(
                send, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
            )
            assert sent.returncode == 0, sent.stdout + sent.stderr
            assert "VERIFIED" in sent.stdout
        finally:
            up.terminate()
