"""`mtmo console`: a time-stamped serial console."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TextIO

import click

from mtmo_host.console.session import Session
from mtmo_host.console.view import View
from mtmo_host.errors import MtmoError


@click.command()
@click.option("--port", required=True, help="serial port of the board: /dev/ttyUSB0, or a pty of a virtual board")
@click.option("--baud", default=115_200, show_default=True, help="speed of the port; USB ports ignore it")
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), help="append every line to this file")
def command(port: str, baud: int, log: Path | None) -> None:
    """Time-stamped console of a board: its REPL and the agent's log.

    On a terminal every key goes to the board, Ctrl-C too; Ctrl-] leaves. Piped input is sent line by line, and the
    command ends when the board has been quiet for 2 s after the last line; with nothing piped in it listens until it
    is stopped. Passwords, PINs and keys are masked, control characters of the board are shown as text, and a port that
    goes away is waited for.

    \b
    Examples:
      mtmo console --port /dev/ttyUSB0 --log board.log
      echo status | mtmo console --port /dev/ttyUSB0
    """
    with _log_file(log) as file:
        live = sys.stdin.isatty() and sys.stdout.isatty()
        Session(port, baud, sys.stdin.fileno(), View(sys.stdout, file, live=live)).run()


def _log_file(log: Path | None) -> contextlib.AbstractContextManager[TextIO | None]:
    if log is None:
        return contextlib.nullcontext()
    try:
        return log.open("a", encoding="utf-8")
    except OSError as error:
        raise MtmoError(f"cannot write: {error.strerror}", field=str(log)) from None
