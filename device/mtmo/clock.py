"""Time since boot as plain growing numbers; the one place that knows about wrapping ticks (L0)."""

import time

if hasattr(time, "ticks_ms"):
    _ticks_ms = time.ticks_ms
    _ticks_diff = time.ticks_diff
else:
    # CPython, which the type checker's stubs of MicroPython do not know
    import asyncio

    def _ticks_ms() -> int:  # type: ignore[misc]
        # the event loop's clock, so that a simulation can own time
        try:
            return int(asyncio.get_running_loop().time() * 1000)  # type: ignore[attr-defined]
        except RuntimeError:
            return int(time.monotonic() * 1000)  # type: ignore[attr-defined]

    def _ticks_diff(new: int, old: int) -> int:  # type: ignore[misc]
        return new - old


_last = _ticks_ms()
_elapsed_ms = 0


def now_ms() -> int:
    """Milliseconds since boot; monotonic. Must be called at least once in six days (the main loop does)."""
    global _last, _elapsed_ms
    ticks = _ticks_ms()
    step = _ticks_diff(ticks, _last)
    if step > 0:
        _elapsed_ms += step
    _last = ticks
    return _elapsed_ms


def now_s() -> int:
    """Seconds since boot; monotonic."""
    return now_ms() // 1000
