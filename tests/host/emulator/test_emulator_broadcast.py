"""Cell broadcasts at the emulated modem (TS 27.005 §3.2.1, §3.2.2, §3.3.4, §3.4.1 to §3.4.3)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import serial
from emulator_rig import IMEI, FakeNetwork, Rig
from network_world import World, served

from mtmo_host.emulator import Modem, Sim, personality, personality_names
from mtmo_host.emulator.transcript import load
from mtmo_host.emulator.transcript.recorder import Recorder
from mtmo_host.emulator.transcript.rerun import rerun
from mtmo_host.sms.address import Address
from mtmo_host.sms.cbs import encode_pages
from mtmo_host.sms.command import encode_command
from mtmo_host.sms.errors import PduError
from mtmo_host.testing.desk import Desk

OK = b"\r\nOK\r\n"
_304 = b"\r\n+CMS ERROR: 304\r\n"
PAGE = encode_pages("flood", mid=50, sn=3)[0]
CLASS_3 = encode_pages("class 3", mid=50, sn=4, dcs=0xF3)[0]
UCS2 = encode_pages("Жара", mid=50, sn=5)[0]
_HEX = PAGE.hex().upper().encode()
_TEXT = b"3,50,15,1,1\r\nflood\r\n"


def _rig(*lines: str, name: str = "generic") -> Rig:
    rig = Rig(name)
    for line in lines:
        assert rig.at(line.encode() + b"\r").endswith(b"OK\r\n"), line
    return rig


def _hear(rig: Rig, page: bytes = PAGE) -> bytes:
    rig.modem.broadcast(page, rig.now_ms)
    return rig.pass_ms(0)


# how the modem is set, the page, what it says, whether it is stored
PLACES: list[tuple[str, bytes, bytes, bool]] = [
    ("AT+CNMI=2,0,0,0,0", PAGE, b"", True),
    ("AT+CNMI=2,0,1,0,0", PAGE, b'\r\n+CBMI: "BM",1\r\n', True),
    ("AT+CNMI=2,0,2,0,0", PAGE, b"\r\n+CBM: 88\r\n" + _HEX + b"\r\n", False),
    ("AT+CNMI=2,0,3,0,0", PAGE, b'\r\n+CBMI: "BM",1\r\n', True),
    ("AT+CNMI=2,0,3,0,0", CLASS_3, b"\r\n+CBM: 88\r\n" + CLASS_3.hex().upper().encode() + b"\r\n", False),
    ("AT+CMGF=1;+CNMI=2,0,2,0,0", PAGE, b"\r\n+CBM: " + _TEXT, False),
    (
        "AT+CMGF=1;+CNMI=2,0,2,0,0",
        UCS2,
        b"\r\n+CBM: 5,50,72,1,1\r\n" + UCS2[6:].hex().upper().encode() + b"\r\n",
        False,
    ),
    ('AT+CMGF=1;+CSCS="HEX";+CNMI=2,0,2,0,0', PAGE, b"\r\n+CBM: 3,50,15,1,1\r\n666C6F6F64\r\n", False),
]


@pytest.mark.parametrize(("line", "page", "said", "stored"), PLACES)
def test_where_a_broadcast_goes_is_said_by_cnmi_and_its_class(
    line: str, page: bytes, said: bytes, stored: bool
) -> None:
    rig = _rig('AT+CSCB=0,"50"', line)
    assert _hear(rig, page) == said
    assert rig.modem.sms.store.used("BM") == stored


# +CSCB, a message identifier and coding, whether it is taken
WANTED = [
    ("=0", 50, 0x0F, False),
    ("=1", 50, 0x0F, True),
    ('=0,"50"', 50, 0x0F, True),
    ('=0,"0-49,51"', 50, 0x0F, False),
    ('=0,"320-478,922"', 478, 0x0F, True),
    ('=0,"50","0-3,15"', 50, 0x0F, True),
    ('=0,"50","0-3"', 50, 0x0F, False),
    ('=0,"","15"', 4370, 0x0F, True),
    ('=1,"50"', 50, 0x0F, False),
    ('=1,"50"', 51, 0x0F, True),
    ('=1,"50","0"', 50, 0x0F, True),
]


@pytest.mark.parametrize(("cscb", "mid", "dcs", "taken"), WANTED)
def test_cscb_says_which_broadcasts_are_taken(cscb: str, mid: int, dcs: int, taken: bool) -> None:
    rig = _rig("AT+CNMI=2,0,2,0,0", f"AT+CSCB{cscb}")
    assert bool(_hear(rig, encode_pages("x", mid=mid, dcs=dcs)[0])) == taken


@pytest.mark.parametrize(
    "cscb", ["=2", '=0,"65536"', '=0,"50","256"', '=0,"9-5"', '=0,"1,,2"', '=0,"x"', '=0,"-5"', '=0,"1","2","3"', "="]
)
def test_cscb_refuses_what_names_no_broadcast(cscb: str) -> None:
    rig = _rig('AT+CSCB=0,"50","0"')
    assert rig.at(f"AT+CSCB{cscb}\r".encode()) == (OK if cscb == "=" else _304)
    shown = b'0,"",""' if cscb == "=" else b'0,"50","0"'
    assert rig.at(b"AT+CSCB?\r") == b"\r\n+CSCB: " + shown + b"\r\n" + OK


def test_a_repeated_page_is_taken_once_until_a_restart() -> None:
    rig = _rig("AT+CSCB=1;+CNMI=2,0,2,0,0")
    first, second = encode_pages("a" * 100, mid=50, sn=9)
    assert [bool(_hear(rig, page)) for page in (first, second, first, second)] == [True, True, False, False]
    assert _hear(rig, encode_pages("b", mid=50, sn=10)[0]) != b"", "an update has another serial number"
    rig.at(b"AT+CFUN=1,1\r")
    rig.at(b"ATE0\r")
    rig.at(b"AT+CSCB=1;+CNMI=2,0,2,0,0\r")
    assert _hear(rig, first) != b""


def test_stored_broadcasts_are_read_listed_and_deleted_in_both_modes() -> None:
    rig = _rig("AT+CSCB=1;+CNMI=2,0,1,0,0", 'AT+CPMS="BM"')
    assert _hear(rig) == b'\r\n+CBMI: "BM",1\r\n'
    assert rig.at(b"AT+CMGL=0\r") == b"\r\n+CMGL: 1,0,,88\r\n" + _HEX + b"\r\n" + OK
    assert rig.at(b"AT+CMGR=1\r") == b"\r\n+CMGR: 1,,88\r\n" + _HEX + b"\r\n" + OK
    rig.at(b"AT+CMGF=1\r")
    assert rig.at(b'AT+CMGL="REC READ"\r') == b'\r\n+CMGL: 1,"REC READ",3,50,1,1\r\nflood\r\n' + OK
    assert rig.at(b"AT+CMGR=1\r") == b'\r\n+CMGR: "REC READ",' + _TEXT + OK
    assert rig.at(b"AT+CMGD=1\r") == OK
    assert rig.at(b"AT+CMGR=1\r") == b"\r\n+CMS ERROR: 321\r\n"


def test_the_memory_of_broadcasts_is_read_from_alone() -> None:
    rig = Rig()
    offered = b'("SM","ME","BM"),("SM","ME"),("SM","ME")'
    assert rig.at(b"AT+CPMS=?\r") == b"\r\n+CPMS: " + offered + b"\r\n" + OK
    assert rig.at(b'AT+CPMS="BM"\r') == b"\r\n+CPMS: 0,10,0,30,0,30\r\n" + OK
    for stores in (b'"SM","BM"', b'"SM","SM","BM"'):
        assert rig.at(b"AT+CPMS=" + stores + b"\r") == b"\r\n+CMS ERROR: 302\r\n"


def test_what_has_no_place_is_lost_and_no_network_hears_of_it() -> None:
    rig = _rig("AT+CSCB=1;+CNMI=2,0,1,0,0")
    rig.take_events()
    said = [_hear(rig, encode_pages("x", mid=50, sn=sn)[0]) for sn in range(11)]
    assert said[9] == b'\r\n+CBMI: "BM",10\r\n'
    assert said[10] == b""
    assert rig.take_events() == []
    assert rig.modem.violations.counts == {}


def test_a_modem_that_is_off_the_air_hears_nothing() -> None:
    rig = _rig("AT+CSCB=1;+CNMI=2,0,2,0,0", "AT+CFUN=4")
    assert _hear(rig) == b""


def test_mode_0_holds_a_broadcast_back_and_a_body_keeps_it_waiting() -> None:
    rig = _rig("AT+CSCB=1;+CNMI=0,0,2,0,0")
    assert _hear(rig) == b""
    assert rig.at(b"AT+CNMI=2,0,2,0,0\r").endswith(b"\r\n+CBM: 88\r\n" + _HEX + b"\r\n")
    rig.at(b"AT+CMGS=15\r")
    assert _hear(rig, CLASS_3) == b""
    assert b"+CBM: 88" in rig.at(b"\x1b")


@pytest.mark.parametrize("name", personality_names())
def test_csms_says_whether_a_family_has_broadcasts_at_all(name: str) -> None:
    has = "+CSCB" in Rig(name, on=False).modem.command_names()
    rig = _rig("AT+CSCB=1" if has else "AT", "AT+CFUN=1", "AT+CPSMS=0" if name == "sim7080" else "AT", name=name)
    if "+CSMS" in rig.modem.command_names():
        assert rig.at(b"AT+CSMS?\r").strip().startswith(b"+CSMS: 0,1,1,%d" % has)
    ranges = personality(name).sms.cnmi_ranges
    if has and 2 in ranges[2]:
        rig.at(b'AT+QURCCFG="urcport","uart1"\r')
        rig.at(b"AT+CNMI=2,%d,2,0,%d\r" % (ranges[1][0], ranges[4][0]))
        assert b"+CBM: 88" in _hear(rig)
    elif not has:
        assert _hear(rig) == b""


def test_what_is_no_page_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    modem = Modem(personality("generic"), Sim("1", "26201", "+3"), FakeNetwork(), imei=IMEI)
    recorder = Recorder(modem, tmp_path / "run.jsonl")
    with pytest.raises(PduError):
        modem.broadcast(PAGE[:-1], 0)
    recorder.close()
    assert b"broadcast" not in (tmp_path / "run.jsonl").read_bytes()


def test_a_transcript_with_broadcasts_runs_the_same_again(tmp_path: Path) -> None:
    modem = Modem(personality("generic"), Sim("1", "26201", "+3"), FakeNetwork(), imei=IMEI, seed=4)
    recorder = Recorder(modem, tmp_path / "run.jsonl")
    modem.power_on(0)
    modem.advance(30_000)
    modem.feed(b"AT+CSCB=1;+CNMI=2,0,2,0,0\r", 30_000)
    modem.advance(31_000)
    modem.broadcast(PAGE, 31_000)
    modem.advance(40_000)
    assert b"+CBM: 88" in modem.take_output()
    recorder.close()
    assert rerun(load(tmp_path / "run.jsonl")) is None


def test_stored_broadcasts_outlive_the_process() -> None:
    rig = _rig("AT+CSCB=1")
    _hear(rig)
    other = Rig()
    other.modem.load(rig.modem.dump())
    other.at(b'AT+CPMS="BM"\r')
    assert other.at(b"AT+CMGR=1\r") == b"\r\n+CMGR: 0,,88\r\n" + _HEX + b"\r\n" + OK


# --- from outside: over HTTP, and in somebody's tests


def test_a_broadcast_over_http_reaches_every_modem_and_wrong_ones_are_named() -> None:
    async def run() -> None:
        world = World()
        modem = Modem(personality("generic"), Sim("1", "2", "+3"), FakeNetwork(), imei=IMEI, speed=float("inf"))
        world.core.set_modem(world.one.id, modem)
        modem.power_on(0)
        modem.advance(1)
        modem.feed(b"ATE0\r", 1)
        modem.feed(b"AT+CSCB=1;+CMGF=1;+CNMI=2,0,2,0,0\r", 1)
        async with served(world.core) as client:
            modem.take_output()
            sent = await client.post("/emulator/v1/broadcast", json={"payload": "a" * 94, "mid": 4370})
            assert (sent.status_code, sent.json()) == (201, {"sn": 16, "pages": 2, "modems": 1})
            modem.advance(world.core.modem(world.one.id).now_ms)
            said = modem.take_output()
            assert b"\r\n+CBM: 16,4370,15,1,2\r\n" + b"a" * 93 + b"\r\n" in said
            assert b"\r\n+CBM: 16,4370,15,2,2\r\na\r\n" in said
            assert (await client.post("/emulator/v1/broadcast", json={"payload": "x"})).json()["sn"] == 32
            wrong: dict[str, dict[str, Any]] = {
                "payload": {}, "mid": {"payload": "x", "mid": 65_536}, "dcs": {"payload": "x", "dcs": -1}
            }  # fmt: skip
            for field, body in wrong.items():
                answer = await client.post("/emulator/v1/broadcast", json=body)
                assert answer.status_code == 422
                assert answer.json()["errors"][0]["field"] == field
            too_long = await client.post("/emulator/v1/broadcast", json={"payload": "x" * 2000})
            assert "more than 15 pages" in too_long.text

    asyncio.run(run())


def test_a_program_under_test_is_sent_broadcasts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    try:
        modem = desk.modem()
        with serial.Serial(modem.port, timeout=5) as port:
            port.write(b'ATE0+CSCB=0,"50";+CMGF=1;+CNMI=2,0,2,0,0\r')
            assert port.read_until(b"OK\r\n").endswith(OK)
            modem.broadcast("nobody asked for it", mid=51)
            modem.broadcast("flood")
            modem.broadcast("flood")
            assert port.read_until(b"flood\r\n") == b"\r\n+CBM: 32,50,15,1,1\r\nflood\r\n"
            assert port.read_until(b"flood\r\n") == b"\r\n+CBM: 48,50,15,1,1\r\nflood\r\n", "each is a new one"
            # the service centre here takes no commands, as most do
            command = encode_command(da=Address("12345", 0), ct=2, mn=1)
            port.write(b"AT+CMGF=0;+CMGC=%d\r" % len(command))
            port.read_until(b"> ")
            port.write(b"00" + command.hex().encode() + b"\x1a")
            assert port.read_until(b"161\r\n") == b"\r\n+CMS ERROR: 161\r\n"
    finally:
        desk.close()
