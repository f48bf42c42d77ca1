"""Files that survive a crash: written whole or not at all, and locked against a second writer."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mtmo_host.errors import MtmoError

try:
    import fcntl
except ImportError:  # Windows: one writer at a time is the user's business
    fcntl = None  # type: ignore[assignment]


def write_whole(path: Path, text: str, mode: int) -> None:
    """Replaces a file by one with this text and mode: write, fsync, rename, fsync of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk is met by write() and fsync(), which know no name
        raise
    _sync_folder(path.parent)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file beside `path`; another process waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def claim(directory: Path, lock: str) -> int:
    """Makes a state directory for this user alone and locks it by the file `lock` in it; closing that frees it.

    Raises MtmoError when another process has it, or it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(directory / lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        fix = "name a directory you can write to"
        raise MtmoError(f"{directory}: {error.strerror}", field="--state", fix=fix) from None
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        fix = "stop it, or name another directory"
        raise MtmoError(f"{directory} is in use by another mtmo", field="--state", fix=fix) from None
    return descriptor


def claim_link(link: Path) -> socket.socket | None:
    """Holds the name of a link to a pty until it is closed, where the system has abstract sockets (Linux).

    Raises MtmoError when another process has it: a link to a pty does not say whether its owner lives.
    """
    if not sys.platform.startswith("linux"):
        return None
    path = os.fsencode(link.parent.resolve() / link.name)  # a name need not be UTF-8
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind("\0mtmo-pty-" + hashlib.sha256(path).hexdigest()[:32])
    except OSError:
        name.close()
        raise MtmoError(f"{link} is in use by another mtmo", field="pty", fix="choose another path") from None
    return name


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
