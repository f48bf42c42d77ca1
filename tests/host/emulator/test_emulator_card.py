"""Facts about the card: its locks and counters, and swapping it in a running modem (TS 27.007 §7.4, §7.5, §8.3)."""

from __future__ import annotations

import pytest
from emulator_rig import Rig

from mtmo_host.emulator import Sim

OK = b"\r\nOK\r\n"
_WRONG, _PUK = b"\r\n+CME ERROR: 16\r\n", b"\r\n+CME ERROR: 12\r\n"


def _card(**values: object) -> Sim:
    return Sim("8949020000000000022", "262019999999999", "+491709999999", **values)  # type: ignore[arg-type]


def test_the_pin_is_switched_on_asked_for_and_switched_off() -> None:
    rig = Rig()
    rig.at(b"AT+CMEE=1\r")
    assert rig.at(b'AT+CLCK="SC",2\r') == b"\r\n+CLCK: 0\r\n" + OK
    assert rig.at(b'AT+CLCK="SC",1,"0000"\r') == _WRONG
    assert rig.at(b'AT+CLCK="SC",1,"1234"\r') == OK
    assert rig.at(b"AT+CPIN?\r") == b"\r\n+CPIN: READY\r\n" + OK  # until the next power-on
    rig.modem.restart()
    rig.pass_ms(0)
    assert rig.at(b"ATE0\r").endswith(OK)
    assert rig.at(b"AT+CPIN?\r") == b"\r\n+CPIN: SIM PIN\r\n" + OK
    assert rig.at(b'AT+CPIN="1234"\r') == OK
    assert rig.at(b'AT+CLCK="SC",0,"1234";+CLCK="SC",2\r') == b"\r\n+CLCK: 0\r\n" + OK


def test_the_pin_is_changed_only_while_it_is_asked_for() -> None:
    rig = Rig()
    rig.at(b"AT+CMEE=1\r")
    assert rig.at(b'AT+CPWD="SC","1234","9876"\r') == b"\r\n+CME ERROR: 3\r\n"
    rig.at(b'AT+CLCK="SC",1,"1234"\r')
    assert rig.at(b'AT+CPWD="SC","1234","12"\r') == b"\r\n+CME ERROR: 50\r\n"  # too short
    assert rig.at(b'AT+CPWD="SC","1234","9876"\r') == OK
    assert rig.sim.pin == "9876"


def test_counters_run_down_over_every_command_and_come_back() -> None:
    rig = Rig(sim=_card(pin="1234"))
    rig.at(b"AT+CMEE=1\r")
    assert rig.at(b"AT+CPINR\r") == b"\r\n+CPINR: SIM PIN,3,3\r\n+CPINR: SIM PUK,10,10\r\n" + OK
    assert rig.at(b'AT+CPIN="0000"\r') == _WRONG
    assert rig.at(b'AT+CPINR="SIM PIN"\r') == b"\r\n+CPINR: SIM PIN,2,3\r\n" + OK
    assert rig.at(b'AT+CPIN="1234"\r') == OK
    assert rig.at(b'AT+CPINR="SIM PIN"\r') == b"\r\n+CPINR: SIM PIN,3,3\r\n" + OK
    assert rig.at(b'AT+CLCK="SC",0,"0000"\r') == _WRONG
    assert rig.at(b'AT+CPINR="SIM PIN"\r') == b"\r\n+CPINR: SIM PIN,2,3\r\n" + OK


def test_ten_wrong_puks_end_the_card() -> None:
    rig = Rig(sim=_card(pin="1234", pin_tries=0))
    rig.at(b"AT+CMEE=1\r")
    for _ in range(9):
        assert rig.at(b'AT+CPIN="11111111","4321"\r') == _PUK
    assert rig.at(b'AT+CPIN="11111111","4321"\r') == b"\r\n+CME ERROR: 13\r\n"
    assert rig.at(b"AT+CPIN?\r") == b"\r\n+CME ERROR: 13\r\n"
    assert rig.at(b"AT+CPMS?\r") == b"\r\n+CMS ERROR: 313\r\n"
    assert not rig.modem.reachable


@pytest.mark.parametrize(
    ("name", "out", "back"),
    [
        ("generic", b"", b""),
        ("a7670", b"\r\n+CPIN: SIM REMOVED\r\n", b""),
        ("telit_me910", b"\r\n#QSS: 0\r\n", b"\r\n#QSS: 1\r\n"),
    ],
)
def test_the_card_is_swapped_in_a_running_modem(name: str, out: bytes, back: bytes) -> None:
    rig = Rig(name)
    rig.at(b"AT+CMEE=1\r")
    rig.at(b'AT+CPMS="SM","SM","SM"\r')
    rig.at(b"AT+CNMI=2,1,0,0,0\r")
    rig.deliver()
    rig.take_events()
    first = rig.modem.remove_sim(rig.now_ms)
    assert rig.pass_ms(0) == out
    assert rig.take_events() == [("detached",)]
    assert rig.at(b"AT+CPIN?\r") == b"\r\n+CME ERROR: 10\r\n"
    rig.modem.insert_sim(_card(), rig.now_ms)
    assert rig.pass_ms(0) == back
    assert rig.take_events() == [("attached",)]
    assert rig.at(b"AT+CIMI\r") == b"\r\n262019999999999\r\n" + OK
    assert rig.at(b"AT+CMGL=4\r") == OK  # the messages left with their card
    rig.modem.insert_sim(first, rig.now_ms)
    rig.pass_ms(0)
    assert b"+CMGL: 1,0,,18" in rig.at(b"AT+CMGL=4\r")


def test_a_card_that_asks_for_its_pin_keeps_the_modem_off_the_network() -> None:
    rig = Rig()
    rig.modem.insert_sim(_card(pin="4711"), rig.now_ms)
    rig.pass_ms(0)
    assert not rig.modem.reachable
    assert rig.at(b"AT+CPIN?\r") == b"\r\n+CPIN: SIM PIN\r\n" + OK
    assert rig.at(b'AT+CPIN="4711"\r') == OK
    assert rig.modem.reachable
