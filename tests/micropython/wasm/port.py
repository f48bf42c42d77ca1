"""Gives MicroPython's WebAssembly port what the unix port has and the tests use: os.getenv, and a loop to be run.

Its own loop is driven by the timers of JavaScript; here whoever runs it lets time pass instead, as an IOQueue does.
"""

import asyncio
import os
import sys
from asyncio import core


class _Os:
    def __getattr__(self, name):
        return getattr(os, name)

    def getenv(self, name):
        return {"MTMO_VECTORS": "/vectors"}.get(name)


class _IOQueue:
    """What a clock that jumps derives from."""


_wait_ms = [-1]


def _schedule(dt):
    _wait_ms[0] = dt


def _new_event_loop():
    core._io_queue = core.IOQueue()


def _run(coroutine):
    """What `coroutine` returns or raises; its loop's next round comes when the IOQueue has waited."""
    ended = []

    async def main():
        try:
            ended.append((await coroutine, None))
        except BaseException as error:  # noqa: BLE001 - _run raises it
            ended.append((None, error))

    core.create_task(main())
    while True:
        _wait_ms[0] = -1
        core._run_iter()
        if ended:
            value, error = ended[0]
            if error:
                raise error
            return value
        core._io_queue.wait_io_event(_wait_ms[0])


sys.modules["os"] = _Os()
core.IOQueue = _IOQueue
core._schedule_run_iter = _schedule
asyncio.new_event_loop = _new_event_loop
asyncio.run = _run
