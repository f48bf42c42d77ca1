"""Master keys in files, counters on disk, and `mtmo keys`."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from mtmo_host.commands.keys import command
from mtmo_host.errors import MtmoError
from mtmo_host.sms.counters import BUILD_DATE, CounterStore
from mtmo_host.sms.keys import MasterKey

IMEI = "356938035643809"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_key_is_64_hex_digits_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "fleet.key"
    key = MasterKey.create(path)
    assert len(path.read_text()) == 64
    assert mode_of(path) == 0o600
    assert MasterKey.load(path) == key
    assert (key.demo, key.recovery) == (False, False)
    assert path.read_text() not in repr(key) + str(key) + key.fingerprint()


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "fleet.key"
    key = MasterKey.create(path)
    with pytest.raises(MtmoError, match="never overwritten"):
        MasterKey.create(path, demo=True)
    assert MasterKey.load(path) == key


def test_a_disk_that_is_full_leaves_no_half_key_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "fleet.key"
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MtmoError, match="No space left"):
        MasterKey.create(path)
    assert not path.exists()
    monkeypatch.undo()
    MasterKey.create(path)


def test_a_demo_key_is_known_as_one(tmp_path: Path) -> None:
    MasterKey.create(tmp_path / "demo.key", demo=True)
    assert MasterKey.load(tmp_path / "demo.key").demo
    assert (tmp_path / "demo.key.demo").exists()


def test_a_recovery_key_is_for_slot_z_only(tmp_path: Path) -> None:
    key = MasterKey.create(tmp_path / "recovery.key", recovery=True)
    assert len(key.device_key(IMEI, "Z", 1)) == 32
    with pytest.raises(MtmoError, match="recovery key"):
        MasterKey.load(tmp_path / "recovery.key").device_key(IMEI, "A", 1)


@pytest.mark.leaks
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "fleet.key"
    MasterKey.create(path)
    path.chmod(mode)
    with pytest.raises(MtmoError, match="chmod 600"):
        MasterKey.load(path)


@pytest.mark.parametrize("content", ["", "00" * 31, "00" * 33, "zz" * 32, "00" * 31 + " 0", "٠" * 64, "0x" + "00" * 31])
def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path, content: str) -> None:
    path = tmp_path / "fleet.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(MtmoError, match="64 hex digits") as refusal:
        MasterKey.load(path)
    assert not content or content not in str(refusal.value)


def test_a_missing_key_and_a_folder_are_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(MtmoError, match="mtmo keys init"):
        MasterKey.load(tmp_path / "none.key")
    with pytest.raises(MtmoError):
        MasterKey.load(tmp_path)
    with pytest.raises(MtmoError, match="cannot be created"):
        MasterKey.create(tmp_path / "no" / "folder.key")


def test_a_key_may_come_from_a_descriptor(tmp_path: Path) -> None:
    key = MasterKey.create(tmp_path / "fleet.key")
    descriptor = os.open(tmp_path / "fleet.key", os.O_RDONLY)
    try:
        assert MasterKey.load(f"fd:{descriptor}").octets == key.octets
    finally:
        os.close(descriptor)
    for name in ("fd:x", "fd:-1", "fd:", f"fd:{descriptor}"):
        with pytest.raises(MtmoError):
            MasterKey.load(name)


def test_fingerprints_tell_keys_apart(tmp_path: Path) -> None:
    keys = [MasterKey.create(tmp_path / f"{number}.key") for number in range(8)]
    assert len({key.fingerprint() for key in keys}) == 8


def test_the_counter_is_the_clock_or_one_more(tmp_path: Path) -> None:
    store = CounterStore(tmp_path / "counters.json")
    now_s = BUILD_DATE.timestamp()
    assert store.next(IMEI, "A", now_s=now_s) == int(now_s)
    assert store.next(IMEI, "A", now_s=now_s) == int(now_s) + 1
    assert store.next(IMEI, "A", now_s=now_s - 86400) == int(now_s) + 2
    assert store.next(IMEI, "B", now_s=now_s) == int(now_s)
    assert CounterStore(tmp_path / "counters.json").next(IMEI, "A", now_s=now_s) == int(now_s) + 3
    assert mode_of(tmp_path / "counters.json") == 0o600


def test_a_clock_ten_years_ahead_is_refused(tmp_path: Path) -> None:
    store = CounterStore(tmp_path / "counters.json")
    with pytest.raises(MtmoError, match="clock"):
        store.next(IMEI, "A", now_s=BUILD_DATE.timestamp() + 11 * 366 * 86400)
    assert not (tmp_path / "counters.json").exists()


def test_a_counter_chosen_by_hand_is_noted_and_must_rise(tmp_path: Path) -> None:
    store = CounterStore(tmp_path / "counters.json")
    assert store.reserve(IMEI, "A", 4294967295)
    assert not store.reserve(IMEI, "A", 17)
    with pytest.raises(MtmoError, match="used up"):
        store.next(IMEI, "A")


def test_no_counter_is_given_out_twice_to_those_who_ask_at_once(tmp_path: Path) -> None:
    path, given = tmp_path / "counters.json", []

    def ask() -> None:
        given.extend(CounterStore(path).next(IMEI, "A") for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given)) == 40


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"slots": {"x/A": {}}}', '{"slots": {"x/A": {"last": "1", "tags": {}, "notices": {}}}}'],
)
def test_a_damaged_counter_file_is_never_taken_for_an_empty_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "counters.json"
    path.write_text(content)
    with pytest.raises(MtmoError, match="damaged"):
        CounterStore(path).next(IMEI, "A")
    assert path.read_text() == content


def test_tags_are_kept_for_the_latest_commands(tmp_path: Path) -> None:
    store = CounterStore(tmp_path / "counters.json")
    for ctr in range(1, 41):
        store.note_tag(IMEI, "A", ctr, ctr.to_bytes(8, "big"))
    assert store.tag(IMEI, "A", 8) is None
    assert store.tag(IMEI, "A", 40) == (40).to_bytes(8, "big")
    assert store.tag(IMEI, "B", 40) is None


def test_a_notice_counts_once(tmp_path: Path) -> None:
    store = CounterStore(tmp_path / "counters.json")
    assert store.accept_notice(IMEI, "A", 7, "100")
    assert store.accept_notice(IMEI, "A", 7, "100")  # the same SMS read again
    assert not store.accept_notice(IMEI, "A", 7, "101")  # sent again
    assert not store.accept_notice(IMEI, "A", 6, "102")
    assert store.accept_notice(IMEI, "A", 8, "103")


def test_keys_init_and_show_never_print_the_key(tmp_path: Path) -> None:
    path = tmp_path / "fleet.key"
    made = CliRunner().invoke(command, ["init", str(path)], catch_exceptions=False)
    shown = CliRunner().invoke(command, ["show", str(path), "--json"], catch_exceptions=False)
    assert made.exit_code == shown.exit_code == 0
    result = json.loads(shown.output)
    assert result == {"file": str(path), "fingerprint": MasterKey.load(path).fingerprint(), "kind": "master"}
    assert result["fingerprint"] in made.output
    assert path.read_text() not in made.output + shown.output


def test_keys_init_recovery_makes_a_recovery_key(tmp_path: Path) -> None:
    path = tmp_path / "recovery.key"
    made = CliRunner().invoke(command, ["init", "--recovery", "--json", str(path)], catch_exceptions=False)
    assert json.loads(made.output)["kind"] == "recovery"
    again = CliRunner().invoke(command, ["init", str(path)])
    assert isinstance(again.exception, MtmoError)
