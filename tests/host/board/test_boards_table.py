"""The board profiles: each pin is held against the chips' own documents, each number against its source.

The facts stand here a second time, apart from `profile_schema.py`, and the files are read without `profile.py`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mtmo_host import profile, resources
from mtmo_host.boards import told
from mtmo_host.profile_schema import MCUS

ROOT = Path(__file__).resolve().parents[3]
BOARDS = sorted(resources.boards_dir().glob("*.toml"))
REAL = [path for path in BOARDS if path.stem != "unix"]
README = (ROOT / "boards" / "README.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Facts:
    """A chip's pins, as its documents have them; `psram` by the least PSRAM in kB that takes them."""

    source: str
    gpios: frozenset[int]
    flash: frozenset[int]
    input_only: frozenset[int]
    strapping: frozenset[int]
    console: frozenset[int]
    psram: tuple[int, frozenset[int]]
    watchdog_max_ms: int | None


def span(*bounds: tuple[int, int]) -> frozenset[int]:
    return frozenset(pin for low, high in bounds for pin in range(low, high + 1))


FACTS = {
    "esp32": Facts(
        "ESP-IDF: api-reference/peripherals/gpio (ESP32): GPIO0 to 19, 21 to 23, 25 to 27, 32 to 39; SPI0/1, GPI",
        span((0, 19), (21, 23), (25, 27), (32, 39)), span((6, 11)), span((34, 39)), frozenset({0, 2, 5, 12, 15}),
        frozenset({1, 3}), (1, frozenset({16, 17})), None,
    ),
    "esp32s3": Facts(
        "ESP-IDF: api-reference/peripherals/gpio (ESP32-S3): GPIO0 to 21, 26 to 48; SPI0/1 26 to 32, 33 to 37 if octal",
        span((0, 21), (26, 48)), span((26, 32)), frozenset(), frozenset({0, 3, 45, 46}),
        frozenset({19, 20}), (8192, span((33, 37))), None,
    ),
    "rp2": Facts(
        "RP2040 datasheet §1.4.3; MicroPython docs: machine.WDT",
        span((0, 29)), frozenset(), frozenset(), frozenset(), frozenset(), (1 << 30, frozenset()), 8388,
    ),
}  # fmt: skip


def data(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def sections(board: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table that holds numbers, by its name."""
    yield "", {key: value for key, value in board.items() if not isinstance(value, dict)}
    for name in ("flash", "memory", "uart", "power"):
        if name in board:
            yield name, board[name]
    for name, part in board.get("pins", {}).items():
        for each in part if isinstance(part, list) else [part]:
            yield f"pins.{name}", each
    for kind in ("outputs", "inputs"):
        for name, part in board.get(kind, {}).items():
            yield f"{kind}.{name}", part


def pins(board: dict[str, Any]) -> Iterator[tuple[str, int, bool, bool]]:
    """(where, pin, is an output, is said to be a strapping pin)."""
    for name, part in sections(board):
        for key in ("tx", "rx", "rts", "cts") if name == "uart" else ("pin",):
            if key in part:
                out = key in ("tx", "rts") if name == "uart" else not name.startswith(("inputs.", "pins.status"))
                yield f"{name}.{key}", part[key], out, key in part.get("strapping", [])


def by_name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", REAL, ids=by_name)
def test_each_pin_exists_is_free_and_can_do_its_work(path: Path) -> None:
    board = data(path)
    facts = FACTS[board["mcu"]]
    psram = facts.psram[1] if board["memory"]["psram_kib"] >= facts.psram[0] else frozenset()
    used: dict[int, str] = {}
    for where, pin, out, said in pins(board):
        assert pin in facts.gpios, (where, pin, facts.source)
        assert pin not in facts.flash | facts.console | psram, (where, pin, facts.source)
        assert not (out and pin in facts.input_only), (where, pin, facts.source)
        assert said == (out and pin in facts.strapping), (where, pin, facts.source)
        assert pin not in used, (where, used[pin])
        used[pin] = where
    assert {"uart.tx", "uart.rx"} <= set(used.values())


@pytest.mark.parametrize("path", BOARDS, ids=by_name)
def test_each_number_names_its_source(path: Path) -> None:
    for name, part in sections(data(path)):
        numbers = [key for key, value in part.items() if isinstance(value, int)]
        source = part["source"]
        told_of = source if isinstance(source, dict) else dict.fromkeys(numbers, source)
        assert set(told_of) == set(numbers), name
        assert all(len(text) >= 12 for text in told_of.values()), (name, told_of)


@pytest.mark.parametrize("path", REAL, ids=by_name)
def test_a_guess_is_called_unverified(path: Path) -> None:
    for name, part in sections(data(path)):
        if isinstance(part["source"], dict):
            guesses = {
                key for key, text in part["source"].items() if re.search(r"\b(guess|taken to|counted as)\b", text)
            }
            assert guesses <= set(part.get("unverified", [])), name


@pytest.mark.parametrize("path", REAL, ids=by_name)
def test_no_status_pin_is_a_guess(path: Path) -> None:
    """With the wrong level the agent takes a modem that is off for one that is on."""
    assert not data(path).get("pins", {}).get("status", {}).get("unverified")


@pytest.mark.parametrize("path", REAL, ids=by_name)
def test_each_board_says_its_firmware_its_memory_and_a_watchdog_that_its_chip_can_do(path: Path) -> None:
    board = data(path)
    assert tuple(map(int, board["flash"]["micropython"].split("."))) >= (
        1,
        24,
    )  # docs/micropython.md: the oldest tested
    assert board["flash"]["build"]
    facts = FACTS[board["mcu"]]
    assert facts.watchdog_max_ms is None or board["watchdog_ms"] <= facts.watchdog_max_ms
    assert told.heap_kib(profile.load(path)) > 0
    assert told.ways(profile.load(path)), "no way onto it"


@pytest.mark.parametrize("path", BOARDS, ids=by_name)
def test_hardware_is_empty_or_says_when_with_what_and_who(path: Path) -> None:
    said = data(path).get("hardware", "")
    assert not said or re.fullmatch(r"20\d\d-\d\d-\d\d, MicroPython \d+\.\d+(\.\d+)?, [^,]+, .+", said)


def test_there_are_twenty_boards_and_more() -> None:
    assert len(REAL) >= 20


@pytest.mark.parametrize("mcu", FACTS)
def test_the_two_tables_of_chips_agree(mcu: str) -> None:
    facts, chip = FACTS[mcu], MCUS[mcu]
    assert chip.pins == facts.gpios - facts.flash
    assert chip.input_only == facts.input_only
    assert set(chip.strapping) == facts.strapping
    assert chip.console == facts.console
    for pin in facts.gpios:
        assert chip.carries_psram(pin, facts.psram[0]) == (pin in facts.psram[1])
        assert not chip.carries_psram(pin, facts.psram[0] - 1)


# at_dialects §9, first column -> a profile, or what the page of wanted boards calls it
ROWS = {
    "LilyGO T-A7670 (E/G/SA)": "lilygo-t-a7670",
    "LilyGO T-Call-A7670 V1.0": "lilygo-t-call-a7670-v1-0",
    "LilyGO T-Call-A7670 V1.1": "lilygo-t-call-a7670-v1-1",
    "LilyGO T-A7608X": "lilygo-t-a7608x",
    "LilyGO T-A7608X-S3": "lilygo-t-a7608x-s3",
    "LilyGO T-SIM7670G-S3": "lilygo-t-sim7670g-s3",
    "LilyGO T-SIM7000G": "lilygo-t-sim7000g",
    "LilyGO T-SIM7080G-S3": "| LilyGO T-SIM7080G-S3 |",
    "LilyGO T-SIM7600X / T-PCIE": "lilygo-t-sim7600x",
    "LilyGO S3-Standard series": "lilygo-a7670x-s3-standard",
    "LilyGO T-ETH-Elite add-on": "lilygo-t-eth-elite-a7670",
    "LilyGO T-Relay shield": "lilygo-t-relay-s3-simshield",
    "LilyGO T-Call SIM800L v1.3/1.4 (IP5306)": "lilygo-t-call-sim800l-ip5306",
    "T-Call SIM800C AXP192 (2020-06)": "lilygo-t-call-sim800c-axp192",
    "Sixfab Pico LTE": "sixfab-pico-lte",
    "Waveshare Pico-SIM7080G": "waveshare-pico-sim7080g",
    "Waveshare Pico-SIM868": "waveshare-pico-sim868",
    "Walter": "dptechnics-walter",
    "Pycom GPy": "| Pycom GPy, FiPy |",
    "Pycom FiPy": "| Pycom GPy, FiPy |",
    "Particle Boron": "| Particle Boron |",
    "Arduino MKR NB1500 / GSM1400": "| Arduino MKR NB 1500, MKR GSM 1400 |",
    "Arduino Portenta (MKRNB build)": "| Arduino Portenta with a cellular shield |",
    "Makerfabs, Actinius Icarus (nRF9160), Thingy:91, PyboardD + SIM shield, Nucleo + X-NUCLEO, WeAct": (
        "| Makerfabs boards"
    ),
}


def test_every_board_of_the_reference_has_a_profile_or_is_wanted() -> None:
    page = (ROOT / "docs" / "at_dialects.md").read_text(encoding="utf-8")
    table = page.split("\n## 9. Boards\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (?!Board |---)([^|]+?) \|", table, re.M)
    assert set(rows) == set(ROWS)
    for row, where in ROWS.items():
        assert where in README if where.startswith("|") else where in profile.names(), row


def test_the_ways_follow_the_table_of_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    pico = profile.load("waveshare-pico-sim868")
    assert told.heap_kib(pico) == 205
    monkeypatch.setitem(told.NEEDS_KIB, 32, {"files": 206, "ROMFS": 205, "frozen": 43})
    assert told.ways(pico) == ("ROMFS", "frozen")
    assert told.ways(profile.load("lilygo-t-a7670")) == ("files", "ROMFS", "frozen")  # PSRAM


@pytest.mark.parametrize(
    ("mcu", "psram_kib", "heap_kib"),
    [
        ("esp32", 0, 109), ("esp32", 8192, 4096), ("esp32s3", 0, 260), ("esp32s3", 8192, 8192), ("rp2", 0, 205),
        ("unix", 0, 0),
    ],
)  # fmt: skip
def test_the_heap_follows_from_chip_and_psram(mcu: str, psram_kib: int, heap_kib: int) -> None:
    assert MCUS[mcu].heap_with(psram_kib) == heap_kib


def test_the_page_has_the_table_of_the_boards() -> None:
    assert told.readme_table(map(profile.load, profile.names())) in README
