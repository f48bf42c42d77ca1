"""The keys of a board profile (boards/*.toml): one table that drives parsing, errors and the reference table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REQUIRED: Final = object()  # a key without a default

# dialect records of the agent, by family
MODEMS: Final = (
    "generic", "sim800", "sim7000", "sim7080", "sim7600", "a7670", "m95", "bg95", "ec25", "sara_r4", "sara_r5",
    "lara_r6", "telit_me910", "hl78", "gm02s", "nrf91", "cinterion",
)  # fmt: skip
FIRMWARES: Final = ("esptool", "uf2", "none")


@dataclass(frozen=True)
class Mcu:
    """What a microcontroller can do with its pins and its watchdog."""

    pins: frozenset[int]
    input_only: frozenset[int]
    uarts: tuple[int, ...]
    watchdog_max_ms: int
    uart_pins: dict[tuple[int, str], frozenset[int]]  # (uart, signal) -> pins; empty: any pin may carry any signal
    source: str


def _rp2_uart_pins() -> dict[tuple[int, str], frozenset[int]]:
    # RP2040 datasheet §1.4.3: UART functions repeat every four pins, UART0 and UART1 taking turns
    bases = {0: (0, 12, 16, 28), 1: (4, 8, 20, 24)}
    signals = ("tx", "rx", "cts", "rts")
    return {
        (uart, signal): frozenset(base + offset for base in starts if base + offset <= 29)
        for uart, starts in bases.items()
        for offset, signal in enumerate(signals)
    }


MCUS: Final[dict[str, Mcu]] = {
    "unix": Mcu(frozenset(range(64)), frozenset(), tuple(range(8)), 600_000, {}, "mtmo virtual board"),
    "esp32": Mcu(
        # 6 to 11 carry the flash chip; 20, 24 and 28 to 31 do not exist; 34 to 39 have no output driver
        frozenset({*range(6), *range(12, 20), 21, 22, 23, 25, 26, 27, *range(32, 40)}),
        frozenset(range(34, 40)),
        (1, 2),  # 0 is the REPL
        600_000,
        {},
        "ESP32 datasheet §2.2; MicroPython docs: machine.UART",
    ),
    "esp32s3": Mcu(
        # 22 to 25 do not exist; 26 to 32 carry flash and PSRAM
        frozenset({*range(22), *range(33, 49)}),
        frozenset(),
        (1, 2),
        600_000,
        {},
        "ESP32-S3 datasheet §2.2",
    ),
    "rp2": Mcu(frozenset(range(30)), frozenset(), (0, 1), 8388, _rp2_uart_pins(), "RP2040 datasheet §1.4.3"),
}


@dataclass(frozen=True)
class Key:
    """One key: `kind` is text, int, pin or choice; `low` and `high` bound numbers and the length of a text."""

    name: str
    kind: str
    doc: str
    low: int = 0
    high: int = 0
    default: object = REQUIRED
    choices: tuple[str, ...] = ()


# section -> its keys; every section also takes `source` (required) and `unverified`
SECTIONS: Final[dict[str, tuple[Key, ...]]] = {
    "": (
        Key("name", "text", "name of the profile, as the file is called", 1, 40),
        Key("title", "text", "board and modem as a person would say it", 1, 100),
        Key("mcu", "choice", "MicroPython port and chip family", choices=tuple(MCUS)),
        Key("modem", "choice", "dialect that is tried first", choices=MODEMS, default="generic"),
        Key("watchdog_ms", "int", "hardware watchdog", 1000, 600_000, 8000),
    ),
    "flash": (
        Key("firmware", "choice", "how MicroPython itself gets onto the board", choices=FIRMWARES),
        Key("baud", "int", "speed of the REPL", 9600, 3_000_000, 115_200),
        Key("port", "text", "what the port is usually called", 1, 80, ""),
    ),
    "uart": (
        Key("id", "int", "number of the UART at the modem", 0, 7),
        Key("tx", "pin", "MCU → modem"),
        Key("rx", "pin", "modem → MCU"),
        Key("rts", "pin", "MCU is ready to receive", default=None),
        Key("cts", "pin", "modem is ready to receive", default=None),
        Key("baud", "int", "speed that the agent pins", 300, 4_000_000, 115_200),
        Key("rxbuf", "int", "receive buffer in octets", 256, 32_768, 2048),
    ),
    "power": (
        Key("on_pulse_ms", "int", "PWRKEY pulse that switches on; 0: no PWRKEY", 0, 60_000),
        Key("off_pulse_ms", "int", "PWRKEY pulse that switches off; 0: no PWRKEY", 0, 60_000),
        Key("reset_pulse_ms", "int", "reset pulse; 0: no reset pin", 0, 60_000),
        Key("boot_ms", "int", "power-on to the first answer, at most", 500, 120_000),
    ),
    "pin": (
        Key("pin", "pin", "number of the GPIO"),
        Key("active", "int", "level that means active: 0 or 1", 0, 1),
    ),
}


@dataclass(frozen=True)
class Slot:
    """A pin with a meaning under [pins]; `many` takes an array of tables."""

    name: str
    direction: str
    doc: str
    many: bool = False


SLOTS: Final = (
    Slot("pwrkey", "out", "modem's power key; `active` as the MCU drives it, behind any transistor"),
    Slot("reset", "out", "modem's reset"),
    Slot("status", "in", "modem says that it is on"),
    Slot("dtr", "out", "held at `active`, which keeps the modem awake"),
    Slot("enable", "out", "supply switches, set before anything else", many=True),
)

NAMED_PINS: Final = {"outputs": "out", "inputs": "in"}  # section -> direction; [outputs.NAME], [inputs.NAME]
TABLES: Final = ("flash", "uart", "pins", "power", *NAMED_PINS)


def reference_table() -> str:
    """The Markdown table of every key, for boards/README.md."""
    rows = ["| key | type | bounds | default | meaning |", "|---|---|---|---|---|"]
    for section in ("", "flash", "uart", "power"):
        for key in SECTIONS[section]:
            rows.append(_row(f"{section}.{key.name}" if section else key.name, key))
    for slot in SLOTS:
        path = f"pins.{slot.name}" + ("[]" if slot.many else "")
        rows.append(f"| `{path}` | {slot.direction}put pin | `pin`, `active` | none | {slot.doc} |")
    for section, direction in NAMED_PINS.items():
        verb = f"`{direction} NAME`"
        rows.append(f"| `{section}.NAME` | {direction}put pin | `pin`, `active` | none | pin of the verb {verb} |")
    rows.append("| `source` | text, or table key → text | in every section | required | where the numbers come from |")
    rows.append("| `unverified` | list of keys | in every section | `[]` | what no source or board has confirmed |")
    return "\n".join(rows) + "\n"


def _row(path: str, key: Key) -> str:
    bounds = {
        "int": f"{key.low} to {key.high}",
        "text": f"{key.low} to {key.high} characters",
        "choice": ", ".join(f"`{choice}`" for choice in key.choices),
        "pin": "a pin of the MCU",
    }[key.kind]
    shown = "none" if key.default in (None, "") else f"`{key.default}`"
    default = "required" if key.default is REQUIRED else shown
    kind = "text" if key.kind == "choice" else key.kind
    return f"| `{path}` | {kind} | {bounds} | {default} | {key.doc} |"
