"""A recorded run with faults comes out the same again: what was switched is in the transcript."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

import pytest
from emulator_rig import DELIVER, IMEI, FakeNetwork, submit

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.endpoints.memory import MemoryPort
from mtmo_host.emulator.faults import MENU
from mtmo_host.emulator.transcript import MODEM, Transcript, load
from mtmo_host.emulator.transcript.recorder import Recorder
from mtmo_host.emulator.transcript.rerun import rerun


def recorded(path: Path, chosen: str) -> Transcript:
    """Some work with a fault switched on, fired if it can be, and switched off."""
    sim = Sim("8949020000000000011", "262011234567890", "+491701234567")
    modem = Modem(personality("a7670"), sim, FakeNetwork(), imei=IMEI, seed=7, speed=3.0)
    recorder = Recorder(modem, path)
    with contextlib.closing(MemoryPort(modem, timeout=40)) as port:
        modem.power_on(port.now_ms)
        port.pass_ms(40_000)
        modem.faults.reseed(11)
        modem.faults.choose(chosen)
        sms = submit()
        for line in (b"ATE0", b"AT+CNMI=2,1", b"AT+CMGS=%d" % len(sms), sms.hex().encode() + b"\x1a", b"AT+CMGL=4"):
            port.write(line + b"\r")
            port.pass_ms(2000)
            modem.deliver(DELIVER, 1, port.now_ms)
        port.pass_ms(300)
        for fault in MENU:
            if fault.fires and fault.id in modem.faults.active():
                modem.faults.fire(fault.id)
                port.pass_ms(5000)
        port.pass_ms(50_000)
        modem.faults.clear()
        port.write(b"AT+CPMS?\r")
        port.pass_ms(40_000)
    recorder.close()
    return load(path)


@pytest.mark.parametrize("chosen", [*(fault.id for fault in MENU), "flaky", "hostile", "restarts"])
def test_a_run_with_faults_is_the_same_in_every_octet(tmp_path: Path, chosen: str) -> None:
    transcript = recorded(tmp_path / "run.jsonl", chosen)
    assert any(entry.event == "fault" for entry in transcript.entries)
    assert transcript.octets(MODEM)
    assert rerun(transcript) is None


_OUTSIDE = {"", "power_on", "activate", "restart", "driver_baud"}


@pytest.mark.parametrize("fault", [fault.id for fault in MENU if fault.fires])
def test_a_fault_that_is_fired_alone_is_in_the_transcript_and_happens_again(tmp_path: Path, fault: str) -> None:
    sim = Sim("8949020000000000011", "262011234567890", "+491701234567")
    modem = Modem(personality("a7670"), sim, FakeNetwork(), imei=IMEI, seed=7, speed=3.0)
    recorder = Recorder(modem, tmp_path / "run.jsonl")
    with contextlib.closing(MemoryPort(modem, timeout=40)) as port:
        modem.power_on(port.now_ms)
        port.pass_ms(40_000)
        port.write(b"ATE0;+CREG=2;+CNMI=2,1\r")
        port.pass_ms(1000)
        modem.faults.fire(fault)
        port.pass_ms(60_000)
        port.write(b"AT+CPMS?;+CREG?\r")
        port.pass_ms(5_000)
        modem.restart()  # what a silent modem did not say would stand before this
        port.pass_ms(40_000)
    recorder.close()
    transcript = load(tmp_path / "run.jsonl")
    told = [entry for entry in transcript.entries if entry.event.startswith("fault")]
    assert [entry.fields["id"] for entry in told] == [fault]
    assert {entry.event for entry in transcript.entries} <= {told[0].event, *_OUTSIDE}, "what it does is not told"
    assert modem.faults.acted[fault]
    assert rerun(transcript) is None
    rest = tuple(entry for entry in transcript.entries if entry not in told)
    assert rerun(dataclasses.replace(transcript, entries=rest)) is not None, "without the fault it is another run"
