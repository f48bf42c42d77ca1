"""The state directory of `mtmo up`: its devices, their flash images and modem stores; one mtmo at a time."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from mtmo_host.durable import claim, write_whole
from mtmo_host.errors import MtmoError
from mtmo_host.lab.identity import Identity, identity
from mtmo_host.sms.keys import MasterKey
from mtmo_host.virtual_board.romfs import partition_file

_VERSION = 1
_DEVICES_FILE = "devices.json"
_DEMO_KEY = "demo.key"
_DEMO_RECOVERY_KEY = "demo-recovery.key"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Member:
    """A device of the lab: who it is, its board profile and the personality of its modem."""

    identity: Identity
    board: str
    modem: str


class LabState:
    """Everything under one directory; `close()` lets another mtmo have it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()  # other verbs are told of it, and run elsewhere
        self._lock = claim(directory, "lab.lock")

    def close(self) -> None:
        """Give the directory back."""
        os.close(self._lock)

    @property
    def fleet_file(self) -> Path:
        """`fleet.csv`, for `mtmo sms`."""
        return self.directory / "fleet.csv"

    def image(self, member: Member) -> Path:
        """The flash image of a device."""
        return self._folder("flash") / f"{member.identity.name}.img"

    def romfs(self, member: Member) -> Path:
        """The ROMFS partition of a device; a device without one has no such file."""
        return partition_file(self.image(member))

    def modem_file(self, member: Member) -> Path:
        """What a device's modem and SIM keep without power."""
        return self._folder("modem") / f"{member.identity.name}.json"

    def repl_link(self, member: Member) -> Path:
        """A stable name for the pty of a device's REPL."""
        return self._folder("repl") / member.identity.name

    def master(self, keys: Path | None) -> tuple[MasterKey, Path]:
        """The fleet's master key from `keys`, or the demo key of this directory, made at first use."""
        if keys is not None:
            return MasterKey.load(keys), keys.absolute()
        path = self.directory / _DEMO_KEY
        return _demo_key(path), path

    def recovery(self) -> MasterKey:
        """The demo recovery key of this directory, made at first use: `mtmo keys rotate --by` takes it."""
        return _demo_key(self.directory / _DEMO_RECOVERY_KEY, recovery=True)

    def members(self, count: int, *, board: str, modem: str, access: str, fingerprint: str) -> list[Member]:
        """The first `count` devices; new ones are made with this board and modem, old ones stay what they are.

        Raises MtmoError when the devices on disk were provisioned for another key or another kind of access.
        """
        path = self.directory / _DEVICES_FILE
        stored = _read(path)
        known = _members(path, stored)
        for field, wanted in (("access", access), ("keys", fingerprint)):
            if known and stored.get(field) != wanted:
                raise MtmoError(
                    f"the devices in {self.directory} were made with {field} {stored.get(field)}, not {wanted}",
                    field=f"--{field}",
                    fix="name another --state directory, or remove this one to begin anew",
                )
        for number in range(len(known) + 1, count + 1):
            known.append(Member(identity(number), board, modem))
        rows = [asdict(member) for member in known]
        record = {"version": _VERSION, "access": access, "keys": fingerprint, "devices": rows}
        if record != stored:
            write_whole(path, json.dumps(record, indent=1) + "\n", 0o600)
        return known[:count]

    def _folder(self, name: str) -> Path:
        folder = self.directory / name
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise MtmoError(f"cannot be a folder: {error.strerror}", field=str(folder), fix="move it away") from None
        return folder


def _demo_key(path: Path, *, recovery: bool = False) -> MasterKey:
    return MasterKey.load(path) if path.exists() else MasterKey.create(path, demo=True, recovery=recovery)


def _read(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise MtmoError(
            f"cannot be read: {error}", field=str(path), fix="restore it, or name another --state"
        ) from None
    if not isinstance(stored, dict) or stored.get("version") != _VERSION:
        raise MtmoError("is of another version of mtmo", field=str(path), fix="name another --state directory")
    return stored


def _members(path: Path, stored: dict[str, Any]) -> list[Member]:
    """The devices of the file; their names become file names, so nothing but a plain one is taken."""
    try:
        known = [Member(Identity(**row["identity"]), row["board"], row["modem"]) for row in stored.get("devices", [])]
        for member in known:
            texts = (member.board, member.modem, *astuple(member.identity))
            if not all(isinstance(text, str) for text in texts) or not _NAME.fullmatch(member.identity.name):
                raise ValueError(member.identity.name)
    except (KeyError, TypeError, ValueError) as error:
        fix = "restore it, or name another --state"
        raise MtmoError(f"is damaged: {error!r}", field=str(path), fix=fix) from None
    return known
