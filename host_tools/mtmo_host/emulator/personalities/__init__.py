"""The table of personalities by name."""

from __future__ import annotations

from pathlib import Path

from mtmo_host.emulator.personalities import (
    a7670,
    cinterion,
    generic,
    gm02s,
    hl78,
    nrf91,
    quectel,
    sim70xx,
    sim800,
    sim7600,
    telit,
    ublox,
)
from mtmo_host.emulator.personality import Personality
from mtmo_host.emulator.personality.file import load, parse
from mtmo_host.errors import MtmoError

_SUFFIX = ".toml"
_TABLE: dict[str, Personality] = {
    record.name: record
    for record in (
        a7670.A7670,
        sim70xx.SIM7000,
        sim70xx.SIM7080,
        sim7600.SIM7600,
        sim800.SIM800,
        quectel.M95,
        quectel.BG95,
        quectel.EC25,
        ublox.SARA_R4,
        ublox.SARA_R5,
        ublox.LARA_R6,
        telit.TELIT_ME910,
        hl78.HL78,
        gm02s.GM02S,
        nrf91.NRF91,
        cinterion.CINTERION,
        generic.GENERIC,
        generic.MINIMAL,
    )
}


def names() -> tuple[str, ...]:
    """All personalities, in the order of the table."""
    return tuple(_TABLE)


def find(name: str, toml: str = "") -> Personality:
    """The personality called `name` (any case), or in the TOML file of that name; MtmoError otherwise.

    With `toml`, what stood in that file, the file itself is not read.
    """
    if toml:
        return parse(toml, Path(name), _built_in)
    if name.lower().endswith(_SUFFIX):
        return load(Path(name), _built_in)
    return _built_in(name)


def _built_in(name: str) -> Personality:
    try:
        return _TABLE[name.lower()]
    except KeyError:
        known = f"one of {', '.join(_TABLE)}, or a {_SUFFIX} file"
        raise MtmoError(f"no emulated modem is called {name!r}", field="modem", fix=known) from None
