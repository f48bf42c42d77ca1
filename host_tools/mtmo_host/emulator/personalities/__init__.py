"""The table of personalities by name."""

from __future__ import annotations

from mtmo_host.emulator.personalities import a7670, bg95, generic, gm02s, sim70xx
from mtmo_host.emulator.personality import Personality
from mtmo_host.errors import MtmoError

_TABLE: dict[str, Personality] = {
    record.name: record
    for record in (a7670.A7670, sim70xx.SIM7000, sim70xx.SIM7080, bg95.BG95, gm02s.GM02S, generic.GENERIC)
}


def names() -> tuple[str, ...]:
    """All personalities, in the order of the table."""
    return tuple(_TABLE)


def find(name: str) -> Personality:
    """The personality called `name` (any case); MtmoError lists the names otherwise."""
    try:
        return _TABLE[name.lower()]
    except KeyError:
        known = "one of " + ", ".join(_TABLE)
        raise MtmoError(f"no emulated modem is called {name!r}", field="modem", fix=known) from None
