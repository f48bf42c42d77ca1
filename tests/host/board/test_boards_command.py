"""`mtmo boards`: the list, one board with its sources, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_mock import MockerFixture

from mtmo_host import profile, resources
from mtmo_host.commands.boards import command
from mtmo_host.errors import MtmoError, UsageError


def said(*arguments: str) -> str:
    done = CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False)
    assert done.exit_code == 0
    return done.output


def refused(*arguments: str) -> BaseException | None:
    return CliRunner().invoke(command, arguments, standalone_mode=False).exception


def test_every_board_stands_in_the_list_once() -> None:
    rows = said().splitlines()
    assert [row.split()[0] for row in rows] == ["board", *profile.names()]
    (pico,) = [row for row in rows if row.startswith("waveshare-pico-sim868 ")]
    assert pico.split()[:6] == ["waveshare-pico-sim868", "rp2", "sim800", "1.24", "files,ROMFS,frozen", "-"]


@pytest.mark.parametrize("name", profile.names())
def test_one_board_is_shown_with_each_number_its_source_and_its_doubts(name: str) -> None:
    text, board = said(name), profile.load(name)
    for key, source in board.sources.items():
        if key != "watchdog_ms":
            (line,) = [line for line in text.splitlines() if line[4:].startswith(key + " ")]
            assert line.endswith(source), key
            assert line.startswith("  ? ") == (key in board.unverified)
    assert "run on hardware: nobody has told so yet" in text
    assert ("is a strapping pin" in text) == bool(board.strapping)


def test_json_is_a_line_a_board() -> None:
    found = [json.loads(line) for line in said("--json").splitlines()]
    assert [each["name"] for each in found] == profile.names()
    walter = json.loads(said("dptechnics-walter", "--json"))
    assert walter["strapping"] == ["pins.reset.pin"]
    assert walter["memory"] == {"psram_kib": 2048, "flash_kib": 16384}
    assert walter["ways"] == ["files", "ROMFS", "frozen"]
    assert walter["watchdog_limits_ms"] == [1000, 600_000]
    assert walter["sources"]["pins.reset.pin"].startswith("walter-micropython: ")


def test_a_file_of_ones_own_is_shown_too(tmp_path: Path) -> None:
    text = (resources.boards_dir() / "unix.toml").read_text().replace('name = "unix"', 'name = "mine"')
    (tmp_path / "mine.toml").write_text(text)
    assert said(str(tmp_path / "mine.toml")).startswith("mine: ")


def test_an_unknown_board_names_a_near_one() -> None:
    error = refused("lilygo-t-a7760")
    assert isinstance(error, MtmoError)
    assert "did you mean 'lilygo-t-a7670'" in str(error)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "/dev/ttyUSB0"), "add --connected"),
        (("unix", "--connected"), "leave one of the two out"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[str, ...], words: str) -> None:
    error = refused(*arguments)
    assert isinstance(error, UsageError)
    assert words in str(error)


def test_no_port_at_all_is_said(mocker: MockerFixture) -> None:
    mocker.patch("serial.tools.list_ports.comports", return_value=[])
    assert said("--connected") == "no USB serial port is plugged in\n"
    assert said("--connected", "--json") == ""
