"""A virtual board that lives in a thread, and a small agent to put on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mtmo_host.virtual_board import FlashImage, VirtualBoard

IMEI = "350000000000006"
FILES = {
    "boot.py": "# boot\n",
    "main.py": "import mtmo\nmtmo.run()\n",
    "mtmo/__init__.py": "def run():\n    print('agent runs')\n"
    'def identify():\n    print(\'noise\')\n    print(\'{"imei": "350000000000006", "model": "A7670"}\')\n',
    "mtmo/verbs/ping.py": "def ping():\n    return 'OK'\n",
    "mtmo/verbs/net.py": f"X = {bytes(range(256)) * 16!r}\n",
    "mtmo/settings/table.py": "TABLE = (('access', 'choice', 'signed', ('signed', 'allow-list'), 'danger', 'h'),"
    " ('sweep-min', 'int', 15, (1, 120), 'write', 'm'), ('psm', 'bool', False, None, 'write', 'p'),"
    " ('pin', 'secret', '', (6, 16), 'danger', 'p'))\n",
}


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small agent in a device folder of its own, with a compile cache of its own."""
    root = tmp_path / "device"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr("mtmo_host.resources.device_dir", lambda: root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return root


class Bench:
    """A virtual board that lives in a thread of its own."""

    def __init__(self, folder: Path, files: dict[str, bytes] | None = None, blocks: int = 512, **options: Any) -> None:
        self.options = options
        self.image = folder / "flash.img"
        FlashImage.build(self.image, files or {}, blocks=blocks)
        self.port = str(folder / "port")
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.call(self._start)

    async def _start(self) -> None:
        self.board = VirtualBoard(self.image, link=Path(self.port), **self.options)
        await self.board.start()

    def call(self, function: Callable[[], Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(function(), self.loop).result(30)

    def stop(self) -> None:
        self.call(self.board.stop)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def files(self) -> dict[str, bytes]:
        """What the flash holds, read beside the board."""
        return {name: FlashImage.read(self.image, name) for name in FlashImage.list(self.image)}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path)
    yield found
    found.stop()
