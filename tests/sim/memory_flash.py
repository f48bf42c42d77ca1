"""The flash of the agent's store in memory, and the agent's code: a fork takes both along, and no file is touched."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from unittest import mock

import mtmo
import mtmo.store


class _File(io.BytesIO):
    """Writes through when it is closed."""

    def __init__(self, flash: MemoryFlash, path: str, mode: str) -> None:
        super().__init__(b"" if "w" in mode else flash.read(path))
        self._target = (flash, path) if "w" in mode else None

    def close(self) -> None:
        if self._target and not self.closed:
            flash, path = self._target
            flash.files[path] = self.getvalue()
        super().close()


class MemoryFlash:
    """The part of `os` and of `open` that the store uses, on `files`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, path: str) -> bytes:
        """A whole file; OSError if there is none."""
        if path not in self.files:
            raise FileNotFoundError(path)
        return self.files[path]

    def open(self, path: str, mode: str) -> _File:
        """As open()."""
        return _File(self, path, mode)

    def mkdir(self, path: str) -> None:
        """Folders are part of the files' names."""

    def stat(self, path: str) -> tuple[int, ...]:
        """As os.stat(): the size is number 6."""
        return (0, 0, 0, 0, 0, 0, len(self.read(path)))

    @contextlib.contextmanager
    def mounted(self) -> Iterator[None]:
        """The store's flash is this one."""
        with mock.patch.object(mtmo.store, "os", self), mock.patch.object(mtmo.store, "open", self.open, create=True):
            yield


class _Kept:
    """Finds the agent's modules: it unloads and loads some again and again."""

    def __init__(self) -> None:
        self._specs: dict[str, ModuleSpec] = {}
        folder = Path(mtmo.__file__).parent
        for path in folder.rglob("*.py"):
            name = ".".join(("mtmo", *path.relative_to(folder).with_suffix("").parts))
            if path.name == "__init__.py":
                continue
            loader = SourceFileLoader(name, str(path))
            code = loader.get_code(name)
            loader.get_code = lambda _name, code=code: code  # type: ignore[method-assign]
            self._specs[name] = ModuleSpec(name, loader, origin=str(path))

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's, if it is the agent's."""
        return self._specs.get(name)


def keep_code() -> None:
    """From now on the agent's modules come from memory, as they are now."""
    sys.meta_path.insert(0, _Kept())  # type: ignore[arg-type]
