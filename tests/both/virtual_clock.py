"""An event loop whose clock jumps, under both interpreters: waiting costs nothing. `run()`, `block()`, `now_ms()`."""

import asyncio
import sys

from mtmo import clock

if sys.implementation.name == "micropython":
    import asyncio.core as core
    import time

    _skipped = [0]
    _real = clock._ticks_ms
    _GREATEST = time.ticks_add(0, -1)

    def _ticks() -> int:
        return _real() + _skipped[0] & _GREATEST  # they wrap as the real ones do

    class _Jumping(core.IOQueue):
        """Never sleeps: what a caller would wait is added to the clock instead."""

        def wait_io_event(self, dt: int) -> None:
            if dt < 0:
                raise RuntimeError("everything waits for ever")
            _skipped[0] += dt

    core.ticks = _ticks
    core.IOQueue = _Jumping
    clock._ticks_ms = _ticks

    def block(ms: int) -> None:
        """Let time pass while nothing runs: garbage collection, a busy application."""
        _skipped[0] += ms

    def run(coroutine):
        """Like asyncio.run, on the jumping clock."""
        asyncio.new_event_loop()
        return asyncio.run(coroutine)

else:
    sys.path.append(__file__.rsplit("/", 2)[0] + "/sim")
    from virtual_time import run  # noqa: F401

    def block(ms: int) -> None:
        """Let time pass while nothing runs: garbage collection, a busy application."""
        asyncio.get_running_loop()._jumping.now_s += ms / 1000


now_ms = clock.now_ms
