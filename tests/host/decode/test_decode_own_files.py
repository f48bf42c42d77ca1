"""`mtmo decode` reads what mtmo itself writes: each file is made by the real tool."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from decoding import decode
from lab_rig import Up, make_key, mtmo, running


class Desk:
    """A running `mtmo up` whose lines are recorded, after one signed command."""

    def __init__(self, folder: Path, up: Up) -> None:
        self.folder, self.up = folder, up
        self.state = folder / "state"
        self.device = up.devices[0]

    def run(self, *args: object, text: str | None = None) -> str:
        done = mtmo(*args, input=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sms(self, *args: object) -> str:
        return self.run("sms", *args, "--state", self.state)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    record = folder / "lines"
    with running(Up(folder / "state", make_key(folder), "--heap", "192", "--record", record)) as up:
        desk = Desk(folder, up)
        desk.sms("send", "unit-1", "-m", "ping")
        yield desk


def _recording(desk: Desk) -> str:
    return (desk.folder / "lines" / "unit-1.jsonl").read_text()


def _console_log(desk: Desk) -> str:
    """The prompt, the trace and a text that comes and is answered meanwhile."""
    log = desk.folder / "board.log"
    desk.run("console", "--port", desk.device["repl"], "--log", log, text="modem AT+CREG?\ntrace on\n")
    desk.sms("send", "unit-1", "-m", "ping")
    desk.run("console", "--port", desk.device["repl"], "--log", log, text="trace 40\ntrace off\n")
    return log.read_text()


def _device_log(desk: Desk) -> str:
    desk.run("console", "--port", desk.device["repl"], text="trace on\nmodem AT+CREG?\ntrace off\n")
    return desk.up.rest.get(f"/emulator/v1/endpoint/{desk.device['id']}/log").text


WRITTEN: dict[str, tuple[Callable[[Desk], str], str]] = {
    "a recording of the line": (_recording, "taken by the network"),
    "a console's log with the answers at the prompt": (_console_log, "circuit switched: registered, home"),
    "a console's log with the agent's trace": (_console_log, "octets of TPDU follow"),
    "the log of a device, from the API": (_device_log, "circuit switched: registered, home"),
    "the messages of a device, from the API": (lambda desk: json.dumps(desk.up.log(desk.device)), "SC1 reply"),
    "sms send": (lambda desk: desk.sms("send", "unit-1", "-m", "ping"), "SC1 command"),
    "sms send --json": (lambda desk: desk.sms("send", "unit-1", "-m", "ping", "--json"), "SC1 command"),
    "sms send of log at": (lambda desk: desk.sms("send", "unit-1", "-m", "log at 9"), "octets of TPDU follow"),
    "sms watch --json": (lambda desk: desk.sms("watch", "--history", "--for", "1", "--json"), "SC1 reply"),
    "sms sign": (lambda desk: desk.sms("sign", "--imei", desk.device["imei"], "ping"), "SC1 command"),
    "sms sign --json": (lambda desk: desk.sms("sign", "--imei", desk.device["imei"], "ping", "--json"), "SC1 command"),
}


@pytest.mark.parametrize(("write", "said"), WRITTEN.values(), ids=WRITTEN)
def test_what_mtmo_writes_is_explained_and_nothing_in_it_is_called_damaged(
    desk: Desk, tmp_path: Path, write: Callable[[Desk], str], said: str
) -> None:
    path = tmp_path / "written"
    path.write_text(write(desk))
    result = decode(str(path))
    assert (result.exit_code, result.stderr) == (0, "")
    assert said in result.stdout
    found: list[dict[str, Any]] = [json.loads(line) for line in decode("--json", str(path)).stdout.splitlines()]
    assert found
