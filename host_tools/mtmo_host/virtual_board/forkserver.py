"""Starts MicroPython processes in a few milliseconds each: a small process that has the interpreter loaded forks.

Protocol over a SOCK_SEQPACKET socket: one JSON message with argv, environment, working folder and descriptors
(SCM_RIGHTS) is answered by {"started": pid}; later {"ended": pid, "status": exit code or -signal} follows.
The file runs twice: imported by the client, and as a script (standard library only) by the server.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_MESSAGE = 1 << 16
_FDS = 16
_PARKED = 500  # descriptors are moved here first, so that none is overwritten before its turn


class ForkServer:
    """The client's end. Not for use from several threads."""

    def __init__(self, library: Path) -> None:
        """`library`: the interpreter's shared object (`interpreter.shared_object()`)."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            fd = theirs.fileno()
            self._server = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(fd), str(library)], pass_fds=[fd]
            )
        self._ended: dict[int, int] = {}

    def spawn(
        self, argv: Sequence[str], fds: Mapping[int, int], env: Mapping[str, str] | None = None, cwd: str = "/"
    ) -> int:
        """Start one and return its pid; `fds` maps its descriptor numbers to ours."""
        message = {"argv": ["micropython", *argv], "fds": list(fds), "env": dict(env or {}), "cwd": cwd}
        socket.send_fds(self._socket, [json.dumps(message).encode()], list(fds.values()))
        while True:
            answer = self._receive()
            if "started" in answer:
                return int(answer["started"])

    def wait(self, pid: int, timeout_s: float) -> int:
        """The exit code, or minus the signal; TimeoutError when it is still running."""
        self._socket.settimeout(timeout_s)
        try:
            while pid not in self._ended:
                self._receive()
        finally:
            self._socket.settimeout(None)
        return self._ended.pop(pid)

    def close(self) -> None:
        """End the server (its children are left alone)."""
        self._socket.close()
        self._server.wait(5)

    def _receive(self) -> dict[str, Any]:
        data = self._socket.recv(_MESSAGE)
        if not data:
            raise ConnectionError("the fork server ended")
        message: dict[str, Any] = json.loads(data)
        if "ended" in message:
            self._ended[message["ended"]] = message["status"]
        return message


def _serve(control: socket.socket, library: str) -> None:
    port = ctypes.CDLL(library)
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        readable, _, _ = select.select([control.fileno(), wake], [], [])
        if wake in readable:
            os.read(wake, 512)
            _reap(control)
        if control.fileno() in readable:
            data, fds, _, _ = socket.recv_fds(control, _MESSAGE, _FDS)
            if not data:
                return
            pid = os.fork()
            if pid == 0:
                _become(port, json.loads(data), fds, [control.detach(), wake, waker])
            for fd in fds:
                os.close(fd)
            control.send(json.dumps({"started": pid}).encode())


def _reap(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        control.send(json.dumps({"ended": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


def _become(port: ctypes.CDLL, message: dict[str, Any], fds: list[int], ours: list[int]) -> None:
    status = 126
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        parked = [os.dup2(fd, _PARKED + i) for i, fd in enumerate(fds)]
        for fd in [*fds, *ours]:
            os.close(fd)
        for fd, number in zip(parked, message["fds"], strict=True):
            os.dup2(fd, number)
            os.close(fd)
        os.chdir(message["cwd"])
        for name in set(os.environ) - set(message["env"]):
            os.unsetenv(name)
        for name, value in message["env"].items():
            os.putenv(name, value)
        argv = [text.encode() for text in message["argv"]]
        status = port.micropython_unix_main(len(argv), (ctypes.c_char_p * (len(argv) + 1))(*argv, None))
    finally:
        os._exit(status & 255)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
