"""The fleet file, the session file, and what a desk finds."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mtmo_host.errors import MtmoError
from mtmo_host.fleet.desk import Desk
from mtmo_host.fleet.file import COLUMNS, Device, find, load_fleet, upsert
from mtmo_host.fleet.session import Session, default_state_dir, load_session, save_session
from mtmo_host.sms.keys import MasterKey

ONE = Device(
    "unit-1", "356938035643809", "8988303000006734768", "+423663921520532", "11379224", "unix", 'a "quoted", note'
)
TWO = Device("unit-2", "356938035643817", platform_id="2")
SESSION = Session("http://127.0.0.1:8080", "secret-token", "/keys/demo.key", "12345", "/fleet.csv")


def test_a_fleet_comes_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    upsert(path, ONE)
    upsert(path, TWO)
    assert load_fleet(path) == [ONE, TWO]
    assert path.read_text().splitlines()[0] == "name,imei,iccid,msisdn,platform_id,board,notes"


def test_a_device_of_the_same_imei_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    upsert(path, ONE, TWO)
    moved = Device("renamed", ONE.imei)
    upsert(path, moved)
    assert load_fleet(path) == [moved, TWO]
    with pytest.raises(MtmoError, match="stands twice"):
        upsert(path, Device("unit-2", "356938035643825"))
    assert load_fleet(path) == [moved, TWO]


def test_a_spreadsheets_csv_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_bytes("\ufeffName,IMEI,Platform ID,colour\r\n unit-1 ,356938035643809,7,red\r\n,,,\r\n".encode())
    assert load_fleet(path) == [Device("unit-1", "356938035643809", platform_id="7")]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("name,iccid\n", "lacks imei"),
        ("", "lacks name and imei"),
        ("name,imei\nx,123\n", ":2.*15 digits"),
        ("name,imei\n,356938035643809\n", ":2.*needs a name"),
        ("name,imei\nx,356938035643809\nx,356938035643817\n", ":3.*name 'x' stands twice, first in .*:2"),
        ("name,imei\nx,356938035643809\ny,356938035643809\n", ":3.*IMEI .* twice"),
        ("name,imei\nx,356938035643809,extra\n", ":2.*3 cells under 2 columns"),
        ("name,imei,iccid\nx,356938035643809,12\n", "ICCID"),
        ("name,imei,msisdn\nx,356938035643809,abc\n", "MSISDN"),
        ('name,imei\n"x,356938035643809\n', "is no CSV"),
    ],
)
def test_a_wrong_fleet_file_is_refused_with_its_place(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text(rows)
    with pytest.raises(MtmoError, match=message):
        load_fleet(path)


def test_a_missing_fleet_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MtmoError, match="no such fleet file"):
        load_fleet(tmp_path / "none.csv")


@pytest.mark.parametrize("key", ["unit-1", ONE.imei, ONE.iccid, ONE.msisdn, "423663921520532", "11379224"])
def test_a_device_is_found_by_any_of_its_ids(key: str) -> None:
    assert find([ONE, TWO], key) == ONE


def test_a_device_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(MtmoError, match="unit-1, unit-2"):
        find([ONE, TWO], "unit-3")
    with pytest.raises(MtmoError, match="several"):
        find([ONE, Device("other", "356938035643825", msisdn="11379224")], "11379224")
    with pytest.raises(MtmoError, match="is empty"):
        find([], "")


def test_a_session_comes_back_and_is_private(tmp_path: Path) -> None:
    assert load_session(tmp_path) is None
    path = save_session(tmp_path / "state", SESSION)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_session(tmp_path / "state") == SESSION


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"http": 1}'])
def test_a_damaged_session_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "session.json").write_text(content)
    with pytest.raises(MtmoError, match="damaged"):
        load_session(tmp_path)


def test_the_default_state_directory_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_state_dir() == tmp_path / "mtmo"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_state_dir() == tmp_path / ".local" / "state" / "mtmo"


def test_options_win_over_the_session_and_its_token_stays_at_home(tmp_path: Path) -> None:
    save_session(tmp_path, SESSION)
    assert Desk.open(state=str(tmp_path)).platform() == (SESSION.http, SESSION.token)
    assert Desk.open(state=str(tmp_path), url="http://127.0.0.1:8080/").platform()[1] == SESSION.token
    with pytest.raises(MtmoError, match="MTMO_TOKEN"):
        Desk.open(state=str(tmp_path), url="https://elsewhere.example").platform()
    assert Desk.open(state=str(tmp_path), url="https://x.example", token="t").platform() == ("https://x.example", "t")


def test_what_a_desk_lacks_is_named(tmp_path: Path) -> None:
    desk = Desk.open(state=str(tmp_path))
    for ask, message in ((desk.platform, "--url"), (lambda: desk.devices(()), "--fleet"), (desk.keys, "--keys")):
        with pytest.raises(MtmoError, match=message):
            ask()


def test_a_device_named_twice_is_one(tmp_path: Path) -> None:
    upsert(tmp_path / "fleet.csv", ONE, TWO)
    desk = Desk.open(state=str(tmp_path), fleet=str(tmp_path / "fleet.csv"))
    assert desk.devices(("unit-1", ONE.imei)) == [ONE]
    assert desk.devices(()) == [ONE, TWO]
    MasterKey.create(tmp_path / "k")
    assert Desk.open(state=str(tmp_path), keys=str(tmp_path / "k")).keys().source == str(tmp_path / "k")


def test_the_columns_are_those_of_the_contract() -> None:
    assert COLUMNS == ("name", "imei", "iccid", "msisdn", "platform_id", "board", "notes")
