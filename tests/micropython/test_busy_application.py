"""An application that keeps the loop for 80 ms of every 200 costs neither a text nor a false time-out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from virtual_rig import Rig

BUSY = (80, 200)
HOUR_S = 3600
# A line that stutters: the rest of a PDU comes just before the second is over that it is waited for
PIECE_OCTETS, PAUSE_MS = 60, 965
STORED, ROUTED = ("bg95", "sim800", "a7670"), ("nrf91",)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", STORED + ROUTED)
def test_an_hour_beside_a_busy_application_loses_no_text_and_no_answer(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    with Rig(tmp_path, name=name, busy=BUSY, replies_per_hour=60, replies_per_day=500, texts_per_minute=60) as rig:
        rig.modem.faults.switch("F1", every=PIECE_OCTETS, pause_ms=PAUSE_MS)
        given = []
        end_ms = rig.now_ms + 1000 * HOUR_S
        began = len(rig.log)
        while rig.now_ms < end_ms:
            number = str(len(given))
            given.append(number)
            rig.text(rig.sign(f"count {number}").sms)
            rig.run(chance.uniform(1, 150))
        rig.run(120)
        assert rig.ran == given
        assert len(rig.network.sent) == len(given)
        assert not [line for line in rig.log[began:] if "no answer in" in line or "no PDU behind" in line]
        assert (rig.resets, rig.errors, rig.measure().handler_errors) == ([], [], 0)
