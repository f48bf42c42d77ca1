"""A flash that is full to its last block, under the real interpreter and its file systems."""

from __future__ import annotations

from pathlib import Path

import pytest
from virtual_rig import Rig

FULL_S = 1500
MENDED_S = 1200  # longer than a flash that failed is left alone
WRITES = ("set sweep-min 20", "allow add +491701111111 viewer", "apn set em")

pytestmark = pytest.mark.parametrize("filesystem", ["lfs", "fat"])


def test_reads_are_served_while_the_flash_is_full_and_writes_when_it_is_not(tmp_path: Path, filesystem: str) -> None:
    with Rig(tmp_path, filesystem=filesystem, replies_per_hour=60) as rig:
        assert rig.ask(f"fill {FULL_S}") == "OK full"
        commands = []
        for body in WRITES:
            commands.append(rig.sign(body))
            rig.text(commands[-1].sms)
            rig.run(120)
        assert any(": full; next attempt in" in line for line in rig.log), "the flash was not full"
        assert rig.ask("ping") == "OK pong"
        assert " door=" in rig.ask("status")
        print("\n".join(rig.log))
        told = [answer for command in commands for answer in rig.answers(command)]
        assert "E20 flash fails" in told
        assert not any(answer.startswith(("OK listed", "Q")) for answer in told), told
        assert rig.modem.contexts.get(1).apn == "iot"
        rig.run(FULL_S + MENDED_S)
        assert not rig.stored()
        assert rig.ask("set sweep-min 25") == "OK sweep-min=25"
        assert rig.ask("apn set em") == "Q txn=1"
        assert (rig.resets, rig.errors) == ([], [])


def test_a_boot_with_a_full_flash_serves_reads(tmp_path: Path, filesystem: str) -> None:
    with Rig(tmp_path, filesystem=filesystem) as rig:
        rig.ask("ping")
        rig.ask(f"fill {FULL_S}")
        rig.cut_power()
        rig.text(rig.sign("allow add +491701111111 viewer").sms)
        rig.until(lambda: any(": full; next attempt in" in line for line in rig.log))
        assert rig.ask("ping") == "OK pong"
        assert (rig.resets, rig.errors) == ([], [])
