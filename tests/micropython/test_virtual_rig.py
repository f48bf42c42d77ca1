"""The rig itself: real interpreter, virtual time, the same again every time, and faults that it would notice."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from virtual_process import EMULATION_KIB
from virtual_rig import Died, Rig

BARE_OCTETS = {64: 5184, 32: 2768}  # of heap that the interpreter with asyncio has in use by itself


def transcript(folder: Path, seed: int) -> list[tuple[str, bytes, int]]:
    seen: list[tuple[str, bytes, int]] = []
    with Rig(folder, seed=seed) as rig:
        rig.modem.trace = lambda direction, octets, now_ms: seen.append((direction, octets, now_ms))
        rig.ask("status")
        rig.ask("apn set em")
        rig.run(3600)
    return seen


def test_the_same_seed_gives_the_same_transcript(tmp_path: Path) -> None:
    first = transcript(tmp_path / "1", 5)
    assert len(first) > 50
    assert transcript(tmp_path / "2", 5) == first


def test_an_hour_takes_a_moment(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        began_s = time.process_time()
        rig.run(3600)
        assert rig.now_ms >= 3_600_000
        assert time.process_time() - began_s < 1
        assert " up=1h0m " in rig.ask("status")


@pytest.mark.parametrize("filesystem", ["lfs", "fat"])
def test_a_reset_starts_a_new_process_on_the_same_flash(tmp_path: Path, filesystem: str) -> None:
    with Rig(tmp_path, filesystem=filesystem) as rig:
        assert rig.ask("reboot") == "OK rebooted"
        assert rig.resets == ["reset"]
        rig.cut_power()
        assert " boot=power " in rig.ask("status")
        assert rig.ask("ping") == "OK pong"


def test_a_verb_that_never_ends_starves_the_watchdog(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        assert rig.ask("hang") == "E20 interrupted"
        assert rig.resets == ["watchdog"]
        assert " boot=watchdog " in rig.ask("status")


def test_a_cut_in_the_flash_leaves_the_rest_of_an_operation_undone(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        before = rig.measure()
        assert rig.ask("ping") == "OK pong"
        after = rig.measure()
        assert after.written - before.written > 0
    with Rig(tmp_path, cut_flash={0: (before.operations + 1, 0.5)}) as rig:
        assert rig.ask("ping") == "OK pong"
        assert rig.cuts == 1


def test_a_cut_in_the_line_lets_so_many_octets_through(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.run(10)  # the start is over
        heard = bytearray()
        rig.modem.trace = lambda direction, octets, now_ms: direction == "rx" and heard.extend(octets)
        rig.cut_at_sent = rig.sent_octets + 7
        rig.text("not for us")
        rig.until(lambda: rig.cuts)
        assert bytes(heard) == b"AT+CMGL"


def test_an_agent_out_of_memory_is_not_overlooked(tmp_path: Path) -> None:
    with pytest.raises(Died, match="MemoryError"), Rig(tmp_path, heap_kib=64):
        pass


def test_the_emulation_takes_no_more_heap_than_is_added_for_it(tmp_path: Path, bits: int) -> None:
    with Rig(tmp_path) as rig:
        assert 0 <= 1024 * EMULATION_KIB[bits] - (rig.measure().emulation - BARE_OCTETS[bits]) < 1024


def test_a_first_boot_with_a_status_and_a_new_apn_fits_192_kb_with_6_to_spare(tmp_path: Path) -> None:
    with Rig(tmp_path, heap_kib=186) as rig:  # README
        rig.ask("status")
        assert rig.ask("apn set em") == "Q txn=1"
        rig.run(60)
