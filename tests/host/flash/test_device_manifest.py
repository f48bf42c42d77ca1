"""manifest.py freezes what `mtmo flash` copies: every module of the package, and nothing that belongs on the flash."""

from __future__ import annotations

from pathlib import Path

from mtmo_host.flash.compile import compile_package

DEVICE = Path(__file__).resolve().parents[3] / "device"


def frozen() -> tuple[list[str], list[str]]:
    """(files frozen, manifests included), by the rules of MicroPython's reference/manifest."""
    files: list[str] = []
    included: list[str] = []

    def package(name: str, files_: object = None, base_path: str = ".", opt: int | None = None) -> None:
        root = DEVICE / base_path
        found = (root / name).rglob("*")
        files.extend(path.relative_to(root).as_posix() for path in found if path.suffix in (".py", ".mpy"))

    def module(name: str, base_path: str = ".", opt: int | None = None) -> None:
        files.append(name)

    words = {"package": package, "module": module, "include": included.append}
    exec(compile((DEVICE / "manifest.py").read_text(), "manifest.py", "exec"), words)
    return files, included


def test_every_module_is_frozen_once_and_nothing_else() -> None:
    files, _ = frozen()
    assert sorted(files) == sorted(item.name for item in compile_package())
    assert {"mtmo/dialects/a7670.py", "mtmo/verbs/__init__.py"} <= set(files)


def test_boot_and_main_stay_on_the_file_system() -> None:
    assert not [name for name in frozen()[0] if "/" not in name]


def test_the_ports_own_modules_stay() -> None:
    assert frozen()[1] == ["$(PORT_DIR)/boards/manifest.py"]
