"""Facts about lines and those at their other end: clients that come, go, are killed, or never read."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import serial
from emulator_rig import DELIVER, SCA, submit
from line_rig import Mute, ask, modem, opened, serve

from mtmo_host.emulator import Modem
from mtmo_host.emulator.endpoints import (
    Endpoint,
    PtyEndpoint,
    Rfc2217Endpoint,
    TcpEndpoint,
    UnixEndpoint,
)
from mtmo_host.emulator.endpoints.memory import MemoryPort
from mtmo_host.errors import MtmoError

_SMS = submit()


# --- RFC 2217


def test_an_unmodified_rfc2217_client_sets_the_speed_and_the_line_keeps_it() -> None:
    endpoint = Rfc2217Endpoint(modem())

    def client() -> dict[int, float]:
        took = {}
        with opened(endpoint.address) as port:
            assert port.baudrate == 115_200
            ask(port, b"ATE1\r")
            for baud in (9600, 115_200):
                port.baudrate = baud
                assert endpoint.line.baudrate == baud
                began_s = time.monotonic()
                ask(port, b"AT" + b" " * 100 + b"\r")  # 103 octets there, at least as many back while they come
                took[baud] = time.monotonic() - began_s
            port.rts = port.dtr = False
            assert (endpoint.line.rts, endpoint.line.dtr) == (False, False)
            assert port.cts
        return took

    took = serve(endpoint, lambda: asyncio.to_thread(client))
    assert took[9600] > 103 * 10 / 9600
    assert took[115_200] < took[9600] / 2


def test_an_octet_of_all_ones_survives_telnet() -> None:
    mute = Mute()
    endpoint = Rfc2217Endpoint(mute, baud=4_000_000)

    def client() -> bytes:
        with opened(endpoint.address) as port:
            mute.says = b"\x00\xff\xff\x01"
            assert mute.on_wake is not None
            endpoint._loop.call_soon_threadsafe(mute.on_wake)  # type: ignore[union-attr]
            back = bytes(port.read(4))
            port.write(b"\xff\xfe\xff\xff")
            deadline = time.monotonic() + 5
            while sum(count for _, count in mute.came) < 4 and time.monotonic() < deadline:
                time.sleep(0.01)
            return back

    assert serve(endpoint, lambda: asyncio.to_thread(client)) == b"\x00\xff\xff\x01"
    assert sum(count for _, count in mute.came) == 4


_NO_TELNET = {
    "an end without a beginning": b"\xff\xf0",
    "an option without end": b"\xff\xfa" + b"\x2c" * 5000,
    "a parity that does not exist": b"\xff\xfa\x2c\x03\x63\xff\xf0",
    "a speed of two octets": b"\xff\xfa\x2c\x01\x00\x01\xff\xf0",
    "an empty option": b"\xff\xfa\xff\xf0",
}


@pytest.mark.parametrize("name", _NO_TELNET)
def test_a_client_that_speaks_no_telnet_harms_nobody(name: str) -> None:
    endpoint = Rfc2217Endpoint(modem())

    async def story() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
        writer.write(_NO_TELNET[name] * 2)
        with contextlib.suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(reader.read(), 0.3)
        writer.close()

        def client() -> None:
            with opened(endpoint.address) as port:
                ask(port, b"AT\r")

        await asyncio.to_thread(client)

    serve(endpoint, story)


# --- abstract Unix sockets


def test_a_client_at_an_abstract_unix_socket() -> None:
    endpoint = UnixEndpoint(modem(), f"@mtmo-test-{os.getpid()}")

    async def story() -> None:
        reader, writer = await asyncio.open_unix_connection(f"\0mtmo-test-{os.getpid()}")
        writer.write(b"AT\r")
        await asyncio.wait_for(reader.readuntil(b"OK\r\n"), 5)
        with pytest.raises(MtmoError, match="choose another name"):
            await UnixEndpoint(modem(), endpoint.address).start()
        writer.close()

    serve(endpoint, story)


@pytest.mark.parametrize("name", ["", "@", "x" * 108, "a\0b"])
def test_a_name_that_no_unix_socket_can_have_is_refused(name: str) -> None:
    with pytest.raises(MtmoError, match="unix: must be"):
        UnixEndpoint(modem(), name)


# --- clients that come and go


def _listeners(tmp_path: Path) -> list[Endpoint]:
    return [PtyEndpoint(modem(), tmp_path / "modem"), TcpEndpoint(modem()), Rfc2217Endpoint(modem())]


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["pty", "tcp", "rfc2217"])
def test_a_killed_client_leaves_a_line_that_the_next_one_can_use(tmp_path: Path, kind: int) -> None:
    endpoint = _listeners(tmp_path)[kind]
    program = (
        "import serial, sys, time; p = serial.serial_for_url(sys.argv[1], 115200, timeout=5);"
        "p.write(b'AT\\r'); p.read_until(b'OK\\r\\n'); p.write(b'AT+CGM'); p.flush();"
        "print('up', flush=True); time.sleep(60)"
    )

    def story() -> None:
        client = subprocess.Popen([sys.executable, "-c", program, endpoint.address], stdout=subprocess.PIPE)
        assert client.stdout is not None
        assert client.stdout.readline() == b"up\n"
        client.kill()
        client.wait()
        client.stdout.close()
        with opened(endpoint.address) as port:
            port.write(b"\r")  # ends what the killed one began, as after any crash
            port.read_until(b"ERROR\r\n")
            ask(port, b"AT\r")

    serve(endpoint, lambda: asyncio.to_thread(story))


@pytest.mark.parametrize("kind", [1, 2], ids=["tcp", "rfc2217"])
def test_the_second_of_two_clients_takes_the_line_over(tmp_path: Path, kind: int) -> None:
    endpoint = _listeners(tmp_path)[kind]

    def story() -> None:
        with opened(endpoint.address) as first:
            ask(first, b"AT\r")
            with opened(endpoint.address) as second:
                ask(second, b"AT\r")
                with pytest.raises(serial.SerialException):
                    for _ in range(50):
                        first.write(b"AT\r")
                        first.read(1)
                        time.sleep(0.02)
                ask(second, b"AT\r")

    serve(endpoint, lambda: asyncio.to_thread(story))


def test_two_programs_may_use_a_pty_in_turn(tmp_path: Path) -> None:
    endpoint = PtyEndpoint(modem(), tmp_path / "modem")

    def story() -> None:
        with opened(endpoint.address) as first, opened(endpoint.address) as second:
            for client in (first, second, first):
                ask(client, b"AT\r")

    serve(endpoint, lambda: asyncio.to_thread(story))


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["pty", "tcp", "rfc2217"])
def test_a_client_that_never_reads_costs_neither_memory_nor_time(tmp_path: Path, kind: int) -> None:
    endpoint = _listeners(tmp_path)[kind]
    endpoint.set_baud(None)

    def client() -> Any:
        port = serial.serial_for_url(endpoint.address, 115200, timeout=5)
        port.write(b"AT\r")
        time.sleep(0.1)
        return port

    async def story() -> float:
        port = await asyncio.to_thread(client)
        if kind:
            port._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        talker = endpoint.modem
        assert isinstance(talker, Modem)
        for _ in range(600):
            for _ in range(20):
                talker.terminal.urc("x" * 1000)
            endpoint.service()
            await asyncio.sleep(0)
        assert len(endpoint._out) <= 1 << 18
        before_s = time.process_time()
        await asyncio.sleep(0.3)
        spent_s = time.process_time() - before_s
        port.close()
        return spent_s

    assert serve(endpoint, story) < 0.1
    assert endpoint.dropped > 0 or kind  # a socket's reader thread in the client may have read on


# --- the name of a pty


def test_a_link_that_a_killed_program_left_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    link.symlink_to("/dev/pts/999999")
    endpoint = PtyEndpoint(modem(), link)

    def story() -> None:
        with opened(str(link)) as port:
            ask(port, b"AT\r")

    serve(endpoint, lambda: asyncio.to_thread(story))
    assert not link.is_symlink()


def test_a_link_of_a_running_one_is_not_taken(tmp_path: Path) -> None:
    link = tmp_path / "modem"

    async def story() -> None:
        with pytest.raises(MtmoError, match="in use by another mtmo"):
            await PtyEndpoint(modem(), tmp_path / "." / "modem").start()
        assert link.samefile(first.device)

    first = PtyEndpoint(modem(), link)
    serve(first, story)
    serve(PtyEndpoint(modem(), link), lambda: asyncio.sleep(0))  # and free again


def test_a_link_that_somebody_replaced_is_left_alone(tmp_path: Path) -> None:
    link = tmp_path / "modem"

    async def story() -> None:
        link.unlink()
        link.symlink_to("/dev/null")

    serve(PtyEndpoint(modem(), link), story)
    assert link.readlink() == Path("/dev/null")


# --- in memory


def test_a_program_for_pyserial_runs_in_memory_and_in_no_time() -> None:
    talker = modem("a7670", speed=1.0)
    began_s = time.monotonic()
    with contextlib.closing(MemoryPort(talker, timeout=40)) as port:
        assert isinstance(port, serial.SerialBase)
        talker.power_on(port.now_ms)
        assert port.read_until(b"SMS DONE\r\n").endswith(b"SMS DONE\r\n")  # a minute of boot
        ask(port, b"ATE0\r")
        assert port.in_waiting == 0
        ask(port, b"AT+CMGF=0;+CNMI=2,1,0,0,0\r")
        port.write(b"AT+CMGS=%d\r" % len(_SMS))
        assert port.read_until(b">\r\n").endswith(b">\r\n")
        assert b"+CMGS: 0" in ask(port, b"00" + _SMS.hex().encode() + b"\x1a")
        talker.deliver(DELIVER, 1, port.now_ms)
        assert port.readline() + port.readline() == b'\r\n+CMTI: "ME",1\r\n'
        assert (SCA + DELIVER.hex().upper()).encode() in ask(port, b"AT+CMGR=1\r")
        before_ms = port.now_ms
        assert port.read(1) == b""
        assert port.now_ms == before_ms + 40_000  # the timeout, in the modem's time
    assert time.monotonic() - began_s < 5
    with pytest.raises(serial.PortNotOpenError):
        port.write(b"AT\r")


def test_a_port_in_memory_that_would_wait_for_ever_says_so() -> None:
    port = MemoryPort(modem())
    with pytest.raises(serial.SerialException, match="never say anything"):
        port.read(1)


def test_a_port_in_memory_serves_threads_in_real_time() -> None:
    talker = modem()
    port = MemoryPort(talker, timeout=5, real_time=True)
    with port.lock:
        talker.power_on(port.now_ms)
    ask(port, b"ATE0;+CNMI=2,1\r")

    def deliver() -> None:
        time.sleep(0.1)
        with port.lock:
            talker.deliver(DELIVER, 1, port.now_ms)

    thread = threading.Thread(target=deliver)
    began_s = time.monotonic()
    thread.start()
    assert b"+CMTI" in port.read_until(b",1\r\n")
    assert 0.09 < time.monotonic() - began_s < 3
    thread.join()
    port.timeout = 0
    assert port.read(10) == b""
    port.timeout = None
    stopper = threading.Timer(0.1, port.cancel_read)
    stopper.start()
    assert port.read(1) == b""
    stopper.join()


def test_the_file_descriptor_of_a_pty_can_be_waited_for(tmp_path: Path) -> None:
    endpoint = PtyEndpoint(modem(), tmp_path / "modem")

    def story() -> None:
        with opened(endpoint.address) as port:
            port.write(b"AT\r")
            assert select.select([port.fileno()], [], [], 5)[0]

    serve(endpoint, lambda: asyncio.to_thread(story))
