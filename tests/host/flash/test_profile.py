"""Board profiles: those that come with mtmo, and every way in which one can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtmo_host import profile, resources
from mtmo_host.errors import MtmoError
from mtmo_host.profile_schema import MCUS, MODEMS, reference_table

GOOD = """
name = "test-board"
title = "A board"
mcu = "esp32"
modem = "a7670"
watchdog_ms = 8000
source = "here"

[flash]
firmware = "esptool"
source = "here"

[uart]
id = 1
tx = 26
rx = 27
source = "here"

[pins.pwrkey]
pin = 4
active = 1
source = "here"

[power]
on_pulse_ms = 100
off_pulse_ms = 3000
reset_pulse_ms = 0
boot_ms = 20000
source = "here"

[outputs.led]
pin = 13
active = 1
source = "here"
"""


MEMORY = """[memory]
psram_kib = 8192
flash_kib = 4096
source = "here"
"""


def parsed(text: str = GOOD) -> profile.Profile:
    return profile.parse(text, "test-board.toml")


def problem(text: str) -> str:
    with pytest.raises(MtmoError) as caught:
        parsed(text)
    return str(caught.value)


def replaced(before: str, after: str) -> str:
    assert before in GOOD
    return GOOD.replace(before, after, 1)


def test_board_json_is_what_the_agent_expects() -> None:
    assert parsed().board_json() == {
        "board": "test-board",
        "mcu": "esp32",
        "modem": "a7670",
        "uart": {"id": 1, "tx": 26, "rx": 27, "rts": None, "cts": None, "baud": 115200, "rxbuf": 2048},
        "pins": {
            "pwrkey": {"pin": 4, "active": 1},
            "reset": None,
            "status": None,
            "dtr": None,
            "enable": [],
        },
        "power": {"on_pulse_ms": 100, "off_pulse_ms": 3000, "reset_pulse_ms": 0, "boot_ms": 20000},
        "watchdog_ms": 8000,
        "outputs": {"led": {"pin": 13, "active": 1}},
        "inputs": {},
    }


# name, file text, words that the error must have: the file, the key, the problem and the way out
WRONG = [
    ("not toml", "name = ", ("test-board.toml", "not TOML", "boards/README.md")),
    ("unknown key", replaced("watchdog_ms", "watchdgo_ms"), ("watchdgo_ms", "did you mean 'watchdog_ms'")),
    ("unknown key in a table", replaced("boot_ms", "boots_ms"), ("power.boots_ms", "did you mean 'boot_ms'")),
    ("unknown pin slot", replaced("pins.pwrkey", "pins.powerkey"), ("pins.powerkey", "did you mean 'pwrkey'")),
    ("missing key", replaced("rx = 27\n", ""), ("uart.rx", "missing", "a pin number")),
    ("missing table", replaced("[uart]\nid = 1\ntx = 26\nrx = 27\n", "[x]\n"), ("x", "unknown key")),
    ("no flash table", GOOD.replace('[flash]\nfirmware = "esptool"\nsource = "here"\n', ""), ("flash", "[flash]")),
    ("text for a number", replaced("tx = 26", 'tx = "26"'), ("uart.tx", "'26' is text, not a whole number")),
    ("true for a number", replaced("active = 1", "active = true"), ("pins.pwrkey.active", "is true/false")),
    ("number for a text", replaced('title = "A board"', "title = 7"), ("title", "a number, not text")),
    ("value for a table", replaced("[outputs.led]\npin = 13\nactive = 1\n", "[outputs]\nled = 13\n"), ("outputs.led",)),
    ("out of range", replaced("boot_ms = 20000", "boot_ms = 5"), ("power.boot_ms", "out of range", "500 to 120000")),
    ("level 2", replaced("active = 1", "active = 2"), ("pins.pwrkey.active", "0 to 1")),
    ("pin twice", replaced("pin = 13", "pin = 26"), ("outputs.led.pin", "used twice", "uart.tx")),
    ("flash pin", replaced("pin = 13", "pin = 6"), ("outputs.led.pin", "no usable pin 6", "datasheet")),
    ("input-only pin", replaced("pin = 13", "pin = 35"), ("outputs.led.pin", "input only")),
    ("no such uart", replaced("id = 1", "id = 0"), ("uart.id", "no free UART 0", "1, 2")),
    ("unknown mcu", replaced('"esp32"', '"esp8266"'), ("mcu", "did you mean 'esp32'")),
    ("unknown modem", replaced('"a7670"', '"a7760"'), ("modem", "did you mean 'a7670'")),
    ("no source", GOOD.replace('active = 1\nsource = "here"', "active = 1", 1), ("pins.pwrkey.source", "missing")),
    ("no source for one number", GOOD.replace('source = "here"', 'source = {id = "x", tx = "y"}', 3).replace(
        'source = {id = "x", tx = "y"}', 'source = "here"', 2), ("uart.source.rx", "missing")),
    ("source of nothing", GOOD.replace('20000\nsource = "here"', '20000\nunverified = ["tx"]\nsource = "here"'),
     ("power.unverified", "not a list of this section's keys")),
    ("strapping pin", replaced("pin = 13", "pin = 12"),
     ("outputs.led.pin", "strapping pin", "voltage of the flash chip", 'strapping = ["pin"] in [outputs.led]')),
    ("strapping of nothing", replaced("active = 1", 'active = 1\nstrapping = ["rx"]'), ("pins.pwrkey.strapping",)),
    ("the REPL's pin", replaced("pin = 13", "pin = 1"), ("outputs.led.pin", "carries the REPL")),
    ("a PSRAM's pin", replaced("[uart]", f"{MEMORY}\n[uart]").replace("tx = 26", "tx = 17"),
     ("uart.tx", "carries its 8192 kB of PSRAM")),
    ("no memory at all", replaced("[uart]", '[memory]\npsram_kib = 0\nsource = "x"\n\n[uart]'), ("memory.flash_kib",)),
    ("version of three numbers", replaced('"esptool"', '"esptool"\nmicropython = "1.25.0"'),
     ("flash.micropython", "two numbers, as 1.24")),
    ("version as a number", replaced('"esptool"', '"esptool"\nmicropython = 1.25'), ("flash.micropython", "not text")),
    ("output name with underscore", replaced("outputs.led", "outputs.my_led"), ("outputs.my_led", "a to z")),
    ("name with a blank", replaced('"test-board"', '"test board"'), ("name", "is not a name")),
    ("pulse without a pin", replaced("reset_pulse_ms = 0", "reset_pulse_ms = 5"), ("power.reset_pulse_ms", "no reset")),
    ("pin without a pulse", replaced("on_pulse_ms = 100", "on_pulse_ms = 0"), ("power.on_pulse_ms", "pwrkey")),
    ("enable as a table", GOOD + '[pins.enable]\npin = 12\nactive = 1\nsource = "x"\n', ("[[pins.enable]]",)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [pytest.param(text, words, id=name) for name, text, words in WRONG])
def test_an_error_names_file_key_and_way_out(text: str, words: tuple[str, ...]) -> None:
    said = problem(text)
    assert "test-board.toml" in said
    for word in words:
        assert word in said


def test_an_output_at_a_strapping_pin_is_taken_when_the_section_says_so() -> None:
    board = parsed(replaced("pin = 13\nactive = 1", 'pin = 12\nactive = 1\nstrapping = ["pin"]'))
    assert board.strapping == ("outputs.led.pin",)
    assert parsed().strapping == ()


def test_pins_of_a_psram_are_free_where_there_is_none() -> None:
    assert parsed(replaced("tx = 26", "tx = 17")).uart.tx == 17
    board = parsed(replaced("[uart]", MEMORY + "[uart]"))
    assert board.memory == profile.Memory(psram_kib=8192, flash_kib=4096)


def test_each_number_of_a_board_is_listed_with_its_source() -> None:
    text = replaced(
        '[outputs.led]\npin = 13\nactive = 1\nsource = "here"',
        '[outputs.led]\npin = 13\nactive = 1\n[outputs.led.source]\npin = "a page"\nactive = "a sketch"',
    )
    assert parsed(text).sources["outputs.led.pin"] == "a page"
    assert parsed(text).sources["outputs.led.active"] == "a sketch"
    assert parsed(text).sources["uart.tx"] == "here"
    assert "flash.firmware" not in parsed(text).sources


RP2 = GOOD.replace('"esp32"', '"rp2"').replace("id = 1\ntx = 26\nrx = 27", "id = 0\ntx = 0\nrx = 1")


def test_rp2_takes_uart_pins_that_carry_the_signal() -> None:
    assert parsed(RP2).uart.tx == 0


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("tx = 0\n", "tx = 2\n", ("uart.tx", "TX of UART 0", "0, 12, 16, 28")),
        ("rx = 1\n", "rx = 5\n", ("uart.rx", "RX of UART 0")),
        ("watchdog_ms = 8000", "watchdog_ms = 9000", ("watchdog_ms", "8388")),  # MicroPython docs: machine.WDT
    ],
)
def test_rp2_refuses_what_its_hardware_cannot(before: str, after: str, words: tuple[str, ...]) -> None:
    said = problem(RP2.replace(before, after))
    assert all(word in said for word in words)


def test_rp2_watchdog_is_checked() -> None:
    assert MCUS["rp2"].watchdog_ms == (1, 8388)


@pytest.mark.parametrize("name", profile.names())
def test_every_profile_that_comes_along_is_good(name: str) -> None:
    board = profile.load(name)
    assert board.name == name
    assert board.board_json()["board"] == name


def test_the_boards_of_the_first_release_are_there() -> None:
    expected = {"unix", "lilygo-t-a7670", "lilygo-t-sim7000g", "sixfab-pico-lte", "waveshare-pico-sim7080g"}
    assert expected | {"dptechnics-walter"} <= set(profile.names())


def test_an_unknown_board_lists_the_names() -> None:
    with pytest.raises(MtmoError) as caught:
        profile.load("lilygo-t-a7760")
    assert "did you mean 'lilygo-t-a7670'" in str(caught.value)
    assert "unix" in str(caught.value)


def test_a_profile_of_ones_own_is_loaded_by_path(tmp_path: Path) -> None:
    path = tmp_path / "test-board.toml"
    path.write_text(GOOD)
    assert profile.load(path).name == "test-board"


def test_a_profile_is_named_as_its_file(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(GOOD)
    with pytest.raises(MtmoError, match="call it 'other'"):
        profile.load(path)


@pytest.mark.parametrize("octets", [None, b"\xff\xfe"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, octets: bytes | None) -> None:
    path = tmp_path / "test-board.toml"
    if octets is not None:
        path.write_bytes(octets)
    with pytest.raises(MtmoError, match=r"test-board\.toml"):
        profile.load(path)


def test_unverified_numbers_are_said() -> None:
    text = GOOD.replace('20000\nsource = "here"', '20000\nunverified = ["boot_ms"]\nsource = "here"')
    assert parsed(text).unverified == ("power.boot_ms",)


def test_only_the_unix_board_is_virtual() -> None:
    assert [name for name in profile.names() if profile.load(name).virtual] == ["unix"]


def test_another_modem_can_stand_behind_a_board() -> None:
    assert profile.load("unix").with_modem("bg95").board_json()["modem"] == "bg95"
    with pytest.raises(MtmoError, match="did you mean 'bg95'"):
        profile.load("unix").with_modem("bg59")


def test_the_readme_has_the_reference_table() -> None:
    assert reference_table() in (resources.boards_dir() / "README.md").read_text("utf-8")


def test_every_dialect_has_a_name_in_the_table() -> None:
    files = (resources.device_dir() / "mtmo" / "dialects").glob("*.py")
    dialects = {path.stem for path in files if "\nRECORD = " in path.read_text(encoding="utf-8")}
    assert "generic" in dialects
    assert dialects <= set(MODEMS)
