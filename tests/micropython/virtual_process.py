"""One boot of the virtual rig: the process with the agent in it, and the requests it makes."""

from __future__ import annotations

import atexit
import functools
import shutil
import socket
import struct
import tempfile
from pathlib import Path
from typing import NamedTuple

from mpy import Child

from mtmo_host.flash.compile import compile_package
from mtmo_host.virtual_board.interpreter import find_interpreter

SCRIPT = Path(__file__).resolve().parent / "inside" / "virtual_agent.py"
EMULATION_KIB = {64: 17, 32: 14}  # what stands for the board inside, by width of the interpreter: on a board it is C
_STUCK_S = 60  # of real time without a word: it runs in a circle
_REQUEST = struct.Struct("<BIq")
_REPLY = struct.Struct("<qqBI")


class Measured(NamedTuple):
    """What the process says of itself; the counters are those since its boot."""

    free: int
    used: int
    operations: int  # programs and erases
    programs: int
    written: int  # octets
    erases: int  # of blocks
    unfed_ms: int  # the longest pause of the watchdog's food
    handler_errors: int
    emulation: int  # octets of heap in use before the agent and its file system came
    hottest: int  # erases of the block that was erased most

    @classmethod
    def of(cls, octets: bytes) -> Measured:
        """As the process packs it."""
        return cls(*struct.unpack("<10q", octets))


class AgentProcess:
    """MicroPython with the agent, from power-on until it is killed."""

    def __init__(self, heap_kib: int, began_ms: int) -> None:
        """`heap_kib` is what the agent has; inside, time begins with 0 at `began_ms` of ours."""
        self.began_ms = began_ms
        self._wire, theirs = socket.socketpair()
        self._wire.settimeout(_STUCK_S)
        self._requests = self._wire.makefile("rb")
        with theirs:
            heap = heap_kib + EMULATION_KIB[find_interpreter().bits]
            argv = ["-X", f"heapsize={heap}k", str(SCRIPT), str(theirs.fileno())]
            self._child = Child(argv, {"MICROPYPATH": ".frozen"}, [theirs.fileno()])

    def request(self) -> tuple[bytes, int, bytes]:
        """The next thing it says: kind, its time in ms, octets. Raises EOFError when it has ended."""
        head = self._requests.read(_REQUEST.size)
        if len(head) < _REQUEST.size:
            raise EOFError
        kind, length, now_ms = _REQUEST.unpack(head)
        return bytes((kind,)), self.began_ms + now_ms, self._requests.read(length) if length else b""

    def reply(self, now_ms: int, quiet_ms: int, octets: bytes, measure: bool = False) -> None:
        """Answer: the time, before when nothing will come, octets; `measure` asks it to say how it is."""
        now_ms, quiet_ms = now_ms - self.began_ms, quiet_ms - self.began_ms
        self._wire.sendall(_REPLY.pack(now_ms, quiet_ms, measure, len(octets)) + octets)

    def kill(self) -> str:
        """End it; returns what it printed."""
        self._requests.close()
        self._wire.close()
        return self._child.kill()


@functools.cache
def code() -> Path:
    """A folder with the agent's bytecode, as it is flashed."""
    folder = Path(tempfile.mkdtemp(prefix="mtmo-code-"))
    atexit.register(shutil.rmtree, folder, True)
    for item in compile_package():
        path = (folder / item.name).with_suffix(".mpy")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(item.mpy)
    return folder
