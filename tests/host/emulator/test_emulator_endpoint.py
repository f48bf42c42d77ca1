"""Facts about the lines a modem can be joined to: unmodified clients talk to it over each."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from emulator_rig import DELIVER, IMEI, SCA, FakeNetwork, submit

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.endpoints import Endpoint, PtyEndpoint, SerialEndpoint, SocketEndpoint, TcpEndpoint
from mtmo_host.errors import MtmoError

_SMS = submit()


def _modem(name: str = "a7670") -> Modem:
    sim = Sim("8949020000000000011", "262011234567890", "+491701234567", smsc="+491710760000")
    return Modem(personality(name), sim, FakeNetwork(), imei=IMEI, speed=200)


def _converse(client: serial.Serial, octets: bytes, end: bytes = b"OK\r\n") -> bytes:
    client.write(octets)
    return _read_to(client, end)


def _read_to(client: serial.Serial, end: bytes) -> bytes:
    found: bytes = client.read_until(end)
    assert found.endswith(end), found
    return found


def _client_session(port: str, deliver: object) -> None:
    """What a program of somebody else does: identify, set up, send, be told of a message, read and delete it."""
    with contextlib.closing(serial.serial_for_url(port, 115200, timeout=5)) as client:
        assert b"OK" in _converse(client, b"ATE0\r")
        assert b"A7670E-LASE" in _converse(client, b"AT+CGMM\r")
        _converse(client, b"AT+CMEE=1;+CMGF=0;+CNMI=2,1,0,0,0\r")
        _converse(client, b"AT+CMGS=%d\r" % len(_SMS), b">\r\n")
        assert b"+CMGS: 0" in _converse(client, b"00" + _SMS.hex().encode() + b"\x1a")
        assert callable(deliver)
        deliver()
        _read_to(client, b'+CMTI: "ME",1\r\n')
        assert (SCA + DELIVER.hex().upper()).encode() in _converse(client, b"AT+CMGR=1\r")
        assert b"OK" in _converse(client, b"AT+CMGD=1\r")


async def _serve(endpoint: Endpoint, port: object) -> None:
    modem = endpoint.modem
    await endpoint.start()
    try:
        modem.power_on(endpoint.now_ms)
        await asyncio.sleep(0.3)
        loop = asyncio.get_running_loop()

        def deliver() -> None:
            loop.call_soon_threadsafe(lambda: modem.deliver(DELIVER, 1, endpoint.now_ms))

        assert callable(port)
        await asyncio.to_thread(_client_session, port(), deliver)
    finally:
        await endpoint.close()


def test_a_serial_client_over_a_pty(tmp_path: Path) -> None:
    link = tmp_path / "ports" / "modem"
    endpoint = PtyEndpoint(_modem(), link)
    asyncio.run(_serve(endpoint, lambda: endpoint.address))
    assert not link.is_symlink()


def test_a_client_over_tcp() -> None:
    endpoint = TcpEndpoint(_modem())
    asyncio.run(_serve(endpoint, lambda: f"socket://127.0.0.1:{endpoint.port}"))


def test_a_client_at_a_serial_port() -> None:
    async def run() -> None:
        line = PtyEndpoint(_modem(), None)  # only for a device that opens as a serial port
        await line.start()
        endpoint = SerialEndpoint(_modem(), line.device)
        await endpoint.start()
        await endpoint.close()
        await line.close()
        with pytest.raises(MtmoError, match="is it plugged in"):
            await SerialEndpoint(_modem(), "/dev/nothing-here").start()

    asyncio.run(run())


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_an_open_socket_and_its_end(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair

    async def run() -> None:
        endpoint = SocketEndpoint(_modem(), ours)
        await endpoint.start()
        endpoint.modem.power_on(endpoint.now_ms)
        reader, writer = await asyncio.open_connection(sock=theirs)
        await asyncio.wait_for(reader.readuntil(b"PB DONE\r\n"), 5)
        writer.write(b"AT\r")
        await asyncio.wait_for(reader.readuntil(b"OK\r\n"), 5)
        writer.close()
        await asyncio.sleep(0.05)
        endpoint.modem.restart()
        endpoint.service()
        await asyncio.sleep(0.2)  # nobody listens, nothing breaks
        await endpoint.close()

    asyncio.run(run())


def test_a_paced_line_is_as_slow_as_its_baud(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair

    async def run() -> float:
        endpoint = SocketEndpoint(_modem("generic"), ours, baud=9600)
        await endpoint.start()
        endpoint.modem.power_on(endpoint.now_ms)
        await asyncio.sleep(0.1)
        reader, writer = await asyncio.open_connection(sock=theirs)
        began = time.monotonic()
        writer.write(b"ATE1\r" + b"AT" + b" " * 200 + b"\r")  # 208 octets in, as many and more out
        for _ in range(2):
            await asyncio.wait_for(reader.readuntil(b"OK\r\n"), 5)
        took_s = time.monotonic() - began
        writer.close()
        await endpoint.close()
        return took_s

    assert 0.2 < asyncio.run(run()) < 2


def test_a_path_in_use_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(MtmoError, match="is not a link"):
        asyncio.run(PtyEndpoint(_modem(), file).start())
    assert file.read_text() == "mine"


def test_an_idle_modem_sets_no_timer(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair

    async def run() -> int | None:
        endpoint = SocketEndpoint(_modem(), ours)
        await endpoint.start()
        endpoint.modem.power_on(endpoint.now_ms)
        await asyncio.sleep(0.4)
        wake_ms = endpoint.modem.next_wake_ms()
        await endpoint.close()
        return wake_ms

    assert asyncio.run(run()) is None
