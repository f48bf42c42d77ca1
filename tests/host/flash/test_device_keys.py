"""Exported keys of one slot: what an operator gets instead of a master key, and that every verb takes it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mtmo_host.commands.keys import command
from mtmo_host.commands.sms import command as sms
from mtmo_host.errors import MtmoError
from mtmo_host.fleet.file import Device, upsert
from mtmo_host.sms import sc1
from mtmo_host.sms.counters import CounterStore
from mtmo_host.sms.device_keys import DeviceKeys, load_keys
from mtmo_host.sms.keys import MasterKey

ONE, TWO = "356938035643809", "356938035643817"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A master key, and a fleet of two."""
    MasterKey.create(tmp_path / "fleet.key")
    upsert(tmp_path / "fleet.csv", Device("unit-1", ONE), Device("unit-2", TWO))
    return tmp_path


def run(folder: Path, *words: str, verb: object = command) -> Result:
    options = ["--state", str(folder)]
    result = CliRunner().invoke(verb, [*words, *options])  # type: ignore[arg-type]
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def export(folder: Path, *words: str, slot: str = "B", to: str = "anna.json") -> Result:
    files = ["--keys", str(folder / "fleet.key"), "--fleet", str(folder / "fleet.csv"), "--to", str(folder / to)]
    return run(folder, "export", *files, "--slot", slot, *words)


def test_an_export_holds_the_keys_of_one_slot_and_no_master(folder: Path) -> None:
    result = export(folder)
    path, master = folder / "anna.json", MasterKey.load(folder / "fleet.key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "for 2 devices" in result.stdout
    exported = load_keys(path)
    assert isinstance(exported, DeviceKeys)
    assert exported.keys == {imei: master.device_key(imei, "B", 1) for imei in (ONE, TWO)}
    assert master.octets.hex() not in path.read_text() + repr(exported)
    assert not any(key.hex() in result.stdout + repr(exported) for key in exported.keys.values())


def test_a_few_devices_may_be_named_and_an_imei_needs_no_fleet(folder: Path) -> None:
    assert "for 1 device," in export(folder, "unit-2").stdout
    (folder / "fleet.csv").unlink()
    line = json.loads(export(folder, "--imei", ONE, "--json", to="b.json").stdout)
    assert (line["slot"], line["epoch"], line["devices"]) == ("B", 1, 1)


def test_an_operator_signs_with_an_export_as_with_the_master(folder: Path) -> None:
    export(folder)
    master = MasterKey.load(folder / "fleet.key")
    exported = str(folder / "anna.json")
    signed = json.loads(run(folder, "sign", "--keys", exported, "--imei", ONE, "--json", "ping", verb=sms).stdout)
    command = sc1.verify_command(master.slot(ONE, "B"), ONE, signed["sms"])
    assert (command.kid, command.body) == ("B", "ping")
    reply = sc1.sign_reply(master.slot(ONE, "B"), ONE, "B", command.ctr, command.tag, "OK pong")
    assert "VERIFIED: OK pong" in run(folder, "verify", "--keys", exported, "--imei", ONE, reply, verb=sms).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--slot", "A"), "holds keys of slot B, not A"),
        (("--imei", "356938035643825"), "holds no key of device 356938035643825"),
        (("--epoch", "2"), "for epoch 1, not 2"),
    ],
)
def test_what_an_export_cannot_sign_is_said(folder: Path, words: tuple[str, ...], message: str) -> None:
    export(folder)
    who = () if "--imei" in words else ("--imei", ONE)
    with pytest.raises(MtmoError, match=message):
        run(folder, "sign", "--keys", str(folder / "anna.json"), *who, *words, "ping", verb=sms)


def test_an_export_is_no_master_key_and_nothing_is_overwritten(folder: Path) -> None:
    export(folder)
    with pytest.raises(MtmoError, match="never overwritten"):
        export(folder)
    with pytest.raises(MtmoError, match="64 hex digits"):
        MasterKey.load(folder / "anna.json")
    with pytest.raises(MtmoError, match="export already"):
        run(folder, "export", "--keys", str(folder / "anna.json"), "--slot", "B", "--to", str(folder / "c.json"))


def test_the_recovery_slot_is_for_no_operator(folder: Path) -> None:
    with pytest.raises(MtmoError, match="recovery slot"):
        export(folder, slot="Z")


def test_each_device_goes_into_an_export_at_the_epoch_that_it_answers_under(folder: Path) -> None:
    CounterStore(folder / "counters.json").settle_epoch(ONE, "B", 3)
    assert "epochs 1 to 3, for 2 devices" in export(folder).stdout
    assert "epochs 1 to 3, 2 devices" in CliRunner().invoke(command, ["show", str(folder / "anna.json")]).stdout
    line = json.loads(export(folder, "--json", to="b.json").stdout)
    assert (line["epoch"], line["epochs"]) == (None, {ONE: 3, TWO: 1})
    (folder / "counters.json").unlink()  # another person's desk knows of no rotation
    master, exported = MasterKey.load(folder / "fleet.key"), str(folder / "anna.json")
    for imei, epoch in ((ONE, 3), (TWO, 1)):
        keys = master.slot(imei, "B", epoch)
        signed = run(folder, "sign", "--keys", exported, "--imei", imei, "ping", verb=sms).stdout
        sent = sc1.verify_command(keys, imei, signed.strip())
        assert sent.body == "ping"
        reply = sc1.sign_reply(keys, imei, "B", sent.ctr, sent.tag, "OK pong")
        assert "VERIFIED: OK pong" in run(folder, "verify", "--keys", exported, "--imei", imei, reply, verb=sms).stdout


def test_an_export_that_a_rotation_has_outdated_says_so(folder: Path) -> None:
    export(folder)
    CounterStore(folder / "counters.json").settle_epoch(ONE, "B", 2)
    with pytest.raises(MtmoError, match=f"device {ONE} for epoch 1, not 2.*ask for a new export"):
        run(folder, "sign", "--keys", str(folder / "anna.json"), "--imei", ONE, "ping", verb=sms)


def test_an_export_that_others_may_read_is_refused(folder: Path) -> None:
    export(folder)
    (folder / "anna.json").chmod(0o640)
    with pytest.raises(MtmoError, match="chmod 600"):
        load_keys(folder / "anna.json")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"}, {"version": 2}, {"slot": "I"}, {"slot": "AB"}, {"slot": 1}, {"epoch": 0}, {"epoch": "1"},
        {"epochs": {ONE: 0}}, {"epochs": {ONE: "3"}}, {"epochs": {ONE: True}}, {"epochs": 1}, {"keys": {}},
        {"keys": {ONE: "00"}}, {"keys": {"": "00" * 32}}, {"keys": [1]}, {"keys": {ONE: "zz" * 32}}, {"keys": {ONE: 1}},
    ],
)  # fmt: skip
def test_a_damaged_export_is_refused_without_being_shown(folder: Path, change: dict[str, object]) -> None:
    export(folder)
    path = folder / "anna.json"
    key = load_keys(path).device_key(ONE, "B").hex()
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(MtmoError, match="no usable export") as refusal:
        load_keys(path)
    assert key not in str(refusal.value)


def test_show_tells_what_it_is(folder: Path) -> None:
    export(folder)
    shown = CliRunner().invoke(command, ["show", str(folder / "anna.json")]).stdout
    assert "exported keys of slot B, epoch 1, 2 devices, fingerprint" in shown
    assert (
        json.loads(CliRunner().invoke(command, ["show", str(folder / "anna.json"), "--json"]).stdout)["kind"]
        == "exported"
    )
