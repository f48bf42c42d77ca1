"""What the long-running verbs share: run until Ctrl-C or SIGTERM, then stop cleanly."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from mtmo_host.errors import MtmoError

_Ready = TypeVar("_Ready")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def say(line: str) -> None:
    """One line for a person, on stderr: stdout is for what was asked for."""
    click.echo(line, err=True)


class _OneLine(logging.Formatter):
    """What goes wrong while serving is one line for a person; a traceback helps nobody who runs a lab."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        text = f"{record.levelname.lower()}: {record.getMessage()}"
        return f"{text}: {error}" if error else text


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def run_until_stopped(
    start: Callable[[], Awaitable[_Ready]],
    stop: Callable[[], Awaitable[None]],
    announce: Callable[[_Ready], None],
    ended: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Start, announce what `start` gave, wait for a signal or until `ended` returns, stop.

    A signal during the start ends it as well.
    """

    async def serve() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, stopped.set)
        starting = asyncio.ensure_future(start())
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return
        try:
            ready = await starting
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise MtmoError(f"the network's database fails: {cause}", field="state", fix="is the disk full?") from None
        try:
            announce(ready)
            sys.stdout.flush()
            waits = {waiting} if ended is None else {waiting, asyncio.ensure_future(ended())}
            done, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            for task in done:
                task.result()
        finally:
            await stop()

    _log_to_stderr()
    asyncio.run(serve())
