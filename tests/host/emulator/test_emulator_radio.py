"""Facts about power, boot, card, registration and contexts of the emulated modem."""

from __future__ import annotations

import pytest
from emulator_rig import Rig

from mtmo_host.emulator import Sim, personality, personality_names, registry
from mtmo_host.emulator.radio import Cell
from mtmo_host.errors import MtmoError

OK = b"\r\nOK\r\n"


def test_boot_lines_of_a7670_come_at_their_times() -> None:
    rig = Rig("a7670", speed=1, on=False)
    rig.modem.power_on(0)
    assert rig.at(b"AT\r", 8499) == b""  # deaf while it boots
    assert rig.pass_ms(1) == b"\r\n*ATREADY: 1\r\n"
    assert rig.pass_ms(500) == b"\r\n+CPIN: READY\r\n"
    assert rig.at(b"ATE0;+CMEE=1\r", 50).endswith(OK)
    assert rig.at(b"AT+CPMS?\r", 50) == b"\r\n+CMS ERROR: 314\r\n"
    assert rig.pass_ms(10_000) == b"\r\nSMS DONE\r\n\r\nPB DONE\r\n"
    assert rig.at(b"AT+CPMS?\r", 50).endswith(OK)


def test_speed_divides_the_boot() -> None:
    rig = Rig("a7670", speed=10, on=False)
    rig.modem.power_on(0)
    assert rig.pass_ms(850) == b"\r\n*ATREADY: 1\r\n"


@pytest.mark.parametrize("name", personality_names())
def test_each_personality_boots_registers_and_answers(name: str) -> None:
    rig = Rig(name, speed=100, on=False)
    rig.modem.power_on(0)
    rig.pass_ms(2000)
    record = personality(name)
    lead = "\r\n" if record.leading_crlf else ""
    final = f"{lead}OK\r\n".encode()
    if record.boot_cfun != 1:
        assert not rig.modem.reachable
        assert rig.at(b"AT+CFUN=1\r", 1000).endswith(final)
    assert rig.modem.registration.registered
    assert rig.network.events[0] == ("attached",)
    assert rig.at(b"ATE0\r", 10).endswith(final)
    rig.at(b"AT\r", 10)
    assert rig.at(b"AT+CGMM\r", 10) == f"{lead}{record.cgmm}{record.info_end}".encode() + final


def test_an_unknown_personality_lists_the_known() -> None:
    with pytest.raises(MtmoError, match="one of a7670, sim7000"):
        personality("nokia")


@pytest.mark.parametrize("name", personality_names())
def test_a_personality_names_only_commands_that_exist(name: str) -> None:
    record = personality(name)
    assert record.commands <= set(Rig(name, on=False).modem.command_names())
    named = {command.removesuffix("?").removesuffix("=") for command in record.lacks}  # a form of one, too
    assert all(registry.find(command) is not None for command in named)
    assert record.sms.default_store in record.sms.stores or not record.sms.stores
    assert all(value in values for value, values in zip(record.sms.cnmi_default, record.sms.cnmi_ranges, strict=True))


def test_the_power_key_switches_on_and_off_once_a_press() -> None:
    rig = Rig("a7670", speed=1000, on=False)
    seen: list[bool] = []
    rig.modem.on_status = seen.append
    rig.modem.power_key(True, 0)
    rig.pass_ms(40)
    rig.modem.power_key(False, 40)
    assert not rig.modem.powered  # too short
    rig.modem.power_key(True, 100)
    rig.now_ms = 100
    rig.pass_ms(5000)  # held on: it does not go off again
    assert rig.modem.powered
    rig.modem.power_key(False, 5100)
    rig.modem.power_key(True, 6000)
    rig.now_ms = 6000
    rig.pass_ms(2600)
    rig.modem.power_key(False, 8600)
    rig.pass_ms(100)
    assert not rig.modem.powered
    assert seen == [True, False]


def test_the_reset_key_restarts() -> None:
    rig = Rig("a7670", speed=1000)
    rig.modem.reset_key(True, rig.now_ms)
    rig.pass_ms(2600)
    rig.modem.reset_key(False, rig.now_ms)
    assert rig.take_events() == [("attached",), ("detached",), ("attached",)]


@pytest.mark.parametrize(
    ("name", "sent", "expected"),
    [
        ("a7670", b"AT+CPOF\r", OK),
        ("sim7080", b"AT+CPOWD=1\r", b"\r\nNORMAL POWER DOWN\r\n"),
        ("bg95", b"AT+QPOWD\r", OK + b"\r\nPOWERED DOWN\r\n"),
    ],
)
def test_switching_off_by_command(name: str, sent: bytes, expected: bytes) -> None:
    rig = Rig(name)
    assert rig.at(sent) == expected
    assert not rig.modem.powered
    assert rig.at(b"AT\r", 1000) == b""
    assert rig.take_events()[-1] == ("detached",)


def test_a_locked_card_opens_with_its_pin_and_counts_wrong_ones() -> None:
    rig = Rig("a7670", sim=Sim("89490", "26201", "+49170", pin="1234"))
    assert rig.at(b"AT+CMEE=1;+CPIN?\r") == b"\r\n+CPIN: SIM PIN\r\n" + OK
    assert rig.at(b"AT+CIMI\r") == b"\r\n+CME ERROR: 11\r\n"
    assert rig.at(b"AT+CPMS?\r") == b"\r\n+CMS ERROR: 311\r\n"
    assert rig.at(b'AT+CPIN="0000"\r') == b"\r\n+CME ERROR: 16\r\n"
    assert rig.take_events() == []
    assert rig.at(b'AT+CPIN="1234"\r') == OK + b"\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n"
    assert rig.take_events() == [("attached",)]


def test_three_wrong_pins_ask_for_the_puk() -> None:
    rig = Rig(sim=Sim("89490", "26201", "+49170", pin="1234", puk="87654321"))
    rig.at(b"AT+CMEE=1\r")
    for _ in range(3):
        answer = rig.at(b'AT+CPIN="0000"\r')
    assert answer == b"\r\n+CME ERROR: 12\r\n"
    assert rig.at(b'AT+CPIN="1234"\r') == b"\r\n+CME ERROR: 12\r\n"
    assert rig.at(b'AT+CPIN="87654321","9999"\r') == OK
    assert rig.modem.reachable


def test_no_card() -> None:
    rig = Rig(sim=Sim("", "", "", inserted=False))
    assert rig.at(b"AT+CMEE=1;+CPIN?\r") == b"\r\n+CME ERROR: 10\r\n"
    assert rig.at(b"AT+CREG?\r") == b"\r\n+CREG: 0,0\r\n" + OK


def test_registration_is_reported_as_it_changes() -> None:
    rig = Rig()
    rig.at(b"AT+CEREG=2;+CREG=1\r")
    assert rig.at(b"AT+CFUN=4\r") == OK + b"\r\n+CREG: 0\r\n\r\n+CEREG: 0\r\n"
    assert rig.at(b"AT+CFUN=1\r") == (
        OK + b"\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n" + b'\r\n+CREG: 1\r\n\r\n+CEREG: 1,"1A2B","01C3E502",7\r\n'
    )
    rig.modem.set_cell(Cell(cell_id=0x77), rig.now_ms)
    assert rig.pass_ms(0) == b'\r\n+CEREG: 1,"1A2B","00000077",7\r\n'
    rig.modem.set_cell(None, rig.now_ms)
    assert rig.pass_ms(0) == b"\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n"
    rig.modem.set_cell(Cell(roaming=True), rig.now_ms)
    assert rig.pass_ms(0) == b'\r\n+CREG: 5\r\n\r\n+CEREG: 5,"1A2B","01C3E502",7\r\n'


def test_a_wrong_apn_refuses_the_lte_attach_until_a_good_one() -> None:
    rig = Rig()
    rig.network.pdp_cause = {"wrong": 27}
    rig.at(b'AT+CGDCONT=1,"IP","wrong"\r')
    assert rig.modem.reachable  # stored, not used
    assert b'"default.example"' in rig.at(b"AT+CGCONTRDP=1\r")
    rig.take_events()
    rig.at(b"AT+CFUN=4\r")
    rig.at(b"AT+CFUN=1\r")
    assert rig.take_events() == [("detached",)]
    assert rig.at(b"AT+CEREG?;+CGATT?\r") == b"\r\n+CEREG: 0,3\r\n\r\n+CGATT: 0\r\n" + OK
    assert rig.at(b"AT+CEER\r") == b'\r\n+CEER: "SM signalling error cause",27,"Missing or unknown APN"\r\n' + OK
    asked = len(rig.network.requests)
    rig.pass_ms(10_000)  # it tries again by itself
    assert len(rig.network.requests) > asked
    rig.at(b'AT+CGDCONT=1,"IP","em"\r')
    rig.at(b"AT+CFUN=4\r")
    rig.at(b"AT+CFUN=1\r")
    assert rig.take_events() == [("attached",)]
    assert b'"em"' in rig.at(b"AT+CGCONTRDP=1\r")
    assert rig.at(b"AT+CEER\r") == b"\r\n+CEER: No cause information available\r\n" + OK


@pytest.mark.parametrize(("cause", "shown"), [(27, 127), (29, 149), (33, 133), (99, 148)])
def test_a_refused_context_shows_why(cause: int, shown: int) -> None:
    rig = Rig()
    rig.network.pdp_cause = {"bad": cause}
    rig.at(b'AT+CMEE=1;+CGDCONT=2,"IP","bad"\r')
    assert rig.at(b"AT+CGACT=1,2\r") == b"\r\n+CME ERROR: %d\r\n" % shown
    assert f",{cause},".encode() in rig.at(b"AT+CEER\r")


def test_a_second_context_comes_and_goes_with_events() -> None:
    rig = Rig()
    rig.at(b'AT+CGEREP=2,1;+CGDCONT=2,"IP","em"\r')
    assert rig.at(b"AT+CGACT=1,2\r") == OK + b"\r\n+CGEV: ME PDN ACT 2\r\n"
    assert rig.at(b"AT+CGACT?\r") == b"\r\n+CGACT: 1,1\r\n+CGACT: 2,1\r\n" + OK
    assert rig.at(b"AT+CGPADDR=2\r") == b"\r\n+CGPADDR: 2,10.64.0.7\r\n" + OK
    assert rig.at(b"AT+CGACT=0,2\r") == OK + b"\r\n+CGEV: ME PDN DEACT 2\r\n"
    assert rig.at(b"AT+CMEE=1;+CGACT=0,1\r") == b"\r\n+CME ERROR: 171\r\n"  # the last one stays


def test_credentials_reach_the_network_and_no_log() -> None:
    rig = Rig()
    rig.at(b'AT+CGDCONT=2,"IP","em";+CGAUTH=2,2,"me","secret";+CGACT=1,2\r')
    request = rig.network.requests[-1]
    assert (request.user, request.password, int(request.auth), request.default_bearer) == ("me", "secret", 2, False)
    assert "secret" not in repr(request)


def test_detaching_ends_sms_on_lte() -> None:
    rig = Rig()
    assert rig.at(b"AT+CGATT=0\r") == OK
    assert not rig.modem.reachable
    assert rig.at(b"AT+CGATT=1\r") == OK
    assert rig.modem.reachable


def test_damaged_state_is_refused_by_name() -> None:
    with pytest.raises(MtmoError, match="modem state"):
        Rig().modem.load({"version": 1, "store": 5})


@pytest.mark.parametrize(
    ("cell", "creg", "cereg"),
    [
        (Cell(), 1, 1),
        (None, 2, 2),
        (Cell(reject_cause=11), 3, 3),
        (Cell(act=0), 1, 4),  # out of E-UTRAN coverage
        (Cell(roaming=True), 5, 5),
        (Cell(sms_only=True), 6, 1),
        (Cell(sms_only=True, roaming=True), 7, 5),
        (Cell(act=2), 2, 2),  # BG95 has no UTRAN
    ],
)
def test_registration_states(cell: Cell | None, creg: int, cereg: int) -> None:
    rig = Rig("bg95")
    rig.at(b"AT+CFUN=4\r")
    assert rig.at(b"AT+CREG?;+CEREG?\r") == b"\r\n+CREG: 0,0\r\n\r\n+CEREG: 0,0\r\n" + OK
    rig.modem.set_cell(cell, rig.now_ms)
    rig.at(b"AT+CFUN=1\r")
    assert rig.at(b"AT+CREG?;+CEREG?\r") == f"\r\n+CREG: 0,{creg}\r\n\r\n+CEREG: 0,{cereg}\r\n".encode() + OK


def test_a_network_that_denies_says_why_until_another_cell_takes_the_modem() -> None:
    rig = Rig()
    rig.at(b"AT+CMEE=1;+CEREG=3\r")
    rig.modem.set_cell(None, rig.now_ms)
    rig.pass_ms(0)
    rig.modem.set_cell(Cell(reject_cause=11), rig.now_ms)
    assert rig.pass_ms(0) == b"\r\n+CEREG: 3,,,,0,11\r\n"
    assert rig.at(b"AT+CEER\r") == b'\r\n+CEER: "EMM cause",11,"PLMN not allowed"\r\n' + OK
    assert b"\r\n+CME ERROR: 111\r\n" in rig.at(b"AT+CGATT=1\r")
    rig.modem.set_cell(Cell(), rig.now_ms)
    rig.pass_ms(0)
    assert rig.modem.reachable


def test_a_gsm_family_registers_with_any_apn_and_fails_only_its_context() -> None:
    rig = Rig("sim800")
    rig.network.pdp_cause = {"wrong": 27}
    rig.at(b'AT+CMEE=1;+CGDCONT=1,"IP","wrong"\r')
    rig.at(b"AT+CFUN=4\r")
    rig.at(b"AT+CFUN=1\r")
    assert rig.modem.reachable
    assert rig.at(b"AT+CGACT=1,1\r") == b"\r\n+CME ERROR: 127\r\n"
    assert rig.modem.reachable
