"""The worst that strangers leave in the store, and the APN transaction beside it, with the smallest heap we promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from air import OPERATOR
from virtual_rig import Rig

from mtmo_host.sms.address import TON_INTERNATIONAL, Address
from mtmo_host.sms.tpdu import encode_deliver

HEAP_KIB = 192  # README: so much for the main job beside what strangers leave
BURST_HEAP_KIB = 200  # beside forty forged texts at once
STRANGER = Address("+491511234567", TON_INTERNATIONAL)
FORGED = Address(OPERATOR)  # on the list
TEXT = "x" * 150
SCTS = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
BURST = 40


def segments(rig: Rig, oa: Address) -> None:
    """As many as are kept: four sets, each but for one segment."""
    for ref in range(4):
        for seq in (1, 2, 3):
            header = bytes((5, 0, 3, ref, 4, seq))
            rig.network.submit(rig.modem, encode_deliver(oa=oa, scts=SCTS, text=TEXT, header=header))


def burst(rig: Rig, oa: Address) -> None:
    """More texts than one listing may hold."""
    for i in range(BURST):
        rig.text(f"{i:03}" + TEXT, oa)


def nothing(rig: Rig, oa: Address) -> None: ...


def both(rig: Rig, oa: Address) -> None:
    segments(rig, oa)
    burst(rig, oa)


LEFT = {"nothing": (nothing, STRANGER), "segments of a stranger": (segments, STRANGER),
        "segments of a forged sender": (segments, FORGED), "a burst of a stranger": (burst, STRANGER),
        "a burst of a forged sender": (burst, FORGED), "segments and a burst": (both, FORGED)}  # fmt: skip


def reported(rig: Rig, apn: str, meanwhile: Callable[[], object]) -> str:
    """The report of `apn set`, while something else comes as soon as the transaction has begun."""
    command = rig.sign("apn set " + apn)
    rig.text(command.sms)
    rig.until(lambda: any("apn: txn=1 applying" in line for line in rig.log))
    meanwhile()
    rig.until(lambda: len(rig.answers(command)) == 2, 1800)
    return rig.answers(command)[1]


@pytest.mark.parametrize("when", ["before", "meanwhile", "at boot"])
@pytest.mark.parametrize("left", LEFT)
def test_a_good_apn_is_kept_and_a_dead_one_comes_back(tmp_path: Path, left: str, when: str) -> None:
    leave, oa = LEFT[left]
    heap_kib = BURST_HEAP_KIB if leave in (burst, both) and oa is FORGED else HEAP_KIB
    for apn, report in (("em", "OK apn=em state=confirmed txn=1"), ("dead", "E42 txn=1 cause=unknown-apn ceer=27")):
        with Rig(tmp_path / apn, heap_kib=heap_kib) as rig:
            if when == "at boot":
                rig.cut_power()
                leave(rig, oa)
                rig.until(rig.ready)
            if when == "before":
                leave(rig, oa)
            rig.run(60)
            assert reported(rig, apn, (lambda: leave(rig, oa)) if when == "meanwhile" else lambda: None) == report
            rig.run(60)
            assert (rig.resets, rig.errors) == ([], [])
            assert not [line for line in rig.log if "MemoryError" in line]
            assert rig.ask("ping") == "OK pong"
            assert rig.ask("apn").startswith("OK ")
