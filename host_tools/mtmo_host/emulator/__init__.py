"""Emulated cellular modems: sans-I/O, bytes and time in, bytes and events out (V.250, TS 27.005, TS 27.007)."""

from mtmo_host.emulator.modem import Modem
from mtmo_host.emulator.personalities import find as personality
from mtmo_host.emulator.personalities import names as personality_names
from mtmo_host.emulator.sim import Sim

__all__ = ["Modem", "Sim", "personality", "personality_names"]
