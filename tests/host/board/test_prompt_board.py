"""The local prompt on a virtual board: real MicroPython, a real pty, `mtmo console` and mpremote at its other end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_rig import Up, make_key, mpremote, mtmo, running

from mtmo_host.errors import MtmoError
from mtmo_host.flash.transport import Board


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("up")
    with running(Up(folder / "state", make_key(folder), "--heap", "200")) as lab:
        yield lab


def typed(up: Up, *lines: str) -> str:
    """What `mtmo console` shows when these lines are typed, without its stamps."""
    done = mtmo("console", "--port", up.devices[0]["repl"], input="".join(line + "\n" for line in lines))
    assert done.returncode == 0, done.stderr
    return "\n".join(line.partition(" ")[2] for line in done.stdout.splitlines())


def test_the_person_at_the_cable_has_the_verbs_the_log_the_trace_and_the_modem(up: Up) -> None:
    said = typed(up, "ping", "status", "modem AT+CSQ", "trace on", "modem AT", "trace off", "log 2", "set pin 471193")
    for words in (
        "\nOK pong\n", "\nOK st=stable reg=", "\n+CSQ: ", "debug at: > AT\n", "\ntrace off\n", "info cable: status\n",
        "\nOK pin=",
    ):  # fmt: skip
        assert words in said, said
    assert "471193" not in said
    assert "MemoryError" not in said


def test_texts_are_answered_while_somebody_is_at_the_prompt(up: Up) -> None:
    typed(up, "ping")
    assert up.ask(up.devices[0], "ping") == "OK pong"


def test_repl_leaves_to_python_and_the_board_starts_again(up: Up) -> None:
    said = typed(up, "repl", "print(6 * 7)")
    assert ">>> print(6 * 7)\n42\n" in said
    assert mpremote(up.devices[0]["repl"], "exec", "print(6 * 8)").stdout == "48\n"
    assert mpremote(up.devices[0]["repl"], "reset").returncode == 0
    assert " boot=reset " in up.ask(up.devices[0], "status")


def test_a_locked_board_gives_neither_prompt_nor_repl_until_a_signed_text_opens_it(up: Up) -> None:
    device = up.devices[0]
    assert up.ask(device, "set lock on;reboot") == "OK lock=on; OK rebooted"
    assert "locked; to open it: set lock off, signed" in typed(up, "get access", "\x03", "import os")
    with pytest.raises(MtmoError, match="set lock off;reboot board, signed"):
        Board(device["repl"], connect_timeout_s=3)
    assert up.ask(device, "set lock off;reboot") == "OK lock=off; OK rebooted"
    assert mpremote(device["repl"], "exec", "print(6 * 9)").stdout == "54\n"
