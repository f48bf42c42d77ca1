"""The speed of a line: F16 with a known and an unknown one, +IPR (V.250 §6.2.10), detecting it, pace in memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import time
import tty
from pathlib import Path

import pytest
import serial
from emulator_rig import IMEI, FakeNetwork, Rig
from line_rig import modem, opened, serve

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.endpoints import Endpoint, PtyEndpoint, Rfc2217Endpoint, SerialEndpoint, TcpEndpoint
from mtmo_host.emulator.endpoints.memory import MemoryPort
from mtmo_host.emulator.transcript import load
from mtmo_host.emulator.transcript.recorder import Recorder
from mtmo_host.emulator.transcript.rerun import rerun
from mtmo_host.errors import MtmoError

OK = b"\r\nOK\r\n"
COMMON = (9600, 19_200, 38_400, 57_600, 115_200, 921_600)


class Driver(Rig):
    """A rig whose line knows the driver's speed."""

    def __init__(self, name: str = "generic", fault: str = "F16", baud: int = 115_200) -> None:
        super().__init__(name)
        self.baud = baud
        self.modem.driver_baud = lambda: self.baud
        if fault:
            self.modem.faults.choose(fault)
            self.pass_ms(0)

    def says(self, baud: int, octets: bytes = b"AT\r") -> bytes:
        """What comes back from a line at this speed."""
        self.baud = baud
        return self.at(octets, 10)

    def heard_at(self) -> list[int]:
        """The speeds at which an answer comes."""
        return [baud for baud in COMMON if self.says(baud).endswith(OK)]


def test_a_driver_at_the_modems_speed_is_heard_and_at_any_other_it_hears_noise() -> None:
    made = Driver(fault="F16:baud=9600")
    made.modem.terminal.echo = True
    for baud in COMMON:
        said = made.says(baud)
        assert said == (b"AT\r" + OK if baud == 9600 else said)
        if baud != 9600:
            assert said and not any(octet < 0x80 for octet in said), "an echo of noise, and noise itself"
    made.baud = 115_200
    made.modem.urc("RING")
    assert b"RING" not in made.pass_ms(0)
    made.baud = 9600
    made.modem.urc("RING")
    assert made.pass_ms(0) == b"\r\nRING\r\n"


def test_it_is_another_speed_than_before_and_comes_back_when_the_fault_is_off() -> None:
    speeds = set()
    for seed in range(40):
        made = Driver(fault="")
        made.modem.faults.reseed(seed)
        made.modem.faults.switch("F16")
        assert made.modem.baud != 115_200
        speeds.add(made.modem.baud)
        assert made.heard_at() == [made.modem.baud]
        made.modem.faults.switch("F16", None)
        assert made.modem.baud == 115_200
        assert made.heard_at() == list(COMMON), "without the fault the speed does not matter"
    assert speeds == set(COMMON) - {115_200}


def test_noise_spoils_a_line_that_was_begun_and_breaks_no_rule() -> None:
    made = Driver(fault="F16:baud=9600")
    made.says(9600, b"AT+C")
    made.says(115_200, b"AT+CSQ\r")
    assert made.says(9600, b"SQ\r") == b"\r\nERROR\r\n"
    assert made.says(9600, b"AT+CSQ\r").endswith(OK)
    assert made.modem.violations.counts == {}


def test_a_driver_that_finds_the_modem_pins_the_speed_for_good() -> None:
    made = Driver(fault="F16:baud=9600,lasting=yes")
    assert made.says(9600, b"AT+IPR=115200\r") == OK, "the result still comes at the old speed"
    assert made.heard_at() == [115_200]
    made.modem.faults.switch("F16", None)
    assert made.modem.baud == 115_200, "what the driver set stays"


@pytest.mark.parametrize(
    ("name", "line", "kept"),
    [
        ("generic", b"AT+IPR=57600\r", 115_200),
        ("generic", b"AT+IPR=57600;&W\r", 57_600),
        ("sim7080", b"AT+IPR=57600\r", 115_200),
        ("sim7080", b"AT+IPREX=57600\r", 57_600),
    ],
)
def test_after_a_restart_the_modem_is_at_the_speed_that_was_stored(name: str, line: bytes, kept: int) -> None:
    made = Driver(name, "F16:baud=9600,lasting=yes")
    assert made.says(9600, line).endswith(OK)
    made.modem.restart()
    made.pass_ms(1000)
    made.says(kept, b"ATE0\r")
    assert made.heard_at() == [kept]
    assert list(made.modem.faults.active()) == ["F16"]


def test_a_restart_ends_it_or_begins_it_again() -> None:
    made = Driver(fault="F16:baud=9600")
    made.modem.restart()
    made.pass_ms(1000)
    assert made.says(38_400, b"ATE0\r").endswith(OK)
    assert not made.modem.faults.active()
    made = Driver(fault="F16:baud=9600,again=yes")
    made.says(9600, b"AT+IPR=115200;&W\r")
    made.modem.restart()
    made.pass_ms(1000)
    made.says(9600, b"ATE0\r")
    assert made.heard_at() == [9600]


def test_where_no_speed_is_known_only_a_restart_helps() -> None:
    made = Driver(fault="F16:baud=9600,lasting=yes")
    made.modem.driver_baud = made.modem.line_baud = None
    assert [made.says(baud) for baud in COMMON] == [b""] * len(COMMON)
    made.modem.restart()
    made.pass_ms(1000)
    assert made.says(9600, b"ATE0\r").endswith(OK)
    assert not made.modem.faults.active()


# --- automatic detection


@pytest.mark.parametrize("name", ["sim800", "m95"])
@pytest.mark.parametrize("baud", [9600, 115_200])
def test_a_modem_that_detects_the_speed_needs_an_at_first(name: str, baud: int) -> None:
    made = Driver(name)
    assert made.says(baud, b"\r\n") == b"", "nothing to measure"
    assert made.says(baud, b"A") == b""
    assert made.says(baud, b"T\r") == b"", "the line that shows it is lost"
    assert made.says(baud, b"AT\r") == OK
    assert made.says(19_200, b"AT\r") == b"", "another speed: it measures again"
    assert made.says(19_200, b"AT\r") == OK
    assert made.says(baud, b"noise AT+CSQ\rAT\r") == OK, "what follows the first line is heard"


def test_a_pinned_speed_is_detected_no_more() -> None:
    made = Driver("sim800", "F16:lasting=yes")
    made.says(9600)
    assert made.says(9600, b"AT+IPR=57600\r") == OK
    assert made.heard_at() == [57_600]
    made.modem.restart()  # not stored
    made.pass_ms(1000)
    made.says(19_200, b"ATE0\r")
    made.says(19_200, b"ATE0\r")
    assert made.says(19_200) == OK


# --- transcripts


def test_a_run_with_changing_speeds_can_be_had_again(tmp_path: Path) -> None:
    speed = 115_200
    emulated = Modem(personality("generic"), Sim("1", "26201", "+3"), FakeNetwork(), imei=IMEI, seed=4)
    emulated.driver_baud = lambda: speed
    recorder = Recorder(emulated, tmp_path / "run.jsonl")
    emulated.power_on(0)
    emulated.advance(30_000)
    emulated.faults.choose("F16:baud=9600")
    for now_ms, speed in ((31_000, 115_200), (32_000, 9600), (33_000, 57_600), (34_000, 9600)):  # noqa: B007
        emulated.feed(b"AT+CSQ\r", now_ms)
        emulated.advance(now_ms + 500)
        emulated.take_output()
    recorder.close()
    assert (tmp_path / "run.jsonl").read_text().count('"driver_baud"') == 4
    assert rerun(load(tmp_path / "run.jsonl")) is None


# --- lines


def _tries(endpoint: Endpoint) -> list[int]:
    """The speeds at which a pyserial client on this line gets an answer from a modem at 9600."""

    def client() -> list[int]:
        heard = []
        with opened(endpoint.address) as port:
            port.timeout = 0.3
            for baud in (115_200, 9600, 57_600):
                port.baudrate = baud
                port.reset_input_buffer()
                port.write(b"AT\r")
                if port.read_until(b"OK\r\n").endswith(b"OK\r\n"):
                    heard.append(baud)
        return heard

    async def story() -> list[int]:
        assert isinstance(endpoint.modem, Modem)
        endpoint.modem.faults.choose("F16:baud=9600")
        return await asyncio.to_thread(client)

    found = serve(endpoint, story)
    assert isinstance(found, list)
    return found


def test_a_pty_knows_what_speed_its_client_has_set() -> None:
    assert _tries(PtyEndpoint(modem())) == [9600]


def test_an_rfc2217_client_says_its_speed() -> None:
    assert _tries(Rfc2217Endpoint(modem())) == [9600]


def test_a_socket_knows_of_no_speed() -> None:
    assert _tries(TcpEndpoint(modem())) == []


def test_a_client_of_a_pty_that_sets_no_speed_finds_that_of_most_modems() -> None:
    endpoint = PtyEndpoint(modem())

    async def story() -> None:
        fd = os.open(endpoint.device, os.O_RDWR | os.O_NOCTTY)
        assert termios.tcgetattr(fd)[4:6] == [termios.B115200] * 2
        os.close(fd)

    serve(endpoint, story)


def test_a_serial_port_takes_the_speed_that_the_modem_takes() -> None:
    """The wire itself makes noise of another one."""
    master, slave = os.openpty()
    tty.setraw(slave)
    emulated = modem()
    endpoint = SerialEndpoint(emulated, os.ttyname(slave), baud=57_600)

    def speed() -> int:
        return {termios.B9600: 9600, termios.B57600: 57_600, termios.B19200: 19_200}[termios.tcgetattr(slave)[5]]

    async def ask(line: bytes) -> None:
        os.write(master, line)
        await asyncio.sleep(0.05)
        assert b"OK" in os.read(master, 1000)

    async def story() -> list[int]:
        seen = [speed()]
        await ask(b"AT+IPR=9600\r")
        seen.append(speed())
        emulated.faults.choose("F16:baud=19200")
        await ask(b"AT\r")
        seen.append(speed())
        emulated.faults.clear()
        emulated.restart()
        await asyncio.sleep(0.05)
        return [*seen, speed()]

    try:
        assert serve(endpoint, story) == [57_600, 9600, 19_200, 57_600], "the first is what it calls its usual one"
    finally:
        os.close(master)
        os.close(slave)


def test_a_port_in_memory_has_the_speed_that_it_was_given() -> None:
    emulated = modem()
    with contextlib.closing(MemoryPort(emulated, timeout=1)) as port:
        emulated.power_on(0)
        port.read(1)
        emulated.faults.choose("F16:baud=9600")
        port.write(b"AT\r")
        assert b"OK" not in port.read(100)
        port.baudrate = 9600
        port.write(b"ATE0\r")
        port.read(100)
        port.write(b"AT\r")
        assert port.read(100) == OK


# --- pace in memory


def paced_port(baud: int, timeout_s: float) -> MemoryPort:
    """On a modem that has booted, with nothing on its way."""
    emulated = modem()
    port = MemoryPort(emulated, baudrate=baud, timeout=timeout_s, paced=True)
    emulated.power_on(0)
    port.pass_ms(1000)
    port.reset_input_buffer()
    return port


@pytest.mark.parametrize("baud", [300, 9600, 115_200])
def test_octets_take_their_time_in_memory(baud: int) -> None:
    port = paced_port(baud, timeout_s=60)
    began_ms = port.now_ms
    line = b"AT" + b" " * 97 + b"\r"
    assert port.write(line) == 100
    assert port.out_waiting == 100
    port.flush()
    there_ms = 100 * 10_000 / baud
    assert 0 <= port.now_ms - began_ms - there_ms < 2
    assert port.out_waiting == 0
    assert port.read_until(b"OK\r\n") == line + OK
    back_ms = port.now_ms - began_ms
    assert there_ms + 6 * 10_000 / baud <= back_ms < there_ms + 9 * 10_000 / baud + 3, "the echo came while it was sent"


def test_a_slow_read_in_memory_ends_at_its_timeout_with_what_has_come() -> None:
    port = paced_port(300, timeout_s=0.1)
    port.write(b"ATI\r")
    assert port.read(100) == b"A", "a third of a tenth for each octet: two are there, and one is back"
    assert port.now_ms == 1100
    port.baudrate = 115_200
    port.timeout = 1
    assert port.read(1000).endswith(OK)


def test_what_has_not_gone_out_can_be_dropped() -> None:
    port = paced_port(300, timeout_s=5)
    port.write(b"ATI\r")
    port.reset_output_buffer()
    assert port.out_waiting == 0
    assert port.read(100) == b""


def test_pacing_in_real_time_takes_real_time() -> None:
    emulated = modem()
    port = MemoryPort(emulated, baudrate=9600, timeout=5, real_time=True, paced=True)
    emulated.power_on(port.now_ms)
    began_s = time.monotonic()
    port.write(b"AT" + b" " * 97 + b"\r")
    assert port.read_until(b"OK\r\n").endswith(OK)
    assert time.monotonic() - began_s > 0.104


def test_a_speed_that_is_none_is_refused() -> None:
    with pytest.raises((MtmoError, ValueError)):
        MemoryPort(modem(), baudrate=-1, paced=True)
    assert issubclass(MemoryPort, serial.SerialBase)
