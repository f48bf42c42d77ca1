"""Taking the card out of a running modem and putting one in: registration, messages and reports that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtmo_host.emulator.registration import NOT_REGISTERED
from mtmo_host.emulator.sim import Sim

if TYPE_CHECKING:
    from mtmo_host.emulator.modem import Modem


def take_out(modem: Modem) -> Sim:
    """The card leaves with the messages that stand on it; the modem goes off the network."""
    sim = modem.sim
    if not sim.inserted:
        return sim
    sim.inserted = False
    sim.messages = modem.sms.store.take_all("SM")
    modem.sim_ready = modem.sms_ready = False
    if modem.powered:
        modem.registration.drop(NOT_REGISTERED)
        _report(modem, modem.personality.sim_removed_urc)
    return sim


def put_in(modem: Modem, sim: Sim) -> None:
    """Another card, or the same again: it is read, its PIN asked for, and the modem registers with it."""
    take_out(modem)
    modem.sim = sim
    sim.inserted = True
    sim.power_cycle()
    modem.sms.store.put_all("SM", sim.messages)
    if modem.uart_ready:
        modem.after(modem.latency("SIM"), lambda: _read(modem, sim))


def _read(modem: Modem, sim: Sim) -> None:
    if modem.sim is not sim or not sim.inserted:
        return  # swapped again meanwhile
    modem.sim_ready = True
    modem.sms_ready = modem.sim_state == "READY"
    _report(modem, modem.personality.sim_inserted_urc)
    modem.registration.search()


def _report(modem: Modem, urc: str | None) -> None:
    if urc is not None:
        modem.urc(urc)
