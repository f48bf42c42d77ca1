"""Switching off and restarting by command, under each vendor's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtmo_host.emulator.grammar import Call, Kind
from mtmo_host.emulator.registry import Arguments, Reply, command

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem


@command("+CPOF +SQNSSHDN +CPWROFF #SHDN ^SMSO #XSHUTDOWN", "x =?", vendor=True)
def power_off(modem: Modem, call: Call) -> Reply | None:
    """OK, then off."""
    return None if call.kind is Kind.TEST else Reply(after=modem.shut_down)


@command("+CPOWD +QPOWD", "x = =?", vendor=True)
def power_down(modem: Modem, call: Call) -> Reply | Iterable[str]:
    """SIMCom 0 and Quectel 0: at once; 1: in order."""
    if call.kind is Kind.TEST:
        return [f"{call.name}: (0,1)"]
    if Arguments(call).number(0, (0, 1), 1) == 0:
        return Reply(after=modem.off_soon)
    if call.name == "+CPOWD":
        return Reply(final=None, after=modem.shut_down)  # NORMAL POWER DOWN stands for OK
    return Reply(after=modem.shut_down)


@command("+CRESET +CREBOOT ^RESET #REBOOT #XRESET", "x =?", vendor=True)
def restart(modem: Modem, call: Call) -> Reply | None:
    """OK, then a restart."""
    return None if call.kind is Kind.TEST else Reply(after=modem.restart_soon)
