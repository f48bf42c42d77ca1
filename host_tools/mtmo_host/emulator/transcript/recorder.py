"""Writes the transcript of a modem while it runs: each line goes to the file at once and whole."""

from __future__ import annotations

import errno
import itertools
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.radio import MoResult, Network, PdpRequest, PdpResult
from mtmo_host.emulator.transcript import AGENT, FULL, MODEM, Header, event_line, octets_line
from mtmo_host.errors import MtmoError

LIMIT = 64 << 20  # octets of a file; months of a quiet line
_SIDES = {"rx": AGENT, "tx": MODEM}

_log = logging.getLogger(__name__)


class Recorder:
    """Records `modem` from now on, which should be before its power comes on; `close()` ends it.

    A file is never overwritten. When it reaches `limit`, or the disk fails, recording ends and the modem goes on.
    """

    def __init__(self, modem: Modem, path: Path, *, now_ms: int | None = None, limit: int = LIMIT) -> None:
        self.path = path
        self._modem = modem
        self._left = limit
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, flags, 0o600)
        except FileExistsError:
            raise MtmoError("exists", field=f"--record {path}", fix="name another file") from None
        except OSError as error:
            raise MtmoError(f"cannot be made: {error.strerror}", field=f"--record {path}") from None
        if now_ms is not None:
            modem.advance(now_ms)
        self._origin_ms = modem.now_ms
        self._write(Header.of(modem).line(datetime.now(UTC).isoformat(timespec="seconds")))
        modem.network = _Overheard(modem.network, self)
        modem.trace = self._octets
        modem.on_event = self.event

    def close(self) -> None:
        """Stop recording; what was recorded is in the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self._modem.trace = self._modem.on_event = None

    def event(self, event: str, now_ms: int, fields: dict[str, Any]) -> None:
        """Write down something that is done to the modem; `ran_ms` where it came before what was due."""
        if self._modem.ran_ms < now_ms:
            fields = {"ran_ms": self._modem.ran_ms - self._origin_ms, **fields}
        self._write(event_line(now_ms - self._origin_ms, event, fields))

    def _octets(self, direction: str, octets: bytes, now_ms: int) -> None:
        self._write(octets_line(now_ms - self._origin_ms, _SIDES[direction], octets))

    def _write(self, line: str) -> None:
        if self._fd < 0:
            return
        full = len(line) > self._left
        self._left -= len(line)
        try:
            octets = (event_line(self._ms(), FULL, {}) if full else line).encode("ascii")
            if os.write(self._fd, octets) < len(octets):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # a line in two would spoil the file
        except OSError as error:
            _log.warning("%s: %s: recording has ended", self.path, error.strerror)
            full = True
        if full:
            os.close(self._fd)
            self._fd = -1

    def _ms(self) -> int:
        return self._modem.now_ms - self._origin_ms


def free_name(folder: Path, name: str) -> Path:
    """A file for the next transcript of `name` in a folder that may hold earlier ones."""
    numbers = itertools.count(2)
    path = folder / f"{name}.jsonl"
    while path.exists():
        path = folder / f"{name}-{next(numbers)}.jsonl"
    return path


class _Overheard:
    """The network behind a modem; what it answers is written down, for a run without it."""

    def __init__(self, network: Network, recorder: Recorder) -> None:
        self._network, self._recorder = network, recorder

    def attached(self, modem: Modem) -> None:
        self._network.attached(modem)

    def detached(self, modem: Modem) -> None:
        self._network.detached(modem)

    def mo_submit(self, modem: Modem, tpdu: bytes) -> MoResult:
        result = self._network.mo_submit(modem, tpdu)
        scts = None if result.scts is None else result.scts.hex().upper()
        fields = {"tpdu": tpdu.hex().upper(), "ok": result.ok, "cause": result.cause, "scts": scts}
        self._recorder.event("mo", modem.now_ms, fields)
        return result

    def mt_result(self, modem: Modem, token: int, cause: int | None) -> None:
        self._network.mt_result(modem, token, cause)

    def activate(self, modem: Modem, request: PdpRequest) -> PdpResult:
        result = self._network.activate(modem, request)
        fields = {
            "apn": request.apn,
            "ok": result.ok,
            "cause": result.cause,
            "address": result.address,
            "dns": list(result.dns),
            "negotiated_apn": result.negotiated_apn,
        }
        self._recorder.event("activate", modem.now_ms, fields)
        return result
