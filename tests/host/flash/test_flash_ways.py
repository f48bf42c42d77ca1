"""Which way onto a board: what its lines mean, what is refused, what is said of the heap."""

from __future__ import annotations

from pathlib import Path

import pytest
from flash_bench import Bench

from mtmo_host import profile
from mtmo_host.errors import MtmoError
from mtmo_host.flash.flasher import flash_board
from mtmo_host.flash.transport import Board
from mtmo_host.flash.ways import _ASK, NEEDS_KIB, Ground, Partition, check_way, parse_ground, read_ground, say_heap

PARTITION = Partition(262_144, 0, "", ())


def ground(
    free_kib: int = 250, bits: int = 32, places: tuple[str, ...] = (), partition: Partition | None = PARTITION
) -> Ground:
    return Ground(free_kib * 1024, bits, places, partition, True)


def test_what_the_board_says() -> None:
    interned = "HEAP 1000 32\nqstr pool: n_pool=1, n_qstr=2, n_str_data_bytes=9, n_total_bytes=50"
    assert parse_ground(interned).free == 1050
    said = "AT .frozen\nAT /rom/lib\nnoise\nROM 65536 512 ab12 /rom/a.txt,/rom/lib/b.mpy\nHEAP 100000 32\n"
    partition = Partition(65_536, 512, "ab12", ("/rom/a.txt", "/rom/lib/b.mpy"))
    assert parse_ground(said) == Ground(100_000, 32, (".frozen", "/rom/lib"), partition, True)
    assert parse_ground("AT \nROM none\nHEAP 1 64") == Ground(1, 64, ("",), None, True)
    assert parse_ground("ROM off\nHEAP 1 64") == Ground(1, 64, (), None, False)


@pytest.mark.parametrize(
    ("free_kib", "places", "partition", "romfs", "said"),
    [
        (250, (), PARTITION, False, None),
        (100, (), PARTITION, False, "as files the agent may not fit: 132 kB needed, 100 kB free; from ROMFS it does"),
        (100, (), None, False, "ROMFS or frozen would fit, with another firmware"),
        (60, (), PARTITION, True, "as ROMFS the agent may not fit: 80 kB needed, 60 kB free; frozen would fit"),
        (60, (".frozen",), None, False, None),
        (30, (), PARTITION, True, "no way fits"),
    ],
)
def test_a_heap_that_is_too_small_is_said_with_what_fits(
    free_kib: int, places: tuple[str, ...], partition: Partition | None, romfs: bool, said: str | None
) -> None:
    heap, *warning = say_heap(ground(free_kib, places=places, partition=partition), romfs)
    assert heap.startswith(f"heap: {free_kib} kB free; the agent needs on 32 bits: files 132 kB, ROMFS 80 kB, frozen")
    assert len(warning) == (said is not None)
    assert not said or said in warning[0]


def test_one_that_is_frozen_hides_the_one_in_romfs() -> None:
    with pytest.raises(MtmoError, match="frozen into the firmware"):
        check_way(ground(places=(".frozen",)), True, 100, "port", force=False)
    check_way(ground(places=(".frozen", "/rom/lib")), False, 0, "port", force=False)


def test_what_is_frozen_into_a_firmware_is_found(device: Path, bench: Bench) -> None:
    with Board(bench.port) as board:
        assert ".frozen" in parse_ground(board.run(_ASK % "argparse")).places
        assert read_ground(board).places == ()
    flash_board(bench.port, profile.load("unix"))
    with Board(bench.port) as board:
        assert read_ground(board).places == ("/lib",)


def test_a_stopped_agent_does_not_count_against_the_heap(bench: Bench) -> None:
    with Board(bench.port) as board:
        before = read_ground(board).free
    flash_board(bench.port, profile.load("unix"))
    with Board(bench.port) as board:
        board.run("import mtmo\nfor n in 'agent apn gate.judge tpdu flashed'.split():\n __import__('mtmo.'+n)", 60)
        loaded = int(board.run("import gc; gc.collect(); print(gc.mem_free())"))
        free = read_ground(board).free
    assert before - loaded > 80_000, "nothing was loaded"
    assert abs(before - free) < 30_000  # asyncio stays, and tables that have grown


def test_the_needs_are_those_of_the_page() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "ways_onto_a_board.md").read_text()
    for bits, needs in NEEDS_KIB.items():
        for way, kib in needs.items():
            assert f"| {way}, {bits} bits | {kib} kB |" in page
