"""What happens in the network, for whoever listens: the console page, ESMEs, tests; and the devices' live logs."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from mtmo_host.network.schema import Message

log = logging.getLogger(__name__)

_LOG_LINES = 2000
_LINE_MAX = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is mo (arrived), mt (accepted), status (of an MT or MO) or endpoint (a device came, went, changed)."""

    kind: str
    endpoint_id: int
    message: Message | None = None


Listener = Callable[[Event], None]


class Events:
    """Hands every event to every listener; a listener that fails is logged and does not stop the others."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` for each event until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, event: Event) -> None:
        """Tells all listeners."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # the network must not stop because a listener is wrong
                log.exception("a listener failed on %s", event.kind)


class DeviceLog:
    """The newest lines of a device's console, numbered from 1 so that a reader can ask for what is new."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lines: deque[tuple[int, float, str]] = deque(maxlen=_LOG_LINES)
        self._count = 0

    def append(self, line: str | bytes) -> None:
        """Adds one line; octets that are no UTF-8 are shown as such."""
        text = line.decode("utf-8", "backslashreplace") if isinstance(line, bytes) else line
        self._count += 1
        self._lines.append((self._count, self._clock(), text.rstrip("\r\n")[:_LINE_MAX]))

    def after(self, number: int) -> list[tuple[int, float, str]]:
        """(number, unix seconds, text) of the lines behind `number`."""
        return [line for line in self._lines if line[0] > number]
