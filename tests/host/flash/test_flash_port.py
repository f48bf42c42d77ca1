"""Ports that do not open and boards that do not answer: a clear error, in bounded time."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from mtmo_host.errors import MtmoError
from mtmo_host.flash.port import close_port, open_port
from mtmo_host.flash.transport import Board, BoardError


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """A pty: the board's end as a descriptor, ours by name."""
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    for descriptor in (master, slave):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def refusal(port: str) -> str:
    with pytest.raises(MtmoError) as caught:
        open_port(port)
    return str(caught.value)


def test_a_missing_port_is_named(tmp_path: Path) -> None:
    said = refusal(str(tmp_path / "ttyUSB9"))
    assert "ttyUSB9" in said
    assert "no such port" in said


def test_a_busy_port_is_named(line: tuple[int, str]) -> None:
    first = open_port(line[1])
    said = refusal(line[1])
    close_port(first)
    assert "in use by another program" in said
    assert line[1] in said


def test_a_file_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    assert "not a serial port" in refusal(str(path))


def test_a_folder_is_no_port(tmp_path: Path) -> None:
    assert "not a serial port" in refusal(str(tmp_path))


def test_a_wrong_url_is_no_port() -> None:
    assert "not a serial port" in refusal("nonsense://x")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (13, ("no permission", "dialout")),
        (16, ("in use",)),
        (19, ("no such port",)),
        (5, ("no such port",)),
        (28, ("cannot open",)),
    ],
)
def test_the_system_refuses(mocker, number: int, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    mocker.patch("serial.serial_for_url", side_effect=serial.SerialException(number, "could not open port"))
    said = refusal("/dev/ttyUSB0")
    assert "/dev/ttyUSB0" in said
    assert all(word in said for word in words)


def test_a_missing_port_lists_the_ports_there_are(mocker) -> None:  # type: ignore[no-untyped-def]
    there = mocker.Mock(device="/dev/ttyACM7")
    mocker.patch("serial.tools.list_ports.comports", return_value=[there])
    assert "/dev/ttyACM7" in refusal("/dev/no-such-port")


def test_a_port_that_is_gone_closes(mocker) -> None:  # type: ignore[no-untyped-def]
    gone = mocker.Mock()
    gone.close.side_effect = OSError(5, "gone")
    close_port(gone)


def answering(master: int, answers: dict[bytes, bytes], stop: threading.Event) -> threading.Thread:
    """A board that answers octets by octets, and nothing else."""

    def serve() -> None:
        seen = b""
        os.set_blocking(master, False)
        while not stop.is_set():
            try:
                seen += os.read(master, 1024)
            except BlockingIOError:
                time.sleep(0.005)
            except OSError:
                return
            for question, answer in answers.items():
                if seen.endswith(question):
                    seen = b""
                    os.write(master, answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def test_a_dead_board_is_said_within_ten_seconds(line: tuple[int, str]) -> None:
    began = time.monotonic()
    with pytest.raises(MtmoError, match=r"no MicroPython REPL answered in 1 s"):
        Board(line[1], connect_timeout_s=1.0)
    assert time.monotonic() - began < 4


def test_the_usual_limit_is_ten_seconds() -> None:
    from mtmo_host.flash.transport import CONNECT_TIMEOUT_S

    assert CONNECT_TIMEOUT_S <= 10


def test_a_board_that_never_stops_printing_is_said_too(line: tuple[int, str]) -> None:
    master, name = line
    stop = threading.Event()

    def chatter() -> None:
        os.set_blocking(master, False)
        while not stop.is_set():
            with contextlib.suppress(OSError):
                os.read(master, 100)
            try:
                os.write(master, b"temperature 21.5\r\n" * 4)
            except BlockingIOError:
                time.sleep(0.001)
            except OSError:
                return

    thread = threading.Thread(target=chatter, daemon=True)
    thread.start()
    began = time.monotonic()
    try:
        with pytest.raises(MtmoError, match="no MicroPython REPL"):
            Board(name, connect_timeout_s=1.5)
    finally:
        stop.set()
        thread.join(2)
    assert time.monotonic() - began < 6


BANNER = {b"\r\x01": b"raw REPL; CTRL-B to exit\r\n>"}


def test_a_board_that_dies_after_the_banner_is_said(line: tuple[int, str]) -> None:
    stop = threading.Event()
    thread = answering(line[0], BANNER, stop)
    board = Board(line[1])
    began = time.monotonic()
    try:
        with pytest.raises(MtmoError, match="stopped answering"):
            board.run("1", 2.0)
    finally:
        board.close()
        stop.set()
        thread.join(2)
    assert time.monotonic() - began < 10


def test_a_port_that_vanishes_is_said(line: tuple[int, str]) -> None:
    stop = threading.Event()
    thread = answering(line[0], BANNER, stop)
    board = Board(line[1])
    stop.set()
    thread.join(2)
    os.close(line[0])
    with pytest.raises(MtmoError, match="the port went away"):
        board.run("1", 2.0)
    board.close()


def test_a_vanished_port_is_not_left_locked(line: tuple[int, str]) -> None:
    with pytest.raises(MtmoError):
        Board(line[1], connect_timeout_s=0.3)
    close_port(open_port(line[1]))


def test_a_full_file_system_is_said() -> None:
    said = str(BoardError("/dev/x", "Traceback:\n  File x\nOSError: [Errno 28] ENOSPC\n"))
    assert "ENOSPC" in said
    assert "file system is full" in said


def test_a_board_without_a_reason_is_an_error_too() -> None:
    assert "no reason given" in str(BoardError("/dev/x", ""))
