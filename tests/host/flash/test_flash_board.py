"""`mtmo flash` on a real virtual board: copied, verified, resumed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from flash_bench import FILES, IMEI, Bench

from mtmo_host import profile
from mtmo_host.errors import MtmoError
from mtmo_host.flash import flasher, provision
from mtmo_host.flash.files import board_files
from mtmo_host.flash.sync import PARKED, TEMPORARY, sync, write_file
from mtmo_host.flash.transport import Board, BoardError


def flash(bench: Bench, **more: Any) -> flasher.Outcome:
    return flasher.flash_board(bench.port, profile.load("unix"), **more)


def test_an_empty_board_gets_every_file(device: Path, bench: Bench) -> None:
    outcome = flash(bench)
    expected = board_files(profile.load("unix"))
    assert outcome.changes.copied == list(expected)
    assert outcome.changes.unchanged == 0
    assert bench.files() == expected


def test_a_second_run_copies_nothing(device: Path, bench: Bench) -> None:
    flash(bench)
    outcome = flash(bench)
    assert outcome.summary() == {
        "copied": [], "unchanged": len(FILES) + 1, "removed": [], "provisioned": False, "imei": None,
    }  # fmt: skip


def test_only_what_changed_is_copied(device: Path, bench: Bench) -> None:
    flash(bench)
    (device / "mtmo" / "verbs" / "ping.py").write_text("def ping():\n    return 'OK pong'\n")
    outcome = flash(bench)
    assert outcome.changes.copied == ["/lib/mtmo/verbs/ping.mpy"]
    assert bench.files() == board_files(profile.load("unix"))


def test_what_no_longer_belongs_is_removed_and_the_rest_is_not(device: Path, bench: Bench) -> None:
    flash(bench)
    with Board(bench.port) as board:
        write_file(board, "/lib/mtmo/verbs/old.mpy", b"old")
        write_file(board, "/lib/mine.py", b"# an application's own")
        write_file(board, "/data.txt", b"mine")
    outcome = flash(bench)
    assert outcome.changes.removed == ["/lib/mtmo/verbs/old.mpy"]
    assert {"/lib/mine.py", "/data.txt"} <= set(bench.files())


def test_the_board_restarts_into_the_agent(device: Path, bench: Bench) -> None:
    before = bench.board.boots
    flash(bench)
    for _ in range(100):
        if bench.board.boots > before:
            break
        threading.Event().wait(0.05)
    assert bench.board.boots > before


class Cut(Exception):
    """The cable breaks."""


@pytest.mark.parametrize("octets", [1, 300, 1500, 4000])
def test_a_run_that_was_cut_short_resumes(device: Path, bench: Bench, octets: int) -> None:
    done = 0

    def until(count: int) -> None:
        nonlocal done
        done += count
        if done >= octets:
            raise Cut

    with pytest.raises(Cut):
        flash(bench, progress=lambda total: until)
    assert "/main.py" not in bench.files()  # no boot runs half an agent
    outcome = flash(bench)
    assert outcome.changes.unchanged + len(outcome.changes.copied) == len(FILES) + 1
    assert bench.files() == board_files(profile.load("unix"))


def test_an_interrupted_update_does_not_boot_a_mixture(device: Path, bench: Bench) -> None:
    flash(bench)
    (device / "mtmo" / "__init__.py").write_text("def run():\n    print('second')\n")

    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flash(bench, progress=lambda total: interrupt)
    files = bench.files()
    assert "/main.py" not in files
    assert PARKED in files
    outcome = flash(bench)
    assert "/main.py" not in outcome.changes.copied  # it only slept
    assert bench.files() == board_files(profile.load("unix"))


def test_rubbish_of_a_cut_run_is_cleaned_up(device: Path, bench: Bench) -> None:
    with Board(bench.port) as board:
        board.run(f"open({TEMPORARY!r},'w').write('half')")
    flash(bench)
    assert TEMPORARY not in bench.files()


def test_a_file_that_reads_back_wrong_is_an_error(device: Path, bench: Bench, mocker) -> None:  # type: ignore[no-untyped-def]
    mocker.patch("mtmo_host.flash.sync.digest", return_value="0" * 64)
    with Board(bench.port) as board, pytest.raises(MtmoError, match="reads back different"):
        sync(board, {"/lib/mtmo/x.mpy": b"x"})


def test_a_running_program_is_stopped_first(device: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"/main.py": b"import time\nwhile 1:\n time.sleep(0.01)\n print('busy')\n"})
    try:
        flash(bench)
        assert bench.files() == board_files(profile.load("unix"))
    finally:
        bench.stop()


def test_a_full_file_system_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, blocks=16)
    try:
        with Board(bench.port) as board, pytest.raises(BoardError, match="file system is full"):
            sync(board, {"/lib/mtmo/big.mpy": bytes(80_000)})
    finally:
        bench.stop()


def test_an_agent_that_was_loaded_before_is_loaded_again(device: Path, bench: Bench) -> None:
    flash(bench)
    with Board(bench.port) as board:
        board.run("import sys\nclass Old:\n pass\nsys.modules['mtmo']=Old()")
        assert provision.identify(board)["imei"] == IMEI


def test_every_octet_survives(bench: Bench) -> None:
    data = bytes(range(256)) * 20 + b"odd"
    with Board(bench.port) as board:
        write_file(board, "/a/b/c.bin", data)
    assert bench.files()["/a/b/c.bin"] == data


def test_an_error_on_the_board_is_said(bench: Bench) -> None:
    with Board(bench.port) as board:
        with pytest.raises(BoardError, match="ZeroDivisionError"):
            board.run("1/0")
        assert board.run("print(6*7)").strip() == "42"


def test_a_board_that_loses_power_is_said_and_can_be_flashed_again(device: Path, bench: Bench) -> None:
    count = 0

    def cut(octets: int) -> None:
        nonlocal count
        count += 1
        if count == 3:
            bench.call(bench.board.power_off)

    with pytest.raises(MtmoError, match=r"stopped answering|went away|stopped reading"):
        flash(bench, progress=lambda total: cut)
    bench.call(bench.board.power_on)
    flash(bench)
    assert bench.files() == board_files(profile.load("unix"))
