"""`mtmo decode`: the transcripts of `--record` explained, in PDU and text mode, with and without echo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from decoding import decode
from emulator_rig import DELIVER, IMEI, FakeNetwork, submit

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.endpoints.memory import MemoryPort
from mtmo_host.emulator.transcript.recorder import Recorder
from mtmo_host.sms.cbs import encode_pages

_SMS = submit()


def recording(path: Path, *, echo: bool, text_mode: bool) -> Path:
    """A text sent and a text handed over as it comes, the agent's octets in pieces."""
    modem = Modem(personality("generic"), Sim("1", "2", "+3"), FakeNetwork(), imei=IMEI)
    recorder = Recorder(modem, path)
    port = MemoryPort(modem, timeout=40)
    modem.power_on(0)
    port.pass_ms(40_000)
    send = [b'AT+CMGS="+4915112345678"\r', b"hello\x1a"]
    if not text_mode:
        send = [b"AT+CMGS=%d\r" % len(_SMS), b"00" + _SMS.hex().encode() + b"\x1a"]
    for line in (f"ATE{echo:d}\r".encode(), b"AT+CM", f"GF={text_mode:d};+CNMI=2,2\r".encode(), *send):
        port.write(line)
        port.pass_ms(10_000)
    modem.deliver(DELIVER, 1, port.now_ms)
    port.pass_ms(1_000)
    recorder.close()
    return path


def explained(path: Path, *options: str) -> list[dict[str, Any]]:
    """The entries of a file in which nothing is wrong."""
    result = decode("--json", *options, str(path))
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("echo", [True, False])
def test_each_pdu_of_a_transcript_is_explained_once(tmp_path: Path, echo: bool) -> None:
    found = explained(recording(tmp_path / "run.jsonl", echo=echo, text_mode=False))
    sent = [entry for entry in found if " > " in entry["raw"] and "pdu" in entry]
    came = [entry for entry in found if " < " in entry["raw"] and "pdu" in entry]
    assert [entry["pdu"]["direction"] for entry in sent] == ["submit"]
    assert [entry["pdu"]["direction"] for entry in came] == ["deliver"]
    assert [entry["line"] for entry in found] == sorted(entry["line"] for entry in found)
    assert any(entry["meaning"].startswith("taken by the network") for entry in found)


def test_in_text_mode_the_networks_tpdus_say_what_was_sent_and_came(tmp_path: Path) -> None:
    path = recording(tmp_path / "run.jsonl", echo=True, text_mode=True)
    lines = path.read_text().splitlines()
    found = {entry["raw"].split()[-1]: entry for entry in explained(path)}
    assert found["mo"]["meaning"].startswith("the network gets: SMS-SUBMIT to +4915112345678")
    assert found["mo"]["meaning"].endswith("“hello”")
    assert found["deliver"]["meaning"].startswith("the network delivers: SMS-DELIVER from ")
    assert json.loads(lines[found["deliver"]["line"] - 1])["event"] == "deliver"


def test_a_broadcast_is_explained_as_the_cell_sent_it_and_as_the_modem_said_it(tmp_path: Path) -> None:
    modem = Modem(personality("generic"), Sim("1", "26201", "+3"), FakeNetwork(), imei=IMEI)
    recorder = Recorder(modem, tmp_path / "run.jsonl")
    port = MemoryPort(modem, timeout=40)
    modem.power_on(0)
    port.pass_ms(40_000)
    port.write(b"AT+CSCB=1;+CNMI=2,0,2,0,0\r")
    port.pass_ms(10_000)
    modem.broadcast(encode_pages("flood", mid=50)[0], port.now_ms)
    port.pass_ms(10_000)
    recorder.close()
    found = [entry for entry in explained(tmp_path / "run.jsonl") if "pdu" in entry]
    assert [entry["meaning"] for entry in found] == [
        "the cell sends: cell broadcast 50, page 1 of 1: “flood”",
        "cell broadcast 50, page 1 of 1: “flood”",
    ]


def test_a_damaged_transcript_is_refused_and_one_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = recording(tmp_path / "run.jsonl", echo=True, text_mode=False)
    whole = path.read_text()
    path.write_text(whole[:-5])
    assert explained(path)
    path.write_text(whole.replace('"agent"', '"nobody"', 1))
    result = decode(str(path))
    assert result.exit_code == 1
    assert "neither agent nor modem nor event" in result.stderr
    path.write_text(whole)
    assert decode("--length", "3", str(path)).exit_code == 2
