"""`mtmo up` and its kin as real processes, spoken to as a user does: by REST, SMS and the board's pty."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from mtmo_host.sms import sc1
from mtmo_host.sms.keys import MasterKey

MTMO = [sys.executable, "-m", "mtmo_host"]
MPREMOTE = [sys.executable, "-m", "mpremote"]
OPERATOR = "12345"
START_S = 60
ANSWER_S = 60


def mtmo(*args: object, timeout: float = 60, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """Run `mtmo …` to its end."""
    return subprocess.run(
        [*MTMO, *map(str, args)], capture_output=True, text=True, timeout=timeout, check=False, **kwargs
    )


def mpremote(port: str, *args: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run unmodified mpremote on a board to its end."""
    command = [*MPREMOTE, "connect", port, *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


class Running:
    """A long-running `mtmo` verb that printed its one line of JSON."""

    def __init__(self, *args: object) -> None:
        command = [*MTMO, *map(str, args), "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], START_S)[0]:
            self.process.kill()
            raise TimeoutError(self.process.communicate()[1])
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.communicate()[1])
        self.ready: dict[str, Any] = json.loads(line)

    def kill(self) -> None:
        """As a power failure of the desk would."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> int:
        """As Ctrl-C does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode


class Up(Running):
    """`mtmo up`, and an operator with the fleet's key."""

    def __init__(self, state: Path, keys: Path, *args: object, devices: int = 1) -> None:
        super().__init__(
            "up", "--devices", devices, "--http", "127.0.0.1:0", "--smpp", "127.0.0.1:0",
            "--state", state, "--keys", keys, *args,
        )  # fmt: skip
        self.connect(keys)

    def connect(self, keys: Path) -> None:
        """Log in to REST as the operator who holds `keys`."""
        self.devices = self.ready["devices"]
        self._master = MasterKey.load(keys)
        self._counter = int(time.time())
        self.rest = httpx.Client(base_url=self.ready["http"], timeout=10)
        answer = self.rest.post("/api/v1/authenticate", json={"application_token": self.ready["token"]})
        self.rest.headers["Authorization"] = f"Bearer {answer.json()['auth_token']}"

    def sign(self, device: dict[str, Any], body: str) -> sc1.SignedCommand:
        """The operator's next command for a device."""
        self._counter += 1
        return sc1.sign(self._master.slot(device["imei"]), device["imei"], "A", self._counter, body)

    def send(self, device: dict[str, Any], payload: str, source: str = OPERATOR) -> int:
        """Send an MT text by REST; its id."""
        body = {"payload": payload, "source_address": source}
        answer = self.rest.post(f"/api/v1/endpoint/{device['id']}/sms", json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.headers["Location"].rsplit("/", 1)[1])

    def log(self, device: dict[str, Any]) -> list[dict[str, Any]]:
        """Every message of a device."""
        return list(self.rest.get(f"/api/v1/endpoint/{device['id']}/sms").json())

    def mo(self, device: dict[str, Any]) -> list[str]:
        """The texts a device sent, oldest first."""
        rows = [row for row in self.log(device) if row["sms_type"]["description"] == "MO"]
        return [row["payload"] for row in sorted(rows, key=lambda row: row["id"])]

    def console(self, device: dict[str, Any]) -> str:
        """What the device's agent said on its console."""
        rows = self.rest.get(f"/emulator/v1/endpoint/{device['id']}/log").json()["lines"]
        return "\n".join(row["text"] for row in rows)

    def wait_for_mo(self, device: dict[str, Any], count: int, timeout_s: float = ANSWER_S) -> list[str]:
        """The device's texts once there are `count`."""
        deadline = time.monotonic() + timeout_s
        while len(texts := self.mo(device)) < count:
            assert time.monotonic() < deadline, f"{len(texts)} of {count} answers\n{self.console(device)}"
            time.sleep(0.1)
        return texts

    def wait_for_console(self, device: dict[str, Any], text: str, timeout_s: float = ANSWER_S) -> None:
        """Until the device's console shows `text`."""
        deadline = time.monotonic() + timeout_s
        while text not in (said := self.console(device)):
            assert time.monotonic() < deadline, f"no {text!r} in\n{said}"
            time.sleep(0.1)

    def ask(self, device: dict[str, Any], body: str) -> str:
        """Sign, send, and verify the answer; its text."""
        before = len(self.mo(device))
        command = self.sign(device, body)
        self.send(device, command.sms)
        return self.verified(device, self.wait_for_mo(device, before + 1)[before], command)

    def verified(self, device: dict[str, Any], sms: str, command: sc1.SignedCommand) -> str:
        """The text of an answer, whose MAC must hold."""
        return sc1.verify_reply(self._master.slot(device["imei"]), device["imei"], sms, command.tag).text


@contextmanager
def running(made: Running) -> Iterator[Any]:
    """Stop it in any case."""
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.stop()


def make_key(folder: Path) -> Path:
    """A fresh master key, as a user makes one."""
    path = folder / "fleet.key"
    done = mtmo("keys", "init", path)
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mode & 0o077 == 0
    return path
