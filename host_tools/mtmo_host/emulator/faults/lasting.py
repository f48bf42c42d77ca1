"""What faults leave behind in a modem: what is still going on, until when, and how it ends at once.

A fault that is switched off, or fired and over, may have taken the coverage away, filled the store or moved the clock.
Each row that can do so has a function that says it and one that ends it; the others are over when they have acted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.emulator.pdp import Context
from mtmo_host.emulator.radio import SM_AUTH_FAILED, Cell
from mtmo_host.emulator.registration import DENIED, SEARCHING
from mtmo_host.emulator.sms.store import Stored
from mtmo_host.emulator.timers import Timer

if TYPE_CHECKING:
    from mtmo_host.emulator.faults.switchboard import Faults
    from mtmo_host.emulator.modem import Modem

    _Row = tuple[Callable[["Faults", "Modem"], "Lasting | None"], Callable[["Faults", "Modem"], None]]  # says, ends


@dataclass(frozen=True)
class Lasting:
    """What goes on: until the time `until_ms`, or until what `until` says."""

    what: str
    until: str = ""
    until_ms: int | None = None

    def describe(self, now_ms: int) -> dict[str, Any]:
        """As JSON values."""
        left_s = None if self.until_ms is None else max(0, self.until_ms - now_ms + 999) // 1000
        return {"what": self.what, "until": self.until, "left_s": left_s}


@dataclass
class Remains:
    """What the faults of one modem have left behind."""

    silent_boot: bool = False  # F7: until the next restart
    supply: Timer | None = None  # F8: when it comes back
    filled: list[tuple[str, int, Stored]] = field(default_factory=list)  # F9: memory, index, text
    to_come: dict[str, list[Timer]] = field(default_factory=dict)  # F10, F12: what still happens to messages
    cover: Timer | None = None  # F22: when it comes back
    lost_cell: Cell | None = None
    contexts: dict[str, list[tuple[Context, bool]]] = field(default_factory=dict)  # F23 to F25: and if default bearer
    jumped: timedelta = timedelta()  # F26

    def add_context(self, fault_id: str, context: Context, *, default_bearer: bool) -> None:
        """The fault made something else of this context than was asked for."""
        self.contexts.setdefault(fault_id, []).append((context, default_bearer))

    def forget_context(self, context: Context) -> None:
        """It is asked for anew."""
        for fault_id, found in self.contexts.items():
            self.contexts[fault_id] = [one for one in found if one[0] is not context]


def going(faults: Faults, modem: Modem, fault_id: str) -> Lasting | None:
    """What is still going on of this fault; None when all is over."""
    row = _ROWS.get(fault_id)
    return row[0](faults, modem) if row is not None else None


def end_now(faults: Faults, modem: Modem, fault_id: str) -> None:
    """It ends now; nothing when all is over."""
    if going(faults, modem, fault_id) is not None:
        _ROWS[fault_id][1](faults, modem)


# --- F5, F6: the response in flight


def _swallowed(faults: Faults, modem: Modem) -> Lasting | None:
    lost = faults.line is not None and faults.line.swallows
    return Lasting("what is said in answer is lost", "the end of the command") if lost else None


def _hear(faults: Faults, modem: Modem) -> None:
    if faults.line is not None:
        faults.line.swallow_no_more()


def _held(faults: Faults, modem: Modem) -> Lasting | None:
    if faults.line is None or not faults.line.holds:
        return None
    return Lasting("a response is held back", "the next command", faults.line.held_until_ms)


def _let_go(faults: Faults, modem: Modem) -> None:
    if faults.line is not None:
        faults.line.let_go()


# --- F7, F8: the supply


def _mute(faults: Faults, modem: Modem) -> Lasting | None:
    starts = faults.remains.silent_boot and modem.powered and not modem.sms_ready
    return Lasting("the modem starts without a word", "it has started") if starts else None


def _speak(faults: Faults, modem: Modem) -> None:
    faults.remains.silent_boot = False


def _dark(faults: Faults, modem: Modem) -> Lasting | None:
    timer = faults.remains.supply
    if timer is None or not timer.pending or modem.powered:
        return None
    return Lasting("there is no supply", until_ms=timer.due_ms)


def _supply(faults: Faults, modem: Modem) -> None:
    if faults.remains.supply is not None:
        faults.remains.supply.cancel()
    modem.power_on(modem.now_ms)


# --- F9, F10, F12, F21: texts


def _left(faults: Faults, modem: Modem) -> list[tuple[str, int, Stored]]:
    store = modem.sms.store
    filled = faults.remains.filled
    filled[:] = [(mem, index, text) for mem, index, text in filled if store.get(mem, index) is text]
    return filled


def _full(faults: Faults, modem: Modem) -> Lasting | None:
    count = len(_left(faults, modem))
    return Lasting(f"{count} old texts of it are stored", "they are deleted") if count else None


def _empty(faults: Faults, modem: Modem) -> None:
    for mem, index, _ in _left(faults, modem):
        modem.sms.store.delete(mem, index)
    faults.remains.filled.clear()
    modem.sms.deleted()


def _to_come(fault_id: str, what: str) -> _Row:
    def pending(faults: Faults, modem: Modem) -> Lasting | None:
        timers = [timer for timer in faults.remains.to_come.get(fault_id, ()) if timer.pending]
        faults.remains.to_come[fault_id] = timers
        if not timers:
            return None
        return Lasting(f"{len(timers)} {what}", until_ms=max(timer.due_ms for timer in timers))

    def cancel(faults: Faults, modem: Modem) -> None:
        for timer in faults.remains.to_come.pop(fault_id, ()):
            timer.cancel()

    return pending, cancel


def _parts(faults: Faults, modem: Modem) -> Lasting | None:
    until_ms = None if faults.texts is None else faults.texts.held_until_ms
    return None if until_ms is None else Lasting("parts of long texts are held back", "the others", until_ms)


def _release(faults: Faults, modem: Modem) -> None:
    if faults.texts is not None:
        faults.texts.release_all()


# --- F15 to F18: until somebody finds the way out


def _begun(fault_id: str, what: str, until: str) -> Callable[[Faults, Modem], Lasting | None]:
    return lambda faults, modem: Lasting(what, until) if fault_id in faults.begun else None


def _no_echo(faults: Faults, modem: Modem) -> None:
    faults.begun.discard(FaultId.ECHO)
    modem.terminal.echo_stuck = False


def _right_speed(faults: Faults, modem: Modem) -> None:
    faults.begun.discard(FaultId.BAUD)
    if faults.line is not None:
        faults.line.end_wrong_speed()


def _no_prompt(faults: Faults, modem: Modem) -> None:
    faults.begun.discard(FaultId.PROMPT)
    modem.terminal.drop_body()
    modem.command_ended()


def _commands_again(faults: Faults, modem: Modem) -> None:
    faults.begun.discard(FaultId.DATA_MODE)
    if faults.line is not None:
        faults.line.end_data()


# --- F22 to F26: the network


def _uncovered(faults: Faults, modem: Modem) -> Lasting | None:
    timer = faults.remains.cover
    if timer is None or not timer.pending or modem.registration.cell is not None:
        return None
    return Lasting("there is no coverage", until_ms=timer.due_ms)


def _cover(faults: Faults, modem: Modem) -> None:
    remains = faults.remains
    if remains.cover is not None:
        remains.cover.cancel()
    cell, remains.lost_cell = remains.lost_cell, None
    if cell is not None and modem.registration.cell is None:  # else somebody moved it meanwhile
        modem.set_cell(cell, modem.now_ms)


def _inactive(faults: Faults, modem: Modem) -> Lasting | None:
    found = [context for context, _ in faults.remains.contexts.get(FaultId.INACTIVE, ()) if not context.active]
    if not found or not modem.registration.ps_attached:
        return None
    return Lasting(f"context {found[0].cid} is not active though it was granted", "it is activated anew")


def _old_apn(faults: Faults, modem: Modem) -> Lasting | None:
    found = [context for context, _ in faults.remains.contexts.get(FaultId.OLD_APN, ()) if context.active]
    return Lasting(f"context {found[0].cid} is active with the old APN", "it is activated anew") if found else None


def _refused(faults: Faults, modem: Modem) -> Lasting | None:
    last_said = modem.last_sm_cause == SM_AUTH_FAILED and not modem.registration.mm_cause
    refused = faults.remains.contexts.get(FaultId.AUTH) and modem.registration.stat == DENIED and last_said
    return Lasting("the network has refused the modem", "its next attempt") if refused else None


def _grant(faults: Faults, modem: Modem) -> None:
    for context, default_bearer in faults.remains.contexts.pop(FaultId.INACTIVE, ()):
        if not context.active:
            _ask_anew(modem, context, default_bearer=default_bearer)


def _new_apn(faults: Faults, modem: Modem) -> None:
    for context, default_bearer in faults.remains.contexts.pop(FaultId.OLD_APN, ()):
        if context.active:
            context.result = None
            _ask_anew(modem, context, default_bearer=default_bearer)


def _ask_anew(modem: Modem, context: Context, *, default_bearer: bool) -> None:
    if not modem.registration.ps_attached or modem.contexts.request(context, default_bearer=default_bearer).ok:
        return
    if default_bearer:  # without it the modem is not attached (TS 24.301 §5.5.1.2)
        modem.registration.drop(SEARCHING)
        modem.registration.search()


def _attach(faults: Faults, modem: Modem) -> None:
    faults.remains.contexts.pop(FaultId.AUTH, None)
    modem.registration.search(at_once=True)


def _wrong_clock(faults: Faults, modem: Modem) -> Lasting | None:
    off_s = int(faults.remains.jumped.total_seconds())
    return Lasting(f"the clock is {off_s:+d} s off", "it is set") if off_s else None


def _set_clock(faults: Faults, modem: Modem) -> None:
    modem.clock_base -= faults.remains.jumped
    faults.remains.jumped = timedelta()


_ROWS: dict[str, _Row] = {
    FaultId.SWALLOW: (_swallowed, _hear),
    FaultId.LATE: (_held, _let_go),
    FaultId.REBOOT: (_mute, _speak),
    FaultId.BROWN_OUT: (_dark, _supply),
    FaultId.FULL: (_full, _empty),
    FaultId.DUPLICATE_CMTI: _to_come(FaultId.DUPLICATE_CMTI, "further indications come"),
    FaultId.VANISH: _to_come(FaultId.VANISH, "messages are about to vanish"),
    FaultId.ECHO: (_begun(FaultId.ECHO, "the echo is on", "it is switched off"), _no_echo),
    FaultId.BAUD: (
        _begun(FaultId.BAUD, "modem and driver differ in speed", "the driver finds it, or a restart"),
        _right_speed,
    ),
    FaultId.PROMPT: (
        _begun(FaultId.PROMPT, "the modem waits for a message body", "ESC or Ctrl-Z, or a restart"),
        _no_prompt,
    ),
    FaultId.DATA_MODE: (_begun(FaultId.DATA_MODE, "the modem is in a data call", "+++, or a restart"), _commands_again),
    FaultId.PARTS: (_parts, _release),
    FaultId.NO_NETWORK: (_uncovered, _cover),
    FaultId.INACTIVE: (_inactive, _grant),
    FaultId.OLD_APN: (_old_apn, _new_apn),
    FaultId.AUTH: (_refused, _attach),
    FaultId.CLOCK: (_wrong_clock, _set_clock),
}
