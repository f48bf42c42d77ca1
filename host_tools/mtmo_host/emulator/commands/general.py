"""Settings of the line itself: echo, result codes, S-registers, error reports, speed (V.250 §6, TS 27.007 §9.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, AtError, Reply, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem

_SPEEDS = (0, 300, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600)
_PLAIN = AtError()  # a basic command fails with a bare ERROR


def _switch(call: Call) -> bool:
    return Arguments(call, _PLAIN).number(0, (0, 1), 0) == 1


@command("E", "x")
def echo(modem: Modem, call: Call) -> None:
    """ATE0, ATE1."""
    wanted = _switch(call)
    modem.terminal.echo_once_more = modem.terminal.echo and not wanted and modem.personality.echo_outlives_ate0
    modem.terminal.echo = wanted


@command("V", "x")
def verbose(modem: Modem, call: Call) -> None:
    """ATV0, ATV1."""
    modem.terminal.verbose = _switch(call)


@command("Q", "x")
def quiet(modem: Modem, call: Call) -> None:
    """ATQ0, ATQ1."""
    modem.terminal.quiet = _switch(call)


@command("X", "x")
def call_progress(modem: Modem, call: Call) -> None:
    """ATX0 to ATX4: taken, there are no data calls."""
    Arguments(call, _PLAIN).number(0, range(5), 0)


@command("&C &D &K &S L M N P T \\Q", "x")
def circuits(modem: Modem, call: Call) -> None:
    """Modem lines, loudspeaker, dialling: taken without effect."""


@command("&W", "x")
def save_profile(modem: Modem, call: Call) -> Reply:
    """AT&W: power-on and ATZ bring the present settings back."""
    Arguments(call, _PLAIN).number(0, (0, 1), 0)
    return Reply(after=modem.memory.save_profile)  # with the speed that +IPR set in the same line


@command("&V", "x")
def show_profile(modem: Modem, call: Call) -> Iterable[str]:
    """AT&V: the settings of the line."""
    terminal = modem.terminal
    registers = " ".join(f"S{number:02d}:{value:03d}" for number, value in sorted(terminal.registers.items()))
    return [f"E{terminal.echo:d} Q{terminal.quiet:d} V{terminal.verbose:d} +CMEE:{modem.settings.cmee}", registers]


@command("Z &F", "x")
def restore(modem: Modem, call: Call) -> None:
    """ATZ: the saved settings. AT&F: the defaults."""
    Arguments(call, _PLAIN).number(0, (0, 1), 0)
    echo_was = modem.terminal.echo
    if call.name == "Z":
        modem.memory.restore_profile()
    else:
        modem.terminal.default_settings()
        modem.settings.restore()
    modem.terminal.echo_once_more = echo_was and not modem.terminal.echo


@command("S", "= ?")
def register(modem: Modem, call: Call) -> Iterable[str] | None:
    """S-registers: three digits each (V.250 §5.3.2)."""
    arguments = Arguments(call, _PLAIN)
    number = arguments.number(0, range(256), 0)
    if call.kind is Kind.READ:
        if number not in modem.terminal.registers:
            raise _PLAIN
        return [f"{modem.terminal.registers[number]:03d}"]
    value = arguments.number(1, range(256), 0)
    if number in (3, 4, 5) and value > 127:
        raise _PLAIN
    modem.terminal.registers[number] = value
    return None


@command("H", "x")
def hang_up(modem: Modem, call: Call) -> None:
    """ATH: there is no call."""


@command("D A O", "x")
def dial(modem: Modem, call: Call) -> Reply:
    """Calls do not go through."""
    return Reply(final="NO CARRIER")


@command("+CMEE", "= ? =?")
def error_reports(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CMEE: 0 plain ERROR, 1 numbers, 2 words."""
    if call.kind is Kind.TEST:
        return ["+CMEE: (0-2)"]
    if call.kind is Kind.READ:
        return [f"+CMEE: {modem.settings.cmee}"]
    modem.settings.cmee = Arguments(call).number(0, range(3))
    return None


@command("+IPR", "= ? =?")
def speed(modem: Modem, call: Call) -> Iterable[str] | Reply:
    """+IPR: the new speed holds from after the result (V.250 §6.2.10)."""
    if call.kind is Kind.TEST:
        return ["+IPR: (),(" + ",".join(map(str, _SPEEDS)) + ")"]
    if call.kind is Kind.READ:
        return [f"+IPR: {0 if modem.autobauding else modem.baud}"]
    wanted = Arguments(call).number(0, _SPEEDS)
    return Reply(after=lambda: modem.set_baud(wanted))


@command("+CSCS", "= ? =?")
def character_set(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CSCS: the terminal's alphabet (TS 27.007 §5.5)."""
    known = ("GSM", "IRA", "UCS2", "HEX")
    if call.kind is Kind.TEST:
        return ["+CSCS: (" + ",".join(f'"{name}"' for name in known) + ")"]
    if call.kind is Kind.READ:
        return [f'+CSCS: "{modem.settings.cscs}"']
    name = Arguments(call).text(0)
    if name not in known:
        raise Arguments(call).error
    modem.settings.cscs = name
    return None


@command("+CLAC", "x =?")
def list_commands(modem: Modem, call: Call) -> Iterable[str] | None:
    """+CLAC: every command of this modem."""
    return None if call.kind is Kind.TEST else modem.command_names()
