"""Provisioning by the command: keys, allow-list, settings, fleet file; every mistake before the board is touched."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from flash_bench import IMEI, Bench
from provisioning import invoke, provisioned

from mtmo_host.errors import MtmoError
from mtmo_host.flash import provision
from mtmo_host.fleet.file import Device, load_fleet, upsert
from mtmo_host.sms.keys import MasterKey


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    MasterKey.create(tmp_path / "demo.key", demo=True)
    return tmp_path / "demo.key"


def test_provisioning_holds_the_boards_own_key(device: Path, bench: Bench, keys: Path, tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.csv"
    result = invoke(
        "--board", "unix", "--port", bench.port, "--keys", str(keys), "--allow", "12345", "admin",
        "--allow", "+491511234567", "viewer", "--imei", IMEI, "--fleet", str(fleet), "--name", "unit-1", "--json",
    )  # fmt: skip
    assert result.exit_code == 0
    assert json.loads(result.stdout)["provisioned"] is True
    given = provisioned(bench)
    k_dev = MasterKey.load(keys).device_key(IMEI, "A", 1)
    assert given == {
        "devid": IMEI,
        "settings": {"access": "signed"},
        "keys": [{"kid": "A", "epoch": 1, "role": "admin", "key": k_dev.hex()}],
        "allow": [["short:12345", "admin"], ["+491511234567", "viewer"]],
        "demo": True,
    }
    assert MasterKey.load(keys).octets.hex().encode() not in b"".join(bench.files().values())
    assert load_fleet(fleet) == [Device(name="unit-1", imei=IMEI, board="unix")]


def test_83_what_the_cable_gives_is_said_when_a_real_board_gets_keys() -> None:
    given = provision.record(IMEI, keys=[{"kid": "A"}], allow=[["short:12345", "admin"]], settings={"pin": "Zq71x9"})
    said = " ".join(provision.warnings(given))
    assert "whoever holds the cable reads this board's keys" in said
    assert "no other board should have the same" in said
    assert provision.warnings(given, virtual=True) == []
    given["settings"]["lock"] = True
    assert provision.warnings(given) == []


def test_the_modem_is_asked_for_its_imei(device: Path, bench: Bench, keys: Path) -> None:
    result = invoke("--board", "unix", "--port", bench.port, "--keys", str(keys), "--allow", "12345", "admin")
    assert provisioned(bench)["devid"] == IMEI
    assert f"provisioned as {IMEI}" in result.stdout


def test_a_modem_that_does_not_answer_is_said(device: Path, bench: Bench, keys: Path) -> None:
    (device / "mtmo" / "__init__.py").write_text("def identify():\n    raise OSError(110)\n")
    with pytest.raises(MtmoError, match=r"does not say its IMEI.*--imei"):
        invoke("--board", "unix", "--port", bench.port, "--keys", str(keys), "--allow", "12345", "admin")


def test_a_demo_key_is_refused_for_a_real_board(device: Path, keys: Path) -> None:
    with pytest.raises(MtmoError, match="demo key") as caught:
        invoke("--board", "lilygo-t-a7670", "--port", "/dev/null", "--keys", str(keys), "--allow", "12345", "admin")
    assert "mtmo keys init" in str(caught.value)


def test_what_others_wrote_into_the_fleet_file_stays(device: Path, bench: Bench, tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.csv"
    upsert(fleet, Device(name="pump", imei=IMEI, msisdn="+491511234567", notes="cellar"))
    invoke("--board", "unix", "--port", bench.port, "--imei", IMEI, "--fleet", str(fleet))
    assert load_fleet(fleet) == [Device("pump", IMEI, "", "+491511234567", "", "unix", "cellar")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--board", "unxi"], "did you mean 'unix'"),
        (["--board", "unix", "--access", "allow-list", "--allow", "12345", "root"], "unknown role 'root'"),
        (["--board", "unix", "--access", "allow-list", "--allow", "01511234567", "admin"], "not an address"),
        (["--board", "unix", "--access", "pin"], "one of 'signed', 'allow-list'"),
        (["--board", "unix", "--keys", "/no/such.key"], "no such key file"),
        (["--board", "unix", "--imei", "123"], "15 digits"),
        (["--board", "lilygo-t-a7670", "--imei", "350000000000007"], "check digit"),
        (["--board", "unix", "--name", "x"], "--fleet"),
        (["--board", "unix", "--settings", "/no/such.toml"], "cannot read"),
    ],
)
def test_a_mistake_is_said_before_the_board_is_touched(device: Path, arguments: list[str], words: str) -> None:
    with pytest.raises(MtmoError) as caught:
        invoke(*arguments, "--port", "/dev/no-such-port")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sweep_min = 3", "did you mean 'sweep-min'"),
        ("sweep-min = 999", "1 to 120"),
        ("sweep-min = true", "1 to 120"),
        ("psm = 7", "true or false"),
        ('access = "open"', "'signed'"),
        ("sweep-min = ", "not TOML"),
        ("apn = 5", "a text"),
        ("sweep-min = 1.5", "a text, a number"),
    ],
)
def test_a_setting_that_the_agent_would_refuse_is_refused_here(
    device: Path, tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(MtmoError) as caught:
        invoke("--board", "unix", "--port", "/dev/no-such-port", "--settings", str(path))
    assert words in str(caught.value)
    assert "settings.toml" in str(caught.value)


def test_settings_reach_the_board(device: Path, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('access = "allow-list"\napn = "em"\nsweep-min = 3\n')
    result = invoke(
        "--board", "unix", "--port", bench.port, "--settings", str(path), "--allow", "12345", "admin", "--imei", IMEI
    )
    given = provisioned(bench)
    assert given["settings"] == {"access": "allow-list", "apn": "em", "sweep-min": 3}
    assert given["keys"] == []
    assert "forges" in result.stderr


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+491511234567", "+491511234567"),
        ("12345", "short:12345"),
        ("short:1", "short:1"),
        ("alnum:EMnify", "alnum:EMnify"),
        ("national:01511234567", "national:01511234567"),
        ("unknown:49151", "unknown:49151"),
    ],
)
def test_an_address_has_one_form(text: str, form: str) -> None:
    assert provision.parse_address(text) == form


@pytest.mark.parametrize(
    "text",
    ["", "+", "+49x", "123456789", "alnum:", "alnum:" + "a" * 12, "short:123456789", "foo:1", "EMnify", "+1 2 3"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(MtmoError, match="not an address"):
        provision.parse_address(text)


def test_an_address_has_one_role() -> None:
    with pytest.raises(MtmoError, match="twice"):
        provision.parse_allow([("alnum:EMnify", "admin"), ("alnum:emnify", "viewer")])


def test_no_key_is_in_an_error_message(device: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.key"
    path.write_text("ab" * 31)
    path.chmod(0o600)
    with contextlib.suppress(MtmoError):
        invoke("--board", "unix", "--port", "/dev/null", "--keys", str(path))
    with pytest.raises(MtmoError) as caught:
        MasterKey.load(path)
    assert "abab" not in str(caught.value)
