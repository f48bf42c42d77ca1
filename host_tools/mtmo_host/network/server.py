"""Serves a web application on the running event loop, with the port known, quietly started and quietly stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from mtmo_host.errors import MtmoError
from mtmo_host.network.sse import Broadcaster

_STOP_S = 3
_BACKLOG = 512


class _Quiet(uvicorn.Server):
    """Leaves the signals to the program: Ctrl-C ends `mtmo up` as a whole, not the web server alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Served:
    """A web application that answers; `stop()` ends it."""

    def __init__(self, server: uvicorn.Server, task: asyncio.Task[None], app: Starlette, host: str, port: int) -> None:
        self._server, self._task, self._app = server, task, app
        self.host, self.port = host, port

    @property
    def url(self) -> str:
        """`http://host:port`, with an address a browser on this machine can open."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (shown, not bound)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def stop(self) -> None:
        """Ends open event streams, lets running requests finish, frees the port."""
        events = getattr(self._app.state, "events", None)
        if isinstance(events, Broadcaster):
            events.close()
        self._server.should_exit = True
        await self._task


async def serve(app: Starlette, host: str = "127.0.0.1", port: int = 8080) -> Served:
    """Serves the application; port 0 picks a free one. Raises MtmoError when the address cannot be had."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        app, log_config=None, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=_STOP_S
    )
    server = _Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                listener.close()
                await task
                raise MtmoError("the web server did not start", field="http")
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        # Ctrl-C while it starts: a server that is cut off in its start-up would print a traceback
        server.should_exit = True
        await task
        raise
    return Served(server, task, app, host, int(listener.getsockname()[1]))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise MtmoError(
                f"port {port} on {host} is in use", field="http", fix="choose another with --http HOST:PORT; 0 is any"
            ) from error
        reason = getattr(error, "strerror", None) or error
        raise MtmoError(f"cannot listen on {host}:{port}: {reason}", field="http", fix="--http HOST:PORT") from error
