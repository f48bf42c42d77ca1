"""Where a PIN may come from: a private file, a descriptor, a prompt; and what is said where none is."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mtmo_host.commands.up import command as up
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.sms.pin import read_pin


def private(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_a_private_file_and_a_descriptor_hold_a_pin(tmp_path: Path) -> None:
    assert read_pin(private(tmp_path / "pin", "Zq71x9\n")) == "Zq71x9"
    reader, writer = os.pipe()
    os.write(writer, b"Zq71x9\n")
    os.close(writer)
    assert read_pin(f"fd:{reader}") == "Zq71x9"
    os.close(reader)


def test_a_prompt_asks_twice_and_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    @click.command()
    def ask() -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        assert read_pin(None) == "Zq71x9"

    result = CliRunner().invoke(ask, input="Zq71x9\nZq71x9\n", catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "Zq71x9" not in result.output


@pytest.mark.parametrize("text", ["", "12345", "12 3456", "1234567890123456x", "12345ü", "\n"])
def test_what_is_no_pin_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(MtmoError, match="holds no PIN") as refused:
        read_pin(private(tmp_path / "pin", text))
    assert not text.strip() or text.strip() not in str(refused.value)


def test_a_pin_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MtmoError, match="others may read"):
        read_pin(private(tmp_path / "pin", "Offen44", 0o644))


def test_without_a_terminal_the_option_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(UsageError, match="needs a PIN"):
        read_pin(None)


def test_up_takes_a_pin_only_with_access_by_pin(tmp_path: Path) -> None:
    result = CliRunner().invoke(up, ["--pin", "x", "--state", str(tmp_path)])
    assert isinstance(result.exception, UsageError) or result.exit_code == 2
