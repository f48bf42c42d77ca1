"""The serial console: what is masked, what is harmless, what is drawn, and a port that comes and goes."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import select
import subprocess
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mtmo_host.console.clock import Clock
from mtmo_host.console.mask import mask
from mtmo_host.console.screen import MAX_COLUMNS, Screen
from mtmo_host.console.session import Limits, Session
from mtmo_host.console.view import View
from mtmo_host.errors import MtmoError

NOON, T = datetime(2026, 3, 14, 12), "12:00:00.000"

MASKED = [
    ("apn set em user=bob pass=s3cret", "apn set em user=bob pass=***"),
    ("pass = s3cret; status", "pass = ***; status"),
    ('{"password": "x y"}', '{"password": "***"}'),
    ("password = 'x y', z", "password = '***', z"),
    ("pin=4711", "pin=***"),
    ("set pin 4711", "set pin ***"),
    ("key A 2 " + "A2" * 26, "key A 2 ***"),
    ("key A 2 0189" + "XYZT" * 12, "key A 2 ***"),
    ("key b 12 0189" + "xyzt" * 12, "key b 12 ***"),
    ('{"key":"' + "ab" * 32 + '"}', '{"key":"***"}'),
    ("ab" * 32, "***"),
    ("AT+CPIN=1234", "AT+CPIN=***"),
    ('AT+CPIN="12345678","1234"', "AT+CPIN=***"),
    ('AT+CLCK="SC",1,"1234"', 'AT+CLCK="SC",1,***'),
    ('AT+CGAUTH=1,1,"bob","s3cret"', "AT+CGAUTH=1,1,***"),
    ('AT+QICSGP=1,1,"em","bob","s3cret",1', 'AT+QICSGP=1,1,"em",***'),
    ('AT+UAUTHREQ=1,1,"bob","s3cret"', "AT+UAUTHREQ=1,1,***"),
    ('AT+CSTT="em","bob","s3cret"', 'AT+CSTT="em",***'),
    ("PASS=s3cret", "PASS=***"),
    ("token: abc", "token: ***"),
]

PLAIN = [
    "+CPIN: READY", "AT+CPIN?", 'AT+CGDCONT=1,"IP","em"', "pins are fine", "OK", "compass=north",
    "*A1.AAAAAAAAAAAAA status", "+CMT: ,26", "07919471060040F0", "passed 3 of 3",
]  # fmt: skip


@pytest.mark.parametrize(("line", "shown"), MASKED)
def test_a_secret_is_masked(line: str, shown: str) -> None:
    assert mask(line) == shown
    assert "s3cret" not in mask(line)


@pytest.mark.parametrize("line", PLAIN)
def test_what_is_no_secret_stays(line: str) -> None:
    assert mask(line) == line


# name, octets, lines, unfinished text, column
SCREENS = [
    ("lines", b"one\r\ntwo\r\n", ["one", "two"], "", 0),
    ("no carriage return", b"one\ntwo", ["one"], "two", 3),
    ("backspace and erase", b"abc\b\b\x1b[Kx", [], "ax", 2),
    ("cursor left and overwrite", b"abc\x1b[2DX", [], "aXc", 2),
    ("cursor right stays inside", b"abc\x1b[2D\x1b[9C", [], "abc", 3),
    ("carriage return overwrites", b"10%\r20%", [], "20%", 3),
    ("clear screen is text", b"a\x1b[2Jb\n", ["a\\x1b[2Jb"], "", 0),
    ("title is text", b"\x1b]0;evil\x07\n", ["\\x1b]0;evil"], "", 0),
    ("query of the terminal is text", b"\x1b[6n\n", ["\\x1b[6n"], "", 0),
    ("C1 control is text", "\x9b2J\n".encode(), ["\\x9b2J"], "", 0),
    ("direction override is text", "a\u202eb\n".encode(), ["a\\u202eb"], "", 0),
    ("bell is nothing", b"a\x07b\n", ["ab"], "", 0),
    ("tab", b"a\tb\n", ["a       b"], "", 0),
    ("NUL", b"\x00\n", ["\\x00"], "", 0),
    ("wrong UTF-8", b"\xff\xc3\x28\n", ["\\xff\\xc3("], "", 0),
    ("umlauts", "grün\n".encode(), ["grün"], "", 0),
    ("endless number", b"\x1b[99999999999D", [], "", 0),
]


@pytest.mark.parametrize(("octets", "lines", "text", "column"), [pytest.param(*row[1:], id=row[0]) for row in SCREENS])
def test_a_screen_is_the_same_at_any_split(octets: bytes, lines: list[str], text: str, column: int) -> None:
    whole = Screen()
    assert whole.feed(octets) == lines
    assert (whole.partial.text, whole.partial.column) == (text, column)
    single = Screen()
    assert [line for octet in octets for line in single.feed(bytes([octet]))] == lines
    assert single.partial == whole.partial


def test_a_line_without_end_is_ended() -> None:
    lines = Screen().feed(b"x" * (2 * MAX_COLUMNS + 1))
    assert lines == ["x" * MAX_COLUMNS] * 2


def test_an_escape_that_never_ends_is_text() -> None:
    screen = Screen()
    screen.feed(b"\x1b[" + b"1" * 50 + b"\n")
    assert screen.partial.text == ""


def view(live: bool = False, log: io.StringIO | None = None) -> tuple[View, io.StringIO]:
    out = io.StringIO()
    return View(out, log, live=live, clock=Clock(lambda: NOON, lambda: 0.0)), out


def test_lines_are_stamped_and_masked_on_screen_and_in_the_log() -> None:
    log = io.StringIO()
    shown, out = view(log=log)
    shown.sent("apn set em pass=s3cret")
    shown.received(b"OK pin=1\r\nrest")
    assert out.getvalue() == "12:00:00.000 > apn set em pass=***\n12:00:00.000 OK pin=***\n"
    shown.finish()
    assert log.getvalue() == ("12:00:00.000 > apn set em pass=***\n12:00:00.000 < OK pin=***\n12:00:00.000 < rest\n")


def test_an_unfinished_line_is_drawn_masked_and_redrawn() -> None:
    shown, out = view(live=True)
    shown.received(b">>> pass=s3")
    assert out.getvalue() == "12:00:00.000 >>> pass=***"
    shown.received(b"cret\r\n")
    assert out.getvalue().endswith("\r\x1b[K12:00:00.000 >>> pass=***\r\n")
    assert "s3" not in out.getvalue()


def test_the_cursor_stands_where_the_board_has_it() -> None:
    shown, out = view(live=True)
    shown.received(b">>> abc\x1b[2D")
    assert out.getvalue().endswith(">>> abc\x1b[2D")


def test_a_long_unfinished_line_keeps_to_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_, **__: os.terminal_size((60, 24)))
    shown, out = view(live=True)
    shown.received(b"a" * 100 + b"END")
    assert out.getvalue().endswith("END")
    assert len(out.getvalue()) < 60


# the session, on ptys


class Rig:
    """A board's end of a pty behind a stable name, and a pipe or terminal as keyboard."""

    def __init__(self, folder: Path) -> None:
        self.name = folder / "port"
        self.out = io.StringIO()
        self.plug()
        self.keys_read, self.keys = os.pipe()
        self.error: MtmoError | None = None
        self.thread: threading.Thread | None = None

    def plug(self) -> None:
        self.board, self.slave = os.openpty()
        tty.setraw(self.slave)
        with contextlib.suppress(FileNotFoundError):
            self.name.unlink()
        self.name.symlink_to(os.ttyname(self.slave))

    def unplug(self) -> None:
        self.name.unlink()
        os.close(self.board)
        os.close(self.slave)

    def start(self, limits: Limits = Limits(give_up_s=3)) -> None:  # noqa: B008 - frozen
        shown = View(self.out, live=False, clock=Clock(lambda: NOON, lambda: 0.0))
        session = Session(str(self.name), 115200, self.keys_read, shown, limits)

        def run() -> None:
            try:
                session.run()
            except MtmoError as error:
                self.error = error

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        self.wait_for("is open")

    def wait_for(self, words: str, seconds: float = 8) -> None:
        end = time.monotonic() + seconds
        while words not in self.out.getvalue():
            assert time.monotonic() < end, self.out.getvalue()
            time.sleep(0.01)

    def ended(self) -> None:
        assert self.thread
        self.thread.join(8)
        assert not self.thread.is_alive()

    def read(self, size: int = 1000) -> bytes:
        assert select.select([self.board], [], [], 5)[0]
        return os.read(self.board, size)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    found = Rig(tmp_path)
    yield found
    found.name.unlink(missing_ok=True)  # before the pty's number is given away: no session finds a stranger there
    for descriptor in (found.board, found.slave, found.keys, found.keys_read):
        with contextlib.suppress(OSError):
            os.close(descriptor)
    if found.thread:
        found.ended()


def test_a_piped_line_is_sent_and_answered_and_the_session_ends(rig: Rig) -> None:
    rig.start(Limits(0.3, 5))
    os.write(rig.keys, b"status\n")
    assert rig.read() == b"status\r"
    os.write(rig.board, b"OK state\r\n")
    os.close(rig.keys)
    rig.ended()
    assert f"{T} > status\n{T} OK state\n" in rig.out.getvalue()


def test_the_last_line_needs_no_end(rig: Rig) -> None:
    rig.start(Limits(0.3, 5))
    os.write(rig.keys, b"ping")
    os.close(rig.keys)
    assert rig.read() == b"ping\r"
    rig.ended()


def test_lines_wait_until_the_board_has_answered_the_one_before(rig: Rig) -> None:
    rig.start(Limits(0.5, 5))
    os.write(rig.keys, b"one\ntwo\n")
    assert rig.read() == b"one\r"
    os.write(rig.board, b"1\r\n")
    assert rig.read() == b"two\r"
    os.write(rig.board, b"2\r\n")
    os.close(rig.keys)
    rig.ended()
    shown = [line for line in rig.out.getvalue().splitlines() if "port" not in line]
    assert shown == [f"{T} > one", f"{T} 1", f"{T} > two", f"{T} 2"]


def test_without_input_it_listens_on(rig: Rig) -> None:
    rig.start(Limits(0.2, 0.5))
    os.close(rig.keys)
    time.sleep(0.6)
    os.write(rig.board, b"later\r\n")
    rig.wait_for(f"{T} later")


def test_a_port_that_goes_away_is_waited_for(rig: Rig) -> None:
    rig.start()
    rig.unplug()
    rig.wait_for("went away: unplugged, or the board was reset; waiting for it\n")
    assert not re.search(r"errno|Input/output|readiness", rig.out.getvalue(), re.IGNORECASE)
    rig.plug()
    rig.wait_for("is back")
    os.write(rig.board, b"hello again\r\n")
    rig.wait_for("hello again")


def test_waiting_for_a_port_has_an_end(rig: Rig) -> None:
    rig.start(Limits(give_up_s=0.6))
    rig.unplug()
    rig.ended()
    assert isinstance(rig.error, MtmoError)
    assert "gone for 0.6 s" in str(rig.error)


def test_a_missing_port_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(MtmoError, match="no such port"):
        Session(str(tmp_path / "nothing"), 115200, 0, view()[0]).run()


# the command, on a terminal of its own


class Desk:
    """`mtmo console` under a terminal."""

    def __init__(self, port: str, *more: str) -> None:
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mtmo_host", "console", "--port", port, *more],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        )  # fmt: skip
        self.seen = b""

    def wait_for(self, words: bytes, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while words not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 4096)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def desk(rig: Rig, tmp_path: Path) -> Iterator[Desk]:
    found = Desk(str(rig.name), "--log", str(tmp_path / "board.log"))
    yield found
    found.close()


def test_keys_go_to_the_board_and_ctrl_c_too(rig: Rig, desk: Desk) -> None:
    desk.wait_for(b"Ctrl-] leaves")
    os.write(desk.master, b"x\x03\x04")
    got = b""
    while len(got) < 3:
        got += rig.read()
    assert got == b"x\x03\x04"


def test_ctrl_bracket_leaves_and_the_terminal_is_as_before(rig: Rig, desk: Desk, tmp_path: Path) -> None:
    desk.wait_for(b"Ctrl-] leaves")
    os.write(rig.board, b"set pin 4711\r\n>>> ")
    desk.wait_for(b">>> ")
    os.write(desk.master, b"\x1d")
    assert desk.process.wait(10) == 0
    assert termios.tcgetattr(desk.slave) == desk.before
    log = (tmp_path / "board.log").read_text()
    assert "< set pin ***" in log
    assert "4711" not in log


def test_ctrl_bracket_leaves_while_the_port_is_away(rig: Rig, desk: Desk) -> None:
    desk.wait_for(b"Ctrl-] leaves")
    rig.unplug()
    desk.wait_for(b"went away")
    os.write(desk.master, b"\x1d")
    assert desk.process.wait(10) == 0


def test_a_log_that_cannot_be_written_is_an_error(rig: Rig, tmp_path: Path) -> None:
    log = str(tmp_path / "no" / "f")
    done = subprocess.run(
        [sys.executable, "-m", "mtmo_host", "console", "--port", str(rig.name), "--log", log],
        capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "cannot write" in done.stderr
