"""The faults of one modem: which are on, how often each acted, and their one source of chance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mtmo_host.emulator.faults import acts, bearer, commands, line, menu, profiles, texts
from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.emulator.faults.lasting import Lasting, Remains, end_now, going
from mtmo_host.emulator.faults.menu import Value
from mtmo_host.emulator.timers import Timer
from mtmo_host.errors import MtmoError

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

Values = Mapping[str, Value]


class Faults:
    """`switch()`, `apply()` and `clear()` choose, `fire()` makes something happen now, `acted` counts.

    Times are the modem's, so hand it the time before: `advance(now_ms)`. Everything drawn comes from one generator of
    the modem's seed: the same run again meets the same faults. While nothing is on, the parts below are None, and a
    modem pays for one look at them.
    """

    def __init__(self, modem: Modem, seed: int = 0) -> None:
        self._modem = modem
        self._seed = seed
        self._random: random.Random | None = None
        self._on: dict[str, dict[str, Value]] = {}
        self._left: dict[str, int] = {}
        self._timers: dict[str, Timer] = {}
        self.begun: set[str] = set()  # of those that last until something ends them
        self.remains = Remains()
        self.acted: Counter[str] = Counter()
        self.line: line.Line | None = None
        self.commands: commands.Commands | None = None
        self.texts: texts.Texts | None = None
        self.bearer: bearer.Bearer | None = None

    # --- for whoever chooses

    def switch(self, key: str, on: bool | None = True, /, **parameters: object) -> None:
        """Switch the fault called `key` on with these parameters (others as in the menu), or off with None.

        Raises MtmoError for an unknown fault or parameter, and leaves everything as it was then.
        """
        fault = menu.find(key)
        values = fault.values(parameters) if on else None
        self._modem.tell_from_outside("fault", id=fault.id, on=bool(on), parameters=dict(parameters))
        self._now(lambda: self._switch(fault.id, values))

    def apply(self, name: str) -> None:
        """Switch on what the profile says, and everything else off."""
        profile = profiles.find(name)
        self.clear()
        for fault_id, parameters in profile.faults.items():
            self.switch(fault_id, True, **parameters)

    def choose(self, *texts: str) -> None:
        """Profiles and faults as text: `flaky`, `F3`, `F3:rate=0.01,kind=drop`; checked before the first one acts."""
        wanted = [parse(text) for text in texts]
        for name, parameters in wanted:
            if parameters is None:
                for fault_id, values in profiles.find(name).faults.items():
                    self.switch(fault_id, True, **values)
            else:
                self.switch(name, True, **parameters)

    def clear(self) -> None:
        """Everything off, and what faults have left behind is over."""
        still = self.lasting()
        for fault_id in [fault.id for fault in menu.MENU if fault.id in self._on or fault.id in still]:
            self.switch(fault_id, None)

    def fire(self, key: str, /, **parameters: object) -> None:
        """Let it happen now, with these parameters or those it was switched on with."""
        fault = menu.find(key)
        if not fault.fires:
            can = ", ".join(one.id for one in menu.MENU if one.fires)
            raise MtmoError("is switched on and off, it cannot be fired", field=fault.id, fix=f"these can: {can}")
        given = parameters or self._on.get(fault.id, {})
        if fault.id in acts.LASTING:
            self.switch(fault.id, True, **given)
        else:
            values = fault.values(given)
            self._modem.tell_from_outside("fault_fired", id=fault.id, parameters=dict(given))
            self._now(lambda: acts.fire(self, self._modem, fault.id, values))

    def active(self) -> dict[str, dict[str, Value]]:
        """What is on, with all parameters, in the order of the menu."""
        return {fault.id: dict(self._on[fault.id]) for fault in menu.MENU if fault.id in self._on}

    def lasting(self) -> dict[str, Lasting]:
        """What is still going on, of faults that are on and of others that were or were fired."""
        found = ((fault.id, going(self, self._modem, fault.id)) for fault in menu.MENU)
        return {fault_id: what for fault_id, what in found if what is not None}

    def reseed(self, seed: int) -> None:
        """Begin the generator anew."""
        self._modem.tell_from_outside("reseed", seed=seed)
        self._seed, self._random = seed, None

    # --- for the parts

    @property
    def random(self) -> random.Random:
        """The one source of chance."""
        if self._random is None:
            self._random = random.Random(f"faults {self._seed}")  # noqa: S311 (repeatable, nothing secret)
        return self._random

    def chance(self, rate: float) -> bool:
        """True in `rate` of all cases; a certain one draws nothing."""
        return rate >= 1 or (rate > 0 and self.random.random() < rate)

    def get(self, fault_id: str) -> dict[str, Value] | None:
        """The parameters of a fault that is on."""
        return self._on.get(fault_id)

    def defaults(self, fault_id: str) -> dict[str, Value]:
        """The parameters as the menu has them."""
        return menu.find(fault_id).values({})

    def hit(self, fault_id: str) -> dict[str, Value] | None:
        """The parameters if the fault is on and acts this time, which is counted."""
        values = self._on.get(fault_id)
        if values is None or not self.chance(float(values.get("rate", 1))):
            return None
        self.count(fault_id)
        return values

    def count(self, fault_id: str) -> None:
        """It has acted; after `times` it is off."""
        self.acted[fault_id] += 1
        left = self._left.get(fault_id, 0)
        if left == 1:
            self._modem.after(0, lambda: self._worn_out(fault_id), lasting=True)
            self._on.pop(fault_id)
        if left:
            self._left[fault_id] = left - 1

    def ended(self, fault_id: str) -> None:
        """What lasted is over; it stays on only if it comes again after a restart."""
        self.begun.discard(fault_id)
        if not self._on.get(fault_id, {}).get("again"):
            self._off(fault_id)

    def again(self, fault_id: str, values: Values) -> None:
        """Let it act once more after its `every_s`, give or take a half; off when there is none."""
        every_s = int(values.get("every_s", 0))
        if not every_s or fault_id not in self._on:
            return
        wait_ms = int(every_s * 1000 * (0.5 + self.random.random()))

        def act() -> None:
            acts.fire(self, self._modem, fault_id, values)
            self.again(fault_id, values)

        self._timers[fault_id] = self._modem.after(wait_ms, act, lasting=True)

    # --- from the modem

    def power_lost(self) -> None:
        """The modem went down."""
        self.remains.silent_boot = False
        speed_lasts = self._speed_lasts()
        if self.line is not None:
            self.line.power_lost()
            self.line.speed.power_lost(lasting=speed_lasts)
        for fault_id in acts.LASTING:
            if fault_id in self.begun and not (fault_id == FaultId.BAUD and speed_lasts):
                self.ended(fault_id)

    def _speed_lasts(self) -> bool:
        values = self._on.get(FaultId.BAUD, {})
        return bool(values.get("lasting")) and not values.get("again") and self._modem.line_baud is not None

    def uart_ready(self) -> None:
        """The modem answers from now on: what waited for that begins."""
        for fault_id in acts.LASTING:
            values = self._on.get(fault_id)
            if values is not None and fault_id not in self.begun:
                acts.fire(self, self._modem, fault_id, values)

    def line_moved(self) -> None:
        """Something came to its end on the line: a worn-out fault may leave it now."""
        if self.line is not None and not self._on.keys() & line.IDS and not self.line.busy:
            self._modem.after(0, self._close_line, lasting=True)

    # --- inside

    def _now(self, act: Callable[[], None]) -> None:
        """Act as the modem's own doing, so that a recorder that knows of the fault is told nothing else."""
        self._modem.after(0, act, lasting=True)
        self._modem.advance(self._modem.now_ms)
        self._wake()

    def _switch(self, fault_id: str, values: dict[str, Value] | None) -> None:
        if values is None:
            self._on.pop(fault_id, None)  # what is asked for anew at its end is not to meet it again
            end_now(self, self._modem, fault_id)
        self._off(fault_id)
        if values is not None:
            self._on[fault_id] = values
            self._left[fault_id] = int(values.get("times", 0))
            self._open_parts(fault_id)
            acts.begin(self, self._modem, fault_id, values)

    def _off(self, fault_id: str) -> None:
        if fault_id in self.begun:
            end_now(self, self._modem, fault_id)
        timer = self._timers.pop(fault_id, None)
        if timer is not None:
            timer.cancel()
        self._left.pop(fault_id, None)
        self._on.pop(fault_id, None)
        self._close_parts()

    def _worn_out(self, fault_id: str) -> None:
        if fault_id in self._on:
            return  # switched on again meanwhile
        if fault_id in line.IDS:
            self.line_moved()  # what is held or being lost has its time
        else:
            self._off(fault_id)

    def _open_parts(self, fault_id: str) -> None:
        if fault_id in line.IDS and self.line is None:
            self.line = line.Line(self, self._modem)
        elif fault_id in commands.IDS and self.commands is None:
            self.commands = commands.Commands(self, self._modem)
        elif fault_id in texts.IDS and self.texts is None:
            self.texts = texts.Texts(self, self._modem)
        elif fault_id in bearer.IDS:
            self.bearer = self.bearer or bearer.Bearer(self, self._modem)
            self.bearer.switched_on(fault_id)

    def _close_parts(self) -> None:
        on = self._on.keys()
        self._close_line()
        if self.commands is not None and not on & commands.IDS:
            self.commands = None
        if self.texts is not None and not on & texts.IDS:
            last, self.texts = self.texts, None
            last.release_all()
        if self.bearer is not None and not on & bearer.IDS:
            self.bearer = None

    def _close_line(self) -> None:
        if self.line is not None and not self._on.keys() & line.IDS:
            rest, self.line = self.line.rest(), None
            self._modem.terminal.out[:0] = rest

    def _wake(self) -> None:
        if self._modem.on_wake is not None:
            self._modem.on_wake()


def parse(text: str) -> tuple[str, dict[str, str] | None]:
    """`F3:rate=0.01,kind=drop` → (FaultId.NOISE, {…}), checked; a profile's name → (name, None). Raises MtmoError."""
    key, colon, rest = text.partition(":")
    if not colon and key.lower() in profiles.names():
        return key.lower(), None
    try:
        fault = menu.find(key)
    except MtmoError:
        fix = "a profile (" + ", ".join(profiles.names()) + ") or F1 to F26, for example F3:rate=0.01"
        raise MtmoError(f"no fault or profile is called {key!r}", field="faults", fix=fix) from None
    parameters: dict[str, str] = {}
    for pair in rest.split(",") if rest else ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise MtmoError(f"{pair!r} is not NAME=VALUE", field=fault.id, fix="for example F3:rate=0.01,kind=drop")
        parameters[name.strip()] = value.strip()
    fault.values(parameters)
    return fault.id, parameters
