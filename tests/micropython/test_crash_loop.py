"""A crash loop ends by itself, and neither a reboot nor power that fails is a crash (design 4.4), under MicroPython."""

from __future__ import annotations

from pathlib import Path

import pytest
from virtual_rig import Rig

DAY_S = 86400
SPAN_S = 6 * 3600  # a day of a board that is switched off at night


@pytest.mark.parametrize("after_reset", ["reset", "watchdog"], ids=["esp32", "rp2"])
@pytest.mark.parametrize("kind", ["end", "hang"])
def test_three_crashes_end_in_a_minimal_boot_that_serves(tmp_path: Path, after_reset: str, kind: str) -> None:
    with Rig(tmp_path, reply_to="+491511234567") as rig:
        rig.after_reset = after_reset
        assert rig.ask(f"doom {kind}") == "OK doomed"
        rig.cut_power()
        rig.until(lambda: len(rig.resets) == 3 and rig.ready())
        assert rig.resets == ["reset" if kind == "end" else "watchdog"] * 3
        rig.until(lambda: any("E20 crashed: minimal boot" in text for _, text in rig.network.sent))
        assert " boot=minimal " in rig.ask("status")
        assert rig.ask("doom again") == "E11 unknown verb"
        rig.run(DAY_S)
        assert len(rig.resets) == 3
        assert not rig.errors


def test_a_reboot_that_was_asked_for_excuses_one_boot_alone(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        assert rig.ask("doom hang") == "OK doomed"
        assert rig.ask("reboot") == "OK rebooted"
        assert rig.resets == ["reset"] + ["watchdog"] * 3, "\n".join(rig.log)
        assert " boot=minimal " in rig.ask("status")


@pytest.mark.parametrize("after_reset", ["reset", "watchdog"], ids=["esp32", "rp2"])
def test_thirty_daily_power_cuts_and_reboots_are_no_crash(tmp_path: Path, after_reset: str) -> None:
    with Rig(tmp_path, replies_per_hour=60, replies_per_day=500) as rig:
        rig.after_reset = after_reset
        for day in range(30):
            rig.run(SPAN_S)
            rig.cut_power()
            rig.until(rig.ready)
            assert " boot=power " in rig.ask("status")
            if day % 5 == 0:
                assert rig.ask("reboot") == "OK rebooted"
                assert f" boot={after_reset} " in rig.ask("status")
                assert rig.ask("count 1") == "OK counted", "application verbs are there"
        assert not [line for line in rig.log if "in a row" in line or "crash" in line]


def test_power_cuts_within_bring_up_are_no_crash(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        for seconds in (0.2, 0.7, 1.1, 1.6, 0.4):
            rig.cut_power()
            rig.run(seconds)
        rig.cut_power()
        rig.until(rig.ready)
        assert " boot=power " in rig.ask("status")
