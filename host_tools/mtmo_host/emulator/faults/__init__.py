"""What goes wrong: the fault menu, named sets of faults, and what makes them happen in an emulated modem."""

from mtmo_host.emulator.faults.menu import MENU
from mtmo_host.emulator.faults.profiles import PROFILES
from mtmo_host.emulator.faults.switchboard import Faults, parse

__all__ = ["MENU", "PROFILES", "Faults", "parse"]
