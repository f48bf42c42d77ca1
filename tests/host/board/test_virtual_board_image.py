"""Flash images, and what is said about bad ones."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from board_rig import running
from programs import micropython_32

from mtmo_host.errors import MtmoError
from mtmo_host.virtual_board import FlashImage, VirtualBoard
from mtmo_host.virtual_board.interpreter import find_interpreter

# Of the emulated hardware's share, what its names take once a program brings 1,079 of its own, by width
NAMES_OCTETS = {64: 14208, 32: 9056}
FILES = {"/main.py": b"print(1)\n", "/lib/pkg/a.py": b"x" * 9000, "/empty": b""}


def test_what_was_built_can_be_listed_and_read(tmp_path: Path) -> None:
    image = tmp_path / "flash.img"
    FlashImage.build(image, FILES, blocks=64)
    assert FlashImage.check(image) == 64
    assert FlashImage.list(image) == {name: len(content) for name, content in FILES.items()}
    assert {name: FlashImage.read(image, name) for name in FILES} == FILES


def test_an_image_may_hold_keys_so_only_its_owner_reads_it(tmp_path: Path) -> None:
    image = tmp_path / "flash.img"
    FlashImage.build(image, FILES)
    assert image.stat().st_mode & 0o077 == 0


def _zeros(data: bytes) -> bytes:
    return bytes(len(data))


def _scrambled(data: bytes) -> bytes:
    # the magic stays, the checksums of both superblocks do not hold
    return b"".join(
        data[start : start + 40] + bytes(b ^ 0x55 for b in data[start + 40 : start + 4096]) for start in (0, 4096)
    ) + data[8192:]  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_zeros, "not a LittleFS image"),
        (lambda data: data[:-4096], "blocks of 4096"),
        (lambda data: data + bytes(4096), "blocks of 4096"),
        (lambda data: data[:100], "too small"),
        (_scrambled, "damaged file system"),
    ],
)
def test_a_bad_image_is_refused_and_left_alone(tmp_path: Path, damage: Callable[[bytes], bytes], message: str) -> None:
    image = tmp_path / "flash.img"
    FlashImage.build(image, FILES, blocks=64)
    image.write_bytes(damage(image.read_bytes()))
    before = image.read_bytes()
    with pytest.raises(MtmoError, match=message):
        FlashImage.check(image)
    with pytest.raises(MtmoError, match=message):
        asyncio.run(VirtualBoard(image).start())
    assert image.read_bytes() == before


def test_damage_that_comes_later_is_reported_and_not_formatted_away(tmp_path: Path) -> None:
    image = tmp_path / "flash.img"
    FlashImage.build(image, FILES, blocks=64)

    async def scenario() -> bytes:
        board = VirtualBoard(image)
        await board.start()
        try:
            await board.power_off()
            with image.open("r+b") as file:
                file.write(bytes(8192))
            before = image.read_bytes()
            with pytest.raises(MtmoError, match="does not mount"):
                await board.power_on()
            return before
        finally:
            await board.stop()

    assert asyncio.run(scenario()) == image.read_bytes()


def test_a_missing_image_and_a_full_one_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(MtmoError, match="no image"):
        asyncio.run(VirtualBoard(tmp_path / "none").start())
    with pytest.raises(MtmoError, match="do not fit"):
        FlashImage.build(tmp_path / "full.img", {"/a": bytes(100_000)}, blocks=16)
    with pytest.raises(MtmoError, match="no file"):
        FlashImage.build(tmp_path / "flash.img", {}, blocks=16)
        FlashImage.read(tmp_path / "flash.img", "/a")


def test_an_image_is_its_owners_only_and_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    FlashImage.build(tmp_path / "flash.img", {}, blocks=16)
    assert stat.S_IMODE((tmp_path / "flash.img").stat().st_mode) == 0o600
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(MtmoError, match="No space left"):
        FlashImage.build(tmp_path / "other.img", {}, blocks=16)
    assert [path.name for path in tmp_path.iterdir()] == ["flash.img"]


@pytest.mark.parametrize("blocks", [-1, 0, 7, 16385, 10**9])
def test_a_size_that_no_board_has_is_refused_before_memory_is_asked_for(tmp_path: Path, blocks: int) -> None:
    with pytest.raises(MtmoError, match="8 to 16384"):
        FlashImage.build(tmp_path / "flash.img", {}, blocks=blocks)


def test_a_heap_too_small_to_start_is_a_clear_error(tmp_path: Path) -> None:
    FlashImage.build(tmp_path / "flash.img", {}, blocks=16)
    with pytest.raises(MtmoError, match="larger heap"):
        asyncio.run(VirtualBoard(tmp_path / "flash.img", heap_kib=6).start())


@pytest.mark.parametrize("bits", [64, 32])
def test_the_users_code_gets_the_heap_that_was_asked_for(tmp_path: Path, bits: int) -> None:
    asked = 128 * 1024
    main = "import gc\ngc.collect()\ngc.collect()\nprint('free', gc.mem_free(), 'octets')\n"

    async def free() -> int:
        binary = Path(micropython_32()) if bits == 32 else None
        async with running(tmp_path, main, heap_kib=128, micropython=binary) as rig:
            await rig.until_printed(b" octets")
            return int(rig.printed.split()[1])

    map_octets = asked * 3 // (4 * bits)  # of the collector, for three bits a block of four words
    left = asyncio.run(free()) - NAMES_OCTETS[bits] + map_octets
    assert asked <= left < asked + 4096


def test_an_interpreter_that_is_not_there_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTMO_MICROPYTHON", "/nowhere/micropython")
    with pytest.raises(MtmoError, match="MTMO_MICROPYTHON: /nowhere/micropython"):
        find_interpreter()


def test_the_error_without_an_interpreter_names_platforms_and_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MTMO_MICROPYTHON", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MtmoError, match=r"Linux x86-64 .* MTMO_MICROPYTHON"):
        find_interpreter()
