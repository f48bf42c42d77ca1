"""The real agent under real MicroPython on virtual time, with the emulated modem on its UART.

    with Rig(tmp_path, name="bg95", filesystem="fat") as rig:
        assert rig.ask("ping") == "OK pong"

The process inside asks for time wherever its asyncio would sleep (inside/virtual_agent.py), so hours cost moments and
the same script always runs the same. Nothing but what the host decides reaches it: octets of the modem, power, flash.
"""

from __future__ import annotations

import heapq
import itertools
import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from air import Network, Operator
from virtual_process import AgentProcess, Measured, code

from mtmo_host.flash.files import serialise
from mtmo_host.sms.sc1 import SignedCommand

BDEV = Path(__file__).resolve().parents[2] / "host_tools" / "mtmo_host" / "virtual_board" / "inside"
IMAGE_OCTETS = 256 * 1024
# What lies below: LittleFS on flash, FAT on a card or behind a translation layer, FAT on bare flash
BLOCK_OCTETS = {"lfs": 4096, "fat": 512, "fat-bare": 4096}
WATCHDOG_MS = 8300  # the longest that RP2 can do
HEAP_KIB = 192  # for the agent (design 4.10)
OCTETS_PER_S = 11520  # at 115,200 baud
PIECE_OCTETS = 256  # as the agent reads them
DARK_MS = 1000  # between a power cut and the next boot
_NEVER_MS = 1 << 59


class Died(AssertionError):
    """The agent's process ended as none should."""


class Rig(Operator):
    """One board and its modem. Times are virtual milliseconds since the start of the rig."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "a7670",
        seed: int = 0,
        filesystem: str = "lfs",
        heap_kib: int = HEAP_KIB,
        cut_flash: Mapping[int, tuple[int, float]] = MappingProxyType({}),
        busy: tuple[int, int] | None = None,
        **settings: Any,
    ) -> None:
        """`settings` are the operator's, with _ for -.

        `cut_flash`: in which boot (0 is the first) power fails in which program or erase, and what share of it is done.
        `busy`: an application task keeps the loop for so many ms, every so many ms.
        """
        super().__init__(name, Network(lambda: self.now_ms, lambda do: self.at(0, do)), seed)
        self.now_ms = 0
        self.log: list[str] = []
        self.ran: list[str] = []  # arguments of the verb `count`, as it was carried out
        self.errors: list[str] = []  # tracebacks of tasks nobody waited for
        self.resets: list[str] = []  # why the board restarted by itself
        self.cuts = 0
        self.sent_octets = 0  # by the agent to the modem
        self.heard_octets = 0  # by the agent from the modem
        self.cut_at_sent: int | None = None  # power fails when so many have been sent
        self.cut_at_heard: int | None = None  # power fails when the agent has dealt with so many
        self.at_reset: list[Measured] = []  # what each process had to say when it was reset by its own will
        self.modem_too = False  # does a power cut take the modem's power, too?
        self._busy = busy
        self._image = folder / "flash.img"
        self._filesystem, self._heap_kib, self._cut_flash = filesystem, heap_kib, cut_flash
        given = {"access": "signed", "apn": "iot", "apn_probe_s": 1, **settings}
        rows = self.key_rows()
        self._provision: dict[str, Any] | None = {
            "settings": {name.replace("_", "-"): value for name, value in given.items()},
            "keys": rows["slots"], "devid": rows["devid"], "allow": rows["allow"],
        }  # fmt: skip
        self._events: list[tuple[int, int, Callable[[], object]]] = []
        self._count = itertools.count()
        self._line = bytearray()  # from the modem
        self._line_free_ms = 0  # when the piece on it has passed
        self._deadline_ms = 0
        self._measured: Measured | None = None
        self._measure = False
        self._process: AgentProcess | None = None
        self._asked: tuple[bytes, bytes] | None = None
        self._boots = -1  # the number of the running one
        self._booted_at = 0  # in the log
        self._cause = "power"
        self.after_reset = "reset"  # what machine.reset() reads as; "watchdog" on RP2

    def __enter__(self) -> Rig:
        self._image.parent.mkdir(parents=True, exist_ok=True)
        self._image.touch(0o600)  # it will hold keys
        self._image.write_bytes(b"\xff" * IMAGE_OCTETS)
        self.modem.power_on(0)
        self._boot()
        self.until(self.ready)
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()

    # -- the test's side

    def ready(self) -> bool:
        """Has the agent said so since it booted?"""
        return any("agent: ready" in line for line in self.log[self._booted_at :])

    def at(self, delay_ms: int, do: Callable[[], object]) -> None:
        """Call `do` in `delay_ms`."""
        heapq.heappush(self._events, (self.now_ms + delay_ms, next(self._count), do))

    def run(self, seconds: float) -> None:
        """Let that much time pass."""
        self._run_until(self.now_ms + int(seconds * 1000), lambda: False)

    def until(self, fact: Callable[[], object], timeout_s: float = 600) -> None:
        """Let time pass until something is true."""
        if not self._run_until(self.now_ms + int(timeout_s * 1000), fact):
            raise TimeoutError("\n".join(self.log[-20:]))

    def ask(self, body: str, encrypted: bool = False, timeout_s: float = 600) -> str:
        """Sign `body`, send it, and return the verified text of its first answer."""
        command = self.sign(body, encrypted)
        self.text(command.sms)
        self.until(lambda: self.answers(command), timeout_s)
        return self.answers(command)[0]

    def answers(self, command: SignedCommand) -> list[str]:
        """The verified texts of all answers to `command` so far, the report of an APN change among them."""
        heads = (f"={command.kid}{command.ctr}.", f"={command.kid}{command.ctr}/")
        return [self.verified(i, command) for i, (_, text) in enumerate(self.network.sent) if text.startswith(heads)]

    def measure(self) -> Measured:
        """Heap after a collection, and the counters."""
        self._measured = None
        self._measure = True
        self.until(lambda: self._measured)
        assert self._measured is not None
        return self._measured

    def cut_power(self, dark_s: float = DARK_MS / 1000) -> None:
        """Off, at once; the board boots again after `dark_s`."""
        self.cuts += 1
        self.cut_at_sent = self.cut_at_heard = None
        if self.modem_too:
            self.modem.power_off(self.now_ms)
        self._restart("power", int(1000 * dark_s))

    # -- power

    def _boot(self) -> None:
        self._process = AgentProcess(self._heap_kib, self.now_ms)
        self._boots += 1
        self._booted_at = len(self.log)

    def _restart(self, cause: str, dark_ms: int = DARK_MS) -> None:
        self._kill()
        self._cause = cause
        self._pass(self.now_ms + dark_ms)
        self.modem.power_on(self.now_ms)
        self._boot()

    def _kill(self) -> str:
        self._asked = None
        process, self._process = self._process, None
        return process.kill() if process else ""

    # -- time

    def _run_until(self, deadline_ms: int, fact: Callable[[], object]) -> bool:
        # the process always waits for an answer while the test is at work, so no time passes behind its back
        while True:
            self._asked = self._asked or self._next_question()
            if fact():
                return True
            if self.now_ms >= deadline_ms:
                return False
            self._deadline_ms = deadline_ms
            self._answer(*self._asked)

    def _pass(self, until_ms: int) -> bytes:
        # events, modem and network go on until the modem says something; a board without power does not hear it
        while True:
            self.now_ms = max(self.now_ms, min(until_ms, self._next_ms()))
            while self._events and self._events[0][0] <= self.now_ms:
                heapq.heappop(self._events)[2]()
            said = self._said()
            if (said and self._process) or (self.now_ms >= until_ms and self._next_ms() > until_ms):
                return said

    def _said(self) -> bytes:
        # what has come over the line by now, at its speed; a board has no room for more at once
        self.modem.advance(self.now_ms)
        self._line += self.modem.take_output()
        if not self._process:
            self._line.clear()
        if not self._line or self.now_ms < self._line_free_ms:
            return b""
        said = bytes(self._line[:PIECE_OCTETS])
        if self.cut_at_heard is not None:
            said = said[: max(0, self.cut_at_heard - self.heard_octets)]
        del self._line[: len(said)]
        self._line_free_ms = self.now_ms + -(-len(said) * 1000 // OCTETS_PER_S)
        self.heard_octets += len(said)
        return said

    def _next_ms(self) -> int:
        event_ms = self._events[0][0] if self._events else _NEVER_MS
        line_ms = max(self.now_ms, self._line_free_ms) if self._line else _NEVER_MS
        due_ms = self.modem.next_wake_ms()
        return min(event_ms, line_ms, _NEVER_MS if due_ms is None else due_ms)

    # -- what the process asks for

    def _next_question(self) -> tuple[bytes, bytes]:
        assert self._process
        while True:
            try:
                kind, now_ms, octets = self._process.request()
            except EOFError:
                raise self._died(self._kill()) from None
            self.now_ms = max(self.now_ms, now_ms)
            if kind in _NEWS:
                _NEWS[kind](self, octets)
            else:
                return kind, octets

    def _answer(self, kind: bytes, octets: bytes) -> None:
        self._asked = None
        if self.cut_at_heard is not None and self.heard_octets >= self.cut_at_heard:
            self.cut_power()
        else:
            _QUESTIONS[kind](self, octets)

    def _died(self, why: str) -> Died:
        return Died(why + "\n" + "\n".join(self.log[-20:]))

    def _reply(self, octets: bytes) -> None:
        assert self._process
        quiet_ms = min(self._next_ms(), max(self._deadline_ms, self.now_ms))
        self._process.reply(self.now_ms, quiet_ms, octets, self._measure)
        self._measure = False

    def _starts(self, octets: bytes) -> None:
        block_octets = BLOCK_OCTETS[self._filesystem]
        options: dict[str, Any] = {
            "image": str(self._image), "filesystem": self._filesystem, "block_size": block_octets,
            "blocks": IMAGE_OCTETS // block_octets, "inside": str(BDEV), "code": str(code()),
            "watchdog_ms": WATCHDOG_MS, "cause": self._cause,
        }  # fmt: skip
        if self._busy:
            options["busy"] = self._busy
        if self._provision is not None:
            options["provision"], self._provision = serialise(self._provision).decode(), None
        if self._boots in self._cut_flash:
            options["cut"], options["torn"] = self._cut_flash[self._boots]
        self._reply(json.dumps(options).encode())

    def _waits(self, octets: bytes) -> None:
        assert self._process
        (until_ms,) = struct.unpack("<q", octets)
        self._reply(self._pass(min(self._process.began_ms + until_ms, max(self._deadline_ms, self.now_ms))))

    def _writes(self, octets: bytes) -> None:
        if self.cut_at_sent is not None and self.cut_at_sent <= self.sent_octets + len(octets):
            octets = octets[: max(0, self.cut_at_sent - self.sent_octets)]
        self.sent_octets += len(octets)
        self.modem.feed(octets, self.now_ms)
        if self.cut_at_sent is not None and self.sent_octets >= self.cut_at_sent:
            self.cut_power()
        else:
            self._reply(self._said())

    def _stops(self, octets: bytes) -> None:
        self._reply(b"")

    def _powers(self, octets: bytes) -> None:
        if octets == b"on":
            self.modem.power_on(self.now_ms)
        elif octets == b"off":
            self.modem.power_off(self.now_ms)
        else:
            self.modem.restart()
        self._reply(self._said())

    def _logs(self, octets: bytes) -> None:
        self.log.append(octets.decode(errors="replace"))

    def _counts(self, octets: bytes) -> None:
        self.ran.append(octets.decode())

    def _fails(self, octets: bytes) -> None:
        self.errors.append(octets.decode())

    def _measures(self, octets: bytes) -> None:
        self._measured = Measured.of(octets)

    def _ends(self, octets: bytes) -> None:
        why = octets.decode(errors="replace")
        if why == "cut":
            self.cut_power()
        elif why in ("reset", "watchdog"):
            self.resets.append(why)
            if why == "reset":
                assert self._measured
                self.at_reset.append(self._measured)
            self._restart(self.after_reset if why == "reset" else why)
        else:
            raise self._died(why)


_NEWS: dict[bytes, Callable[[Rig, bytes], None]] = {
    b"l": Rig._logs, b"v": Rig._counts, b"e": Rig._fails, b"m": Rig._measures,
}  # fmt: skip
_QUESTIONS: dict[bytes, Callable[[Rig, bytes], None]] = {
    b"o": Rig._starts, b"w": Rig._waits, b"t": Rig._writes, b"p": Rig._powers, b"s": Rig._stops, b"x": Rig._ends,
}  # fmt: skip
