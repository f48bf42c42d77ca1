"""`mtmo board`: what it prints, and what it refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from programs import micropython_32

from mtmo_host.virtual_board import FlashImage

BOARD = [sys.executable, "-m", "mtmo_host", "board"]


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*BOARD, "--json", *arguments], stdout=subprocess.PIPE, text=True)


def _ready(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    answer: dict[str, object] = json.loads(process.stdout.readline())
    return answer


def test_it_makes_an_image_and_ends_cleanly(tmp_path: Path) -> None:
    link = tmp_path / "tty"
    with _start("--image", str(tmp_path / "a.img"), "--pty", str(link), "--blocks", "32") as process:
        assert _ready(process) == {"ready": True, "repl": str(link), "image": str(tmp_path / "a.img")}
        write = "f = open('/note', 'w'); f.write('x'); f.close()"
        mpremote = [sys.executable, "-m", "mpremote", "connect", str(link), "exec", write]
        run = subprocess.run(mpremote, timeout=20, check=False)
        assert run.returncode == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert not link.is_symlink()
    assert FlashImage.list(tmp_path / "a.img") == {"/note": 1}


def test_a_killed_supervisor_leaves_a_sound_image_and_a_link_to_be_replaced(tmp_path: Path) -> None:
    image, link = tmp_path / "a.img", tmp_path / "tty"
    FlashImage.build(image, {"/main.py": b"while True:\n with open('/f', 'w') as f: f.write('z' * 3000)\n"}, blocks=64)
    for _ in range(3):
        with _start("--image", str(image), "--pty", str(link)) as process:
            assert _ready(process)["ready"]
            process.kill()
        assert FlashImage.check(image) == 64


def test_a_board_on_a_named_interpreter_ends_with_its_supervisor(tmp_path: Path) -> None:
    image, note = tmp_path / "a.img", tmp_path / "pid"
    wrapper = tmp_path / "micropython"
    wrapper.write_text(f'#!/bin/sh\necho $$ > {note}\nexec {micropython_32()} "$@"\n')
    wrapper.chmod(0o700)
    FlashImage.build(image, {"/main.py": b"import time\nwhile True: time.sleep(1)\n"}, blocks=64)
    with _start("--image", str(image), "--micropython", str(wrapper)) as process:
        assert _ready(process)["ready"]
        board = Path("/proc", note.read_text().strip())
        assert board.exists()
        process.kill()
    deadline = time.monotonic() + 10
    while board.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not board.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--heap", "3"], 1, "heap: 3 kB is too small"),
        (["--uart", "1"], 2, "uart: '1' is not N=PATH"),
        (["--uart", "1=/dev/pts/nothing"], 1, "uart: cannot use /dev/pts/nothing"),
        (["--pty", "{file}"], 1, "exists and is not a link to a pty"),
        (["--pty", "/nowhere/tty"], 1, "no folder /nowhere"),
        (["--image", "{file}"], 1, "too small"),
        (["--image", "/nowhere/a.img"], 1, "cannot write /nowhere/a.img"),
        (["--micropython", "/nowhere/upy"], 1, "--micropython: /nowhere/upy is not an executable file"),
        (["--micropython", "{file}"], 1, "is not an executable file"),
        (["--micropython", "/bin/true"], 1, "--micropython: /bin/true does not run as MicroPython"),
    ],
)
def test_it_says_what_is_wrong(tmp_path: Path, arguments: list[str], status: int, message: str) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    command = [*BOARD, *(argument.replace("{file}", str(file)) for argument in arguments)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (run.returncode, run.stdout) == (status, "")
    assert message in run.stderr
    assert "Traceback" not in run.stderr
    assert file.read_text() == "mine"
