"""A stranger's 10,000 texts under the real interpreter: no answer, no flash, no heap; the next command is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from virtual_rig import Rig

from mtmo_host.sms.address import TON_INTERNATIONAL, Address

STRANGER = Address("+491511234567", TON_INTERNATIONAL)
FIRST = 100  # bring the rings of the log and of the trace to their full size
TEXTS = 10_000
AT_ONCE = 20
OPERATIONS_OF_A_WRITE = 4
HEAP_OCTETS = 1024  # what lines of the log may differ in


def flood(rig: Rig, numbers: range) -> None:
    for i in numbers:
        kind = i % 4
        text = ("reboot", f"#{i:06} reboot", f"*A{i}.22CDX6MYSKTB4 reboot", "OK " * 50)[kind]
        rig.text(text, STRANGER if kind != 2 else None)
        if i % AT_ONCE == AT_ONCE - 1:
            rig.until(lambda: not rig.network.waiting and not rig.stored())


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_ten_thousand_texts_of_a_stranger_cost_neither_heap_nor_flash_nor_an_answer(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.ask("ping")
        flood(rig, range(FIRST))
        begin, sent, began_ms = rig.measure(), len(rig.network.sent), rig.now_ms
        free = []
        for part in range(4):
            flood(rig, range(FIRST + part * TEXTS // 4, FIRST + (part + 1) * TEXTS // 4))
            free.append(rig.measure().free)
        end = rig.measure()
        print(f"{begin.free} octets of heap were free after {FIRST} texts, then {free} after each quarter of {TEXTS}")
        assert min(free) >= begin.free - HEAP_OCTETS
        # what counts by the day is written down once an hour, whoever texts (calendar.py)
        hours = (rig.now_ms - began_ms) // 3_600_000
        assert end.operations - begin.operations <= OPERATIONS_OF_A_WRITE * (1 + hours) < TEXTS // 10
        assert len(rig.network.sent) == sent
        assert f" rej={FIRST + TEXTS} " in rig.ask("status")
        assert (rig.resets, rig.errors, end.handler_errors) == ([], [], 0)
