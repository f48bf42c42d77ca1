"""`mtmo flash` on a board that works: what is not named stays, what is going to be done is said first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flash_bench import IMEI, Bench
from provisioning import invoke, provisioned

from mtmo.store import Store
from mtmo_host import profile
from mtmo_host.errors import MtmoError
from mtmo_host.flash.files import serialise
from mtmo_host.flash.held import Held, check_chip, read_held
from mtmo_host.flash.transport import Board
from mtmo_host.sms.keys import MasterKey

OTHER_IMEI = "350000000000014"
ALLOW = [["+491511234567", "admin"], ["short:12345", "operator"]]
SETTINGS = {"sweep-min": 3, "pin": "Zq71x9kk"}
ARGUMENTS = ("--board", "unix")


class Owned(Bench):
    """A board that an agent has served on: its records are written by the agent's own store."""

    def __init__(self, folder: Path, **more: bytes) -> None:
        self.folder = folder
        self.master = MasterKey.create(folder / "fleet.key", demo=True)
        self.slots = [
            {"kid": "A", "epoch": 3, "role": "admin", "key": self.master.device_key(IMEI, "A", 3).hex(),
             "next": {"kid": "A", "epoch": 4, "role": "admin", "key": "44" * 32}},
            {"kid": "B", "epoch": 1, "role": "operator", "key": "22" * 32},
            {"kid": "Z", "epoch": 1, "role": "admin", "key": "33" * 32},
        ]  # fmt: skip
        store = Store(str(folder / "mtmo-state"))
        store.write("settings", {"sweep-min": 99})
        store.write("settings", SETTINGS)
        store.write("keys", {"devid": IMEI, "slots": self.slots, "allow": ALLOW, "recovery": [1, 9], "losses": 2})
        store.write("apn", {"good": ["em"]})
        records = {f"/mtmo-state/{path.name}": path.read_bytes() for path in (folder / "mtmo-state").iterdir()}
        super().__init__(folder, {**records, **{f"/{name}": octets for name, octets in more.items()}})

    def flash(self, *arguments: str) -> Any:
        return invoke(*ARGUMENTS, "--port", self.port, *arguments)

    @property
    def keys(self) -> tuple[str, str]:
        return "--keys", str(self.folder / "fleet.key")


@pytest.fixture
def owned(tmp_path: Path, device: Path) -> Iterator[Owned]:
    (device / "mtmo" / "__init__.py").write_text("def identify():\n    raise OSError(110)\n")
    found = Owned(tmp_path)
    yield found
    found.stop()


def record(owned: Owned, **more: Any) -> dict[str, Any]:
    """What the board holds as an object of /provision.json, with what has changed."""
    settings = {"access": "signed", **SETTINGS}
    return {"devid": IMEI, "settings": settings, "keys": owned.slots, "allow": ALLOW, "demo": False, **more}


def test_lock_alone_locks_and_asks_no_modem(owned: Owned) -> None:
    assert owned.flash("--lock").exit_code == 0
    assert provisioned(owned) == record(owned, settings={"access": "signed", "lock": True, **SETTINGS})


def test_settings_alone_change_what_they_name(owned: Owned, tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text('psm = true\naccess = "allow-list"\n')
    owned.flash("--settings", str(tmp_path / "more.toml"))
    assert provisioned(owned) == record(owned, settings={**SETTINGS, "psm": True, "access": "allow-list"})


def test_allow_names_the_whole_list_and_nothing_else(owned: Owned) -> None:
    said = owned.flash("--allow", "12345", "admin").stderr
    assert provisioned(owned) == record(owned, allow=[["short:12345", "admin"]])
    assert "allow +491511234567: removed" in said
    assert "stays: slot A, B, Z" in said


def test_a_key_that_the_board_has_changes_nothing_though_it_was_rotated(owned: Owned) -> None:
    said = json.loads(owned.flash(*owned.keys, "--imei", IMEI, "--json").stdout)
    assert (said["provisioned"], said["imei"]) == (False, IMEI)
    assert "/provision.json" not in owned.files()


def test_another_key_leaves_the_list_the_settings_and_the_other_slots(owned: Owned) -> None:
    owned.flash(*owned.keys, "--imei", IMEI, "--epoch", "5")
    key = owned.master.device_key(IMEI, "A", 5).hex()
    slot = {"kid": "A", "epoch": 5, "role": "admin", "key": key}
    assert provisioned(owned) == record(owned, keys=[slot, *owned.slots[1:]], demo=True)


def test_another_modem_leaves_no_key_that_verifies_nothing(owned: Owned) -> None:
    said = owned.flash(*owned.keys, "--imei", OTHER_IMEI).stderr
    assert [row["kid"] for row in provisioned(owned)["keys"]] == ["A"]
    assert ("slot B: removed" in said, f"device id: {OTHER_IMEI}" in said) == (True, True)


def test_fresh_forgets_what_is_not_named(owned: Owned) -> None:
    said = owned.flash(*owned.keys, "--imei", IMEI, "--allow", "12345", "admin", "--fresh").stderr
    given = provisioned(owned)
    assert ([row["kid"] for row in given["keys"]], given["allow"]) == (["A"], [["short:12345", "admin"]])
    assert given["settings"] == {"access": "signed"}
    for words in ("slot B: removed", "pin: the default", "allow +491511234567: removed"):
        assert words in said


def test_without_any_of_them_only_files_change(owned: Owned, tmp_path: Path) -> None:
    said = owned.flash("--fleet", str(tmp_path / "fleet.csv"))
    assert "/provision.json" not in owned.files()
    assert IMEI in (tmp_path / "fleet.csv").read_text()
    assert "changes:" not in said.stderr


def test_what_waits_for_the_next_start_is_not_lost(tmp_path: Path, device: Path) -> None:
    waiting = {"devid": IMEI, "settings": {"access": "allow-list"}, "keys": [], "allow": ALLOW[:1], "demo": False}
    owned = Owned(tmp_path, **{"provision.json": serialise(waiting)})
    try:
        owned.flash("--lock")
        assert provisioned(owned) == {**waiting, "settings": {"access": "allow-list", "lock": True}}
    finally:
        owned.stop()


def test_a_torn_slot_leaves_the_one_before_it(tmp_path: Path, device: Path) -> None:
    owned = Owned(tmp_path, **{"mtmo-state/settings.1": b"MTM1" + bytes(30)})
    try:
        with Board(owned.port) as board:
            assert read_held(board).settings == {"sweep-min": 99}
    finally:
        owned.stop()


def test_what_is_going_to_be_done_is_said_first_and_no_secret_with_it(owned: Owned, tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text('pin = "Kk81z8aa"\nsweep-min = 4\n')
    said = owned.flash("--settings", str(tmp_path / "more.toml")).stderr
    lines = said.splitlines()
    assert lines[0].startswith("the board: ")
    assert lines[0].endswith(f"IMEI {IMEI}")
    assert {"changes: pin: ***", "changes: sweep-min: 4"} <= set(lines)
    assert "stays: slot A, B, Z; 2 allowed addresses; access signed" in lines
    assert lines[-1].startswith("files: ")
    assert not any(secret in said for secret in ("Kk81z8aa", "Zq71x9kk", "22" * 32))


# what is wanted, of which board, what is said
REFUSED = (
    (("--lock",), "empty", "signed access needs a key"),
    (("--allow", "12345", "admin"), "empty", "signed access needs a key"),
    (("--access", "allow-list", "--lock", "--imei", IMEI), "empty", "nobody could open the board again"),
    (("--fresh", "--lock"), "owned", "signed access needs a key"),
    (("--board", "lilygo-t-a7670"), "owned", "the profile is for esp32"),
    (("--board", "sixfab-pico-lte", "--lock"), "owned", "the profile is for rp2"),
)


@pytest.mark.parametrize(("arguments", "which", "words"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_what_would_shut_a_board_is_refused_before_anything_is_written(
    request: pytest.FixtureRequest, device: Path, arguments: tuple[str, ...], which: str, words: str
) -> None:
    board: Bench = request.getfixturevalue({"empty": "bench", "owned": "owned"}[which])
    before = board.files()
    with pytest.raises(MtmoError, match=words):
        invoke("--board", "unix", "--port", board.port, *arguments)
    assert board.files() == before


def test_force_writes_the_profile_of_another_chip_and_says_so(owned: Owned) -> None:
    result = owned.flash("--board", "lilygo-t-a7670", "--force")
    assert "--force: the board is" in result.stderr
    assert json.loads(owned.files()["/board.json"])["board"] == "lilygo-t-a7670"


# what a board says of itself (sys.platform, sys.implementation._machine), profiles that fit
CHIPS = (
    ("esp32", "Generic ESP32 module with ESP32", {"esp32"}),
    ("esp32", "LILYGO T-A7670 with ESP32-PICO-D4", {"esp32"}),
    ("esp32", "Generic ESP32S3 module with ESP32S3", {"esp32s3"}),
    ("esp32", "Walter with ESP32-S3-WROOM-1-N16R2", {"esp32s3"}),
    ("esp32", "ESP32C3 module with ESP32C3", set()),
    ("esp32", "our own board", {"esp32", "esp32s3"}),
    ("esp32", "", {"esp32", "esp32s3"}),
    ("rp2", "Raspberry Pi Pico with RP2040", {"rp2"}),
    ("pyboard", "PYBv1.1 with STM32F405RG", set()),
    ("linux", "linux [GCC 12.2.0] version", {"unix"}),
)


class Saying:
    """A raw REPL that prints what a board says of itself."""

    port = "x"

    def __init__(self, chip: str) -> None:
        self._chip = chip

    def run(self, program: str, timeout_s: float = 1) -> str:
        return f"C {self._chip}\r\n"

    def write_octets(self, path: str, data: bytes) -> Iterator[int]:
        raise AssertionError(path)


@pytest.mark.parametrize(("platform", "machine", "fitting"), CHIPS, ids=[" ".join(row[:2]) for row in CHIPS])
def test_a_profile_fits_a_board_by_its_chip(platform: str, machine: str, fitting: set[str]) -> None:
    held = read_held(Saying(f"{platform} {machine}"))
    assert {mcu for mcu in sorted({profile.load(name).mcu for name in profile.names()}) if fits(held, mcu)} == fitting


def fits(held: Held, mcu: str) -> bool:
    try:
        check_chip(held, mcu, "x")
    except MtmoError as error:
        assert "--force" in str(error)
        return False
    return True
