"""The virtual board's ROMFS partition: unmodified mpremote queries, builds and deploys, on both kinds of port."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from board_rig import running
from mpremote.romfs import make_romfs
from programs import micropython_32

from mtmo_host.errors import MtmoError
from mtmo_host.virtual_board import FlashImage, VirtualBoard
from mtmo_host.virtual_board.romfs import build_partition, check_partition

KIB = 64


def _thing(folder: Path, answer: int) -> Path:
    source = folder / "source"
    (source / "lib").mkdir(parents=True, exist_ok=True)
    (source / "lib" / "thing.py").write_text(f"answer = {answer}\ndef say():\n    return 'x' * answer\n")
    return source


@pytest.mark.parametrize("family", ["esp32", "stm32"])
def test_mpremote_queries_and_deploys_and_the_board_imports(tmp_path: Path, family: str) -> None:
    partition = tmp_path / "romfs"
    build_partition(partition, KIB)

    async def scenario() -> None:
        async with running(tmp_path, family=family, romfs=partition) as rig:
            status, output = await rig.mpremote("romfs", "query")
            assert status == 0
            assert "ROMFS0 partition has size 65536 bytes (16 blocks of 4096 bytes each)" in output
            assert "Not a valid ROMFS" in output
            for answer in (42, 7):  # the second replaces the first
                status, output = await rig.mpremote("romfs", "deploy", _thing(tmp_path, answer))
                assert status == 0, output
                assert (await rig.mpremote("reset"))[0] == 0
                said = await rig.mpremote("exec", "import thing; print(thing.__file__, len(thing.say()))")
                assert said == (0, f"/rom/lib/thing.mpy {answer}\n")
            status, output = await rig.mpremote("romfs", "query")
            assert "ROMFS image size" in output
            path = await rig.mpremote("eval", "__import__('sys').path")
            assert path == (0, "['', '.frozen', '/rom', '/rom/lib', '/lib']\n")
        assert partition.read_bytes().startswith(b"\xd2\xcd\x31")

    asyncio.run(scenario())


def test_32_bits_import_from_the_partition_and_keep_its_code_out_of_the_heap(tmp_path: Path) -> None:
    source = _thing(tmp_path, 9)
    (source / "lib" / "big.py").write_text("def f():\n" + "    print('a line of code')\n" * 2000)
    partition = tmp_path / "romfs"
    build_partition(partition, KIB, make_romfs(str(source), mpy_cross=True))
    main = "import gc, thing; gc.collect(); a = gc.mem_free(); import big; gc.collect()\n"
    main += "print(thing.say(), 'kept', a - gc.mem_free())"

    async def scenario() -> None:
        async with running(tmp_path, main, romfs=partition, micropython=Path(micropython_32())) as rig:
            await rig.until_printed(b"kept")
            await asyncio.sleep(0.1)
            said = rig.printed.split()
            assert said[0] == b"xxxxxxxxx"
            assert int(said[2]) < 1000

    asyncio.run(scenario())


def test_a_board_without_a_partition_has_no_rom_ioctl(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as rig:
            status, output = await rig.mpremote("romfs", "query")
            assert (status, "ROMFS is not enabled on this device" in output) == (0, True)
            assert await rig.mpremote("eval", "__import__('sys').path") == (0, "['', '.frozen', '/lib']\n")

    asyncio.run(scenario())


def test_what_is_written_over_what_was_not_erased_is_spoilt_as_on_flash(tmp_path: Path) -> None:
    partition = tmp_path / "romfs"
    build_partition(partition, KIB)

    async def scenario() -> None:
        async with running(tmp_path, family="stm32", romfs=partition) as rig:
            write = "import vfs; vfs.rom_ioctl(4,0,0,b'\\xf0'*16); vfs.rom_ioctl(4,0,0,b'\\x0f'*16)"
            assert (await rig.mpremote("exec", write))[0] == 0
        assert partition.read_bytes()[:17] == bytes(16) + b"\xff"

    asyncio.run(scenario())


@pytest.mark.parametrize(("octets", "said"), [(0, "has 0 octets"), (5000, "has 5000 octets")])
def test_a_file_that_is_no_partition_is_refused(tmp_path: Path, octets: int, said: str) -> None:
    (tmp_path / "romfs").write_bytes(bytes(octets))
    FlashImage.build(tmp_path / "flash.img", {}, blocks=16)
    with pytest.raises(MtmoError, match=said):
        asyncio.run(VirtualBoard(tmp_path / "flash.img", romfs=tmp_path / "romfs").start())


@pytest.mark.parametrize("kib", [0, 5, 20_000])
def test_a_partition_has_whole_blocks(tmp_path: Path, kib: int) -> None:
    with pytest.raises(MtmoError, match="kB"):
        build_partition(tmp_path / "romfs", kib)


def test_a_partition_holds_no_more_than_its_size(tmp_path: Path) -> None:
    with pytest.raises(MtmoError, match="5000 octets do not fit into 4 kB"):
        build_partition(tmp_path / "romfs", 4, bytes(5000))
    build_partition(tmp_path / "romfs", 4, b"x")
    assert check_partition(tmp_path / "romfs") == 4096
