"""The ROMFS image with the agent: what is in it, and what is not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from mpy import run_micropython

from mtmo_host import profile
from mtmo_host.flash.compile import compile_package
from mtmo_host.flash.files import board_files
from mtmo_host.flash.romfs_image import HEADER, build_romfs, split_package

_LIST = """
import os, sys, vfs
with open(sys.argv[1], "rb") as file:
    image = file.read()
vfs.mount(vfs.VfsRom(image), "/rom")
def walk(folder):
    for entry in os.ilistdir(folder):
        path = folder + "/" + entry[0]
        if entry[1] & 0x4000:
            walk(path)
        else:
            with open(path, "rb") as file:
                print(path, len(file.read()))
walk("/rom")
"""


@pytest.fixture(scope="module")
def image() -> bytes:
    return build_romfs(split_package(board_files(profile.load("unix")))[0])


def test_micropython_finds_every_module_once_and_nothing_else(tmp_path: Path, image: bytes) -> None:
    (tmp_path / "image").write_bytes(image)
    (tmp_path / "list.py").write_text(_LIST)
    status, output = run_micropython(tmp_path / "list.py", [str(tmp_path / "image")])
    assert status == 0, output
    expected = {f"/rom/lib/{item.name[:-3]}.mpy {len(item.mpy)}" for item in compile_package()}
    assert sorted(output.splitlines()) == sorted(expected)


def test_the_image_holds_no_path_of_this_machine(image: bytes) -> None:
    assert image.startswith(HEADER)
    here = Path(__file__).resolve().parents[3]
    for text in ("/home/", "/tmp", tempfile.gettempdir(), str(Path.home()), str(here), "device/mtmo"):
        assert text.encode() not in image


def test_the_same_package_gives_the_same_image(image: bytes) -> None:
    assert build_romfs(split_package(board_files(profile.load("unix")))[0]) == image


def test_what_is_written_at_run_time_stays_on_the_file_system() -> None:
    _, rest = split_package(board_files(profile.load("unix"), {"devid": "1"}))
    assert set(rest) == {"/board.json", "/boot.py", "/main.py", "/provision.json"}
