"""From the last octet of +CMTI to the last of the answer's PDU, over the time that the octets between need on the wire.

Real MicroPython and the agent, against an emulated modem that answers at once, on a line of 115,200 Bd. The line exists
only as times: an octet is handed on when it is due, and what the modem says to it begins then, however late we woke.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "support"), str(TESTS.parent / "device")]
sys.path.append(str(Path(__file__).resolve().parents[1] / "both" / "shim"))

from air import IMEI, Network, Offer, Operator  # noqa: E402

from mtmo import dialects  # noqa: E402
from mtmo_host import profile as profiles  # noqa: E402
from mtmo_host.emulator import personalities  # noqa: E402
from mtmo_host.flash.files import board_files  # noqa: E402
from mtmo_host.flash.provision import record  # noqa: E402
from mtmo_host.virtual_board import FlashImage, VirtualBoard  # noqa: E402

BAUD = 115200
OCTET_S = 10 / BAUD
LIMIT = 1.1
TURNS = 24
WARM_UP = 3  # turns that load what is loaded once
PATIENCE_S = 60.0
_CMTI = re.compile(rb"\+CM(?:TI|T):[^\r\n]*\r+\n")
_SETTINGS = {"apn": "iot", "replies-per-hour": 60, "replies-per-day": 500, "texts-per-minute": 60, "apn-probe-s": 1}
# in front of the agent's main.py: how long each record took to get onto the flash
_TIMED_STORE = b"""
import time
from mtmo.store import Store
_write = Store.write
def _timed(self, name, value):
    started = time.ticks_us()
    _write(self, name, value)
    print("flash_us", time.ticks_diff(time.ticks_us(), started))
Store.write = _timed
"""


class Turn:
    """One text and its answer: when what passed. Times in seconds."""

    def __init__(self) -> None:
        self.told_s = 0.0  # the last octet of +CMTI was through
        self.done_s = 0.0  # the Ctrl-Z behind the answer's PDU was through
        self.octets = 0  # between the two
        self.flash_us: list[int] = []
        self.waits: list[tuple[str, float]] = []  # each command, and how long the agent took to send it
        self.cpu_s = [0.0, 0.0]  # what the interpreter had run for when it was told, and when its PDU came

    @property
    def wire_s(self) -> float:
        """What the octets need, one after the other."""
        return self.octets * OCTET_S

    @property
    def flash_s(self) -> float:
        """Spent in writing records."""
        return sum(self.flash_us) / 1e6


class Line:
    """Agent and modem on one UART; runs in a thread of its own."""

    def __init__(self, operator: Operator, ours: socket.socket) -> None:
        self._modem, self._fd = operator.modem, ours.fileno()
        self._to_modem: list[tuple[float, int]] = []  # (due, octet)
        self._to_agent: list[tuple[float, int]] = []
        self._free_s = {"rx": 0.0, "tx": 0.0}
        self._said = bytearray()  # by the modem since the last text, for +CMTI
        self._written = bytearray()  # by the agent since its last line end
        self._last_rx_s = 0.0
        self.turn: Turn | None = None
        self.todo: list[Any] = []  # done by the thread: deliver a text
        self.cpu_s: Callable[[], float] = lambda: 0.0
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop = True
        self._thread.join()

    def _run(self) -> None:
        while not self._stop:
            now_s = time.perf_counter()
            while self.todo:
                self.todo.pop(0)()
            self._modem.advance(int(now_s * 1000))
            self._collect(now_s)
            self._pass_on(now_s)
            queues = [queue[0][0] for queue in (self._to_modem, self._to_agent) if queue]
            wait_s = max(0.0, min(queues) - time.perf_counter()) if queues else 0.002
            if select.select([self._fd], [], [], wait_s)[0]:
                self._read(time.perf_counter())

    def _queue(self, queue: list[tuple[float, int]], way: str, octets: bytes, from_s: float) -> None:
        free_s = max(self._free_s[way], from_s)
        for octet in octets:
            free_s += OCTET_S
            queue.append((free_s, octet))
        self._free_s[way] = free_s

    def _read(self, now_s: float) -> None:
        octets = os.read(self._fd, 4096)
        if self.turn and not self._written and octets:
            # how long the agent was at it since the last octet that it got
            self.turn.waits.append((octets.split(b"\r")[0][:16].decode(errors="replace"), now_s - self._last_rx_s))
        self._queue(self._to_modem, "tx", octets, now_s)
        self._written += octets
        if self.turn and octets[-1:] == b"\x1a":
            self.turn.cpu_s[1] = self.cpu_s()
        if octets[-1:] in (b"\r", b"\x1a"):
            self._written.clear()

    def _collect(self, from_s: float) -> None:
        octets = self._modem.take_output()
        if octets:
            self._queue(self._to_agent, "rx", octets, from_s)

    def _pass_on(self, now_s: float) -> None:
        while self._to_modem and self._to_modem[0][0] <= now_s:
            due_s, octet = self._to_modem.pop(0)
            self._modem.feed(bytes([octet]), int(now_s * 1000))
            if self.turn and self.turn.told_s and not self.turn.done_s:
                self.turn.octets += 1
                if octet == 0x1A:
                    self.turn.done_s = due_s
            self._collect(due_s)
        due = bytearray()
        while self._to_agent and self._to_agent[0][0] <= now_s:
            self._last_rx_s, octet = self._to_agent.pop(0)
            due.append(octet)
            self._note(octet, self._last_rx_s)
        if due:
            os.write(self._fd, due)

    def _note(self, octet: int, due_s: float) -> None:
        if not self.turn or self.turn.done_s:
            return
        if self.turn.told_s:
            self.turn.octets += 1
            return
        self._said.append(octet)
        if _CMTI.search(self._said):
            self._said.clear()
            self.turn.told_s = due_s
            self.turn.cpu_s[0] = self.cpu_s()


class Bench:
    """One board with one kind of modem."""

    def __init__(self, name: str, folder: Path) -> None:
        self._clock = lambda: int(time.perf_counter() * 1000)
        self.network = Network(self._clock, lambda do: self.line.todo.append(do))
        self.network.apns[""] = Offer()  # for a modem that takes no APN
        self.operator = Operator(name, self.network)
        self.operator.modem.speed = float("inf")
        self.operator.counter = int(time.time())
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._sockets = (ours, theirs)
        self.line = Line(self.operator, ours)
        profile = profiles.load("unix")
        rows = self.operator.key_rows()
        provision = record(IMEI, keys=rows["slots"], allow=rows["allow"], settings=_SETTINGS)
        files = board_files(profile, provision)
        files["/main.py"] = _TIMED_STORE + files["/main.py"]
        image = folder / "flash.img"
        FlashImage.build(image, files)
        self.printed = ""
        self.board = VirtualBoard(image, uarts={profile.uart.id: theirs}, log=self._log)

    def _log(self, octets: bytes) -> None:
        self.printed += octets.decode(errors="replace")

    async def until(self, fact: Any) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not fact():
            if time.monotonic() > deadline:
                raise TimeoutError(self.printed[-2000:])
            await asyncio.sleep(0.01)

    async def turn(self, body: str) -> Turn:
        """Sign `body`, send it, wait for the verified answer."""
        await asyncio.sleep(0.1)  # all of the last one is over
        command = self.operator.sign(body)
        before, printed = len(self.network.sent), len(self.printed)
        self.line.turn = turn = Turn()
        self.line.todo.append(lambda: self.operator.text(command.sms))
        await self.until(lambda: len(self.network.sent) > before and turn.done_s)
        assert self.operator.verified(-1, command).startswith("OK"), self.network.sent[-1]
        await self.until(lambda: " sent to " in self.printed[printed:])
        # what stands further in front may be the last record of the turn before
        before_it, after_it = self.printed[printed:].split(" sent to ")[0].split(" accepted from ")
        turn.flash_us = [int(us) for us in re.findall(r"flash_us (\d+)", before_it)[-1:]]
        turn.flash_us += [int(us) for us in re.findall(r"flash_us (\d+)", after_it)]
        return turn

    async def run(self, turns: int) -> list[Turn]:
        """The turns behind the warm-up."""
        self.line.start()
        self.line.todo.append(lambda: self.operator.modem.power_on(self._clock()))
        try:
            await self.board.start()
            self.line.cpu_s = cpu_clock(self.board)
            await self.until(lambda: "agent: ready" in self.printed)
            done = [await self.turn("ping") for _ in range(WARM_UP + turns)]
        finally:
            await self.board.stop()
            self.line.stop()
            for sock in self._sockets:
                sock.close()
        return done[WARM_UP:]


def cpu_clock(board: VirtualBoard) -> Callable[[], float]:
    """Seconds that the board's interpreter has run on a processor: what others on this machine do is not in it."""
    process = board._process
    path = Path(f"/proc/{process.pid if process else 0}/schedstat")
    return lambda: int(path.read_text().split()[0]) / 1e9 if path.exists() else 0.0


def apart_s(turn: Turn, dialect: dict[str, Any]) -> float:
    """What flash and the dialect's pauses take of a turn.

    Before AT+CMGD and AT+CMGS that is whichever is longer, as a record is written while the pause runs.
    """
    gap_s = int(dialect["gap_ms"]) / 1000
    flash_s = [us / 1e6 for us in turn.flash_us]
    before = [*flash_s, *[0.0] * (2 - len(flash_s))]
    return sum(max(gap_s, each_s) for each_s in before) + int(dialect.get("prompt_gap_ms", 0)) / 1000


def measure(name: str, turns: int = TURNS) -> dict[str, Any]:
    """Figures of one kind of modem: the best turn's, since the host disturbs and never helps; and the median."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(name, Path(folder))
        done = asyncio.run(bench.run(turns))
    dialect = dialects.load(re.findall(r"dialect=(\w+)", bench.printed)[-1])
    ratios = sorted(
        ((turn.done_s - turn.told_s - apart_s(turn, dialect)) / turn.wire_s, index) for index, turn in enumerate(done)
    )
    least_flash_s = sum(min(us) for us in zip(*(turn.flash_us for turn in done), strict=False)) / 1e6
    best = done[ratios[0][1]]
    return {
        "ratio": round(ratios[0][0], 3),
        "median": round(statistics.median(ratio for ratio, _ in ratios), 3),
        "cpu_ratio": round(1 + (min(turn.cpu_s[1] - turn.cpu_s[0] for turn in done) - least_flash_s) / best.wire_s, 3),
        "octets": best.octets,
        "wire_ms": round(best.wire_s * 1000, 2),
        "took_ms": round((best.done_s - best.told_s) * 1000, 2),
        "flash_ms": round(best.flash_s * 1000, 2),
        "gap_ms": dialect["gap_ms"],
        "flash_writes": len(best.flash_us),
        "waits": [(line, round(wait_s * 1000, 2)) for line, wait_s in best.waits],
    }


@contextlib.contextmanager
def _responsive() -> Iterator[None]:
    # the board's process inherits the priority, where we may raise it: others on this machine are not measured
    before, priority = sys.getswitchinterval(), os.getpriority(os.PRIO_PROCESS, 0)
    sys.setswitchinterval(0.0002)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, priority)


def run() -> dict[str, Any]:
    """Print the table; the figures by kind of modem."""
    found = {}
    with _responsive():
        for name in personalities.names():
            try:
                found[name] = figures = measure(name)
            except TimeoutError as error:
                print(f"{name:<12} does not answer: {str(error)[-300:]!r}")
                continue
            ratio, median, took_ms = (figures[key] for key in ("ratio", "median", "took_ms"))
            print(
                f"{name:<12} {ratio:5.2f} (median {median:.2f}, by CPU time {figures['cpu_ratio']:.2f}) of {LIMIT}:"
                f" {took_ms:.1f} ms for {figures['octets']} octets"
                f" = {figures['wire_ms']:.1f} ms, flash {figures['flash_ms']:.1f} ms, gap {figures['gap_ms']} ms"
            )
    return found


if __name__ == "__main__":
    with _responsive():
        for which in sys.argv[1:] or ["a7670"]:
            print(which, measure(which))
