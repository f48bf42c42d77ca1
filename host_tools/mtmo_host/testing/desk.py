"""An event loop in a thread of its own with the emulated network on it, so that a plain, blocking test can use it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.endpoints import Endpoint, PtyEndpoint, Talker
from mtmo_host.errors import MtmoError
from mtmo_host.lab.identity import checked_msisdn, identity
from mtmo_host.network.core import Core
from mtmo_host.network.policy import Policy
from mtmo_host.network.schema import MO
from mtmo_host.network.store import Store
from mtmo_host.testing.sent import Sent, joined

if TYPE_CHECKING:
    from mtmo_host.testing.board import DeskBoard
    from mtmo_host.testing.modem import DeskModem
    from mtmo_host.testing.network import DeskNetwork

Faults = str | tuple[str, ...]  # names of the fault menu or of its profiles
_T = TypeVar("_T")
_CALL_S = 180.0
_LOOK_S = 0.01
_FIRST_MODEM = 1001  # identities below are those of boards
_NO_LIMIT = 1_000_000


class Desk:
    """Everything that one test uses. Every method blocks and may be called from any thread; `close()` ends it all."""

    def __init__(self, folder: Path | None = None) -> None:
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="mtmo-")
        self.folder = folder or Path(self._own.name if self._own else "")
        self._stack = contextlib.AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mtmo desk", daemon=True)
        self._thread.start()
        self._numbers = itertools.count(_FIRST_MODEM)
        self._boards = 0
        self._network: DeskNetwork | None = None
        self.modems: list[DeskModem] = []
        self.core = self.do(self._make_core)

    def close(self) -> None:
        """Switch everything off."""
        if not self._loop.is_running():
            return
        try:
            self.run(self._stack.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            if self._own is not None:
                self._own.cleanup()

    def modem(
        self,
        name: str = "generic",
        *,
        number: str | None = None,
        baud: int | None = None,
        speed: float = float("inf"),
        faults: Faults = (),
        seed: int = 0,
        make_line: Callable[[Talker], Endpoint] | None = None,
    ) -> DeskModem:
        """A modem that is on and registered, on a pty unless `make_line` makes another line. Raises MtmoError."""
        from mtmo_host.testing.modem import DeskModem, choose

        who = identity(next(self._numbers))
        msisdn = checked_msisdn(number) if number is not None else who.msisdn

        def make() -> DeskModem:
            endpoint = self.core.add_endpoint(who.name, imei=who.imei, iccid=who.iccid, imsi=who.imsi, msisdn=msisdn)
            sim = Sim(who.iccid, who.imsi, msisdn)
            modem = Modem(personality(name), sim, self.core, imei=who.imei, seed=seed, speed=speed, name=who.name)
            line = make_line(modem) if make_line else PtyEndpoint(modem, baud=baud)
            return DeskModem(self, who, endpoint.id, modem, line)

        made = self.do(make)
        self.run(made.start())
        made.do(lambda modem: choose(modem, faults))
        self.modems.append(made)
        return made

    def network(self) -> DeskNetwork:
        """The network with its doors open: REST, SMPP and the console page, each on a free port."""
        from mtmo_host.testing.network import DeskNetwork

        if self._network is None:
            network = DeskNetwork(self)
            self.run(network.start())
            self._network = network
        return self._network

    def board(self, name: str = "a7670", *, baud: int | None = None, faults: Faults = ()) -> DeskBoard:
        """A virtual board with the agent flashed, a modem of that name behind it, and its operator."""
        from mtmo_host.testing.board import DeskBoard
        from mtmo_host.testing.modem import choose

        self._boards += 1
        made = DeskBoard(self, self._boards, name, baud)
        self.run(made.start())
        made.modem.do(lambda modem: choose(modem, faults))
        self.modems.append(made.modem)
        return made

    def violations(self) -> list[str]:
        """What the sides that drive the modems did against the rules, with the modem's name in front."""
        return [f"{modem.name}: {text}" for modem in self.modems for text in modem.violations]

    def sent(self, endpoint_id: int | None = None) -> list[Sent]:
        """Every whole text that was sent, by one device or by all, oldest first."""

        def read() -> list[Sent]:
            ids = [modem.endpoint_id for modem in self.modems] if endpoint_id is None else [endpoint_id]
            rows = [row for one in ids for row in self.core.store.messages.of_endpoint(one) if row.sms_type == MO]
            return joined(sorted(rows, key=lambda row: row.id))

        return self.do(read)

    # --- for the parts

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine on the desk's loop, and wait for it."""
        __tracebackhide__ = True
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_CALL_S)
        except MtmoError as error:
            raise error.with_traceback(None) from None  # its words are for the user, what lies between is not

    def do(self, act: Callable[[], _T]) -> _T:
        """Run a function on the desk's loop, and wait for it."""

        __tracebackhide__ = True

        async def call() -> _T:
            return act()

        return self.run(call())

    def until(self, fact: Callable[[], _T], timeout_s: float, what: str) -> _T:
        """Wait until something is true, and return it; MtmoError says `what` did not happen."""
        __tracebackhide__ = True
        deadline_s = time.monotonic() + timeout_s
        while not (found := fact()):
            if time.monotonic() > deadline_s:
                raise MtmoError(f"{what} within {timeout_s:g} s")
            time.sleep(_LOOK_S)
        return found

    def at_end(self, callback: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Call it when the desk is closed; the last one first."""
        self._stack.push_async_callback(callback)

    def _make_core(self) -> Core:
        store = Store.open(":memory:")
        self._stack.callback(store.close)
        core = Core(store, policy=Policy(p2p_per_minute=_NO_LIMIT))
        running = self._loop.create_task(core.run())
        self._stack.push_async_callback(_ended, running)
        return core


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
