"""`mtmo board`: one virtual board on a pty until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import stat
import tempfile
from pathlib import Path

import click

from mtmo_host.commands.options import MICROPYTHON
from mtmo_host.errors import MtmoError, UsageError
from mtmo_host.lab.services import is_address
from mtmo_host.virtual_board import FlashImage, VirtualBoard
from mtmo_host.virtual_board.image import DEFAULT_BLOCKS
from mtmo_host.virtual_board.romfs import build_partition, check_partition, partition_file

_MIN_HEAP_KIB = 32  # below this the board's start-up files do not fit


@click.command("board", short_help="a virtual board: real MicroPython with a flash image, on a pty")
@click.option("--image", type=click.Path(path_type=Path, dir_okay=False), help="flash image; made empty if missing")
@click.option("--pty", type=click.Path(path_type=Path), help="stable name for the serial console (a symbolic link)")
@click.option("--uart", "uarts", multiple=True, metavar="N=PATH", help="join UART N to a tty or tcp:HOST:PORT")
@click.option("--heap", default=256, show_default=True, metavar="K", help="MicroPython heap in kB")
@MICROPYTHON
@click.option("--blocks", default=DEFAULT_BLOCKS, show_default=True, help="size of a new image in blocks of 4 kB")
@click.option("--romfs", type=int, metavar="K", help="a ROMFS partition of K kB, kept beside the flash image")
@click.option("--json", "as_json", is_flag=True, help="print one line of JSON when the board is ready")
def command(
    image: Path | None,
    pty: Path | None,
    uarts: tuple[str, ...],
    heap: int,
    micropython: Path | None,
    blocks: int,
    romfs: int | None,
    as_json: bool,
) -> None:
    """Run a virtual board: real MicroPython, its own flash image, a REPL that unmodified mpremote can use.

    Without --image the flash is a temporary one that is gone at the end.

    \b
    Examples:
      mtmo board --image unit.img --pty /tmp/unit
      mpremote connect /tmp/unit fs ls
      mtmo board --uart 1=/dev/pts/7 --heap 192
      mtmo board --image unit.img --romfs 256       then: mpremote romfs query
    """
    logging.basicConfig(format="%(asctime)s %(message)s")
    if heap < _MIN_HEAP_KIB:
        raise MtmoError(f"{heap} kB is too small", field="heap", fix=f"{_MIN_HEAP_KIB} or more")
    lines = dict(_parse_uart(text) for text in uarts)
    with contextlib.ExitStack() as stack:
        if image is None:
            image = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mtmo-board-"))) / "flash.img"
        if not image.exists():
            FlashImage.build(image, {}, blocks=blocks)
        partition = _partition(image, romfs)
        board = VirtualBoard(image, heap_kib=heap, uarts=lines, link=pty, micropython=micropython, romfs=partition)
        asyncio.run(_run(board, pty, as_json))


def _partition(image: Path, kib: int | None) -> Path | None:
    path = partition_file(image)
    if kib is None:
        return path if path.exists() else None
    if not path.exists():
        build_partition(path, kib)
    elif check_partition(path) != kib * 1024:
        size = check_partition(path) // 1024
        raise MtmoError(f"{path} has {size} kB, not {kib}", field="romfs", fix=f"--romfs {size}, or remove the file")
    return path


def _parse_uart(text: str) -> tuple[int, str]:
    number, equals, line = text.partition("=")
    if not (number.isascii() and number.isdecimal() and equals and line):
        raise UsageError(f"{text!r} is not N=PATH", field="uart", fix="such as 1=/dev/pts/7 or 1=tcp:127.0.0.1:7000")
    if not line.startswith("tcp:"):
        _check_tty(line)
    elif not is_address(line.removeprefix("tcp:")):
        raise UsageError(f"{text!r} is not N=tcp:HOST:PORT", field="uart", fix="such as 1=tcp:127.0.0.1:7000")
    return int(number), line


def _check_tty(path: str) -> None:
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        raise MtmoError(f"cannot use {path}: {error.strerror}", field="uart", fix="start the other end first") from None
    if not stat.S_ISCHR(mode):
        raise MtmoError(f"{path} is not a tty", field="uart", fix="name a serial port or a pty")


async def _run(board: VirtualBoard, pty: Path | None, as_json: bool) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine always runs in one
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await _serve(board, pty, as_json)


async def _serve(board: VirtualBoard, pty: Path | None, as_json: bool) -> None:
    await board.start()
    repl = str(pty.absolute()) if pty else board.port  # noqa: ASYNC240 - no file is touched
    if as_json:
        click.echo(json.dumps({"ready": True, "repl": repl, "image": str(board.image)}))
    else:
        click.echo(f"virtual board on {repl}, flash in {board.image}")
        click.echo(f"  mpremote connect {repl} repl        Ctrl-C here ends the board")
    try:
        await asyncio.Event().wait()
    finally:
        await board.stop()
