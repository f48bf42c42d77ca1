"""Damage in the state directory of `mtmo up` is said with the file's name, and the file is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtmo_host.emulator import personalities
from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.sim import Sim
from mtmo_host.errors import MtmoError
from mtmo_host.lab.device import DurableNetwork
from mtmo_host.lab.identity import identity
from mtmo_host.lab.state import LabState, Member
from mtmo_host.network.core import Core
from mtmo_host.network.store import Store


def members(state: LabState) -> list[Member]:
    return state.members(1, board="unix", modem="a7670", access="signed", fingerprint="AAAA-BBBB")


def made(folder: Path) -> Path:
    state = LabState(folder)
    members(state)
    state.close()
    return folder / "devices.json"


DAMAGES: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("no identity", lambda stored: stored["devices"][0].pop("identity")),
    ("a field more", lambda stored: stored["devices"][0]["identity"].update(colour="red")),
    ("no board", lambda stored: stored["devices"][0].pop("board")),
    ("a number for a text", lambda stored: stored["devices"][0].update(modem=7)),
    ("no list", lambda stored: stored.update(devices=5)),
    ("a name that leaves the directory", lambda stored: stored["devices"][0]["identity"].update(name="../../evil")),
    ("no name", lambda stored: stored["devices"][0]["identity"].update(name="")),
]


@pytest.mark.parametrize("damage", [damage for _, damage in DAMAGES], ids=[name for name, _ in DAMAGES])
def test_a_damaged_list_of_devices_is_named_and_left_alone(
    tmp_path: Path, damage: Callable[[dict[str, Any]], object]
) -> None:
    path = made(tmp_path / "state")
    stored = json.loads(path.read_text())
    damage(stored)
    path.write_text(json.dumps(stored))
    state = LabState(tmp_path / "state")
    with pytest.raises(MtmoError, match=r"devices\.json: is damaged"):
        members(state)
    assert json.loads(path.read_text()) == stored


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    state = LabState(tmp_path)
    (tmp_path / "flash").write_text("")
    with pytest.raises(MtmoError, match=r"flash: cannot be a folder"):
        state.image(members(state)[0])


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "7", '{"version": 7}', '{"version": 1}', '{"version": 1, "store": 5}']
)
def test_a_damaged_modem_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "unit-1.json"
    path.write_text(content)
    who = identity(1)
    network = DurableNetwork(Core(Store.open(":memory:")), path)
    modem = Modem(personalities.find("a7670"), Sim(who.iccid, who.imsi, who.msisdn), network, imei=who.imei)
    with pytest.raises(MtmoError, match=r"unit-1\.json: .*only stored texts are lost"):
        network.load(modem)
