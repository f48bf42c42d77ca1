"""Wrong use is answered clearly: one line that names the field and the fix, exit status 1 or 2, no traceback."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_rig import MTMO, Up, make_key, mtmo, running

from mtmo_host import resources
from mtmo_host.durable import claim_link, write_whole
from mtmo_host.emulator.transcript import Header
from mtmo_host.lab.identity import IDENTITIES, identity, with_check_digit


def port_in_use(folder: Path) -> list[object]:
    server = socket.create_server(("127.0.0.1", 0))
    held.append(server)
    return ["up", "--http", f"127.0.0.1:{server.getsockname()[1]}", "--state", folder / "state"]


def smpp_port_in_use(folder: Path) -> list[object]:
    server = socket.create_server(("127.0.0.1", 0))
    held.append(server)
    return [
        "up",
        "--http",
        "127.0.0.1:0",
        "--smpp",
        f"127.0.0.1:{server.getsockname()[1]}",
        "--state",
        folder / "state",
    ]


def unknown_modem(folder: Path) -> list[object]:
    return ["modem", "nokia3310"]


def unknown_modem_for_up(folder: Path) -> list[object]:
    return ["up", "--modem", "nokia3310", "--state", folder / "state"]


def missing_keys(folder: Path) -> list[object]:
    return ["up", "--keys", folder / "nowhere.key", "--state", folder / "state"]


def keys_that_others_can_read(folder: Path) -> list[object]:
    path = folder / "open.key"
    path.write_text("00" * 32 + "\n")
    path.chmod(0o644)
    return ["up", "--keys", path, "--state", folder / "state"]


def keys_that_are_none(folder: Path) -> list[object]:
    path = folder / "short.key"
    path.write_text("00" * 31 + "\n")
    path.chmod(0o600)
    return ["up", "--keys", path, "--state", folder / "state"]


def corrupt_image(folder: Path) -> list[object]:
    keys = make_key(folder)
    with running(Up(folder / "state", keys)):
        pass
    image = folder / "state" / "flash" / "unit-1.img"
    image.write_bytes(b"\x55" * image.stat().st_size)
    return [
        "up",
        "--devices",
        1,
        "--keys",
        keys,
        "--http",
        "127.0.0.1:0",
        "--smpp",
        "127.0.0.1:0",
        "--state",
        folder / "state",
    ]


def truncated_image(folder: Path) -> list[object]:
    path = folder / "board.img"
    path.write_bytes(b"littlefs")
    return ["board", "--image", path]


def misspelt_profile_key(folder: Path) -> list[object]:
    path = folder / "my-board.toml"
    text = (resources.boards_dir() / "unix.toml").read_text().replace('name = "unix"', 'name = "my-board"')
    path.write_text(text.replace("rxbuf", "rxbuff", 1))
    return ["up", "--board", path, "--state", folder / "state"]


def state_that_is_a_file(folder: Path) -> list[object]:
    path = folder / "file"
    path.write_text("")
    return ["up", "--state", path]


def state_at_a_bad_url(folder: Path) -> list[object]:
    return ["up", "--devices", 0, "--http", "127.0.0.1:0", "--state", "nosuchdb://x/y"]


def counters_that_cannot_be_locked(folder: Path) -> list[object]:
    (folder / "desk" / ".counters.json.lock").mkdir(parents=True)
    keys = make_key(folder)
    return ["sms", "sign", "--state", folder / "desk", "--keys", keys, "--imei", "356938035643809", "ping"]


def database_of_another_program(folder: Path) -> list[object]:
    (folder / "state").mkdir()
    with contextlib.closing(sqlite3.connect(folder / "state" / "network.db")) as database:
        database.execute("create table meta (id integer)")
    return ["up", "--devices", 0, "--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0", "--state", folder / "state"]


def state_of_a_running_modem(folder: Path) -> list[object]:
    (folder / "state").mkdir()
    lock = (folder / "state" / "lab.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    held.append(lock)
    return ["modem", "--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0", "--state", folder / "state"]


def link_of_a_running_board(folder: Path) -> list[object]:
    name = claim_link(folder / "board")
    assert name is not None
    held.append(name)
    return ["board", "--pty", folder / "board"]


def sent_to_nobody(*arguments: str) -> Callable[[Path], list[object]]:
    """`sms send` on a desk without a fleet: what is wrong with the arguments is said first."""
    return lambda folder: ["sms", "send", "unit-1", "--state", folder / "none", *arguments]


def exported(*arguments: str) -> Callable[[Path], list[object]]:
    keys = ["--imei", "356938035643809", "--to"]
    return lambda folder: ["keys", "export", "--keys", make_key(folder), *keys, folder / "x.json", *arguments]


def signed(*arguments: str) -> Callable[[Path], list[object]]:
    imei = ["--imei", "356938035643809", "--state", "none"]
    return lambda folder: ["sms", "sign", "--keys", make_key(folder), *imei, *arguments]


def with_no_host(*arguments: str) -> Callable[[Path], list[object]]:
    def of(folder: Path) -> list[object]:
        return [*arguments, "no.host.invalid:1", "--http", "127.0.0.1:0", "--state", folder / "s"]

    return of


def with_a_foreign_command(*command: str) -> Callable[[Path], list[object]]:
    options = ["--imei", "356938035643809", "--command-sms", "hello", "=A18.9TAGVHY5RGTZG OK"]
    return lambda folder: [*command, "--keys", make_key(folder), *options]


def recorded_silence(*command: str) -> Callable[[Path], list[object]]:
    """A recording on whose line nothing was said."""

    def of(folder: Path) -> list[object]:
        path = folder / "silent.jsonl"
        header = Header("generic", "unit-1", "356938035643809", 0, 20.0, 0, {}, {})
        path.write_text(header.line("2026-01-01T00:00:00+00:00") + '{"ms": 1, "event": "power_on"}\n')
        return [command[0], path, *command[1:]]

    return of


held: list[Any] = []

# name, arguments, exit status, words that must be said
WRONG: list[tuple[Callable[[Path], list[object]], int, tuple[str, ...]]] = [
    (port_in_use, 1, ("in use", "--http")),
    (smpp_port_in_use, 1, ("in use", "--smpp")),
    (unknown_modem, 1, ("nokia3310", "a7670")),
    (unknown_modem_for_up, 1, ("nokia3310", "a7670")),
    (missing_keys, 1, ("nowhere.key",)),
    (keys_that_others_can_read, 1, ("open.key", "chmod 600")),
    (keys_that_are_none, 1, ("short.key", "64")),
    (corrupt_image, 1, ("unit-1.img",)),
    (truncated_image, 1, ("board.img",)),
    (misspelt_profile_key, 1, ("rxbuff", "rxbuf")),
    (state_that_is_a_file, 1, ("file",)),
    (state_at_a_bad_url, 1, ("URL",)),
    (counters_that_cannot_be_locked, 1, (".counters.json.lock", "directory")),
    (database_of_another_program, 1, ("database", "meta")),
    (lambda folder: ["up", "--access", "open"], 2, ("--access", "signed")),
    (lambda folder: ["up", "--http", "8080"], 2, ("HOST:PORT",)),
    (lambda folder: ["up", "--devices", "-1"], 2, ("--devices",)),
    (lambda folder: ["up", "--heap", "8"], 2, ("--heap",)),
    (lambda folder: ["up", "--micropython", "/bin/true"], 1, ("--micropython", "/bin/true")),
    (lambda folder: ["modem", "a7670", "--number-of", "435620"], 2, ("--number-of",)),
    (lambda folder: ["modem", "a7670", "--number", "12"], 2, ("--number", "+49")),
    (lambda folder: ["modem", "a7670", "--pty", "/tmp/x", "--tcp", "127.0.0.1:0"], 2, ("--tcp",)),
    (lambda folder: ["modem", "a7670", "--serial", "/dev/does-not-exist"], 1, ("does-not-exist",)),
    (lambda folder: ["board", "--uart", "1=/dev/does-not-exist", "--image", folder / "x.img"], 1, ("does-not-exist",)),
    (lambda folder: ["nonsense"], 2, ("nonsense",)),
    (lambda folder: ["decod"], 2, ("'decod'", "Did you mean 'decode'?")),
    (lambda folder: ["sms", "snd"], 2, ("Did you mean 'send'?",)),
    (exported("--slot", "I"), 2, ("--slot: 'I' is not a key slot",)),
    (exported("--slot", "BB"), 2, ("--slot: 'BB' is not a key slot",)),
    (signed("--slot", "o", "status"), 2, ("--slot: 'o' is not a key slot",)),
    (signed("--slot", "Z", "status"), 1, ("is no recovery key",)),
    (signed("a_b"), 2, ("BODY: '_'", "%5F")),
    (lambda folder: ["keys", "rotate", "--slot", "L", "unit-1"], 2, ("--slot: 'L'",)),
    (lambda folder: ["keys", "rotate-by-hand", "--slot", "L", "--imei", "356938035643809"], 2, ("--slot: 'L'",)),
    (
        lambda folder: ["flash", "--board", "unix", "--port", "x", "--keys", "x", "--operator-slot", "I", "viewer"],
        2,
        ("--operator-slot: 'I'",),
    ),
    (sent_to_nobody("-m", ""), 2, ("--message: there is no command to sign",)),
    (sent_to_nobody("-m", "a_b"), 2, ("--message: '_'", "%5F")),
    (sent_to_nobody("-m", "a;b;c;d;e"), 2, ("--message: at most four commands",)),
    (sent_to_nobody("-m", " ", "--unsigned"), 2, ("--message: there is nothing to send",)),
    (sent_to_nobody("-m", "\udcff", "--unsigned"), 2, ("--message: is not UTF-8",)),
    (sent_to_nobody("-m", "ping", "--validity", "9" * 15), 2, ("--validity", "635040")),
    (sent_to_nobody("-m", "ping", "--wait", "nan"), 2, ("--wait", "not a number")),
    (lambda folder: ["keys", "rotate", "unit-1", "--wait", "nan"], 2, ("--wait", "not a number")),
    (lambda folder: ["sms", "watch", "--for", "nan"], 2, ("--for", "not a number")),
    (lambda folder: ["replay", "x", "--as", "agent", "--wait", "nan"], 2, ("--wait", "not a number")),
    (lambda folder: ["modem", "--speed", "nan"], 2, ("--speed", "not a number")),
    (recorded_silence("decode"), 1, ("silent.jsonl: nothing was said",)),
    (recorded_silence("replay", "--as", "agent"), 1, ("silent.jsonl: nothing was said",)),
    (recorded_silence("replay", "--as", "modem"), 1, ("silent.jsonl: nothing was said",)),
    (lambda folder: ["decode", '{"lines": ["AT+CM'], 1, ("JSON that ends too early",)),
    (lambda folder: ["decode", '{"lines": []'], 1, ("JSON that ends too early",)),
    (lambda folder: ["decode", '{"lines": "}"}'], 1, ("neither a PDU",)),
    (lambda folder: ["decode", folder], 1, ("is a folder",)),
    (lambda folder: ["decode", ""], 1, ("there is nothing to explain",)),
    (with_a_foreign_command("sms", "verify"), 2, ("--command-sms: this is not an SC1 text",)),
    (with_a_foreign_command("decode"), 1, ("--command-sms: this is not an SC1 text",)),
    (lambda folder: ["modem", "--tcp", "127.0.0.1:\u0663"], 2, ("HOST:PORT",)),
    (lambda folder: ["board", "--uart", "\u00b2=/dev/null"], 2, ("N=PATH",)),
    (lambda folder: ["board", "--uart", "1=tcp:nowhere"], 2, ("1=tcp:nowhere", "HOST:PORT")),
    (lambda folder: ["sign-page", "--out", folder / "no" / "sign.html"], 2, ("no folder", "--out")),
    (lambda folder: ["decode", folder / "no.log"], 1, ("no such file", "no.log")),
    (lambda folder: ["up", "--devices", "0", "--http", "no.host.invalid:1", "--state", folder / "s"], 1, ("no.host",)),
    (with_no_host("up", "--devices", "0", "--smpp"), 1, ("smpp: cannot listen on no.host.invalid:1: ", "--smpp")),
    (with_no_host("modem", "--smpp", "127.0.0.1:0", "--tcp"), 1, ("tcp: no.host.invalid:1: ",)),
    (with_no_host("modem", "--smpp", "127.0.0.1:0", "--rfc2217"), 1, ("tcp: no.host.invalid:1: ",)),
    (state_of_a_running_modem, 1, ("in use by another mtmo", "--state")),
    (link_of_a_running_board, 1, ("in use by another mtmo", "pty")),
]


@pytest.mark.parametrize(("arguments", "status", "words"), WRONG, ids=lambda value: getattr(value, "__name__", None))
def test_wrong_use_is_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: Callable[[Path], list[object]],
    status: int,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    try:
        done = mtmo(*arguments(tmp_path))
    finally:
        while held:
            held.pop().close()
    assert done.returncode == status, done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert "[Errno" not in done.stderr
    assert done.stdout == ""


def test_two_labs_on_one_state_directory_are_refused(tmp_path: Path) -> None:
    keys = make_key(tmp_path)
    with running(Up(tmp_path / "state", keys)):
        done = mtmo("up", "--devices", 1, "--keys", keys, "--state", tmp_path / "state", "--http", "127.0.0.1:0")
    assert done.returncode == 1
    assert "in use by another mtmo" in done.stderr


def test_devices_made_for_another_key_are_not_silently_reused(tmp_path: Path) -> None:
    with running(Up(tmp_path / "state", make_key(tmp_path))):
        pass
    (tmp_path / "b").mkdir()
    done = mtmo("up", "--devices", 1, "--keys", make_key(tmp_path / "b"), "--state", tmp_path / "state")
    assert done.returncode == 1
    assert "--keys" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after_s", [0.3, 0.8, 1.5, 4.0])
def test_a_signal_at_any_moment_ends_it_cleanly(tmp_path: Path, number: signal.Signals, after_s: float) -> None:
    command = [
        *MTMO,
        "up",
        "--devices",
        "2",
        "--http",
        "127.0.0.1:0",
        "--smpp",
        "127.0.0.1:0",
        "--state",
        str(tmp_path / "s"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(after_s)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert "Traceback" not in said
    assert process.returncode in (0, 130, -number), said
    left = subprocess.run(["pgrep", "-f", str(tmp_path / "s")], capture_output=True, text=True, check=False).stdout
    assert not left.split(), "a process was left behind"


def test_a_folder_need_not_have_a_name_of_utf_8(tmp_path: Path) -> None:
    state = tmp_path / os.fsdecode(b"st\xff")
    with running(Up(state, make_key(tmp_path))) as up:
        assert up.ready["devices"][0]["repl"]
        assert (state / "session.json").exists()


def test_a_full_disk_is_said_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as found:
        write_whole(tmp_path / "counters.json", "1", 0o600)
    assert found.value.filename == str(tmp_path / "counters.json")
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_verb_and_each_verb_has_examples() -> None:
    listed = mtmo("--help")
    assert listed.returncode == 0
    for verb in ("up", "modem", "board", "flash", "console", "keys", "sms", "decode"):
        assert f"  {verb} " in listed.stdout
        helped = mtmo(verb, "--help")
        assert helped.returncode == 0
        assert "Examples" in helped.stdout, verb


def test_identities_are_valid_and_all_different() -> None:
    assert with_check_digit("49015420323751") == "490154203237518", "the example of TS 23.003 annex B"
    known = [*map(identity, range(1, 1000)), identity(IDENTITIES)]
    for field in ("name", "imei", "iccid", "imsi", "msisdn"):
        assert len({getattr(who, field) for who in known}) == 1000
    assert {len(who.imei) for who in known} == {15}
    assert {len(who.imsi) for who in known} == {15}
