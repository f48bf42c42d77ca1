"""The main job, end to end: real processes, real MicroPython, the flashed code; each test is a line of the promise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_rig import OPERATOR, Up, make_key, mpremote, running
from programs import micropython_32

from mtmo_host.virtual_board.image import FlashImage

HEAP_32_KIB = 128  # 124 are enough
HEAP_ROMFS_KIB = {"64 bits": 160, "32 bits": 96}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("lab")
    with running(Up(folder / "state", make_key(folder), devices=3)) as up:
        yield up


def test_every_device_answers_a_signed_status(up: Up) -> None:
    for device in up.devices:
        assert up.ask(device, "status").startswith("OK st=stable reg=home")


def test_a_device_of_the_lab_answers_more_than_a_dozen_times_an_hour(up: Up) -> None:
    for _ in range(14):
        assert up.ask(up.ready["devices"][0], "ping") == "OK pong"


def test_every_device_sets_its_apn_and_reports_it_signed(up: Up) -> None:
    asked = []
    for device in up.devices:
        command = up.sign(device, "apn set em")
        asked.append((device, command, len(up.mo(device))))
        up.send(device, command.sms)
    for device, command, before in asked:
        answers = up.wait_for_mo(device, before + 2)[before:]
        assert [up.verified(device, sms, command) for sms in answers] == ["Q txn=1", "OK apn=em state=confirmed txn=1"]


def test_unsigned_and_foreign_texts_are_silent_on_the_air_and_named_on_the_console(up: Up) -> None:
    device = up.devices[0]
    before = len(up.mo(device))
    up.send(device, "status")
    up.send(device, up.sign(device, "status").sms, source="+491511234567")
    up.wait_for_console(device, "refused: unsigned, from short:12345")
    up.wait_for_console(device, "refused: sender not on the allow-list, from +491511234567")
    assert up.ask(device, "ping") == "OK pong"
    assert len(up.mo(device)) == before + 1


def test_a_text_from_a_phone_outside_gets_nothing(up: Up) -> None:
    device = up.devices[1]
    before = len(up.mo(device))
    body = {"payload": up.sign(device, "ping").sms, "dest": device["msisdn"]}
    assert up.rest.post("/emulator/v1/phone/+491701234567/sms", json=body).status_code in (200, 201, 202)
    up.wait_for_console(device, "from +491701234567")
    assert len(up.mo(device)) == before


def test_the_agent_that_answers_is_the_flashed_code(up: Up) -> None:
    device = up.devices[2]
    listing = mpremote(device["repl"], "fs", "ls", ":/lib/mtmo")
    assert listing.returncode == 0, listing.stderr
    assert "agent.mpy" in listing.stdout
    version = mpremote(device["repl"], "exec", "import mtmo; print(mtmo.__version__)")
    assert version.stdout.strip() == "0.1.0", version.stderr
    assert mpremote(device["repl"], "reset").returncode == 0
    assert up.ask(device, "status").startswith("OK")


def test_messages_reach_smpp_and_the_json_line_names_everything(up: Up) -> None:
    ready = up.ready
    assert set(ready) == {"ready", "http", "smpp", "token", "smpp_accounts", "keys", "operator", "devices"}
    assert set(ready["devices"][0]) == {"id", "name", "imei", "iccid", "imsi", "msisdn", "modem", "repl", "at"}
    assert ready["operator"] == OPERATOR


def test_allow_list_access_answers_the_operator_and_nobody_else(tmp_path: Path) -> None:
    with running(Up(tmp_path / "state", make_key(tmp_path), "--access", "allow-list")) as up:
        device = up.devices[0]
        up.send(device, "apn set em", source="+491511234567")
        up.wait_for_console(device, "refused: sender not on the allow-list")
        assert up.mo(device) == []
        up.send(device, "apn set em")
        assert up.wait_for_mo(device, 2) == ["Q txn=1", "OK apn=em state=confirmed txn=1"]


def test_access_by_pin_answers_the_operator_with_the_pin_and_nobody_else(tmp_path: Path) -> None:
    pin = tmp_path / "pin.txt"
    pin.write_text("Geheim77\n")
    pin.chmod(0o600)
    with running(Up(tmp_path / "state", make_key(tmp_path), "--access", "pin", "--pin", pin)) as up:
        device = up.devices[0]
        up.send(device, "ping")
        up.wait_for_console(device, "refused: without the PIN, from short:12345")
        up.send(device, "#geheim77 ping")
        up.wait_for_console(device, "refused: wrong PIN")
        up.send(device, "#Geheim77 ping", source="+491511234567")
        up.wait_for_console(device, "refused: sender not on the allow-list")
        assert up.mo(device) == []
        up.send(device, "#Geheim77 get pin")
        assert up.wait_for_mo(device, 1) == ["OK pin=set"]
        assert up.ask(device, "ping") == "OK pong"
        assert "Geheim77" not in up.console(device)


def test_a_killed_lab_comes_back_as_it_was_and_refuses_a_replay(tmp_path: Path) -> None:
    keys = make_key(tmp_path)
    with running(Up(tmp_path / "state", keys, devices=2)) as up:
        device = up.devices[0]
        command = up.sign(device, "apn set em")
        up.send(device, command.sms)
        up.wait_for_mo(device, 2)
        devices, log = _lasting(up), up.log(device)
        up.kill()
    image = tmp_path / "state" / "flash" / "unit-1.img"
    files = FlashImage.list(image)
    with running(Up(tmp_path / "state", keys, devices=2)) as up:
        assert _lasting(up) == devices
        assert up.log(device) == log
        assert FlashImage.list(image) == files
        up.send(device, command.sms)
        answers = up.wait_for_mo(device, 3)
        assert answers[2] == answers[0], "the cached answer, word for word"
        assert up.ask(device, "apn").endswith("txn=1 last=1:confirmed"), "nothing ran twice"
        assert "accepted from short:12345 as admin: apn set" not in up.console(device)


def test_a_device_of_32_bits_does_the_main_job(tmp_path: Path) -> None:
    arguments = ("--micropython", micropython_32(), "--heap", HEAP_32_KIB)
    with running(Up(tmp_path / "state", make_key(tmp_path), *arguments)) as up:
        device = up.devices[0]
        command = up.sign(device, "apn set em")
        up.send(device, command.sms)
        answers = [up.verified(device, sms, command) for sms in up.wait_for_mo(device, 2)]
        assert answers == ["Q txn=1", "OK apn=em state=confirmed txn=1"]
        assert up.ask(device, "status").startswith("OK st=stable reg=home")
        assert "MemoryError" not in up.console(device)
        assert _elf_classes_of_children(up.process.pid) == {1}, "the board is no program for 32 bits"


def _elf_classes_of_children(pid: int) -> set[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{child}/exe").read_bytes()[4] for child in children}


def _lasting(up: Up) -> list[dict[str, Any]]:
    return [{name: value for name, value in device.items() if name != "repl"} for device in up.devices]


def test_a_text_in_the_modem_at_the_moment_of_the_kill_is_not_lost(tmp_path: Path) -> None:
    keys = make_key(tmp_path)
    with running(Up(tmp_path / "state", keys)) as up:
        device = up.devices[0]
        commands = [up.sign(device, "ping") for _ in range(4)]
        for command in commands:
            up.send(device, command.sms)
        up.kill()
    with running(Up(tmp_path / "state", keys)) as up:
        answers = up.wait_for_mo(device, 4)
        texts = {
            up.verified(device, sms, command)
            for command in commands
            for sms in answers
            if _belongs(up, device, sms, command)
        }
        assert texts == {"OK pong"}


def _belongs(up: Up, device: dict[str, Any], sms: str, command: Any) -> bool:
    try:
        up.verified(device, sms, command)
    except ValueError:
        return False
    return True


def test_the_whole_chain_works_with_a_heap_of_192_kb(tmp_path: Path) -> None:
    with running(Up(tmp_path / "state", make_key(tmp_path), "--heap", "192")) as up:
        device = up.devices[0]
        command = up.sign(device, "apn set em")
        up.send(device, command.sms)
        assert up.verified(device, up.wait_for_mo(device, 2)[1], command) == "OK apn=em state=confirmed txn=1"
        for _ in range(5):
            assert up.ask(device, "status").startswith("OK st=stable")
        assert "MemoryError" not in up.console(device)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_long_transfer_is_not_bitten_by_the_watchdog_and_the_agent_goes_on(tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(bytes(range(256)) * 1024)
    with running(Up(tmp_path / "state", make_key(tmp_path))) as up:
        device = up.devices[0]
        started = time.monotonic()
        while time.monotonic() - started < 60:  # one after the other, each in a fresh mpremote: the agent never runs
            done = mpremote(device["repl"], "resume", "fs", "cp", "-f", str(big), ":/big.bin", timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr
        assert "watchdog" not in up.console(device)
        assert (
            mpremote(device["repl"], "resume", "exec", "import machine; print(machine.reset_cause())").stdout.strip()
            == "1"
        )
        assert mpremote(device["repl"], "reset").returncode == 0
        assert "boot=reset" in up.ask(device, "status")


@pytest.mark.parametrize("family", ["64 bits", "32 bits"])
def test_an_agent_in_romfs_does_the_main_job_in_less_heap(tmp_path: Path, family: str) -> None:
    arguments = ("--micropython", micropython_32()) if family == "32 bits" else ()
    with running(
        Up(tmp_path / "state", make_key(tmp_path), "--romfs", "--heap", HEAP_ROMFS_KIB[family], *arguments)
    ) as up:
        device = up.devices[0]
        command = up.sign(device, "apn set em")
        up.send(device, command.sms)
        answers = [up.verified(device, sms, command) for sms in up.wait_for_mo(device, 2)]
        assert answers == ["Q txn=1", "OK apn=em state=confirmed txn=1"]
        assert up.ask(device, "status").startswith("OK st=stable reg=home")
        assert "MemoryError" not in up.console(device)
    files = FlashImage.list(tmp_path / "state" / "flash" / "unit-1.img")
    assert not [name for name in files if name.startswith("/lib")], "it ran from the file system"
