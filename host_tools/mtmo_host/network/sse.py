"""Live events for browsers (Server-Sent Events): short notes of what changed, never the content."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from mtmo_host.network.core import Core
from mtmo_host.network.events import Event

_QUEUE_MAX = 256
_PING_S = 15.0
_RESYNC = 'event: change\ndata: {"kind":"resync"}\n\n'


class Broadcaster:
    """One bounded queue per reader; a reader that lags loses its queue and is told to load everything anew."""

    def __init__(self, core: Core) -> None:
        self._readers: set[asyncio.Queue[str | None]] = set()
        self._closed = False
        core.listen(self._publish)

    def close(self) -> None:
        """Ends all streams, so that the server can stop."""
        self._closed = True
        for queue in self._readers:
            _replace(queue, None)

    async def stream(self) -> AsyncIterator[str]:
        """The events from now on, as the protocol's text."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(_QUEUE_MAX)
        self._readers.add(queue)
        try:
            yield _RESYNC
            while not self._closed:
                try:
                    item = await asyncio.wait_for(queue.get(), _PING_S)
                except TimeoutError:
                    item = ": ping\n\n"
                if item is None:
                    return
                yield item
        finally:
            self._readers.discard(queue)

    def _publish(self, event: Event) -> None:
        note: dict[str, object] = {"kind": event.kind, "endpoint": event.endpoint_id}
        if event.message is not None:
            note |= {"message": event.message.id, "status": event.message.status_id}
        text = f"event: change\ndata: {json.dumps(note, separators=(',', ':'))}\n\n"
        for queue in self._readers:
            if queue.full():
                _replace(queue, _RESYNC)
            else:
                queue.put_nowait(text)


def _replace(queue: asyncio.Queue[str | None], item: str | None) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(item)
