"""Facts about short messages in the emulated modem (TS 27.005 §3.4)."""

from __future__ import annotations

import pytest
from emulator_rig import DELIVER, SCA, Rig, submit

from mtmo_host.emulator.radio import MoResult
from mtmo_host.emulator.violations import Rule

OK = b"\r\nOK\r\n"
_PDU = SCA.encode() + DELIVER.hex().upper().encode()
_REPORT = bytes.fromhex("06050405802143" + "62112221100000" * 2 + "00")


def _of_class(dcs: int, pid: int = 0) -> bytes:
    tpdu = bytearray(DELIVER)
    tpdu[6], tpdu[7] = pid, dcs
    return bytes(tpdu)


def _send(rig: Rig, wait_ms: int = 0) -> bytes:
    tpdu = submit()
    rig.at(b"AT+CMGS=%d\r" % len(tpdu), wait_ms)
    return rig.at(b"00" + tpdu.hex().encode() + b"\x1a", wait_ms)


@pytest.mark.parametrize(
    ("cnmi", "tpdu", "expected"),
    [
        ("2,0,0,0,0", DELIVER, b""),
        ("2,1,0,0,0", DELIVER, b'\r\n+CMTI: "SM",1\r\n'),
        ("2,2,0,0,0", DELIVER, b"\r\n+CMT: ,%d\r\n%s\r\n" % (len(DELIVER), _PDU)),
        ("2,2,0,0,0", _of_class(0x12), b'\r\n+CMTI: "SM",1\r\n'),  # class 2 goes to the card
        ("2,2,0,0,0", _of_class(0xD8), b'\r\n+CMTI: "SM",1\r\n'),  # waiting indication: store
        ("2,3,0,0,0", DELIVER, b'\r\n+CMTI: "SM",1\r\n'),
        ("2,3,0,0,0", _of_class(0xF7), b"\r\n+CMT: ,18\r\n"),  # class 3
        ("2,1,0,0,0", _of_class(0, pid=0x40), b""),  # type 0
        ("2,1,0,0,0", _REPORT, b""),
        ("2,1,0,1,0", _REPORT, b"\r\n+CDS: %d\r\n" % len(_REPORT)),
        ("2,1,0,2,0", _REPORT, b'\r\n+CDSI: "SM",1\r\n'),
    ],
)
def test_indication_follows_cnmi_and_class(cnmi: str, tpdu: bytes, expected: bytes) -> None:
    rig = Rig()
    ranges = b"AT+CNMI=" + cnmi.encode() + b"\r"
    if cnmi.startswith("2,1,0,2"):
        rig = Rig("a7670")
        rig.at(b'AT+CPMS="SM","SM","SM"\r')
    assert rig.at(ranges) == OK
    assert rig.deliver(tpdu).startswith(expected)
    assert ("mt", 1, None) in rig.take_events()


def test_a_stored_message_is_read_listed_and_deleted() -> None:
    rig = Rig()
    rig.deliver()
    line = b"%d,,%d\r\n%s\r\n"
    assert rig.at(b"AT+CMGL=0\r") == b"\r\n+CMGL: 1," + line % (0, len(DELIVER), _PDU) + OK
    assert rig.at(b"AT+CMGL=0\r") == OK
    assert rig.at(b"AT+CMGR=1\r") == b"\r\n+CMGR: " + line % (1, len(DELIVER), _PDU) + OK
    assert rig.at(b"AT+CMGD=1\r") == OK
    assert rig.at(b"AT+CMGR=1\r") == b"\r\n+CMS ERROR: 321\r\n"


@pytest.mark.parametrize(("flag", "left"), [(0, 3), (1, 3), (2, 2), (3, 1), (4, 0)])
def test_deleting_by_flag(flag: int, left: int) -> None:
    rig = Rig()
    tpdu = submit()
    for stat in (0, 1, 2, 3):  # indices 1 to 4
        rig.at(b"AT+CMGW=%d,%d\r00%s\x1a" % (len(tpdu), stat, tpdu.hex().encode()))
    rig.at(b"AT+CMGD=1,%d\r" % flag)
    assert rig.modem.sms.store.used("SM") == left


def test_a_full_store_refuses_and_says_when_it_has_room() -> None:
    rig = Rig()
    for token in range(30):
        rig.deliver(token=token)
    rig.take_events()
    assert rig.deliver(token=99) == b""
    assert rig.take_events() == [("mt", 99, 22)]
    rig.at(b"AT+CMGD=7\r")
    assert rig.take_events() == [("attached",)]
    assert rig.deliver(token=100) == b""
    assert rig.modem.sms.store.get("SM", 7) is not None


def test_no_message_is_taken_while_off_the_air() -> None:
    rig = Rig()
    rig.at(b"AT+CFUN=4\r")
    rig.take_events()
    rig.deliver()
    assert rig.take_events() == [("mt", 1, 0)]


def test_what_is_on_its_way_at_a_power_cut_gets_no_answer() -> None:
    rig = Rig("generic", speed=1)
    rig.modem.deliver(DELIVER, 5, rig.now_ms)
    rig.modem.power_off(rig.now_ms)
    assert ("mt", 5, 0) in rig.take_events()


def test_a_routed_message_waits_for_its_acknowledgement() -> None:
    rig = Rig()
    rig.at(b"AT+CSMS=1;+CNMI=2,2,0,0,0\r")
    rig.take_events()
    assert rig.deliver(token=1).startswith(b"\r\n+CMT: ")
    assert rig.deliver(token=2) == b""  # one at a time
    assert rig.take_events() == []
    assert rig.at(b"AT+CNMA\r").startswith(OK + b"\r\n+CMT: ")
    assert rig.take_events() == [("mt", 1, None)]
    assert rig.at(b"AT+CNMA=2\r") == OK
    assert rig.take_events() == [("mt", 2, 111)]


def test_without_acknowledgement_routing_ends() -> None:
    rig = Rig()
    rig.at(b"AT+CSMS=1;+CNMI=2,2,0,0,0\r")
    rig.deliver()
    rig.take_events()
    rig.pass_ms(15_000)
    assert rig.take_events() == [("mt", 1, 111)]
    assert rig.at(b"AT+CNMI?\r") == b"\r\n+CNMI: 2,0,0,0,0\r\n" + OK
    assert rig.modem.violations.counts == {Rule.NOT_ACKNOWLEDGED: 1}
    assert rig.at(b"AT+CNMA\r") == b"\r\n+CMS ERROR: 340\r\n"


@pytest.mark.parametrize(("bfr", "expected"), [(0, b'\r\n+CMTI: "SM",1\r\n' + OK), (1, OK)])
def test_mode_0_holds_indications_until_another_mode(bfr: int, expected: bytes) -> None:
    rig = Rig()
    rig.at(b"AT+CNMI=0,1,0,0,0\r")
    assert rig.deliver() == b""
    answer = rig.at(b"AT+CNMI=2,1,0,0,%d\r" % bfr)
    assert sorted(answer.split(b"\r\n")) == sorted(expected.split(b"\r\n"))


def test_an_indication_waits_while_a_body_is_taken() -> None:
    rig = Rig()
    rig.at(b"AT+CNMI=2,1,0,0,0\r")
    rig.at(b"AT+CMGS=15\r")
    assert rig.deliver() == b""
    assert rig.at(b"\x1b") == OK + b'\r\n+CMTI: "SM",1\r\n'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("generic", OK + b'\r\n+CMTI: "SM",1\r\n'),  # holds them
        ("a7670", b'\r\n+CMTI: "ME",1\r\n' + OK),
    ],
)
def test_an_indication_and_a_command_in_flight(name: str, expected: bytes) -> None:
    rig = Rig(name, speed=1)
    rig.at(b"AT+CNMI=2,1,0,0,0\r", 100)
    rig.take_events()
    rig.modem.deliver(DELIVER, 1, rig.now_ms)
    rig.modem.feed(b"AT+COPS=?\r", rig.now_ms)
    answer = rig.pass_ms(5000) + rig.pass_ms(60_000)
    assert answer.replace(b'\r\n+COPS: (2,"Testnet","Testnet","26201",7),,(0-4),(0-2)\r\n', b"") == expected


def test_submit_reaches_the_network_with_the_modems_reference() -> None:
    rig = Rig()
    rig.take_events()
    assert _send(rig) == b"\r\n+CMGS: 0\r\n" + OK
    assert _send(rig) == b"\r\n+CMGS: 1\r\n" + OK
    assert rig.take_events() == [
        ("mo", submit().hex().upper()),
        ("mo", submit().hex().upper().replace("0100", "0101", 1)),
    ]


@pytest.mark.parametrize(("cause", "shown"), [(21, 21), (41, 41), (111, 111), (208, 208), (0, 500)])
def test_a_refused_submit_shows_the_networks_cause(cause: int, shown: int) -> None:
    rig = Rig()
    rig.network.mo_result = MoResult(False, cause)
    assert _send(rig) == b"\r\n+CMS ERROR: %d\r\n" % shown


@pytest.mark.parametrize(("before", "shown"), [(b"AT+CFUN=4\r", 331), (b'AT+CSCA=""\r', 330), (b"AT+CGATT=0\r", 331)])
def test_what_keeps_a_submit_from_the_network(before: bytes, shown: int) -> None:
    rig = Rig()
    rig.at(before)
    assert _send(rig) == b"\r\n+CMS ERROR: %d\r\n" % shown


def test_the_result_takes_its_time() -> None:
    rig = Rig("generic", speed=1)
    tpdu = submit()
    assert rig.at(b"AT+CMGS=%d\r" % len(tpdu)) == b""
    assert rig.pass_ms(100) == b"\r\n> "
    assert rig.at(b"00" + tpdu.hex().encode() + b"\x1a", 1000) == b""
    assert rig.pass_ms(4000) == b"\r\n+CMGS: 0\r\n" + OK


@pytest.mark.parametrize("restart", [b"AT+CFUN=1,1\r", b"power"])
def test_stores_outlive_a_restart_and_settings_do_not(restart: bytes) -> None:
    rig = Rig()
    rig.at(b"AT+CNMI=2,1,0,0,0;+CMEE=1\r")
    rig.deliver()
    if restart == b"power":
        rig.modem.power_off(rig.now_ms)
        rig.modem.power_on(rig.now_ms)
    else:
        rig.modem.feed(restart, rig.now_ms)
    rig.pass_ms(0)
    rig.at(b"ATE0\r")
    assert rig.at(b"AT+CNMI?\r") == b"\r\n+CNMI: 0,0,0,0,0\r\n" + OK
    assert rig.at(b"AT+CMGR=1\r").startswith(b"\r\n+CMGR: 0,,18\r\n")


def test_state_outlives_the_process() -> None:
    rig = Rig()
    rig.deliver()
    _send(rig)
    rig.at(b'AT+CGDCONT=1,"IP","em"\r')
    again = Rig(on=False)
    again.modem.load(rig.modem.dump())
    assert again.modem.dump() == rig.modem.dump()
    again.modem.power_on(0)
    again.pass_ms(0)
    again.at(b"ATE0\r")
    assert again.at(b"AT+CMGL=4\r").startswith(b"\r\n+CMGL: 1,0,,18\r\n")
    assert _send(again) == b"\r\n+CMGS: 1\r\n" + OK
