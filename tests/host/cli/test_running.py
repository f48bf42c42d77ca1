"""Verbs find the `mtmo up` or `mtmo modem` that runs, whatever its --state is, and say what they looked for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from lab_rig import Running as Process
from lab_rig import Up, make_key, mtmo, running

from mtmo_host.errors import UsageError
from mtmo_host.fleet.running import MODEM, UP, Running, all_running, announced, folder, the_one


@pytest.fixture(autouse=True)
def xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk on which nothing runs yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    return tmp_path / "xdg"


@pytest.fixture
def up(tmp_path: Path, xdg: Path) -> Iterator[Up]:
    with running(Up(tmp_path / "elsewhere", make_key(tmp_path), "--heap", "192")) as found:
        yield found


def test_every_verb_finds_an_up_whose_state_is_elsewhere(up: Up, tmp_path: Path) -> None:
    imei = up.devices[0]["imei"]
    for arguments, words in (
        (("sms", "send", "unit-1", "-m", "ping"), "VERIFIED    OK pong"),
        (("sms", "watch", "--history", "--for", "0"), "OK pong"),
        (("sms", "sign", "--imei", imei, "ping"), "*A"),
        (("keys", "export", "--slot", "B", "--to", tmp_path / "b.json", "unit-1"), "for 1 device"),
        (("keys", "rotate", "unit-1"), "rotated"),
        (("faults", "unit-1", "flaky"), "violations of the driver"),
        (("faults", "unit-1", "--state", tmp_path / "elsewhere"), "violations of the driver"),
    ):
        done = mtmo(*arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
        assert words in done.stdout, arguments
    assert (tmp_path / "elsewhere" / "counters.json").exists()
    assert not (tmp_path / "xdg" / "mtmo" / "counters.json").exists()


def test_an_up_with_a_relative_state_is_found_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    more = ("--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0")
    with running(Process("up", "--devices", "1", "--state", "desk", "--heap", "192", *more)) as up:
        assert up.ready["keys"] == str(tmp_path / "desk" / "demo.key")
        monkeypatch.chdir("/")
        assert mtmo("sms", "send", "unit-1", "-m", "ping").returncode == 0


def test_of_two_that_run_one_must_be_named(up: Up, tmp_path: Path) -> None:
    more = ("--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0")
    with running(Process("modem", "generic", *more)) as modem:
        done = mtmo("faults", "unit-1")
        assert done.returncode == 2
        assert {up.ready["http"], modem.ready["http"]} <= set(done.stderr.replace(",", " ").replace(")", " ").split())
        assert mtmo("faults", "unit-1", "--http", modem.ready["http"]).returncode == 0
        assert mtmo("sms", "send", "unit-1", "-m", "ping").returncode == 0, "a modem alone has no session"
    with running(Process("up", "--devices", "0", "--state", tmp_path / "other", *more)):
        done = mtmo("sms", "send", "unit-1", "-m", "ping")
        assert done.returncode == 2
        assert f"say which: --state {tmp_path / 'elsewhere'} or --state {tmp_path / 'other'}" in done.stderr
        assert mtmo("sms", "send", "unit-1", "-m", "ping", "--state", tmp_path / "elsewhere").returncode == 0


def test_a_modem_alone_is_found_by_faults_and_gone_when_it_has_ended() -> None:
    with running(Process("modem", "generic", "--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0")):
        assert mtmo("faults", "unit-1").returncode == 0
    assert all_running() == []
    assert list(folder().iterdir()) == []


def test_a_failure_says_what_was_looked_for_and_where(tmp_path: Path, xdg: Path) -> None:
    for arguments in (("sms", "send", "unit-1", "-m", "ping"), ("faults", "unit-1")):
        said = mtmo(*arguments).stderr
        assert f"there is no {xdg}/mtmo/session.json; nothing runs, says {xdg}/mtmo/running" in said
        said = mtmo(*arguments, "--state", tmp_path / "desk").stderr
        assert f"there is no {tmp_path}/desk/session.json" in said


def test_a_session_of_an_up_that_has_ended_is_named(up: Up, tmp_path: Path) -> None:
    up.stop()
    done = mtmo("sms", "send", "unit-1", "-m", "ping", "--state", tmp_path / "elsewhere")
    assert done.returncode == 1
    assert f"nobody answers ({tmp_path}/elsewhere/session.json says so; nothing runs" in done.stderr


def test_one_that_was_killed_is_not_found(up: Up) -> None:
    assert [one.http for one in all_running()] == [up.ready["http"]]
    up.kill()
    assert all_running() == []
    assert list(folder().iterdir()) == []


def test_what_lies_in_the_folder_and_is_none_of_ours_harms_nobody(xdg: Path) -> None:
    folder().mkdir(parents=True)
    for name, octets in (("a.json", b""), ("b.json", b"[]"), ("c.json", b"\xff"), ("d.txt", b"x")):
        (folder() / name).write_bytes(octets)
    with ExitStack() as stack:
        stack.enter_context(announced(Running(MODEM, os.getpid(), "http://m", "")))
        stack.enter_context(announced(Running(UP, os.getpid(), "http://u", "/s")))
        assert [one.http for one in all_running()] == ["http://u", "http://m"]
        found = the_one(UP, option="--state")
        assert found is not None and found.state == "/s"
        with pytest.raises(UsageError, match="--http http://u or --http http://m"):
            the_one(UP, MODEM, option="--http")
    assert all_running() == []


def test_a_folder_that_cannot_be_written_keeps_nothing_from_running(xdg: Path) -> None:
    xdg.mkdir()
    (xdg / "mtmo").write_text("a file")
    with announced(Running(UP, os.getpid(), "http://u", "/s")):
        assert all_running() == []


def test_the_file_of_one_that_runs_is_its_owners_alone(up: Up) -> None:
    (path,) = folder().iterdir()
    assert (path.stat().st_mode & 0o777, folder().stat().st_mode & 0o777) == (0o600, 0o700)
    assert json.loads(path.read_text())["pid"] == up.process.pid
    assert up.ready["token"] not in path.read_text()
