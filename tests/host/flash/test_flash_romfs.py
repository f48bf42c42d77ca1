"""`mtmo flash --romfs` on a virtual board: written, resumed, updated in place, refused with numbers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flash_bench import FILES, Bench

from mtmo_host import profile
from mtmo_host.errors import MtmoError
from mtmo_host.flash import flasher
from mtmo_host.flash.files import board_files
from mtmo_host.flash.romfs import PARKED_BOOT, STAGED
from mtmo_host.flash.romfs_image import build_romfs, split_package
from mtmo_host.flash.sync import PARKED, write_file
from mtmo_host.flash.transport import Board
from mtmo_host.virtual_board.romfs import build_partition

REST = ["/board.json", "/boot.py", "/main.py"]
STATE = {"/mtmo-state/settings.0": b"kept", "/data.txt": b"mine"}


@contextlib.contextmanager
def board(
    folder: Path, *, family: str = "esp32", kib: int = 64, files: dict[str, bytes] | None = None, blocks: int = 512
) -> Iterator[Bench]:
    partition = folder / "romfs"
    if not partition.exists():
        build_partition(partition, kib)
    bench = Bench(folder, files, blocks, romfs=partition, family=family)
    try:
        yield bench
    finally:
        bench.stop()


def flash(bench: Bench, **more: Any) -> flasher.Outcome:
    return flasher.flash_board(bench.port, profile.load("unix"), **{"romfs": True, **more})


def image() -> bytes:
    return build_romfs(split_package(board_files(profile.load("unix")))[0])


def runs(bench: Bench) -> str:
    """What `import mtmo` of the board finds, and what its run() prints."""
    with Board(bench.port) as repl:
        repl.soft_reset()
        return repl.run("import mtmo; print(mtmo.__file__); mtmo.run()")


def mended(device: Path) -> None:
    (device / "mtmo" / "__init__.py").write_text("def run():\n    print('second')\n")


@pytest.mark.parametrize("family", ["esp32", "stm32"])
def test_the_agent_runs_from_the_partition_and_nothing_of_it_is_at_lib(
    device: Path, tmp_path: Path, family: str
) -> None:
    with board(tmp_path, family=family, files=dict(STATE)) as bench:
        outcome = flash(bench)
        assert outcome.changes.copied == [*REST[:2], "/main.py", "/rom"]
        assert sorted(bench.files()) == sorted([*REST, *STATE])
        assert (tmp_path / "romfs").read_bytes().startswith(image())
        assert runs(bench).split() == ["/rom/lib/mtmo/__init__.mpy", "agent", "runs"]


@pytest.mark.parametrize("family", ["esp32", "stm32"])
def test_a_second_run_writes_nothing_and_an_update_keeps_the_state(device: Path, tmp_path: Path, family: str) -> None:
    with board(tmp_path, family=family, files=dict(STATE)) as bench:
        flash(bench)
        assert flash(bench).summary()["copied"] == []
        mended(device)
        assert flash(bench).changes.copied == ["/rom"]
        assert runs(bench).split() == ["/rom/lib/mtmo/__init__.mpy", "second"]
        assert STATE.items() <= bench.files().items()
        assert not {PARKED, PARKED_BOOT, STAGED} & set(bench.files())


def test_an_agent_at_lib_makes_room_with_its_folders(device: Path, tmp_path: Path) -> None:
    with board(tmp_path) as bench:
        flash(bench, romfs=False)
        outcome = flash(bench)
        assert len(outcome.changes.removed) == len(FILES) - 2
        assert runs(bench).startswith("/rom/lib/mtmo/")
        with Board(bench.port) as repl:
            assert "mtmo" not in repl.run("import os; print(os.listdir('/lib') if 'lib' in os.listdir('/') else [])")


class Cut(Exception):
    """The cable breaks."""


def _cut_after(octets: int) -> Any:
    done = 0

    def until(count: int) -> None:
        nonlocal done
        done += count
        if done >= octets:
            raise Cut

    return lambda total: until


@pytest.mark.parametrize("octets", [1, 2000, 4000])
@pytest.mark.parametrize("romfs", [True, False], ids=["from romfs", "from files"])
def test_a_broken_cable_leaves_the_agent_that_was_there(device: Path, tmp_path: Path, octets: int, romfs: bool) -> None:
    with board(tmp_path) as bench:
        flash(bench, romfs=romfs)
        mended(device)
        with pytest.raises(Cut):
            flash(bench, progress=_cut_after(octets))
        assert runs(bench).split()[1:] == ["agent", "runs"]
        assert "/main.py" in bench.files()
        flash(bench)
        assert runs(bench).split() == ["/rom/lib/mtmo/__init__.mpy", "second"]
        assert not {PARKED, PARKED_BOOT, STAGED} & set(bench.files())


def _fill(bench: Bench) -> None:
    # what is left is too little for a copy of the image
    with Board(bench.port) as repl:
        repl.run(
            "import os\nwith open('/fill','wb') as f:\n for _ in range(os.statvfs('/')[3]-4): f.write(bytes(4096))"
        )


@pytest.mark.parametrize("romfs", [True, False], ids=["from romfs", "from files"])
def test_without_room_for_a_copy_it_is_said_and_a_cut_is_resumed(device: Path, tmp_path: Path, romfs: bool) -> None:
    with board(tmp_path, blocks=64) as bench:
        flash(bench, romfs=romfs)
        _fill(bench)
        mended(device)
        told: list[str] = []
        with pytest.raises(Cut):
            flash(bench, progress=_cut_after(2000), tell=told.append)
        if romfs:
            assert "until all are there, the board has no agent" in " ".join(told)
            assert "/main.py" not in bench.files(), "no boot runs half an agent"
        else:
            assert runs(bench).split()[1:] == ["agent", "runs"]
        flash(bench)
        assert runs(bench).split() == ["/rom/lib/mtmo/__init__.mpy", "second"]


def test_power_that_fails_in_the_middle_of_the_partition_is_resumed(device: Path, tmp_path: Path) -> None:
    with board(tmp_path) as bench:
        flash(bench)
        good = (tmp_path / "romfs").read_bytes()
    torn = good[:512] + b"\xff" * 3000 + good[3512:]
    (tmp_path / "romfs").write_bytes(b"\xff" * 512 + torn[512:])
    bench_files = {path: data for path, data in board_files(profile.load("unix")).items() if path in REST[:1]}
    with board(tmp_path, files=bench_files) as bench:
        flash(bench)
        assert runs(bench).split() == ["/rom/lib/mtmo/__init__.mpy", "agent", "runs"]


def test_a_firmware_without_a_partition_is_refused_before_anything_is_written(device: Path, bench: Bench) -> None:
    with pytest.raises(MtmoError, match="ROMFS switched off") as refused:
        flash(bench)
    assert "a partition of 8 kB or more" in str(refused.value.fix)
    assert bench.files() == {}


def test_a_partition_that_is_too_small_is_refused_with_both_numbers(device: Path, tmp_path: Path) -> None:
    with board(tmp_path, kib=4) as bench:
        with pytest.raises(MtmoError, match=rf"the image has {len(image())} octets, the ROMFS partition 4096"):
            flash(bench)
        assert bench.files() == {}


def test_somebody_elses_romfs_is_replaced_by_force_only(device: Path, tmp_path: Path) -> None:
    build_partition(tmp_path / "romfs", 64, build_romfs({"/lib/mtmo/x.mpy": b"", "/lib/app.mpy": b"a", "/w.txt": b"b"}))
    with board(tmp_path) as bench:
        with pytest.raises(MtmoError, match=r"not the agent's: /rom/w.txt, /rom/lib/app.mpy"):
            flash(bench)
        flash(bench, force=True)
        assert runs(bench).startswith("/rom/lib/mtmo/")


def test_files_that_an_agent_in_romfs_would_hide_are_not_copied(device: Path, tmp_path: Path) -> None:
    with board(tmp_path) as bench:
        flash(bench)
        before = bench.files()
        with pytest.raises(MtmoError, match="hides the one at /lib"):
            flash(bench, romfs=False)
        assert bench.files() == before


@pytest.mark.parametrize("romfs", [True, False])
def test_a_folder_that_hides_every_agent_is_named(device: Path, tmp_path: Path, romfs: bool) -> None:
    with board(tmp_path, files={"/mtmo/__init__.py": b""}) as bench, pytest.raises(MtmoError, match="hides every"):
        flash(bench, romfs=romfs)


def test_a_partition_that_reads_back_wrong_is_an_error_and_runs_nothing(
    device: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtmo_host.flash.romfs._WRITER", _without_erase())
    (tmp_path / "romfs").write_bytes(b"\x00" * 65536)
    with board(tmp_path) as bench:
        with pytest.raises(MtmoError, match="reads back different"):
            flash(bench)
        assert "/main.py" not in bench.files()


def _without_erase() -> str:
    from mtmo_host.flash.romfs import _WRITER

    return _WRITER + "\ndef _erase(n):\n pass\n"


def test_the_watchdog_is_fed_while_the_partition_is_written(device: Path, tmp_path: Path) -> None:
    boot = "import machine, mtmo\nw = machine.WDT(timeout=2500)\nt = machine.Timer(-1)\n"
    boot += "t.init(period=500, mode=machine.Timer.PERIODIC, callback=lambda t: w.feed())\n"
    with board(tmp_path, blocks=64) as bench:
        (device / "boot.py").write_text(boot)
        flash(bench)
        _fill(bench)
        with Board(bench.port) as repl:
            write_file(repl, "/board.json", b'{"watchdog_ms": 2500}')
            repl.run("import machine; machine.WDT(timeout=2500)")
        mended(device)
        flash(bench, progress=lambda total: lambda octets: time.sleep(0.5))
        assert not [event for event in bench.board.events if event.get("die") == "wdt"]
        assert runs(bench).split()[1:] == ["second"]
