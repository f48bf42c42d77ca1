"""Facts about transcripts: what a recording holds, and that a run from it comes out the same in every octet."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial
from emulator_rig import DELIVER, IMEI, FakeNetwork, submit
from lab_rig import MTMO, Running, mtmo

from mtmo_host.emulator import Modem, Sim, personality, personality_names
from mtmo_host.emulator.endpoints.memory import MemoryPort
from mtmo_host.emulator.radio import Cell
from mtmo_host.emulator.transcript import AGENT, MODEM, Transcript, load
from mtmo_host.emulator.transcript.playback import Playback
from mtmo_host.emulator.transcript.recorder import Recorder, free_name
from mtmo_host.emulator.transcript.rerun import rerun
from mtmo_host.errors import MtmoError

_SMS = submit()


def recorded_run(path: Path, name: str = "a7670", **options: Any) -> Transcript:
    """A boot, identification, an APN, an MO, an MT, lost coverage, a power cut and a key, all in virtual time."""
    sim = Sim("8949020000000000011", "262011234567890", "+491701234567")
    modem = Modem(personality(name), sim, FakeNetwork(), imei=IMEI, seed=7, speed=3.0)
    recorder = Recorder(modem, path, **options)
    with contextlib.closing(MemoryPort(modem, timeout=40)) as port:
        modem.power_on(port.now_ms)
        port.pass_ms(40_000)
        for line in (b"ATE1", b"AT+CGMI;+CGMM", b"AT+CEREG=2", b'AT+CGDCONT=1,"IP","iot"', b"AT+CGACT=1,1"):
            _ask(port, line + b"\r")
        port.write(b"AT+CMGS=%d\r" % len(_SMS))
        if modem.personality.sms.prompt:
            port.read_until(b">")
        _ask(port, b"00" + _SMS.hex().encode() + b"\x1a")
        modem.faults.choose("F1", "F10:copies=3")
        modem.deliver(DELIVER, 1, port.now_ms)
        port.pass_ms(500)
        modem.faults.clear()
        modem.set_cell(None, port.now_ms)
        port.pass_ms(500)
        modem.set_cell(Cell(roaming=True), port.now_ms + 200)  # before what is due by then
        port.pass_ms(30_000)
        modem.boot_slowly()
        modem.undervoltage()
        card = modem.remove_sim(port.now_ms)
        port.pass_ms(500)
        modem.insert_sim(card, port.now_ms)
        port.pass_ms(10_000)
        modem.power_off(port.now_ms)
        port.pass_ms(100)
        modem.power_key(True, port.now_ms)
        port.pass_ms(5_000)
        modem.power_key(False, port.now_ms)
        port.pass_ms(40_000)
        _ask(port, b"AT\r")
    recorder.close()
    return load(path)


def _ask(port: MemoryPort, octets: bytes) -> bytes:
    port.write(octets)
    answer = bytes(port.read_until(b"OK\r\n"))
    if not answer.endswith(b"OK\r\n"):
        assert b"ERROR" in answer, answer
    return answer


@pytest.mark.parametrize("name", personality_names())
def test_a_fresh_emulated_modem_says_the_same_again(tmp_path: Path, name: str) -> None:
    transcript = recorded_run(tmp_path / "run.jsonl", name)
    assert transcript.octets(AGENT).startswith(b"ATE1\r")
    assert len(transcript.octets(MODEM)) > 200
    assert rerun(transcript) is None


def test_the_file_is_for_its_owner_and_every_line_is_json(tmp_path: Path) -> None:
    path = recorded_run(tmp_path / "new" / "run.jsonl").path
    assert path.stat().st_mode & 0o777 == 0o600
    header, *rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert (header["transcript"], header["personality"], header["imei"], header["seed"]) == (1, "a7670", IMEI, 7)
    assert {"ms", "agent"} in [row.keys() for row in rows]
    assert {row["event"] for row in rows if "event" in row} >= {
        "power_on",
        "deliver",
        "cell",
        "key",
        "activate",
        "mo",
        "fault",
    }


def test_a_recording_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "unit-1.jsonl"
    path.write_text("mine")
    with pytest.raises(MtmoError, match="exists"):
        recorded_run(path)
    assert path.read_text() == "mine"
    assert free_name(tmp_path, "unit-1") == tmp_path / "unit-1-2.jsonl"


def test_a_full_disk_leaves_no_line_in_two_and_the_modem_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write, room = os.write, [3000]

    def small(fd: int, octets: bytes) -> int:
        count = min(len(octets), room[0])
        room[0] -= count
        return write(fd, octets[:count]) if count else write(-1, b"")

    monkeypatch.setattr(os, "write", small)
    transcript = recorded_run(tmp_path / "run.jsonl")
    assert "no space left on device" in caplog.text.lower()
    room[0] = 10_000  # somebody made room: nothing is written behind the half line
    assert (tmp_path / "run.jsonl").stat().st_size == 3000
    assert rerun(transcript) is None


def test_a_recording_ends_at_its_limit_and_what_it_has_replays(tmp_path: Path) -> None:
    transcript = recorded_run(tmp_path / "run.jsonl", limit=3000)
    assert transcript.entries[-1].event == "full"
    assert transcript.path.stat().st_size < 3100
    assert rerun(transcript) is None


def test_a_full_disk_ends_the_recording_and_not_the_modem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = os.write
    left = [20]

    def write(fd: int, octets: bytes) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return written(fd, octets)

    monkeypatch.setattr(os, "write", write)
    transcript = recorded_run(tmp_path / "run.jsonl")
    assert len(transcript.entries) == 19
    assert rerun(transcript) is None


def _line_of(path: Path, marker: str) -> int:
    return next(i for i, line in enumerate(path.read_text().splitlines()) if marker in line)


def test_a_last_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    transcript = recorded_run(tmp_path / "run.jsonl")
    transcript.path.write_text(transcript.path.read_text()[:-5])
    assert load(transcript.path).entries == transcript.entries[:-1]


_DAMAGED: dict[str, tuple[int, str, str]] = {  # name -> (line to replace, its new text, what the error says)
    "no header": (0, '{"ms": 0, "event": "power_on"}', "line 1: is no line of a transcript: the header says"),
    "another format": (0, '{"transcript": 9}', "line 1: .* transcript 9, not 1"),
    "a header without a seed": (
        0,
        '{"transcript": 1, "personality": "a7670", "name": "x", "imei": "1"}',
        "seed is None",
    ),
    "not JSON": (3, "AT+CMGF=0", "line 4: is no line of a transcript"),
    "a JSON list": (3, "[1]", "line 4: is no JSON object"),
    "no time": (3, '{"agent": "AT"}', "line 4: .*ms is None"),
    "a negative time": (3, '{"ms": -1, "agent": "AT"}', "line 4: .*ms is -1"),
    "a time that goes back": (20, '{"ms": 0, "agent": "AT"}', "line 21: ms: lies before"),
    "neither side": (3, '{"ms": 1, "board": "AT"}', "line 4: .*neither agent nor modem nor event"),
    "octets that are none": (3, '{"ms": 1, "agent": "\\u20ac"}', "line 4: is no line of a transcript"),
    "octets that are a number": (3, '{"ms": 1, "agent": 1}', "line 4: .*neither agent"),
}


@pytest.mark.parametrize("name", _DAMAGED)
def test_a_damaged_file_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    number, text, message = _DAMAGED[name]
    path = recorded_run(tmp_path / "run.jsonl").path
    lines = path.read_text().splitlines()
    lines[number] = text
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(MtmoError, match=message):
        load(path)


def _changed(transcript: Transcript, marker: str, old: str, new: str) -> Transcript:
    lines = transcript.path.read_text().splitlines()
    number = _line_of(transcript.path, marker)
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new, 1)
    transcript.path.write_text("\n".join(lines) + "\n")
    return load(transcript.path)


def test_the_first_octet_that_differs_is_named_with_both_sides(tmp_path: Path) -> None:
    transcript = recorded_run(tmp_path / "run.jsonl")
    changed = _changed(transcript, "A7670E", "A7670E", "A7670X")
    difference = rerun(changed)
    assert difference is not None
    assert (difference.side, difference.line) == (MODEM, _line_of(transcript.path, "A7670X") + 1)
    assert difference.offset == changed.octets(MODEM).index(b"A7670X") + 5
    assert b"A7670X" in difference.recorded
    assert b"A7670E" in difference.got
    assert f"line {difference.line}: octet {difference.offset} from the modem differs" in str(difference)


def test_an_answer_that_never_comes_is_a_difference(tmp_path: Path) -> None:
    transcript = recorded_run(tmp_path / "run.jsonl")
    with transcript.path.open("a") as file:
        file.write(json.dumps({"ms": transcript.entries[-1].ms, "modem": "+MORE\r\n"}) + "\n")
    difference = rerun(load(transcript.path))
    assert difference is not None
    assert difference.recorded.endswith(b"+MORE\r\n")
    assert difference.got.endswith(b"OK\r\n")


@pytest.mark.parametrize("step", [1, 7, 4096])
@pytest.mark.parametrize("exact_time", [False, True])
def test_a_playback_of_each_side_meets_the_other_in_any_split(tmp_path: Path, step: int, exact_time: bool) -> None:
    transcript = recorded_run(tmp_path / "run.jsonl")
    sides = {side: Playback(transcript, side, exact_time=exact_time) for side in (AGENT, MODEM)}
    now_ms = 0
    while not all(side.ended for side in sides.values()):
        moved = False
        for one, other in (sides.values(), reversed(sides.values())):
            one.advance(now_ms)
            octets = one.take_output()
            moved |= bool(octets)
            for i in range(0, len(octets), step):
                other.feed(octets[i : i + step], now_ms)
        if not moved:
            due = [wake for side in sides.values() if (wake := side.next_wake_ms()) is not None]
            assert due, [side.missing() for side in sides.values()]
            now_ms = max(now_ms, min(due))
    assert [side.difference for side in sides.values()] == [None, None]
    if exact_time:
        assert abs(now_ms - transcript.entries[-1].ms) < 100  # both kept the recorded pauses
    else:
        assert now_ms == 0


def test_a_playback_stops_at_the_first_difference(tmp_path: Path) -> None:
    playback = Playback(recorded_run(tmp_path / "run.jsonl"), MODEM)
    ends = []
    playback.on_end = lambda: ends.append(playback.ended)
    playback.advance(0)
    assert playback.take_output().startswith(b"\r\n*ATREADY: 1\r\n")
    playback.feed(b"ATE0\rAT+CGMI\r", 0)
    assert str(playback.difference).endswith(
        "octet 3 from the agent differs: recorded b'ATE1\\rAT+CGMI;+CGMM\\rAT+CEREG', got b'ATE0\\rAT+CGMI\\r'"
    )
    assert playback.take_output() == b""
    assert ends == [True]


# --- the command


def _client(port: str) -> None:
    with contextlib.closing(serial.serial_for_url(port, 115200, timeout=10)) as client:
        for octets, end in ((b"AT\r", b"OK\r\n"), (b"ATE0\r", b"OK\r\n"), (b"AT+CMGS=%d\r" % len(_SMS), b"> ")):
            client.write(octets)
            assert client.read_until(end).endswith(end)
        client.write(b"00" + _SMS.hex().encode() + b"\x1a")
        assert client.read_until(b"OK\r\n").endswith(b"OK\r\n")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay") / "run.jsonl"
    modem = Running("modem", "generic", "--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0", "--record", path)
    time.sleep(1)  # it boots and registers
    _client(modem.ready["devices"][0]["at"])
    assert modem.stop() == 0
    return path


def test_mtmo_replay_meets_a_fresh_emulated_modem(recording: Path, tmp_path: Path) -> None:
    done = mtmo("replay", recording, "--as", "agent")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no difference: " in done.stdout
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text(recording.read_text().replace("+CMGS: 0", "+CMGS: 1"))
    done = mtmo("replay", damaged, "--as", "agent", "--json")
    assert done.returncode == 1
    assert "differs: recorded" in done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["same"] is False
    assert outcome["difference"]["got"].endswith("+CMGS: 0\r\n\r\nOK\r\n")


def _replaying(*args: object) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    process = subprocess.Popen([*MTMO, "replay", *map(str, args), "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def _outcome(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    output, _ = process.communicate(timeout=30)
    return process.returncode, json.loads(output)


@pytest.mark.parametrize("pauses", ["--fast", "--exact-time"])
def test_mtmo_replay_is_the_modem_for_a_program(recording: Path, tmp_path: Path, pauses: str) -> None:
    process, ready = _replaying(recording, "--as", "modem", "--pty", tmp_path / "modem", pauses)
    assert ready == {"ready": True, "as": "modem", "at": str(tmp_path / "modem")}
    _client(ready["at"])
    status, outcome = _outcome(process)
    assert (status, outcome["same"], outcome["compared"]) == (0, True, "agent")
    assert not (tmp_path / "modem").is_symlink()


def test_mtmo_replay_is_the_agent_for_a_modem_that_is_there(recording: Path) -> None:
    process, ready = _replaying(recording, "--as", "modem", "--tcp", "127.0.0.1:0")
    done = mtmo("replay", recording, "--as", "agent", "--tcp", ready["at"].removeprefix("socket://"))
    assert done.returncode == 0, done.stderr
    assert f"playing the agent at {ready['at']};" in done.stderr
    assert _outcome(process)[0] == 0


def test_a_program_that_reads_late_still_gets_the_last_answer(recording: Path, tmp_path: Path) -> None:
    process, ready = _replaying(recording, "--as", "modem", "--pty", tmp_path / "modem")
    transcript = load(recording)
    with contextlib.closing(serial.Serial(ready["at"], timeout=10)) as client:
        client.write(transcript.octets(AGENT))
        time.sleep(0.5)
        assert process.poll() is None
        assert client.read(len(transcript.octets(MODEM))) == transcript.octets(MODEM)
    assert _outcome(process)[0] == 0


def test_mtmo_replay_says_what_it_waited_for(recording: Path) -> None:
    done = mtmo("replay", recording, "--as", "modem", "--tcp", "127.0.0.1:0", "--wait", "0.2")
    assert done.returncode == 1
    assert "nothing came for 0.2 s" in done.stderr
    assert "octet 0 from the agent differs: recorded b'AT\\rATE0\\rAT+CMGS=" in done.stderr
    assert done.stderr.rstrip().endswith("got b''")


def test_mtmo_replay_ends_on_ctrl_c_with_what_is_missing(recording: Path) -> None:
    command = [*MTMO, "replay", str(recording), "--as", "modem"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "Ctrl-C ends it" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "octet 0 from the agent differs" in error


_WRONG_USE: dict[str, tuple[Callable[[Path], list[object]], int, str]] = {
    "no side": (lambda _: ["--pty", "x"], 2, "--as"),
    "two lines": (lambda _: ["--as", "modem", "--pty", "x", "--unix", "y"], 2, "only one of"),
    "nobody there": (lambda _: ["--as", "agent", "--tcp", "127.0.0.1:9"], 1, "--tcp: nobody answers"),
    "no port there": (lambda _: ["--as", "agent", "--serial", "/dev/nothing"], 1, "is it plugged in"),
}


@pytest.mark.parametrize("name", _WRONG_USE)
def test_wrong_use_is_one_clear_line(recording: Path, name: str) -> None:
    args, status, message = _WRONG_USE[name]
    done = mtmo("replay", recording, *args(recording))
    assert (done.returncode, message in done.stderr, "Traceback" in done.stderr) == (status, True, False), done.stderr


def test_the_help_says_that_a_transcript_holds_secrets() -> None:
    for verb in ("modem", "up"):
        said = " ".join(mtmo(verb, "--help").stdout.split())
        assert "passwords" in said, sys.executable
