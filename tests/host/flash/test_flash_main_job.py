"""An empty virtual board, flashed over its pty with `mtmo flash`, becomes a device that answers signed commands."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_rig import MTMO, OPERATOR, Running, Up, make_key, mpremote, mtmo, running

from mtmo_host import resources
from mtmo_host.errors import MtmoError
from mtmo_host.flash import files as flash_files
from mtmo_host.flash.sync import write_file
from mtmo_host.flash.transport import Board


class Station(Up):
    """`mtmo modem` with its network; the board is another process, as on a desk."""

    def __init__(self, folder: Path, keys: Path) -> None:
        Running.__init__(
            self,
            "modem",
            "a7670",
            "--pty",
            folder / "modem",
            "--http",
            "127.0.0.1:0",
            "--smpp",
            "127.0.0.1:0",
            "--keys",
            keys,
        )
        self.connect(keys)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("desk")
    keys = make_key(folder)
    with running(Station(folder, keys)) as station:
        board = Running(
            "board", "--image", folder / "board.img", "--pty", folder / "board", "--uart", f"1={folder / 'modem'}"
        )
        with running(board):
            yield {"folder": folder, "keys": keys, "station": station, "port": str(folder / "board")}


def flash(desk: dict[str, Any], *extra: object) -> dict[str, Any]:
    """Flash the desk's board; what the tool says it did."""
    done = mtmo(
        "flash", "--board", "unix", "--port", desk["port"], "--keys", desk["keys"], "--allow", OPERATOR, "admin",
        "--fleet", desk["folder"] / "fleet.csv", "--json", *extra,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_an_empty_board_that_was_flashed_answers_a_signed_status(desk: dict[str, Any]) -> None:
    said = flash(desk)
    assert said["provisioned"] is True
    assert len(said["copied"]) > 20
    station = desk["station"]
    assert station.ask(station.devices[0], "status").startswith("OK st=stable reg=home")


def test_flashing_again_copies_nothing(desk: dict[str, Any]) -> None:
    wait_until_applied(desk)
    said = flash(desk)
    assert (said["copied"], said["removed"], said["provisioned"]) == ([], [], False)


def test_a_changed_file_travels_alone(desk: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = tmp_path / "device"
    shutil.copytree(resources.device_dir(), device)
    pong = device / "mtmo" / "verbs" / "basic.py"
    pong.write_text(pong.read_text().replace('"pong"', '"pong2"'))
    monkeypatch.setenv("MTMO_DEVICE_DIR", str(device))
    said = flash(desk)
    assert said["copied"] == ["/lib/mtmo/verbs/basic.mpy"]
    station = desk["station"]
    assert station.ask(station.devices[0], "ping") == "OK pong2"


def test_a_board_with_the_flat_layout_of_before_gets_the_rooms_and_keeps_its_state(desk: dict[str, Any]) -> None:
    """Once each module lay beside the others: what is left of that must neither be imported nor stay."""
    station = desk["station"]
    assert station.ask(station.devices[0], "set sweep-min 9") == "OK sweep-min=9"
    flat = [f"/lib/mtmo/{name}.mpy" for name in ("apn", "at", "desk", "inbox", "modem", "settings")]
    with Board(desk["port"]) as board:
        for path in flat:
            write_file(board, path, b"no bytecode at all")
    said = flash(desk)
    assert (said["removed"], said["provisioned"]) == (flat, False)
    assert station.ask(station.devices[0], "get sweep-min") == "OK sweep-min=9"


def test_a_board_flashed_with_lock_takes_no_ctrl_c_and_says_so_to_the_next_flash(desk: dict[str, Any]) -> None:
    station = desk["station"]
    assert station.ask(station.devices[0], "set sweep-min 7") == "OK sweep-min=7"
    done = mtmo("flash", "--board", "unix", "--port", desk["port"], "--lock")
    assert done.returncode == 0, done.stderr
    assert station.ask(station.devices[0], "get lock;get sweep-min") == "OK lock=on; OK sweep-min=7"
    with pytest.raises(MtmoError, match="set lock off;reboot board, signed"):
        Board(desk["port"], connect_timeout_s=2)
    assert station.ask(station.devices[0], "set lock off;reboot board") == "OK lock=off; OK rebooted"
    with Board(desk["port"]):
        pass


def wait_until_applied(desk: dict[str, Any]) -> None:
    """Until the agent has taken its provisioning."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        done = mpremote(desk["port"], "resume", "fs", "ls", ":/")
        if done.returncode == 0 and flash_files.PROVISION[1:] not in done.stdout:
            return
        time.sleep(0.5)
    raise TimeoutError(done.stdout + done.stderr)


WRONG = [
    ("no such port", "/dev/does-not-exist", "does-not-exist"),
    ("not a serial port", "/etc/hostname", "hostname"),
]


@pytest.mark.parametrize(("what", "port", "named"), WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_port_is_a_clear_error_in_bounded_time(desk: dict[str, Any], what: str, port: str, named: str) -> None:
    started = time.monotonic()
    done = mtmo("flash", "--board", "unix", "--port", port, "--keys", desk["keys"], "--allow", OPERATOR, "admin")
    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 20


def test_a_busy_port_is_a_clear_error(desk: dict[str, Any]) -> None:
    console = subprocess.Popen(
        [*MTMO, "console", "--port", desk["port"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        time.sleep(2)
        done = mtmo(
            "flash", "--board", "unix", "--port", desk["port"], "--keys", desk["keys"], "--allow", OPERATOR, "admin"
        )
        assert done.returncode == 1
        assert "in use" in done.stderr or "busy" in done.stderr, done.stderr
    finally:
        console.kill()
        console.communicate()


def test_a_repl_that_does_not_answer_is_a_clear_error_in_bounded_time(desk: dict[str, Any]) -> None:
    # a modem is no board: it answers ERROR to everything
    started = time.monotonic()
    with running(
        Running("modem", "generic", "--pty", desk["folder"] / "lone", "--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0")
    ):
        done = mtmo(
            "flash",
            "--board",
            "unix",
            "--port",
            desk["folder"] / "lone",
            "--keys",
            desk["keys"],
            "--allow",
            OPERATOR,
            "admin",
        )
    assert done.returncode == 1
    assert "REPL" in done.stderr, done.stderr
    assert time.monotonic() - started < 40


def test_a_demo_key_goes_on_no_real_board(tmp_path: Path) -> None:
    with running(
        Running("up", "--devices", 0, "--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0", "--state", tmp_path / "state")
    ) as up:
        keys = up.ready["keys"]
    done = mtmo(
        "flash", "--board", "lilygo-t-a7670", "--port", "/dev/null", "--keys", keys, "--allow", OPERATOR, "admin"
    )
    assert done.returncode == 1
    assert "demo key" in done.stderr
