"""The card's locks: PIN and PUK, their counters, switching the PIN on and off (TS 27.007 §7.4, §7.5, §8.3, §8.65)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, cme, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_SECRET_LIMIT = 8
_WRONG, _PUK_NEEDED, _NOT_ALLOWED, _FAILURE = 16, 12, 3, 13


@command("+CPIN", "= ? =?")
def pin(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CPIN: the card's state, and the PIN (or PUK and new PIN) to open it."""
    if call.kind is Kind.TEST:
        return None
    state = modem.sim_state
    if state == "NOT INSERTED":
        raise cme(10)
    if state == "BUSY":
        raise cme(14)
    if state == "SIM FAILURE":
        raise cme(_FAILURE)
    if call.kind is Kind.READ:
        return [f"+CPIN: {state}"]
    _unlock(modem, Arguments(call), state)
    return None


def _unlock(modem: Modem, arguments: Arguments, state: str) -> None:
    secret = arguments.text(0, limit=_SECRET_LIMIT)
    if state == "READY":
        raise cme(_NOT_ALLOWED)
    if state == "SIM PUK":
        if not arguments.given(1):
            raise cme(_PUK_NEEDED)
        opened = modem.sim.enter_puk(secret, _new_pin(arguments, 1))
    else:
        opened = modem.sim.enter_pin(secret)
    if not opened:
        raise _refusal(modem)
    modem.boot.pin_accepted()


def _refusal(modem: Modem) -> Exception:
    return cme({"SIM PUK": _PUK_NEEDED, "SIM FAILURE": _FAILURE}.get(modem.sim.state, _WRONG))


def _new_pin(arguments: Arguments, index: int) -> str:
    """4 to 8 digits (TS 31.101 §9.5.1)."""
    pin = arguments.text(index, limit=_SECRET_LIMIT)
    if not (pin.isascii() and pin.isdigit() and len(pin) >= 4):
        raise arguments.error
    return pin


@command("+CPINR", "x = =?")
def pin_tries(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CPINR: tries left, of all codes or of one."""
    if call.kind is Kind.TEST:
        return None
    lines = {"SIM PIN": f"{modem.sim.pin_tries},3", "SIM PUK": f"{modem.sim.puk_tries},10"}
    if call.kind is Kind.SET:
        asked = Arguments(call).text(0).upper()
        if asked not in lines:
            raise Arguments(call).error
        lines = {asked: lines[asked]}
    return [f"+CPINR: {name},{tries}" for name, tries in lines.items()]


@command("+CLCK", "= =?", sim=True)
def lock(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CLCK="SC",mode[,PIN]: 0 the PIN is no more asked for, 1 it is, 2 which of both holds."""
    if call.kind is Kind.TEST:
        return ['+CLCK: ("SC")']
    arguments = Arguments(call)
    mode = arguments.number(1, (0, 1, 2))
    if arguments.text(0).upper() != "SC":
        raise cme(4)
    if mode == 2:
        return [f"+CLCK: {int(modem.sim.pin is not None)}"]
    if not modem.sim.check_pin(arguments.text(2, limit=_SECRET_LIMIT)):
        raise _refusal(modem)
    modem.sim.lock(mode == 1)
    return None


@command("+CPWD", "= =?", sim=True)
def change_pin(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CPWD="SC",old,new: another PIN, while the card asks for one (TS 27.007 §7.5)."""
    if call.kind is Kind.TEST:
        return ['+CPWD: ("SC",8)']
    arguments = Arguments(call)
    if arguments.text(0).upper() != "SC":
        raise cme(4)
    new = _new_pin(arguments, 2)
    if modem.sim.pin is None:
        raise cme(_NOT_ALLOWED)
    if not modem.sim.check_pin(arguments.text(1, limit=_SECRET_LIMIT)):
        raise _refusal(modem)
    modem.sim.change_pin(new)
    return None
