"""Master keys in files: 64 hex digits, mode 0600, never shown (SC1 §3)."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mtmo_host.errors import MtmoError
from mtmo_host.sms import base32
from mtmo_host.sms.sc1 import RECOVERY_KID, SlotKeys, derive_device_key

_DIGITS = 64
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A fleet's master key. `demo` keys are for virtual boards only; a `recovery` key is for slot Z only."""

    octets: bytes = field(repr=False)
    source: str
    demo: bool = False
    recovery: bool = False

    @classmethod
    def load(cls, source: str | Path) -> MasterKey:
        """The key of a file, or of an open descriptor named `fd:N`. Raises MtmoError, which never holds the key."""
        return cls.from_content(read_private(source, _DIGITS + 3)[0], source)

    @classmethod
    def from_content(cls, content: bytes, source: str | Path) -> MasterKey:
        """The key in the content of `source`, which was read already. Raises MtmoError."""
        name = str(source)
        octets = _parse(content, name)
        if name.startswith("fd:"):
            return cls(octets, name)
        path = Path(source)
        return cls(octets, name, _marker(path, "demo").exists(), _marker(path, "recovery").exists())

    @classmethod
    def create(cls, path: str | Path, *, demo: bool = False, recovery: bool = False) -> MasterKey:
        """A new random key in a new file of mode 0600; an existing file is never touched.

        What kind of key it is stands in an empty file beside it, `<path>.demo` or `<path>.recovery`.
        """
        path = Path(path)
        octets = secrets.token_bytes(_DIGITS // 2)
        # before the key: a demo key without its mark would pass for a real one
        marks = [_marker(path, kind) for kind, wanted in (("demo", demo), ("recovery", recovery)) if wanted]
        create_private(path, octets.hex(), marks)
        return cls(octets, str(path), demo, recovery)

    def fingerprint(self) -> str:
        """Eight characters that tell keys apart and give nothing away."""
        digest = hmac.new(self.octets, b"SC1 fingerprint", hashlib.sha256).digest()
        text = base32.encode_bits(digest[:5])
        return f"{text[:4]}-{text[4:]}"

    def device_key(self, devid: str, kid: str = "A", epoch: int = 1) -> bytes:
        """K_dev of a device's slot; slot Z only from a recovery key, the others never from one. Raises MtmoError."""
        if self.recovery and kid != RECOVERY_KID:
            what = f"is a recovery key, not for slot {kid}"
            raise MtmoError(what, field=self.source, fix="use the fleet's master key")
        if (
            kid == RECOVERY_KID and not self.recovery and not self.source.startswith("fd:")
        ):  # whose mark is out of sight
            what = f"is no recovery key, which slot {RECOVERY_KID} needs"
            raise MtmoError(what, field=self.source, fix="mtmo keys init --recovery made it")
        return derive_device_key(self.octets, devid, kid, epoch)

    def slot(self, devid: str, kid: str = "A", epoch: int = 1) -> SlotKeys:
        """The three keys of a device's slot."""
        return SlotKeys(self.device_key(devid, kid, epoch))

    def epoch(self, devid: str, known: int) -> int:
        """The epoch that a device is spoken to under: the one that is `known` to have been answered."""
        return known


def _marker(path: Path, kind: str) -> Path:
    return path.with_name(f"{path.name}.{kind}")


def create_private(path: Path, text: str, marks: Iterable[Path] = ()) -> None:
    """A new file of mode 0600 with this text, and before it the empty files `marks`. Raises MtmoError.

    An existing file is never touched, and a write that fails leaves no half of one.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                for mark in marks:
                    mark.touch()
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink()  # half a key is none, and would stand in the way of the next try
            raise
    except FileExistsError:
        what = "exists already, and a key is never overwritten"
        raise MtmoError(what, field=str(path), fix="choose another name") from None
    except OSError as error:
        raise MtmoError(f"cannot be created: {error.strerror}", field=str(path)) from None


def read_private(source: str | Path, limit: int) -> tuple[bytes, str]:
    """Up to `limit` octets of a file that only its owner may read, or of a descriptor `fd:N`; and its name."""
    name = str(source)
    return _read_descriptor(name, limit) if name.startswith("fd:") else _read_file(Path(source), limit), name


def _read_file(path: Path, limit: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a FIFO must not hang us
    except FileNotFoundError:
        raise MtmoError("no such key file", field=str(path), fix=f"make one with: mtmo keys init {path}") from None
    except OSError as error:
        raise MtmoError(f"cannot be read: {error.strerror}", field=str(path)) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise MtmoError("is no regular file", field=str(path))
        if os.name == "posix" and status.st_mode & _OTHERS:
            mode = stat.S_IMODE(status.st_mode)
            raise MtmoError(f"others may read this key (mode {mode:04o})", field=str(path), fix=f"chmod 600 {path}")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)


def _read_descriptor(name: str, limit: int) -> bytes:
    number = name[3:]
    if not (number.isascii() and number.isdecimal()):
        raise MtmoError("not a file descriptor", field=name, fix="write fd:3 for descriptor 3")
    try:
        with os.fdopen(int(number), "rb", closefd=False) as file:
            return file.read(limit)
    except OSError as error:
        raise MtmoError(f"cannot be read: {error.strerror}", field=name, fix="open it, as in 3<fleet.key") from None


def _parse(content: bytes, name: str) -> bytes:
    digits = content.rstrip(b"\r\n")
    if len(digits) != _DIGITS or any(digit not in b"0123456789abcdefABCDEF" for digit in digits):
        raise MtmoError("is no master key: it must hold exactly 64 hex digits", field=name)
    return bytes.fromhex(digits.decode("ascii"))
