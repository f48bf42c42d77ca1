"""The fault menu: what can go wrong with a modem and its line, as a table.

Each row is something that drivers in the field met; the parameters have bounds, so that a menu made of them can be
shown and what a user asks for can be checked. Times are real ones: the speed of the modem does not shorten them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mtmo_host.emulator.faults.ids import FaultId
from mtmo_host.errors import MtmoError

Value = int | float | bool | str
_DAY_S = 86_400


class Place(StrEnum):
    """Where a fault acts."""

    LINE = "on the octets between modem and driver"
    MODEM = "in the modem itself"
    STORE = "in the message store and its indications"
    NETWORK = "between modem and network"


@dataclass(frozen=True)
class Parameter:
    """One value of a fault: a number within bounds, yes or no, or one of several words."""

    name: str
    default: Value
    help: str
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """`yes/no`, `word`, `whole number` or `number`."""
        if isinstance(self.default, bool):
            return "yes/no"
        return "word" if self.choices else "whole number" if isinstance(self.default, int) else "number"

    @property
    def range(self) -> str:
        """What is allowed, for people."""
        if self.kind == "yes/no":
            return "yes or no"
        return ", ".join(self.choices) if self.choices else f"{self.low:g} to {self.high:g}"

    def parse(self, value: object, field: str) -> Value:
        """The value out of JSON or text; MtmoError names `field` and what is allowed."""
        parsed = self._parsed(value)
        if parsed is None:
            raise MtmoError(f"{value!r} is not allowed", field=field, fix=f"allowed: {self.range}")
        return parsed

    def _parsed(self, value: object) -> Value | None:
        if self.kind == "yes/no":
            return _yes_no(value)
        if self.choices:
            return str(value) if str(value) in self.choices else None
        number = _number(value)
        if number is None or not self.low <= number <= self.high:
            return None
        if isinstance(self.default, int):
            return int(number) if number == int(number) else None
        return number


def _yes_no(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(str(value).lower())


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)  # infinity and NaN are outside of every range
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Fault:
    """One row of the menu. `fires`: it can be made to happen now."""

    id: str
    name: str
    place: Place
    help: str
    parameters: tuple[Parameter, ...] = ()
    fires: bool = False

    def values(self, given: Mapping[str, object]) -> dict[str, Value]:
        """All parameters, those given checked; MtmoError names the one that is wrong."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                fix = "it has " + ", ".join(known) if known else "it has none"
                raise MtmoError("no such parameter", field=f"{self.id}.{name}", fix=fix)
        return {
            name: parameter.parse(given[name], f"{self.id}.{name}") if name in given else parameter.default
            for name, parameter in known.items()
        }

    def describe(self) -> dict[str, Any]:
        """The row as JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "place": self.place.name.lower(),
            "help": self.help,
            "fires": self.fires,
            "parameters": [
                {"name": p.name, "kind": p.kind, "default": p.default, "allowed": p.range, "help": p.help}
                for p in self.parameters
            ],
        }


def _rate(default: float, of: str) -> Parameter:
    return Parameter("rate", default, f"chance for {of}", 0, 1)


def _times(default: int = 0) -> Parameter:
    return Parameter("times", default, "switch off after so often; 0: never", 0, 1_000_000)


def _every(default: int, low: int = 0) -> Parameter:
    help_text = "again after about so many seconds" + ("" if low else "; 0: once")
    return Parameter("every_s", default, help_text, low, _DAY_S)


_WAY = Parameter("way", "out", "which octets: from the modem, to it, or both", choices=("out", "in", "both"))
_SPARE = Parameter("spare", True, "the APN that was in use when it was switched on still works")
_AGAIN = Parameter("again", False, "again after every restart")

MENU: tuple[Fault, ...] = (
    Fault(FaultId.SPLIT, "split", Place.LINE, "what the modem says comes in pieces", (
        Parameter("every", 1, "octets of a piece", 1, 4096),
        Parameter("offset", 0, "instead: one cut behind this octet; 0: pieces", 0, 4096),
        Parameter("pause_ms", 2, "between two pieces", 1, 10_000),
    )),
    Fault(FaultId.SLOW, "slow", Place.LINE, "every octet takes its time", (
        Parameter("ms", 2, "for each octet", 1, 1000),
    )),
    Fault(FaultId.NOISE, "noise", Place.LINE, "octets are lost, doubled, or have a bit turned", (
        _rate(0.003, "one octet"),
        Parameter("kind", "any", "what happens to it", choices=("any", "drop", "double", "flip")),
        _WAY, _times(),
    )),
    Fault(FaultId.URC, "urc", Place.LINE, "an unsolicited line in the middle of a response", (
        _rate(0.4, "one place"),
        Parameter("where", "line", "before a line, between header and PDU, or inside the PDU",
                  choices=("line", "header", "inside", "any")),
        Parameter("offset", 0, "with inside: behind this octet of the PDU; 0: anywhere", 0, 400),
        _times(),
    )),
    Fault(FaultId.SWALLOW, "swallow", Place.LINE, "a command or its response never arrives", (
        _rate(0.1, "one command"),
        Parameter("what", "response", "what is lost; either: one or the other",
                  choices=("response", "command", "either")),
        _times(),
    )),
    Fault(FaultId.LATE, "late", Place.LINE, "a response comes late, behind the next command", (
        _rate(0.1, "one command"),
        Parameter("least_ms", 0, "earliest; 0: when the next command was written", 0, 600_000),
        Parameter("most_ms", 0, "latest", 0, 600_000),
        _times(),
    )),
    Fault(FaultId.REBOOT, "reboot", Place.MODEM, "a spontaneous restart: boot lines, settings lost, buffers empty", (
        _every(600, 1),
        Parameter("silent", False, "without any boot line"),
    ), fires=True),
    Fault(FaultId.BROWN_OUT, "brown-out", Place.MODEM, "the supply breaks down: silence, then boot lines", (
        _rate(0.2, "one text sent"),
        _every(0),
        Parameter("silence_ms", 2000, "until it boots", 0, 120_000),
        _times(),
    ), fires=True),
    Fault(FaultId.FULL, "full", Place.STORE, "the message store is full of old texts", (
        Parameter("leave", 0, "places left free", 0, 1000),
        Parameter("over", 0, "texts beyond the capacity", 0, 20),
        _every(0),
    ), fires=True),
    Fault(FaultId.DUPLICATE_CMTI, "duplicate-cmti", Place.STORE, "one message is indicated several times", (
        _rate(1.0, "one message"),
        Parameter("copies", 1, "further indications", 1, 10),
        Parameter("ms", 0, "until each of them", 0, 600_000),
        _times(),
    )),
    Fault(FaultId.NO_CMTI, "no-cmti", Place.STORE, "a message is stored and not indicated", (
        _rate(1.0, "one message"),
        _times(),
    )),
    Fault(FaultId.VANISH, "vanish", Place.STORE, "a message is gone when it is read: CMS 321", (
        _rate(1.0, "one message"),
        Parameter("ms", 0, "from the indication on", 0, 600_000),
        _times(),
    )),
    Fault(FaultId.SIM_BUSY, "sim-busy", Place.MODEM, "commands that need the card are refused for a while", (
        Parameter("code", "14", "which error: 14 is 314 for message commands", choices=("14", "515")),
        _rate(1.0, "one command"),
        _times(3),
    )),
    Fault(FaultId.LOST_RESULT, "lost-result", Place.MODEM, "what becomes of a text that is sent is never said", (
        _rate(1.0, "one text sent"),
        Parameter("sent", "yes", "whether it went out", choices=("yes", "no", "either")),
        _times(),
    )),
    Fault(FaultId.ECHO, "echo", Place.MODEM, "the echo stays on after ATE0"),
    Fault(FaultId.BAUD, "baud", Place.LINE, "modem and driver differ in speed until the driver finds it or a restart", (
        Parameter("baud", 0, "the modem's speed; 0: any other than now", 0, 4_000_000),
        Parameter("lasting", False, "the speed matters after a restart too"),
        _AGAIN,
    ), fires=True),
    Fault(FaultId.PROMPT, "prompt", Place.MODEM, "the modem waits for a message body that nobody began", (
        _AGAIN,
    ), fires=True),
    Fault(FaultId.DATA_MODE, "data-mode", Place.MODEM, "the modem is in a data call: silent but for +++", (
        Parameter("guard_ms", 1000, "silence around +++; 0: only a restart helps", 0, 10_000),
        _AGAIN,
    ), fires=True),
    Fault(FaultId.HUGE_LINE, "huge-line", Place.LINE, "a line that is much too long", (
        _rate(0.1, "one response"),
        Parameter("length", 4096, "octets", 64, 65_536),
        _times(),
    ), fires=True),
    Fault(FaultId.HOSTILE, "hostile", Place.NETWORK, "texts that look like results, indications and prompts", (
        _rate(1.0, "one message: such a text before it"),
        _times(),
    ), fires=True),
    Fault(FaultId.PARTS, "parts", Place.NETWORK, "parts of a long text arrive out of order and twice", (
        Parameter("order", "shuffled", "in which", choices=("shuffled", "reversed", "kept")),
        Parameter("copies", 1, "further ones of each part", 0, 5),
        Parameter("wait_ms", 10_000, "for parts that do not come", 0, 600_000),
    )),
    Fault(FaultId.NO_NETWORK, "no-network", Place.NETWORK, "no coverage, then everything in a burst", (
        Parameter("down_s", 600, "how long", 1, _DAY_S),
        _every(0),
    ), fires=True),
    Fault(FaultId.INACTIVE, "inactive", Place.NETWORK, "a context is activated with OK and is not active", (
        _SPARE, _times(),
    )),
    Fault(FaultId.OLD_APN, "old-apn", Place.NETWORK, "a new APN is stored, the old one is used"),
    Fault(FaultId.AUTH, "auth", Place.NETWORK, "the network refuses user or password: CME 149", (_SPARE, _times())),
    Fault(FaultId.CLOCK, "clock", Place.NETWORK, "the clock jumps, in +CCLK, +CTZV and the time stamps of texts", (
        Parameter("jump_s", 31_536_000, "seconds, back when negative", -1_000_000_000, 1_000_000_000),
        Parameter("stamps", True, "texts are stamped with the wrong time as well"),
        Parameter("urc", True, "+CTZV says so"),
    ), fires=True),
)  # fmt: skip

_BY_KEY = {key.upper(): fault for fault in MENU for key in (fault.id, fault.name)}


def find(key: str) -> Fault:
    """The fault by its number or name, in any case; MtmoError otherwise."""
    try:
        return _BY_KEY[key.upper()]
    except KeyError:
        fix = f"{MENU[0].id} to {MENU[-1].id}, or a name of the menu"
        raise MtmoError(f"no fault is called {key!r}", field="faults", fix=fix) from None
