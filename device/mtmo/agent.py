"""The service: inbox, gate, verbs, outbox, and the ladder when the modem does not answer (L4; design 4.4)."""

import asyncio
import os

from micropython import const, kbd_intr

from . import heap, log, once, unload
from .apn import Apn
from .at import trace_ring
from .clock import now_ms, now_s
from .dispatch import Dispatcher
from .errors import AtError, StoreError
from .gate import Gate
from .gate.lockouts import Lockouts
from .inbox import Inbox
from .journal import Journal
from .keys import Keys
from .modem import LOST, VALID, Modem
from .outbox import Outbox
from .settings import Settings, stored
from .store import Store

_TYPING = const(False)
if _TYPING:
    from .apn.restore import Restoration
    from .apn.transaction import Transaction

_APN_MODULES = (
    "apn.transaction", "apn.restore", "apn.fallback", "apn.attempt", "apn.granted", "apn.causes",
    "apn_profile", "verbs.apn",
)  # fmt: skip
_PROVISION = "/provision.json"  # looked for before provision.py is loaded
_FEED_S = const(1)
_FALSE_S = 0.3  # behind an indication for nothing
_STALL_MS = const(60000)  # the worker turns at least this often between commands
_IDLE_S = const(60)
_RECOVER_PAUSE_S = const(5)
_RECOVER_PAUSE_MAX_S = const(300)
_DOUBTS = const(2)  # failures in a row; then all is set up anew
_SOON = const(6)  # failures in a row that get the short pause


class Agent:
    """The agent on one board. `run()` serves until it is cancelled."""

    def __init__(self, board, store: Store):
        self.board = board
        self.store = store
        self.settings = Settings(stored(store))
        self._provision()
        self.shut()
        log.hide(self.settings["pin"])
        self.keys = Keys(store)
        self.journal = Journal(store, board.reset_cause() != "watchdog")
        self.lockouts = Lockouts(store, self.settings, self.journal.calendar)
        if self.journal.lost_now:
            try:
                self.journal.note_loss(self.keys.note_loss())
            except StoreError:
                pass  # the next boot tries again; without a journal there is no notice that could look old
        if self.journal.lost:
            # counters unknown: a replay could pass (SC1 §5.9)
            log.warn("agent", "journal lost: key slots are closed until slot Z or mtmo flash gives them new keys")
        self.rejected = 0
        # Did the run before end by a defect, for which a text may have been the reason? After three: only what must be
        self.crashed, self.minimal = once("crash").look(store, board.reset_cause(), self.journal)
        self.suspicious: bool = self.crashed or self.minimal
        trace_ring.resize(0 if self.minimal else self.settings["trace-octets"])
        self._serving = False  # since this boot
        self._wake = asyncio.Event()
        self.modem = Modem(board, self.settings, self._notice, store)
        self._routing: "asyncio.Task | None" = None  # serves the texts that the modem does not store
        self.outbox = Outbox(self.modem, self.settings, self.journal)
        self.apn = Apn(store, self.modem)
        self._open: "Transaction | Restoration | None" = None  # what moves the APN, once something does
        self.gate = Gate(self.settings, self.keys, self.lockouts, self.journal)
        self.inbox = Inbox(self.modem, self.gate)
        self.journal.remains = self.inbox.remains
        self.dispatcher = Dispatcher(self)
        self._swept_s = 0
        self._clogged = False  # whether that was said
        self._beat_ms = now_ms()

    def verb(self, name: str, help: str = "", access: str = "read"):
        """Decorator for an application's own verb: `function(args)` or `function(context, args)`, async or not.

        It returns the answer's words.
        """
        from . import verbs

        def add(function):
            if not self.minimal:
                verbs.register(name, access, help, function)
            return function

        return add

    def notify(self, text: str) -> bool:
        """Send an unasked text to `reply-to`, signed and within the budget; False where it can go nowhere."""
        queued = self.dispatcher.notify(text)
        self.wake()
        return queued

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Serve for ever; when it ends, however it does, every output is inactive."""
        reader = asyncio.create_task(self.modem.chat.run())
        self.board.start_watchdog()
        feeder = asyncio.create_task(self._feed())
        try:
            while True:
                try:
                    if not await self._serves():
                        await self._up()
                    while self.modem.setup == VALID:
                        await self._turn()
                    log.warn("modem", "setting it up: %s", self.modem.reason)
                except AtError as error:
                    await self._recover(error)
                    if self.modem.failures > _DOUBTS:
                        self.modem.require_setup("no answer")
        except (Exception, SystemExit):
            once("crash").note(self.store)
            raise
        finally:
            self.board.release()
            reader.cancel()
            feeder.cancel()
            if self._routing is not None:
                self._routing.cancel()

    def _provision(self) -> None:
        # once in a board's life: loaded only when the flash tool has left something
        try:
            os.stat(_PROVISION)
        except OSError:
            return
        from . import provision

        provision.apply(self.store, self.settings)
        unload("provision")

    def shut(self) -> None:
        """While the setting `lock` is on, Ctrl-C is a key like any other; from the next boot on boot.py sees to it."""
        if self.settings["lock"]:
            kbd_intr(-1)

    def reread(self) -> None:
        """Settings and keys as they are on flash: a change of them could not be written."""
        self.settings.__init__(stored(self.store))  # type: ignore[misc]  # no subclass
        self.keys.__init__(self.store)  # type: ignore[misc]  # no subclass

    # -- one turn of the loop

    async def _serves(self) -> bool:
        # one answer that stayed away is no reason to set all up anew, while the modem knows what it was told
        modem = self.modem
        if modem.setup == LOST or not (modem.up and modem.cnmi):
            return False
        if await modem.settings_lost():
            return False
        modem.setup = VALID
        modem.list_all_due = True
        return True

    async def _up(self) -> None:
        self._beat_ms = now_ms()
        await self.modem.bring_up()
        if self.lockouts.see_sim(self.modem.iccid, self.modem.imsi):
            self.notify("E31 another sim: unlock, signed by an admin, accepts it")
        if await once("apn.open").modem_differs(self.apn, self.modem):
            self.apn.restoring = True
            self._open = None
            await self._mover().step()  # written now, proved in the turns that follow
        elif not self.apn.moving():
            unload(*_APN_MODULES)
        await self.dispatcher.keep_time()  # before a text is judged by it
        await self._first_sweep()
        if self.modem.setup == LOST:
            return  # a command has restarted it
        await self.modem.enable_indications()
        await self._sweep()  # what came between the first drain and the indications
        once("dispatch.ready").say(self)

    async def _first_sweep(self) -> None:
        if not self.suspicious:
            await self._sweep()
            return
        from .gate.quarantine import Quarantine

        self.dispatcher.quarantine = Quarantine(self.store)
        await self._sweep()
        self.dispatcher.quarantine.close()
        self.dispatcher.quarantine = None
        self.suspicious = False

    async def _recover(self, error: AtError) -> None:
        self._beat_ms = now_ms()
        try:
            await self.modem.recover(error)
        except AtError as another:
            log.warn("agent", "%s", another)
        pause_s = min(_RECOVER_PAUSE_MAX_S, _RECOVER_PAUSE_S << max(0, self.modem.failures - _SOON))
        while pause_s > 0:
            self._beat_ms = now_ms()
            await asyncio.sleep(min(pause_s, _IDLE_S))
            pause_s -= _IDLE_S

    async def _turn(self) -> None:
        self._beat_ms = now_ms()
        if not self.dispatcher.looked:
            # what is counted first is written with the clock's time
            await self.dispatcher.keep_time()
        since_s = now_s() - self._swept_s
        regular = since_s >= self._sweep_s()
        if self.dispatcher.overdue() or (self.modem.list_all_due and since_s > 1) or regular:
            if await self.modem.settings_lost():
                self.modem.require_setup("forgot all")
                return
            self.modem.card_due = self.modem.card_due or regular
            await self._sweep()
        elif self.modem.cmti_pending and not await self._drain(0):
            await asyncio.sleep(_FALSE_S)  # an indication for nothing, and the next one may be as false
        if self.modem.card_due:
            await self.modem.look_at_card()
        if self.modem.rearm:
            await self.modem.enable_indications()
        await self.dispatcher.finish_accepted()
        if self.apn.moving():
            await self._mover().step()
            if not self.apn.moving():
                self._open = None
                unload(*_APN_MODULES)
        else:
            await self.modem.watch_network()  # an APN that is being tried has its own clock
        await self.dispatcher.send_due()
        await self.dispatcher.keep_time()
        self.modem.failures = 0
        if not self._serving:
            self._serving = True
            once("crash").forget(self.store)
            if self.minimal:
                self.notify("E20 crashed: minimal boot, without the application's verbs")
        if self.modem.cmti_pending or self.modem.setup != VALID:
            return
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), self._wait_s())
        except asyncio.TimeoutError:
            pass

    def _wait_s(self) -> float:
        waits = [_IDLE_S, self.dispatcher.wait_s()]
        if self.apn.moving():
            waits.append(self._mover().wait_s())
        if self.modem.list_all_due:
            waits.append(1)
        return max(0.05, min(waits))

    def _sweep_s(self) -> int:
        # a set of segments expires when it is due, not at the next sweep after it
        sweep_s = 60 * self.settings["sweep-min"]
        due_s = self.inbox.due_s
        return max(1, min(sweep_s, due_s - self._swept_s)) if due_s else sweep_s

    def transaction(self) -> "Transaction":
        """The open APN transaction."""
        return self._mover()

    def _mover(self):
        # loaded when there is something to move, which is rare, and unloaded when it has come to rest
        if self._open is None or self._open.txn != self.apn.txn:
            self._open = None
            if self.apn.busy():
                unload("apn.restore", "apn.fallback")  # a new transaction ends a restoration
                from .apn.transaction import Transaction

                self._open = Transaction(self.apn, self.modem, self.settings)
            else:
                from .apn.restore import Restoration

                self._open = Restoration(self.apn, self.modem, self.settings)
        return self._open

    async def _sweep(self) -> None:
        self._swept_s = now_s()
        self.modem.list_all_due = False
        deleted = self.inbox.deleted
        # The one for new messages first: what lies elsewhere mostly came while the modem was down, after it; a command
        # behind a newer one would be stale
        self.dispatcher.unpark()
        for mem in range(len(self.modem.mems)):
            await self._drain(mem)
            if self.modem.setup == LOST:
                return
        if self.journal.clogged() and not self._clogged:
            self._clogged = self.notify("E50 modem erases no texts: unsigned ones are refused")
        if self.modem.mems:
            await self.modem.select(0)
        if self.modem.mems and await self.modem.read_store():
            log.warn("sms", "the store is full, %d texts", self.modem.store_used)
            self.modem.list_all_due = self.inbox.deleted != deleted  # some came while others went
            if self.inbox.unread and not self.modem.list_all_due:
                await once("inbox.reread").make_room(self.inbox, self.modem)

    async def _drain(self, mem: int) -> bool:
        # was there anything?
        self.modem.cmti_pending = False
        if not self.modem.mems or self.modem.setup == LOST:
            return False  # a modem that stores nothing, or is to be set up first
        deleted, held = self.inbox.deleted, self.inbox.held
        heap.be_quick()
        texts = await self.inbox.drain(mem)
        for text in texts:
            await self.dispatcher.take(text)
            if self.modem.setup == LOST:
                break  # a command has taken the modem away: the others stay in its store until it is set up again
        if self.inbox.cut and (self.inbox.deleted, self.inbox.held) != (deleted, held):
            self.modem.list_all_due = True  # the listing was cut, and there is room for the rest of it
        heap.rest()
        return bool(texts) or self.inbox.deleted != deleted

    # -- health

    async def restart_modem(self) -> None:
        """Restart the modem; the loop sets it up again. Raises AtError."""
        await self.modem.restart()

    def _notice(self) -> None:
        self._wake.set()
        if self.modem.routed and self._routing is None:
            self._routing = asyncio.create_task(self._serve_routed())

    async def _serve_routed(self) -> None:
        # beside the worker, whose command may take three minutes: the network waits seconds for an acknowledgement
        from .inbox import routed

        try:
            await routed.serve(self)
        finally:
            self._routing = None
            self._wake.set()

    async def _feed(self) -> None:
        while True:
            if self._healthy():
                self.board.feed()
            await asyncio.sleep(_FEED_S)

    def _healthy(self) -> bool:
        # the worker turns, or sends one command after the other, each of which has its own deadline
        return now_ms() - max(self._beat_ms, self.modem.chat.deadline_ms) < _STALL_MS + 1000 * _IDLE_S
