"""Ten thousand emulated modems in one process: memory of each, AT round trips a second, beside a mock and a bare pty.

The mock is MockSerialPackage of python-gsmmodem's own tests, which ride in its source distribution only: it is fetched
by pip, used where it was unpacked, and thrown away. It answers from a table: no echo, no time, no radio, no messages.
"""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import tty
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator_rig import FakeNetwork

from mtmo_host.emulator import Modem, Sim, personality

MODEMS = 10_000
ROUNDS = 3  # each modem answers so often
SINGLE = 20_000  # round trips of one
MOCK = "python-gsmmodem-new==0.13.0"
COMMAND = b"AT+CSQ\r"


def run() -> dict[str, Any]:
    """Print the table; the figures."""
    found: dict[str, Any] = {"modems": MODEMS, **_fleet()}
    found["one_modem_per_s"] = round(_one_modem())
    found["bare_pty_per_s"] = round(_pty(lambda: _echo))
    found["modem_on_pty_per_s"] = round(_pty(_answering))
    found["mock"] = MOCK
    found["mock_per_s"] = round(_mock())
    found["fleet_to_mock"] = round(found["fleet_per_s"] / found["mock_per_s"], 2)
    found["one_to_mock"] = round(found["one_modem_per_s"] / found["mock_per_s"], 2)
    found["one_to_bare_pty"] = round(found["one_modem_per_s"] / found["bare_pty_per_s"], 2)
    found["pty_to_bare_pty"] = round(found["modem_on_pty_per_s"] / found["bare_pty_per_s"], 2)
    for name, value in found.items():
        print(f"  {name:22} {value}")
    return found


def _rss_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def _modem(number: int) -> Modem:
    sim = Sim(f"8949020000000{number:06d}", f"262011234{number:06d}", f"+49170{number:07d}")
    return Modem(
        personality("a7670"), sim, FakeNetwork(), imei=f"35693803{number:06d}0", seed=number, speed=float("inf")
    )


def _fleet() -> dict[str, Any]:
    """All of them in this process, booted and registered, each spoken to in turn."""
    gc.collect()
    before_kib = _rss_kib()
    modems = [_modem(number) for number in range(MODEMS)]
    for modem in modems:
        modem.power_on(0)
        modem.advance(1000)
        modem.feed(b"ATE0\r", 1000)
        modem.take_output()
    gc.collect()
    each_kib = (_rss_kib() - before_kib) / MODEMS
    assert all(modem.reachable for modem in modems)
    began_s = time.perf_counter()
    for round_ in range(ROUNDS):
        now_ms = 2000 + round_
        for modem in modems:
            modem.feed(COMMAND, now_ms)
            modem.advance(now_ms)
            assert modem.take_output().endswith(b"OK\r\n")
    took_s = time.perf_counter() - began_s
    return {"kib_per_modem": round(each_kib, 1), "fleet_per_s": round(MODEMS * ROUNDS / took_s)}


def _answer(modem: Modem) -> Callable[[bytes], bytes]:
    def answer(octets: bytes) -> bytes:
        modem.feed(octets, 2000)
        modem.advance(2000)
        return modem.take_output()

    return answer


def _answering() -> Callable[[bytes], bytes]:
    modem = _modem(0)
    modem.power_on(0)
    modem.advance(1000)
    answer = _answer(modem)
    answer(b"ATE0\r")
    return answer


def _echo(octets: bytes) -> bytes:
    return octets + b"\r\nOK\r\n"


def _one_modem() -> float:
    answer = _answering()
    began_s = time.perf_counter()
    for _ in range(SINGLE):
        assert answer(COMMAND).endswith(b"OK\r\n")
    return SINGLE / (time.perf_counter() - began_s)


def _pty(make: Callable[[], Callable[[bytes], bytes]]) -> float:
    """Round trips through a pty with a blocking thread at the modem's end: what the kernel alone costs, and more."""
    answer = make()
    master, slave = os.openpty()
    tty.setraw(slave)

    def serve() -> None:
        while (octets := os.read(master, 256)) != b"end\r":
            os.write(master, answer(octets))

    thread = threading.Thread(target=serve)
    thread.start()
    count = SINGLE // 4
    began_s = time.perf_counter()
    for _ in range(count):
        os.write(slave, COMMAND)
        found = b""
        while not found.endswith(b"OK\r\n"):
            found += os.read(slave, 256)
    took_s = time.perf_counter() - began_s
    os.write(slave, b"end\r")
    thread.join()
    os.close(master)
    os.close(slave)
    return count / took_s


def _mock() -> float:
    """The mock's own round trip: a line written, its answer read to the end."""
    with tempfile.TemporaryDirectory() as name:
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*fetch, "--dest", name, MOCK], check=True, capture_output=True, timeout=300)
        with tarfile.open(next(Path(name).glob("*.tar.gz"))) as archive:
            archive.extractall(name, filter="data")
        root = next(path for path in Path(name).iterdir() if path.is_dir())
        sys.path.insert(0, str(root))
        warnings.simplefilter("ignore", SyntaxWarning)  # the peer's
        try:
            mock = importlib.import_module("test.test_modem")
            return _mock_rate(mock)
        finally:
            sys.path.remove(str(root))


def _mock_rate(mock: Any) -> float:
    port = mock.MockSerialPackage.Serial()
    command = COMMAND.decode()
    began_s = time.perf_counter()
    for _ in range(SINGLE):
        port.write(command)
        found = ""
        while not found.endswith("OK\r\n"):
            found += port.read(1)  # the mock hands out one character at a time; its argument is a timeout
    return SINGLE / (time.perf_counter() - began_s)
