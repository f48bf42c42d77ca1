"""Tracebacks of the agent: the private functions of its modules share names, so the source's are put behind them."""

from __future__ import annotations

import functools
import re

from mtmo_host import resources
from mtmo_host.errors import MtmoError
from mtmo_host.flash.compile import device_sources
from mtmo_host.flash.names import functions

_PLACE = re.compile(r'File "(?:.*/)?(mtmo/[\w/]+\.py)", line \d+, in (_[A-Z]{1,2})$')


def explained(line: str) -> str:
    """`line` with the function's name in the source behind the one on the board, where it is such a line."""
    place = _PLACE.search(line)
    names = _names().get((place[1], place[2]), []) if place else []
    return f"{line} ({' or '.join(names)})" if names else line


@functools.cache
def _names() -> dict[tuple[str, str], list[str]]:
    root = resources.device_dir()
    try:
        return functions({path.relative_to(root).as_posix(): path.read_text("utf-8") for path in device_sources(root)})
    except (MtmoError, SyntaxError):
        return {}  # a device folder of the user's own
