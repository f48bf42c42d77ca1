"""`mtmo boards --connected`: who answers at a port, how long that takes, and what is never done to a board."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import struct
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import serial
from lab_rig import Running, Up, make_key, mtmo, running
from pytest_mock import MockerFixture

from mtmo_host.boards import ask as asking
from mtmo_host.boards import connected
from mtmo_host.boards.ask import LONGEST_S, NOTHING, QUESTIONS, SYNC, Answer, ask
from mtmo_host.boards.usb_ids import IDS, LOADER, MODEM, REPL, known
from mtmo_host.errors import MtmoError

ALL = (REPL, MODEM, LOADER)
BANNER = b'\r\nMicroPython v1.25.0 on 2025-04-15; Raspberry Pi Pico with RP2040\r\nType "help()" for more.\r\n>>> '
SYNCED = b"\xc0\x01\x08\x04\x00\x07\x07\x12\x20\x00\x00\x00\x00\xc0"


class Peer:
    """What hangs at the port: each piece that arrives is answered by `answers`; a chatterer speaks unasked."""

    def __init__(self, answers: Callable[[bytes], bytes], *, chatter: bytes = b"") -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.port = os.ttyname(self.slave)
        self.heard = b""
        self._answers, self._chatter, self._on = answers, chatter, True
        os.set_blocking(self.master, False)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._on:
            with contextlib.suppress(BlockingIOError):
                octets = os.read(self.master, 4096)
                self.heard += octets
                os.write(self.master, self._answers(octets))
            with contextlib.suppress(BlockingIOError):
                os.write(self.master, self._chatter)
            time.sleep(0.005)

    def close(self) -> None:
        self._on = False
        self._thread.join()
        for descriptor in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def peers() -> Iterator[Callable[..., Peer]]:
    made: list[Peer] = []

    def make(answers: Callable[[bytes], bytes], **options: bytes) -> Peer:
        made.append(Peer(answers, **options))
        return made[-1]

    yield make
    for peer in made:
        peer.close()


def idle_repl(octets: bytes) -> bytes:
    return (b"\r\n>>> " if b"\r" in octets else b"") + (BANNER if b"\x02" in octets else b"")


def raw_repl(octets: bytes) -> bytes:
    return BANNER if b"\x02" in octets else b""


def old_repl(octets: bytes) -> bytes:
    return b"\r\n>>> " if b"\r" in octets else b""


def agent(octets: bytes) -> bytes:
    return b"\r\nmtmo> " if b"\r" in octets else b""


def loader(octets: bytes) -> bytes:
    return SYNCED * 8 if SYNC in octets else b""


def modem(octets: bytes) -> bytes:
    if b"ATI\r" in octets:
        return b"ATI\r\r\nManufacturer: INCORPORATED\r\nModel: A7670E-LASE\r\nIMEI: 356938035643809\r\n\r\nOK\r\n"
    return octets.replace(b"\x02", b"") + (b"\r\nOK\r\n" if b"AT\r" in octets else b"")


def modem_with_urc(octets: bytes) -> bytes:
    return b"\r\nOK\r\n\r\n+CREG: 1\r\n" if b"AT" in octets else b""


def modem_without_ati(octets: bytes) -> bytes:
    return b"\r\nERROR\r\n" if b"AT" in octets else b""


CASES = [
    ("an idle REPL", idle_repl, Answer(REPL, "MicroPython 1.25.0; Raspberry Pi Pico with RP2040")),
    ("a raw REPL that somebody left", raw_repl, Answer(REPL, "MicroPython 1.25.0; Raspberry Pi Pico with RP2040")),
    ("a REPL without a banner", old_repl, Answer(REPL)),
    ("the agent's prompt", agent, Answer("agent", "the prompt of mtmo's agent")),
    ("a ROM bootloader", loader, Answer(LOADER, "Espressif's, ready for esptool")),
    ("a modem, its IMEI kept out", modem, Answer(MODEM, "Manufacturer: INCORPORATED, Model: A7670E-LASE")),
    ("a modem with a URC behind its OK", modem_with_urc, Answer(MODEM)),
    ("a modem that refuses", modem_without_ati, Answer(MODEM)),
    ("nobody", lambda _: b"", NOTHING),
    ("an echo", lambda octets: octets, NOTHING),
]


@pytest.mark.parametrize(("peer", "answer"), [pytest.param(*rest, id=name) for name, *rest in CASES])
def test_who_answers_is_told(peers: Callable[..., Peer], peer: Callable[[bytes], bytes], answer: Answer) -> None:
    assert ask(peers(peer).port, ALL) == answer


@pytest.mark.parametrize("chatter", [b"+CREG: 1\r\n", b"\xc0\xff" * 200], ids=["URCs", "noise"])
def test_a_port_that_never_stops_talking_is_left_in_time(peers: Callable[..., Peer], chatter: bytes) -> None:
    began = time.monotonic()
    assert ask(peers(lambda _: b"", chatter=chatter).port, ALL) == NOTHING
    assert time.monotonic() - began < LONGEST_S


def test_no_more_is_kept_of_a_talkative_port_than_an_answer_takes(
    peers: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_MAX_OCTETS", 64)
    began = time.monotonic()
    assert ask(peers(lambda _: b"", chatter=b"+CREG: 1\r\n").port, ALL) == NOTHING
    assert time.monotonic() - began < sum(question.wait_s for question in QUESTIONS)


def test_nothing_that_is_sent_interrupts_or_changes_anything(peers: Callable[..., Peer]) -> None:
    peer = peers(lambda _: b"")
    ask(peer.port, ALL)
    assert peer.heard == b"\r\x02\rAT\r" + SYNC * 2
    assert not set(peer.heard) & {0x01, 0x03, 0x04}  # raw REPL, interrupt, soft reset


@pytest.mark.parametrize("row", IDS, ids=lambda row: row.name)
def test_a_modems_usb_port_hears_at_only_and_a_native_repl_no_at(row: object) -> None:
    asks = row.asks  # type: ignore[attr-defined]
    assert asks in ((MODEM,), (REPL,), (REPL, LOADER), ALL)
    assert row.source  # type: ignore[attr-defined]


def test_only_what_is_asked_for_is_sent(peers: Callable[..., Peer]) -> None:
    peer = peers(lambda _: b"")
    ask(peer.port, (MODEM,))
    assert peer.heard == b"\rAT\r"


def test_dtr_and_rts_are_left_alone_and_the_close_does_not_drop_them(
    peers: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered: list[int] = []
    real = fcntl.ioctl

    def watched(descriptor: int, request: int, *rest: object) -> object:
        mask = struct.unpack("I", rest[0])[0] if rest and isinstance(rest[0], bytes) and len(rest[0]) == 4 else 0
        if request in (termios.TIOCMSET, termios.TIOCMBIC) and mask & (termios.TIOCM_DTR | termios.TIOCM_RTS):
            lowered.append(request)
        return real(descriptor, request, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr("serial.serialposix.fcntl.ioctl", watched)
    peer = peers(idle_repl)
    before = termios.tcgetattr(peer.slave)
    before[2] |= termios.HUPCL
    termios.tcsetattr(peer.slave, termios.TCSANOW, before)
    ask(peer.port, ALL)
    assert lowered == []
    assert not termios.tcgetattr(peer.slave)[2] & termios.HUPCL
    with serial.serial_for_url(peer.port) as line, contextlib.suppress(OSError):
        line.dtr = False
    assert lowered, "the watch sees nothing"


def test_a_port_in_use_is_said_and_not_disturbed(peers: Callable[..., Peer]) -> None:
    peer = peers(idle_repl)
    with serial.serial_for_url(peer.port, exclusive=True):
        (found,) = connected.find([peer.port])
    assert found.answer is None
    assert "in use" in found.why_not
    assert peer.heard == b""


def test_a_port_that_goes_away_meanwhile_is_said(peers: Callable[..., Peer], mocker: MockerFixture) -> None:
    peer = peers(lambda _: b"")
    mocker.patch.object(serial.Serial, "read", side_effect=serial.SerialException("device disconnected"))
    with pytest.raises(MtmoError, match="went away"):
        ask(peer.port, ALL)


def test_a_port_where_nobody_reads_is_said_in_time(peers: Callable[..., Peer], mocker: MockerFixture) -> None:
    peer = peers(lambda _: b"")
    mocker.patch.object(serial.Serial, "write", side_effect=serial.SerialTimeoutException("Write timeout"))
    with pytest.raises(MtmoError, match="nobody reads there"):
        ask(peer.port, ALL)


def usb(device: str, vid: int | None, pid: int | None, product: str = "", number: str = "") -> SimpleNamespace:
    """What pyserial's list_ports says of a port."""
    return SimpleNamespace(
        device=device, vid=vid, pid=pid, product=product or None, description="n/a", serial_number=number or None
    )


def test_the_ports_are_found_by_usb_id_and_strangers_are_not_spoken_to(
    peers: Callable[..., Peer], mocker: MockerFixture
) -> None:
    pico, printer, onboard = peers(idle_repl), peers(idle_repl), peers(idle_repl)
    listed = [
        usb(pico.port, 0x2E8A, 0x0005, number="E6614"),
        usb(printer.port, 0x1234, 0x0001, "Laser"),
        usb(onboard.port, None, None),
    ]
    mocker.patch("serial.tools.list_ports.comports", return_value=listed)
    found = {each.port: each for each in connected.find()}
    assert set(found) == {pico.port, printer.port}  # /dev/ttyS0 is nobody's
    assert (
        found[pico.port]
        .line()
        .endswith("RP2 MicroPython E6614  REPL: MicroPython 1.25.0; Raspberry Pi Pico with RP2040")
    )
    assert "not in the table" in found[printer.port].line()
    assert printer.heard == onboard.heard == b""


def test_ports_are_asked_side_by_side(peers: Callable[..., Peer], mocker: MockerFixture) -> None:
    ports = [peers(lambda _: b"") for _ in range(8)]
    listed = [usb(peer.port, 0x10C4, 0xEA60) for peer in ports]
    mocker.patch("serial.tools.list_ports.comports", return_value=listed)
    began = time.monotonic()
    found = connected.find()
    assert time.monotonic() - began < 2 * LONGEST_S
    assert [each.answer for each in found] == [NOTHING] * 8


def test_too_many_ports_are_refused(mocker: MockerFixture) -> None:
    listed = [usb(f"/dev/ttyUSB{i}", 0x10C4, 0xEA60) for i in range(connected.MAX_PORTS + 1)]
    mocker.patch("serial.tools.list_ports.comports", return_value=listed)
    with pytest.raises(MtmoError, match="--port"):
        connected.find()


@pytest.mark.parametrize(
    ("vid", "pid", "name"),
    [
        (0x303A, 0x1001, "Espressif USB Serial/JTAG"),
        (0x303A, 0x8123, "Espressif USB"),
        (0x1E0E, 0x9001, "SIMCom SIM7500/SIM7600"),
        (0x1E0E, 0x0000, None),
        (None, None, None),
    ],
)
def test_an_exact_usb_id_goes_before_a_vendor(vid: int | None, pid: int | None, name: str | None) -> None:
    row = known(vid, pid)
    assert (row.name if row else None) == name


def test_no_usb_id_stands_twice() -> None:
    assert len({(row.vid, row.pid) for row in IDS}) == len(IDS)


def test_the_longest_time_is_that_of_all_questions() -> None:
    assert sum(question.wait_s for question in QUESTIONS) < LONGEST_S < 8
    assert asking.SYNC.count(b"\xc0") == 2  # one frame, nothing to escape


def answers_at(port: str) -> dict[str, object]:
    done = mtmo("boards", "--connected", "--port", port, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_virtual_board_and_an_emulated_modem_answer(tmp_path: Path) -> None:
    with running(Running("board", "--image", tmp_path / "b.img", "--pty", tmp_path / "b")):
        found = answers_at(str(tmp_path / "b"))
        assert found["answers"] == REPL
        assert str(found["says"]).startswith("MicroPython ")
    with running(Running("modem", "bg95", "--pty", tmp_path / "m", "--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0")):
        found = answers_at(str(tmp_path / "m"))
        assert found["answers"] == MODEM
        assert "BG95" in str(found["says"])


def test_a_working_agent_answers_and_works_on(tmp_path: Path) -> None:
    with running(Up(tmp_path / "state", make_key(tmp_path))) as up:
        device = up.devices[0]
        before = up.ask(device, "status")
        assert " boot=power " in before
        assert answers_at(device["repl"])["answers"] == "agent"
        assert " boot=power " in up.ask(device, "status")  # a reset would be told: boot=reset, boot=watchdog
