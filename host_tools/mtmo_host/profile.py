"""Board profiles: a TOML file becomes a checked `Profile`, and that becomes the agent's board.json."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from mtmo_host import resources
from mtmo_host.errors import MtmoError
from mtmo_host.profile_schema import MCUS, MODEMS, NAMED_PINS, REQUIRED, SECTIONS, SLOTS, TABLES, Key

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_PIN_NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")  # typed into an SMS: no `_`, which gateways mangle
_VERSION = re.compile(r"[1-9]\.[0-9]{1,2}")
_META = ("source", "unverified", "strapping")


@dataclass(frozen=True)
class Pin:
    """A GPIO and the level that means active."""

    pin: int
    active: int

    def record(self) -> dict[str, int]:
        return {"pin": self.pin, "active": self.active}


@dataclass(frozen=True)
class Uart:
    """The serial line to the modem; `rts` and `cts` are None where they are not wired."""

    id: int
    tx: int
    rx: int
    rts: int | None
    cts: int | None
    baud: int
    rxbuf: int


@dataclass(frozen=True)
class Power:
    """Pulses and waits in milliseconds; 0 where the pin does not exist."""

    on_pulse_ms: int
    off_pulse_ms: int
    reset_pulse_ms: int
    boot_ms: int


@dataclass(frozen=True)
class FlashHints:
    """How MicroPython gets onto the board, and where its REPL usually appears."""

    firmware: str
    baud: int
    port: str
    micropython: str
    build: str


@dataclass(frozen=True)
class Memory:
    """What the board has beside the MCU's own RAM, and its flash chip, in kB."""

    psram_kib: int
    flash_kib: int


@dataclass(frozen=True)
class Profile:
    """One board, checked.

    `unverified` lists the keys that no source or board has confirmed, `strapping` the outputs at strapping pins,
    `sources` says by key where a number is from, `hardware` who ran it; `memory` is None where the file does not say.
    """

    name: str
    title: str
    mcu: str
    modem: str
    watchdog_ms: int
    hardware: str
    flash: FlashHints
    memory: Memory | None
    uart: Uart
    pins: dict[str, Pin | None]
    enable: tuple[Pin, ...]
    power: Power
    outputs: dict[str, Pin]
    inputs: dict[str, Pin]
    unverified: tuple[str, ...]
    strapping: tuple[str, ...]
    sources: dict[str, str]

    @property
    def virtual(self) -> bool:
        """True for the board that runs on this desk, where a demo key is allowed."""
        return self.mcu == "unix"

    def with_modem(self, modem: str) -> Profile:
        """The same board with another modem behind it; raises MtmoError for an unknown dialect."""
        if modem not in MODEMS:
            raise MtmoError(f"unknown modem {modem!r}{_meant(modem, MODEMS)}", field="modem", fix=_one_of(MODEMS))
        return replace(self, modem=modem)

    def board_json(self) -> dict[str, Any]:
        """What the agent reads as /board.json."""
        pins: dict[str, Any] = {name: pin.record() if pin else None for name, pin in self.pins.items()}
        pins["enable"] = [pin.record() for pin in self.enable]
        return {
            "board": self.name,
            "mcu": self.mcu,
            "modem": self.modem,
            "uart": dict(vars(self.uart)),
            "pins": pins,
            "power": dict(vars(self.power)),
            "watchdog_ms": self.watchdog_ms,
            "outputs": {name: pin.record() for name, pin in self.outputs.items()},
            "inputs": {name: pin.record() for name, pin in self.inputs.items()},
        }


def names() -> list[str]:
    """Names of the profiles that come with mtmo."""
    return sorted(path.stem for path in resources.boards_dir().glob("*.toml"))


def load(name_or_path: str | Path) -> Profile:
    """The profile of that name, or of a TOML file; raises MtmoError that names file, key and fix."""
    text = str(name_or_path)
    if text.endswith(".toml") or "/" in text:
        return _read(Path(text))
    known = names()
    if text not in known:
        fix = f"one of {', '.join(known)}, or the path of a .toml file"
        raise MtmoError(f"unknown board {text!r}{_meant(text, known)}", field="--board", fix=fix)
    return _read(resources.boards_dir() / f"{text}.toml")


def parse(text: str, file: str) -> Profile:
    """The profile in the TOML `text`; `file` is what errors call it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MtmoError(f"not TOML: {error}", field=file, fix="see boards/README.md for the format") from None
    return _Parser(file).profile(data)


def _read(path: Path) -> Profile:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise MtmoError(f"not UTF-8 at octet {error.start}", field=str(path), fix="save it as UTF-8 text") from None
    except OSError as error:
        raise MtmoError(f"cannot read: {error.strerror}", field=str(path)) from None
    profile = parse(text, str(path))
    if profile.name != path.stem:
        raise MtmoError(f"name is {profile.name!r}", field=str(path), fix=f"call it {path.stem!r}, as the file")
    return profile


class _Parser:
    """Checks one file; every error names the file and the key."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.used: dict[int, str] = {}
        self.unverified: list[str] = []
        self.strapping: list[str] = []
        self.found: dict[str, str] = {}
        self.psram_kib = 0

    def profile(self, data: dict[str, Any]) -> Profile:
        top = self.section("", {k: v for k, v in data.items() if k not in TABLES}, known_more=TABLES)
        if not _NAME.fullmatch(top["name"]):
            self.fail("name", f"{top['name']!r} is not a name", "a to z, 0 to 9 and -, at most 40")
        self.mcu_name = top["mcu"]
        self.mcu = MCUS[self.mcu_name]
        if top["watchdog_ms"] > self.mcu.watchdog_ms[1]:
            problem = f"{top['watchdog_ms']} is more than the {self.mcu_name} can wait"
            self.fail("watchdog_ms", problem, f"at most {self.mcu.watchdog_ms[1]}")
        flash = FlashHints(**self.section("flash", self.table(data, "flash")))
        memory = Memory(**self.section("memory", self.table(data, "memory"))) if "memory" in data else None
        self.psram_kib = memory.psram_kib if memory else 0
        uart = self.uart(self.table(data, "uart"))
        pins, enable = self.pins(self.table(data, "pins", required=False))
        power = Power(**self.section("power", self.table(data, "power")))
        self.pulses(power, pins)
        outputs, inputs = (self.named(name, self.table(data, name, required=False)) for name in NAMED_PINS)
        return Profile(
            **top,
            flash=flash,
            memory=memory,
            uart=uart,
            pins=pins,
            enable=enable,
            power=power,
            outputs=outputs,
            inputs=inputs,
            unverified=tuple(self.unverified),
            strapping=tuple(self.strapping),
            sources=self.found,
        )

    def table(self, data: dict[str, Any], name: str, required: bool = True) -> dict[str, Any]:
        if name not in data:
            if required:
                self.fail(name, "missing", f"add a [{name}] table")
            return {}
        if not isinstance(data[name], dict):
            self.fail(name, "is not a table", f"write [{name}]")
        found: dict[str, Any] = data[name]
        return found

    def section(
        self, path: str, data: dict[str, Any], kind: str | None = None, known_more: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """The values of one section, defaults filled in; `kind` names its row of SECTIONS when that is not `path`."""
        keys = SECTIONS[path if kind is None else kind]
        known = [key.name for key in keys] + list(_META) + list(known_more)
        for name in data:
            if name not in known:
                self.fail(_join(path, name), f"unknown key{_meant(name, known)}", _one_of(known))
        values = {key.name: self.value(_join(path, key.name), key, data.get(key.name, key.default)) for key in keys}
        self.sources(path, data, [key.name for key in keys if key.name in data and key.kind in ("int", "pin")])
        return values

    def value(self, path: str, key: Key, value: Any) -> Any:
        if value is REQUIRED:
            self.fail(path, "missing", f"{key.doc}: give {_article(key)}")
        if value is key.default:
            return value
        if key.kind in ("int", "pin"):
            if not isinstance(value, int) or isinstance(value, bool):
                self.fail(path, f"{value!r} is {_type(value)}, not a whole number", key.doc)
            if key.kind == "int" and not key.low <= value <= key.high:
                self.fail(path, f"{value} is out of range", f"{key.low} to {key.high}")
            return value
        if not isinstance(value, str):
            self.fail(path, f"{value!r} is {_type(value)}, not text", key.doc)
        if key.kind == "choice" and value not in key.choices:
            self.fail(path, f"unknown {key.name} {value!r}{_meant(value, key.choices)}", _one_of(key.choices))
        if key.kind == "version" and not _VERSION.fullmatch(value):
            self.fail(path, f"{value!r} is not a version", "two numbers, as 1.24")
        if key.kind == "text" and not key.low <= len(value) <= key.high:
            self.fail(path, f"has {len(value)} characters", f"{key.low} to {key.high}")
        return value

    def sources(self, path: str, data: dict[str, Any], numbers: list[str]) -> None:
        """Every number has a source: one text for the section, or a table that names each number."""
        source, where = data.get("source"), _join(path, "source")
        if isinstance(source, dict):
            for name in numbers:
                if not source.get(name):
                    self.fail(f"{where}.{name}", "missing", f"say where {_join(path, name)} comes from")
            for name, text in source.items():
                if name not in numbers or not isinstance(text, str):
                    self.fail(f"{where}.{name}", "does not belong here", "one text for each number of the section")
        elif source is None or source == "":
            self.fail(where, "missing", "say where the numbers come from, or `unverified`")
        elif not isinstance(source, str):
            self.fail(where, f"is {_type(source)}", "text, or a table of texts")
        told = source if isinstance(source, dict) else dict.fromkeys(numbers, source)
        self.found |= {_join(path, name): str(told[name]) for name in numbers}
        self.unverified += self.keys(path, data, "unverified", numbers)
        self.strapping += self.keys(path, data, "strapping", numbers)

    def keys(self, path: str, data: dict[str, Any], meta: str, numbers: list[str]) -> list[str]:
        """The paths of the keys that the section's list `meta` names."""
        named = data.get(meta, [])
        if not isinstance(named, list) or not all(name in numbers for name in named):
            self.fail(_join(path, meta), f"{named!r} is not a list of this section's keys", _one_of(numbers))
        return [_join(path, name) for name in named]

    def uart(self, data: dict[str, Any]) -> Uart:
        values = self.section("uart", data)
        if values["id"] not in self.mcu.uarts:
            self.fail("uart.id", f"the {self.mcu_name} has no free UART {values['id']}", _one_of(self.mcu.uarts))
        for signal in ("tx", "rx", "rts", "cts"):
            pin = values[signal]
            if pin is None:
                continue
            self.claim(f"uart.{signal}", pin, "out" if signal in ("tx", "rts") else "in")
            allowed = self.mcu.uart_pins.get((values["id"], signal))
            if allowed and pin not in allowed:
                problem = f"pin {pin} cannot be {signal.upper()} of UART {values['id']} on the {self.mcu_name}"
                self.fail(f"uart.{signal}", problem, _one_of(sorted(allowed)))
        return Uart(**values)

    def pins(self, data: dict[str, Any]) -> tuple[dict[str, Pin | None], tuple[Pin, ...]]:
        slots = {slot.name: slot for slot in SLOTS}
        for name in data:
            if name not in slots:
                self.fail(f"pins.{name}", f"unknown key{_meant(name, list(slots))}", _one_of(slots))
        single: dict[str, Pin | None] = {}
        many: list[Pin] = []
        for name, slot in slots.items():
            given = data.get(name)
            if not slot.many:
                single[name] = None if given is None else self.pin(f"pins.{name}", given, slot.direction)
            elif given is not None:
                if not isinstance(given, list):
                    self.fail(f"pins.{name}", "is not an array of tables", f"write [[pins.{name}]]")
                many += [self.pin(f"pins.{name}[{i}]", item, slot.direction) for i, item in enumerate(given)]
        return single, tuple(many)

    def named(self, section: str, data: dict[str, Any]) -> dict[str, Pin]:
        found = {}
        for name, item in data.items():
            if not _PIN_NAME.fullmatch(name):
                self.fail(f"{section}.{name}", "not a name for a text message", "a to z, 0 to 9 and -, at most 16")
            found[name] = self.pin(f"{section}.{name}", item, NAMED_PINS[section])
        return found

    def pin(self, path: str, data: Any, direction: str) -> Pin:
        if not isinstance(data, dict):
            self.fail(path, f"is {_type(data)}, not a table", f"write [{path}] with pin, active and source")
        values = self.section(path, data, kind="pin")
        self.claim(f"{path}.pin", values["pin"], direction)
        return Pin(**values)

    def claim(self, path: str, pin: int, direction: str) -> None:
        if pin not in self.mcu.pins:
            self.fail(path, f"the {self.mcu_name} has no usable pin {pin}", f"see {self.mcu.source}")
        if direction == "out" and pin in self.mcu.input_only:
            self.fail(path, f"pin {pin} of the {self.mcu_name} is input only", f"see {self.mcu.source}")
        if pin in self.mcu.console:
            self.fail(path, f"pin {pin} of the {self.mcu_name} carries the REPL", f"see {self.mcu.source}")
        if self.mcu.carries_psram(pin, self.psram_kib):
            problem = f"pin {pin} of the {self.mcu_name} carries its {self.psram_kib} kB of PSRAM"
            self.fail(path, problem, f"see {self.mcu.source}")
        if direction == "out" and pin in self.mcu.strapping and path not in self.strapping:
            problem = (
                f"pin {pin} of the {self.mcu_name} is a strapping pin: at reset it decides {self.mcu.strapping[pin]}"
            )
            section, _, key = path.rpartition(".")
            self.fail(path, problem, f'if the board is wired so, say strapping = ["{key}"] in [{section}]')
        if pin in self.used:
            self.fail(path, f"pin {pin} is used twice, as {self.used[pin]} too", "give each its own pin")
        self.used[pin] = path

    def pulses(self, power: Power, pins: dict[str, Pin | None]) -> None:
        for name, slot in (("on_pulse_ms", "pwrkey"), ("off_pulse_ms", "pwrkey"), ("reset_pulse_ms", "reset")):
            pulse = getattr(power, name)
            if pins[slot] and not pulse:
                self.fail(f"power.{name}", f"is 0, but there is a {slot} pin", "give the pulse in milliseconds")
            if pulse and not pins[slot]:
                self.fail(f"power.{name}", f"is {pulse}, but there is no {slot} pin", f"add [pins.{slot}], or write 0")

    def fail(self, path: str, problem: str, fix: str) -> NoReturn:
        raise MtmoError(problem, field=f"{self.file}: {path}", fix=fix)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _meant(word: str, known: Any) -> str:
    near = difflib.get_close_matches(word, [str(item) for item in known], n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _one_of(items: Any) -> str:
    return "one of " + ", ".join(str(item) for item in items)


def _article(key: Key) -> str:
    if key.kind == "choice":
        return _one_of(key.choices)
    if key.kind == "version":
        return "two numbers, as 1.24"
    return {"int": f"a number from {key.low} to {key.high}", "pin": "a pin number", "text": "a text"}[key.kind]


def _type(value: Any) -> str:
    words = {bool: "true/false", int: "a number", float: "a fraction", str: "text", list: "a list", dict: "a table"}
    return words.get(type(value), type(value).__name__)
