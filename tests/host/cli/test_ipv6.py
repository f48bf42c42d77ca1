"""Doors at an IPv6 address: what is printed is what a program can open (RFC 3986 §3.2.2)."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
import serial
from lab_rig import Running, mtmo, running

from mtmo_host.lab.services import Address

_ANY = "[::1]:0"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def answers(port: Any) -> bool:
    port.write(b"AT\r")
    return bool(port.read_until(b"OK\r\n").endswith(b"OK\r\n"))


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("line", ["--tcp", "--rfc2217"])
def test_what_a_modem_at_an_ipv6_address_prints_can_be_opened(tmp_path: Path, line: str) -> None:
    recording = tmp_path / "run.jsonl"
    doors = ["--http", _ANY, "--smpp", _ANY, "--number", "+491511234567"]
    with running(Running("modem", "generic", line, _ANY, *doors, "--record", recording)) as modem:
        with serial.serial_for_url(modem.ready["devices"][0]["at"], baudrate=115200, timeout=1) as port:
            assert any(answers(port) for _ in range(10))  # it is still starting
        assert httpx.get(modem.ready["http"]).status_code == 200
        host, _, number = modem.ready["smpp"].rpartition(":")
        assert host == "[::1]"
        socket.create_connection((host.strip("[]"), int(number)), timeout=5).close()
        if line == "--tcp":
            at = modem.ready["devices"][0]["at"].removeprefix("socket://")
            done = mtmo("replay", recording, "--as", "agent", "--tcp", at, "--wait", "2")
            assert f"playing the agent at socket://{at};" in done.stderr


@pytest.mark.parametrize(
    ("address", "text"), [(Address("::1", 7), "[::1]:7"), (Address("127.0.0.1", 7), "127.0.0.1:7")]
)
def test_an_address_is_written_as_it_is_read(address: Address, text: str) -> None:
    assert str(address) == text
