"""Facts about PSM and eDRX: messages wait in the network, and what releases them (TS 24.008 §10.5.5.32, §10.5.7)."""

from __future__ import annotations

from emulator_rig import DELIVER, Rig, submit

from mtmo_host.emulator.radio import Cell

OK = b"\r\nOK\r\n"
_ASLEEP, _AWAKE = ("detached",), ("attached",)


def _asleep() -> Rig:
    """A modem in PSM: T3324 10 s, T3412 1 h."""
    rig = Rig(speed=1)
    assert rig.at(b'AT+CPSMS=1,,,"00100001","00000101"\r', 100) == OK
    assert rig.at(b"AT+CNMI=2,1,0,0,0\r", 100) == OK
    rig.take_events()
    rig.pass_ms(9000)
    assert rig.modem.reachable
    rig.pass_ms(1500)
    assert rig.take_events() == [_ASLEEP]
    return rig


def test_psm_makes_the_modem_unreachable_though_registered_and_answering() -> None:
    rig = _asleep()
    assert not rig.modem.reachable
    assert rig.at(b"AT+CREG?\r", 100) == b"\r\n+CREG: 0,1\r\n" + OK


def test_a_message_that_came_anyway_is_sent_back_to_the_network() -> None:
    rig = _asleep()
    rig.modem.deliver(DELIVER, 7, rig.now_ms)
    rig.pass_ms(1000)
    assert rig.take_events() == [("mt", 7, 0)]


def test_a_sent_message_ends_psm_and_it_begins_again() -> None:
    rig = _asleep()
    tpdu = submit()
    rig.at(b"AT+CMGS=%d\r" % len(tpdu), 100)
    assert rig.at(b"00%s\x1a" % tpdu.hex().encode(), 5000).endswith(OK)
    assert rig.take_events() == [_AWAKE, ("mo", tpdu.hex().upper())]
    rig.pass_ms(10_000)
    assert rig.take_events() == [_ASLEEP]


def test_switching_psm_off_ends_it_for_good() -> None:
    rig = _asleep()
    assert rig.at(b"AT+CPSMS=0\r", 100) == OK
    assert rig.take_events() == [_AWAKE]
    rig.pass_ms(7_200_000)
    assert rig.take_events() == []


def test_the_periodic_update_opens_a_window() -> None:
    rig = _asleep()
    rig.pass_ms(3_590_000)
    assert rig.take_events() == []
    rig.pass_ms(20_000)
    assert rig.take_events() == [_AWAKE, _ASLEEP]


def test_the_power_key_ends_psm() -> None:
    rig = _asleep()
    rig.modem.power_key(True, rig.now_ms)
    rig.modem.power_key(False, rig.now_ms)
    assert rig.take_events() == [_AWAKE]
    assert rig.modem.powered


def test_the_network_hears_of_a_detach_once() -> None:
    rig = _asleep()
    rig.at(b"AT+CFUN=4\r", 5000)
    assert rig.take_events() == []
    assert not rig.modem.registration.registered


def test_sim7080_sleeps_from_the_factory() -> None:
    rig = Rig("sim7080", speed=1)  # a minute after power-on
    assert rig.at(b"AT\r", 100)
    assert rig.at(b"AT+CPSMS?\r", 100) == b'\r\n+CPSMS: 1,,,"01011111","00000101"\r\n' + OK
    assert not rig.modem.reachable
    assert rig.at(b"AT+CPSMS=0\r", 100) == OK
    assert rig.modem.reachable


def test_edrx_delays_a_message_to_the_next_paging_window() -> None:
    rig = Rig(speed=1)
    rig.at(b'AT+CNMI=2,1,0,0,0;+CEDRXS=1,4,"0010"\r', 100)  # 20.48 s
    rig.modem.power_saving.activity()
    rig.pass_ms(5000)
    rig.modem.deliver(DELIVER, 1, rig.now_ms)
    assert rig.pass_ms(15_000) == b""
    assert rig.pass_ms(2000) == b'\r\n+CMTI: "SM",1\r\n'
    rig.modem.deliver(DELIVER, 2, rig.now_ms)  # just after: the window is open
    assert rig.pass_ms(1000) == b'\r\n+CMTI: "SM",2\r\n'


def test_edrx_of_another_access_technology_changes_nothing() -> None:
    rig = Rig(speed=1)
    rig.at(b'AT+CNMI=2,1,0,0,0;+CEDRXS=1,5,"0010"\r', 100)
    rig.modem.set_cell(Cell(), rig.now_ms)
    rig.pass_ms(5000)
    rig.modem.deliver(DELIVER, 1, rig.now_ms)
    assert rig.pass_ms(1000) == b'\r\n+CMTI: "SM",1\r\n'
