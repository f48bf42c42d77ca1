"""The keys of a board profile (boards/*.toml): one table that drives parsing, errors and the reference table."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    """What a microcontroller can do with its pins, its watchdog and its memory."""

    pins: frozenset[int]
    input_only: frozenset[int]
    uarts: tuple[int, ...]
    watchdog_ms: tuple[int, int]  # least and most that machine.WDT takes
    source: str
    uart_pins: dict[tuple[int, str], frozenset[int]] = field(default_factory=dict)  # empty: any pin, any signal
    strapping: dict[int, str] = field(default_factory=dict)  # pin -> what its level decides at reset
    console: frozenset[int] = frozenset()  # carry the REPL of the stock firmware
    psram_pins: tuple[tuple[int, frozenset[int]], ...] = ()  # from so many kB of PSRAM on, these pins carry it
    heap_kib: int = 0  # free in the stock firmware without PSRAM; 0: not known
    psram_mapped_kib: int = 0  # of a larger PSRAM, so much is used
    heap_source: str = ""

    def heap_with(self, psram_kib: int) -> int:
        """Free heap in kB of a board with so much PSRAM; 0 where it is not known."""
        return max(self.heap_kib, min(psram_kib, self.psram_mapped_kib))

    def carries_psram(self, pin: int, psram_kib: int) -> bool:
        """True where PSRAM of that size is wired to the pin."""
        return any(psram_kib >= least and pin in pins for least, pins in self.psram_pins)


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
    "unix": Mcu(frozenset(range(64)), frozenset(), tuple(range(8)), (1, 600_000), "mtmo virtual board"),
    "esp32": Mcu(
        # 6 to 11 carry the flash chip; 20, 24 and 28 to 31 do not exist; 34 to 39 have no output driver
        pins=frozenset({*range(6), *range(12, 20), 21, 22, 23, 25, 26, 27, *range(32, 40)}),
        input_only=frozenset(range(34, 40)),
        uarts=(1, 2),  # 0 is the REPL
        # whole seconds, at least one (ports/esp32/machine_wdt.c); no upper end is documented: ten minutes are ours
        watchdog_ms=(1000, 600_000),
        source="ESP32 datasheet §2.2; ESP-IDF: peripherals/gpio; MicroPython docs: machine.UART",
        strapping={
            0: "download mode",
            2: "download mode",
            5: "SDIO timing",
            12: "voltage of the flash chip",
            15: "the ROM's messages",
        },
        console=frozenset({1, 3}),
        psram_pins=((1, frozenset({16, 17})),),
        heap_kib=109,
        psram_mapped_kib=4096,
        heap_source="micropython pull 13219: 111,936 octets once grown; ESP-IDF: external RAM, 4 MB are mapped",
    ),
    "esp32s3": Mcu(
        # 22 to 25 do not exist; 26 to 32 carry flash and PSRAM
        pins=frozenset({*range(22), *range(33, 49)}),
        input_only=frozenset(),
        uarts=(1, 2),
        watchdog_ms=(1000, 600_000),
        source="ESP32-S3 datasheet §2.2; ESP-IDF: peripherals/gpio",
        strapping={
            0: "download mode",
            3: "where JTAG is",
            45: "voltage of the flash chip",
            46: "download mode and the ROM's messages",
        },
        console=frozenset({19, 20}),  # USB
        psram_pins=((8192, frozenset(range(33, 38))),),  # 8 MB and more are octal
        heap_kib=260,
        psram_mapped_kib=32_768,
        heap_source="PIBSAS/MicroPython_ESP32-S3-WROOM-1-N16R8_with_SmartConfig issue 1: 267,120 octets without PSRAM, "
        "8,299,616 with 8 MB",
    ),
    "rp2": Mcu(
        frozenset(range(30)),
        frozenset(),
        (0, 1),
        (1, 8388),  # MicroPython docs: machine.WDT
        "RP2040 datasheet §1.4.3",
        uart_pins=_rp2_uart_pins(),
        heap_kib=205,
        heap_source="micropython issue 12557: 209,936 octets on a Pico, 1.20; a Pico W has less",
    ),
}


@dataclass(frozen=True)
class Key:
    """One key: `kind` is text, int, pin, choice or version; `low` and `high` bound numbers and a text's length."""

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
        Key(
            "hardware",
            "text",
            "who ran it on hardware, with what; empty until somebody did",
            1,
            200,
            "",
        ),
    ),
    "flash": (
        Key("firmware", "choice", "how MicroPython itself gets onto the board", choices=FIRMWARES),
        Key("baud", "int", "speed of the REPL", 9600, 3_000_000, 115_200),
        Key("port", "text", "what the port is usually called", 1, 80, ""),
        Key("micropython", "version", "oldest MicroPython that serves, as 1.24", default=""),
        Key("build", "text", "name of the firmware among MicroPython's downloads", 1, 60, ""),
    ),
    "memory": (
        Key("psram_kib", "int", "RAM beside the MCU's own, in kB; 0: none", 0, 32_768),
        Key("flash_kib", "int", "flash chip in kB", 512, 65_536),
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
TABLES: Final = ("flash", "memory", "uart", "pins", "power", *NAMED_PINS)


def reference_table() -> str:
    """The Markdown table of every key, for boards/README.md."""
    rows = ["| key | type | bounds | default | meaning |", "|---|---|---|---|---|"]
    for section in ("", "flash", "memory", "uart", "power"):
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
    rows.append("| `strapping` | list of keys | in every section | `[]` | outputs that are at strapping pins |")
    return "\n".join(rows) + "\n"


def _row(path: str, key: Key) -> str:
    bounds = {
        "int": f"{key.low} to {key.high}",
        "text": f"{key.low} to {key.high} characters",
        "choice": ", ".join(f"`{choice}`" for choice in key.choices),
        "pin": "a pin of the MCU",
        "version": "two numbers",
    }[key.kind]
    shown = "none" if key.default in (None, "") else f"`{key.default}`"
    default = "required" if key.default is REQUIRED else shown
    kind = "text" if key.kind in ("choice", "version") else key.kind
    return f"| `{path}` | {kind} | {bounds} | {default} | {key.doc} |"
