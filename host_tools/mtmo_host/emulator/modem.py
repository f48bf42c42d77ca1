"""One emulated modem, sans I/O: octets and time in, octets and calls to the network out.

Puts together terminal, interpreter, registration, contexts and messages; owns power and the clock's hand.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from mtmo_host.emulator import card_slot, registry
from mtmo_host.emulator import commands as _commands  # noqa: F401  (enters the handlers)
from mtmo_host.emulator.faults import Faults
from mtmo_host.emulator.interpreter import Interpreter
from mtmo_host.emulator.memory import Memory
from mtmo_host.emulator.pdp import Contexts
from mtmo_host.emulator.personality import Personality
from mtmo_host.emulator.power.boot import Boot
from mtmo_host.emulator.power.keys import PowerKeys
from mtmo_host.emulator.power.saving import PowerSaving
from mtmo_host.emulator.radio import Cell, Network
from mtmo_host.emulator.registration import Registration
from mtmo_host.emulator.settings import Settings
from mtmo_host.emulator.sim import Sim
from mtmo_host.emulator.sms import SmsService
from mtmo_host.emulator.sms.broadcast import Broadcasts
from mtmo_host.emulator.terminal import Terminal
from mtmo_host.emulator.timers import Timer, Timers
from mtmo_host.emulator.violations import Rule, Violations
from mtmo_host.emulator.watch import Watch
from mtmo_host.errors import MtmoError

_HELD_URCS = 256
_SAG_MS = 200
_THIS_PORT = "uart1"  # where the line is


class Modem:
    """One modem. Time is handed in with every call, in milliseconds of any origin, and never goes back.

    `speed` divides every delay of the personality (boot, latencies), but not how long keys are pressed and how long an
    acknowledgement may take; infinity means at once. `trace(direction, octets, now_ms)` sees what comes from the
    terminal ("rx") and goes to it ("tx"), `on_event(event, now_ms, fields)` what else is done to the modem from
    outside: together they are all that a run depends on. `on_wake` is called when something outside feed() and
    advance() changed what next_wake_ms() says; `on_baud` when the modem takes another speed; `on_status` when it goes
    on (True) or off, as a STATUS pin would show it. `driver_baud` is asked for the speed at the driver's end of the
    line, if the line knows one.
    """

    def __init__(
        self,
        personality: Personality,
        sim: Sim,
        network: Network,
        *,
        imei: str,
        now_ms: int = 0,
        seed: int = 0,
        speed: float = 1.0,
        name: str = "",
    ) -> None:
        if not speed > 0:
            raise MtmoError("must be above 0", field="speed")
        self.personality, self.sim, self.network = personality, sim, network
        self.imei, self.name, self.speed = imei, name or imei, speed
        self.violations = Violations()
        self.seed = seed
        self.trace: Callable[[str, bytes, int], None] | None = None
        self.on_event: Callable[[str, int, dict[str, Any]], None] | None = None
        self.on_wake: Callable[[], None] | None = None
        self.on_baud: Callable[[int], None] | None = None
        self.driver_baud: Callable[[], int | None] | None = None
        self.line_baud: int | None = None  # what driver_baud() said last
        self.on_status: Callable[[bool], None] | None = None
        self.baud = personality.baud
        self.autobauding = personality.autobaud  # +IPR=0
        self.last_sm_cause: int | None = None
        self.clock_base = datetime(2026, 1, 1, tzinfo=UTC)  # what +CCLK shows at time 0
        self.powered = self.uart_ready = self.sim_ready = self.sms_ready = False
        self._now_ms = self.ran_ms = now_ms  # what is due up to `ran_ms` has been done
        self._random = random.Random(seed)  # noqa: S311 (repeatable delays, nothing secret)
        self._timers = Timers()
        self._advancing = False
        self._urcs: deque[str] = deque(maxlen=_HELD_URCS)
        self._keys = PowerKeys(self)
        self.memory = Memory(self)
        self.settings = Settings(personality)
        self.terminal = Terminal(self._line, self._abort, self.breach)
        self.terminal.shape(personality)
        self.terminal.refuses = lambda line: self.interpreter.refuses(line)
        self.interpreter = Interpreter(self)
        self.contexts = Contexts(self)
        self.registration = Registration(self)
        self.power_saving = PowerSaving(self)
        self.sms = SmsService(self)
        self.broadcasts = Broadcasts(self)
        self.boot = Boot(self)
        self.faults = Faults(self, seed)
        self.watch = Watch(self)

    # --- octets and time

    def feed(self, octets: bytes, now_ms: int) -> None:
        """Take octets from the terminal."""
        self.advance(now_ms)
        if self.faults.line is not None:
            self.faults.line.speed.look()
        if self.trace is not None and octets:
            self.trace("rx", bytes(octets), self._now_ms)
        if self.uart_ready:
            line = self.faults.line
            self.terminal.feed(bytes(octets) if line is None else line.heard(bytes(octets)))
        self._run_due(self._now_ms)

    def advance(self, now_ms: int) -> None:
        """Let time pass: run what is due, in order."""
        self._run_due(now_ms)
        self._now_ms = max(self._now_ms, now_ms)

    def next_wake_ms(self) -> int | None:
        """When advance() has something to do; None for never."""
        return self._timers.next_due_ms()

    def take_output(self) -> bytes:
        """Remove and return the octets that are ready for the terminal."""
        if self.faults.line is not None:
            self.faults.line.speed.look()
            octets = self.faults.line.take()
        else:
            octets = bytes(self.terminal.out)
            self.terminal.out.clear()
        if octets and self.trace is not None:
            self.trace("tx", octets, self._now_ms)
        return octets

    def _run_due(self, now_ms: int) -> None:
        if self._advancing:
            return
        self._advancing = True
        self.ran_ms = max(self.ran_ms, now_ms)
        try:
            while (timer := self._timers.take_due(now_ms)) is not None:
                self._now_ms = max(self._now_ms, timer.due_ms)
                timer.run()
                self.terminal.pump()
        finally:
            self._advancing = False

    # --- from the network and the world

    @property
    def reachable(self) -> bool:
        """Powered, registered, card ready and not in PSM: the network can deliver."""
        return (
            self.powered and self.registration.registered and self.sim_state == "READY" and not self.power_saving.asleep
        )

    def deliver(self, tpdu: bytes, token: int, now_ms: int) -> None:
        """Take a DELIVER or STATUS-REPORT TPDU (no SCA); network.mt_result says later what became of it."""
        self._now_ms = max(self._now_ms, now_ms)
        self.tell("deliver", token=token, tpdu=tpdu.hex().upper())
        self.sms.deliver(token, tpdu)
        self._wake()

    def broadcast(self, page: bytes, now_ms: int) -> None:
        """The cell sends a page of a cell broadcast (88 octets, TS 23.041 §9.4.1). Raises PduError."""
        self._now_ms = max(self._now_ms, now_ms)
        self.broadcasts.hear(page)
        self._wake()

    def set_cell(self, cell: Cell | None, now_ms: int) -> None:
        """Move the modem to another cell, or out of coverage (None)."""
        self._now_ms = max(self._now_ms, now_ms)
        self.tell_from_outside("cell", cell=None if cell is None else asdict(cell))
        self.registration.set_cell(cell)
        self._wake()

    def tell(self, event: str, **fields: Any) -> None:
        """Let `on_event` know what was done to the modem from outside."""
        if self.on_event is not None:
            self.on_event(event, self._now_ms, fields)

    def tell_from_outside(self, event: str, **fields: Any) -> None:
        if not self._advancing:  # else it is the modem's own doing, and comes of itself when the run is repeated
            self.tell(event, **fields)

    def remove_sim(self, now_ms: int) -> Sim:
        """Take the card out, and return it."""
        self._now_ms = max(self._now_ms, now_ms)
        self.tell_from_outside("card", card=None)
        sim = card_slot.take_out(self)
        self._wake()
        return sim

    def insert_sim(self, sim: Sim, now_ms: int) -> None:
        """Put a card in; one that was there is taken out."""
        self._now_ms = max(self._now_ms, now_ms)
        self.tell_from_outside("card", card=asdict(sim))
        card_slot.put_in(self, sim)
        self._wake()

    def _wake(self) -> None:
        if self.on_wake is not None and not self._advancing:
            self.on_wake()

    # --- power

    def power_on(self, now_ms: int) -> None:
        """Switch on; nothing happens when it is on."""
        self._now_ms = max(self._now_ms, now_ms)
        if self.powered:
            return
        self.tell_from_outside("power_on")
        self._set_powered(True)
        self.boot.begin()
        self._wake()

    def power_off(self, now_ms: int) -> None:
        """Cut the supply."""
        self._now_ms = max(self._now_ms, now_ms)
        if self.powered:
            self.tell_from_outside("power_off")
            self._go_down()
            self._set_powered(False)
        self._wake()

    def _set_powered(self, powered: bool) -> None:
        self.powered = powered
        if self.on_status is not None:
            self.on_status(powered)

    def power_key(self, level: bool, now_ms: int) -> None:
        """PWRKEY: True while pressed. Held long enough it switches on, or off when the modem was on."""
        self.advance(now_ms)
        self.tell("key", key="power", level=level)
        self._keys.power(level)
        self._wake()

    def reset_key(self, level: bool, now_ms: int) -> None:
        """The reset input: True while active."""
        self.advance(now_ms)
        self.tell("key", key="reset", level=level)
        self._keys.reset(level)
        self._wake()

    def shut_down(self) -> None:
        """Go off in order, with the family's farewell."""
        power = self.personality.power
        if power.shutdown_urc is not None and self.uart_ready:
            self.terminal.urc(power.shutdown_urc)
        self.registration.drop(0)
        self.uart_ready = False
        self.after(self.scaled(power.shutdown_ms), lambda: self.power_off(self._now_ms))

    def restart(self) -> None:
        """Reset: all settings are lost, the stores stay."""
        if self.powered:
            self.tell_from_outside("restart")
            self._go_down()
            self.boot.begin()

    def boot_slowly(self, slow: bool = True) -> None:
        """Take the late times of the family's boot from the next one on."""
        self.tell_from_outside("boot_slowly", slow=slow)
        self.boot.slow = slow

    def undervoltage(self, times: int = 3) -> None:
        """The supply sags: the family's warning, several times over."""
        self.tell_from_outside("undervoltage", times=times)
        warning = self.personality.power.undervoltage_urc
        if warning is not None and times:
            self.urc(warning)
            for index in range(1, times):
                self.after(self.scaled(_SAG_MS * index), lambda: self.urc(warning))

    def restart_soon(self) -> None:
        """Restart once the result is out."""
        self.after(0, self.restart)

    def off_soon(self) -> None:
        """Cut the supply once the result is out."""
        self.after(0, lambda: self.power_off(self._now_ms))

    def _go_down(self) -> None:
        self._timers.clear()
        self._keys.release()
        self.faults.power_lost()
        self.watch.power_lost()
        self.sms.power_lost()
        self.broadcasts.power_lost()
        self.registration.power_lost()
        self.interpreter.reset()
        self.terminal.reset()
        self.memory.restore_profile()
        self.memory.restore_baud()
        self._urcs.clear()
        self.uart_ready = self.sim_ready = self.sms_ready = False
        self.last_sm_cause = None
        self.sim.power_cycle()

    def set_baud(self, baud: int) -> None:
        """+IPR; 0 asks for automatic detection."""
        before = self.baud
        self.autobauding, self.baud = baud == 0, baud or self.personality.baud
        if self.on_baud is not None and self.baud != before:
            self.on_baud(self.baud)

    @property
    def sim_state(self) -> str:
        """READY, SIM PIN, SIM PUK, NOT INSERTED, or BUSY while the card is being read."""
        if not self.sim.inserted:
            return "NOT INSERTED"
        return self.sim.state if self.sim_ready else "BUSY"

    # --- for the parts and the handlers

    @property
    def now_ms(self) -> int:
        """The time of the last call, or of the step that runs."""
        return self._now_ms

    @property
    def clock(self) -> datetime:
        """What +CCLK shows."""
        return self.clock_base + timedelta(milliseconds=self._now_ms)

    @property
    def link_reserved(self) -> bool:
        """No URC may go out: a body is being taken, or a command is in flight in a family that waits for its end."""
        return self.terminal.in_body or (self.terminal.busy and self.personality.holds_urcs)

    def after(self, delay_ms: int, do: Callable[[], None], *, lasting: bool = False) -> Timer:
        """Run `do` in `delay_ms`; a lasting one survives restarts, for what happens around the modem."""
        return self._timers.at(self._now_ms + delay_ms, do, lasting=lasting)

    def scaled(self, delay_ms: int) -> int:
        """A delay at this modem's speed."""
        return int(delay_ms / self.speed)

    def latency(self, name: str) -> int:
        """A seeded delay for the step `name`, at this modem's speed."""
        if self.speed == math.inf:
            return 0
        shortest, longest = self.personality.latency_ms if name == "latency" else self.personality.timing(name)
        return self.scaled(self._random.randint(shortest, longest))

    def command_names(self) -> list[str]:
        """The commands of this family."""
        return registry.names_for(self.personality)

    def urc(self, text: str, *, always: bool = False) -> None:
        """Send an unsolicited result code, now or when the link is free.

        It goes where the family sends URCs, which may be another port; `always` sends it here.
        """
        if not (always or self.memory.urc_port == _THIS_PORT):
            return
        self.watch.stirred()
        if self.link_reserved:
            self._urcs.append(text)
        elif self.uart_ready:
            self.terminal.urc(text)

    def breach(self, rule: Rule, detail: str) -> None:
        """Record a violation by the terminal's side."""
        self.violations.add(self._now_ms, rule, detail)

    def command_ended(self) -> None:
        """The final result is out: what waited for the link goes next."""
        if self.faults.line is not None:
            self.faults.line.command_ended()
        self.watch.command_ended()
        self.terminal.ready()
        while self._urcs:
            self.terminal.urc(self._urcs.popleft())

    def _line(self, line: str) -> None:
        self.watch.command_began(line)
        if self.faults.line is not None:
            self.faults.line.command_began()
        self.interpreter.run(line)

    def _abort(self) -> bool:
        return self.interpreter.abort()

    # --- state that outlives the process

    def dump(self) -> dict[str, Any]:
        """Stores, contexts and counters as JSON values."""
        return self.memory.dump()

    def load(self, state: Mapping[str, Any]) -> None:
        """Put back what dump() gave; MtmoError for anything else."""
        self.memory.load(state)
