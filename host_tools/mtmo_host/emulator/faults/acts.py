"""What happens once, now: restarts, a breakdown of the supply, a full store, no coverage, a stuck modem, a clock jump.

F7, F8, F9, F15 to F20, F22 and F26 of the menu: what begins when they are switched on, and what firing does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.emulator.faults.menu import Value
from mtmo_host.emulator.faults.texts import hostile_tpdu, old_tpdu
from mtmo_host.emulator.sms.store import Stat
from mtmo_host.emulator.sms.tpdu_fields import sca_octets

if TYPE_CHECKING:
    from mtmo_host.emulator.faults.switchboard import Faults
    from mtmo_host.emulator.modem import Modem

Values = Mapping[str, Value]
# These begin when the modem answers and last until a way out or a restart
LASTING = (FaultId.BAUD, FaultId.PROMPT, FaultId.DATA_MODE)
_INVALID_PDU = "+CMS ERROR: 304"
_BUSY_MS = 20
_FIRST_YEAR, _LAST_YEAR = 1990, 2088


def begin(faults: Faults, modem: Modem, fault_id: str, values: Values) -> None:
    """The fault was switched on."""
    if fault_id in LASTING:
        if modem.uart_ready:
            fire(faults, modem, fault_id, values)
    elif fault_id == FaultId.ECHO:
        faults.begun.add(fault_id)
        modem.terminal.echo_stuck = True
        faults.count(fault_id)
    elif fault_id in (FaultId.FULL, FaultId.NO_NETWORK, FaultId.CLOCK):
        fire(faults, modem, fault_id, values)
        if fault_id == FaultId.FULL and not values["every_s"]:
            faults.ended(fault_id)
    faults.again(fault_id, values)


def fire(faults: Faults, modem: Modem, fault_id: str, values: Values) -> None:
    """Let it happen now."""
    _FIRE[fault_id](faults, modem, values)


def _reboot(faults: Faults, modem: Modem, values: Values) -> None:
    if modem.powered:
        faults.count(FaultId.REBOOT)
        modem.restart()
        faults.remains.silent_boot = bool(values["silent"])


def _brown_out(faults: Faults, modem: Modem, values: Values) -> None:
    if modem.powered:
        faults.count(FaultId.BROWN_OUT)
        modem.power_off(modem.now_ms)
        faults.remains.supply = modem.after(
            int(values["silence_ms"]), lambda: modem.power_on(modem.now_ms), lasting=True
        )


def _fill(faults: Faults, modem: Modem, values: Values) -> None:
    faults.count(FaultId.FULL)
    store, mem = modem.sms.store, modem.settings.cpms[2]
    if mem not in store.names:
        return
    sca = sca_octets(modem.sim.smsc)
    for _ in range(max(0, store.total(mem) - store.used(mem) - int(values["leave"])) + int(values["over"])):
        index = store.add(mem, Stat.REC_UNREAD, sca + old_tpdu(modem, faults.random), beyond=True)
        modem.watch.kept(mem, index)
        if (text := store.get(mem, index)) is not None:
            faults.remains.filled.append((mem, index, text))


def _wrong_baud(faults: Faults, modem: Modem, values: Values) -> None:
    if faults.line is not None:
        faults.begun.add(FaultId.BAUD)
        faults.count(FaultId.BAUD)
        faults.line.speed.begin(values)


def _prompt(faults: Faults, modem: Modem, values: Values) -> None:
    """A body is taken that nobody announced, with no prompt to be seen."""
    terminal = modem.terminal
    if terminal.busy or terminal.in_body:
        modem.after(_BUSY_MS, lambda: _prompt(faults, modem, values) if faults.get(FaultId.PROMPT) else None)
        return

    def left(body: bytes | None) -> None:
        faults.ended(FaultId.PROMPT)
        result = modem.personality.sms.escape_result if body is None else _INVALID_PDU
        if result is not None:
            terminal.final(result)
        modem.command_ended()

    faults.begun.add(FaultId.PROMPT)
    faults.count(FaultId.PROMPT)
    terminal.take_body(b"", left, announced=False)


def _data_mode(faults: Faults, modem: Modem, values: Values) -> None:
    if faults.line is not None:
        faults.begun.add(FaultId.DATA_MODE)
        faults.count(FaultId.DATA_MODE)
        faults.line.begin_data(int(values["guard_ms"]))


def _huge(faults: Faults, modem: Modem, values: Values) -> None:
    if modem.uart_ready:
        faults.count(FaultId.HUGE_LINE)
        modem.terminal.urc("*" * int(values["length"]))


def _hostile(faults: Faults, modem: Modem, values: Values) -> None:
    faults.count(FaultId.HOSTILE)
    modem.sms.arrived(None, hostile_tpdu(modem, faults.random))


def _no_network(faults: Faults, modem: Modem, values: Values) -> None:
    remains, cell = faults.remains, modem.registration.cell
    waits = remains.cover is not None and remains.cover.pending
    if cell is None and not waits:
        return  # it is out of coverage already
    faults.count(FaultId.NO_NETWORK)
    if remains.cover is not None:
        remains.cover.cancel()  # the time begins anew
    if cell is not None:
        remains.lost_cell = cell
        modem.set_cell(None, modem.now_ms)
    remains.cover = modem.after(int(values["down_s"]) * 1000, lambda: _back(faults, modem), lasting=True)


def _back(faults: Faults, modem: Modem) -> None:
    cell, faults.remains.lost_cell = faults.remains.lost_cell, None
    if cell is not None and modem.registration.cell is None:  # else somebody moved it meanwhile
        modem.set_cell(cell, modem.now_ms)
    if not (faults.get(FaultId.NO_NETWORK) or {}).get("every_s"):
        faults.ended(FaultId.NO_NETWORK)


def _jump(faults: Faults, modem: Modem, values: Values) -> None:
    jump = timedelta(seconds=int(values["jump_s"]))
    jumped = modem.clock_base + jump
    if not _FIRST_YEAR <= jumped.year <= _LAST_YEAR:  # two digits must be able to say it
        return
    faults.count(FaultId.CLOCK)
    modem.clock_base = jumped
    faults.remains.jumped += jump
    if values["urc"] and modem.uart_ready:
        modem.urc("+CTZV: 8")


_FIRE: dict[str, Callable[[Faults, Modem, Values], None]] = {
    FaultId.REBOOT: _reboot,
    FaultId.BROWN_OUT: _brown_out,
    FaultId.FULL: _fill,
    FaultId.BAUD: _wrong_baud,
    FaultId.PROMPT: _prompt,
    FaultId.DATA_MODE: _data_mode,
    FaultId.HUGE_LINE: _huge,
    FaultId.HOSTILE: _hostile,
    FaultId.NO_NETWORK: _no_network,
    FaultId.CLOCK: _jump,
}
