"""Facts about the settings of text mode, of sending and of the line that a client may rely on (TS 27.005, V.250)."""

from __future__ import annotations

import pytest
from emulator_rig import DELIVER, Rig, submit

from mtmo_host.emulator.radio import MoResult
from mtmo_host.sms.tpdu import decode_submit

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"
_305 = b"\r\n+CMS ERROR: 305\r\n"
_UCS2 = "002B003400390031"  # +491
_TEST_UCS2 = b'"0054006500730074006E00650074"'  # Testnet


def _sent(rig: Rig) -> bytes:
    """The TPDU of the one message the network got."""
    ((_, tpdu_hex),) = [event for event in rig.take_events() if event[0] == "mo"]
    return bytes.fromhex(str(tpdu_hex))


@pytest.mark.parametrize(
    ("charset", "operator", "number", "smsc"),
    [
        ("IRA", b'"Testnet"', b'"+491701234567"', b'"+491710760000"'),
        ("GSM", b'"Testnet"', b'"+491701234567"', b'"+491710760000"'),
        ("HEX", b'"546573746E6574"', b'"2B343931373031323334353637"', b'"2B343931373130373630303030"'),
        ("UCS2", _TEST_UCS2, b'"' + "+491701234567".encode("utf-16-be").hex().upper().encode() + b'"',
         b'"' + "+491710760000".encode("utf-16-be").hex().upper().encode() + b'"'),
    ],
)  # fmt: skip
def test_numbers_and_operators_come_in_the_terminals_alphabet(
    charset: str, operator: bytes, number: bytes, smsc: bytes
) -> None:
    rig = Rig()
    assert rig.at(f'AT+CSCS="{charset}"\r'.encode()) == OK
    assert rig.at(b"AT+COPS?\r") == b"\r\n+COPS: 0,0," + operator + b",7\r\n" + OK
    assert rig.at(b"AT+COPS=3,2;+COPS?\r") == b'\r\n+COPS: 0,2,"26201",7\r\n' + OK  # digits stay digits
    assert rig.at(b"AT+CNUM\r") == b'\r\n+CNUM: "",' + number + b",145\r\n" + OK
    assert rig.at(b"AT+CSCA?\r") == b"\r\n+CSCA: " + smsc + b",145\r\n" + OK
    assert rig.at(b"AT+CSCA=" + smsc + b"\r") == OK
    assert rig.sim.smsc == "+491710760000"


@pytest.mark.parametrize("charset", ["UCS2", "HEX"])
def test_a_string_that_is_nothing_in_the_terminals_alphabet_is_refused(charset: str) -> None:
    rig = Rig()
    rig.at(f'AT+CSCS="{charset}";+CMGF=1\r'.encode())
    assert rig.at(b'AT+CSCA="+49"\r') == _305


@pytest.mark.parametrize(
    ("csmp", "vp"),
    [
        (b"17,167,0,0", "A7"),
        (b"1,167,0,0", None),  # no validity period at all
        (b'25,"26/11/25,12:30:00+04",0,0', "62115221030040"),
        (b'25,"26/11/25,12:30:00-08",0,0', "62115221030088"),
    ],
)
def test_the_validity_period_is_what_csmp_says(csmp: bytes, vp: str | None) -> None:
    rig = Rig()
    assert rig.at(b"AT+CMGF=1;+CSMP=" + csmp + b"\r") == OK
    assert rig.at(b"AT+CSMP?\r") == b"\r\n+CSMP: " + csmp + b"\r\n" + OK
    rig.at(b'AT+CMGS="12345"\r')
    assert rig.at(b"hi\x1a").endswith(OK)
    sent = decode_submit(_sent(rig))
    assert (sent.vp.raw.hex().upper() if sent.vp else None) == vp


@pytest.mark.parametrize("csmp", [b"25,167", b'25,"tomorrow"', b"256", b"17,167,0,0,0", b'25,"26/11/25,12:30"'])
def test_csmp_refuses_what_makes_no_message(csmp: bytes) -> None:
    assert Rig().at(b"AT+CSMP=" + csmp + b"\r") == _305


def test_csas_keeps_over_a_restart_what_cres_brings_back() -> None:
    rig = Rig()
    assert rig.at(b'AT+CSMP=49,10,0,0;+CSCB=1,"0-5","1";+CSAS\r') == OK
    rig.modem.restart()
    rig.pass_ms(0)
    rig.at(b"ATE0\r")
    assert rig.at(b"AT+CSMP?\r") == b"\r\n+CSMP: 17,167,0,0\r\n" + OK
    assert rig.at(b"AT+CRES;+CSMP?;+CSCB?\r") == b'\r\n+CSMP: 49,10,0,0\r\n\r\n+CSCB: 1,"0-5","1"\r\n' + OK


def test_a_written_message_goes_to_another_number() -> None:
    rig = Rig()
    assert rig.at(b"AT+CMGF=1;+CMGW\r") == b"\r\n> "  # text mode: no number yet
    assert rig.at(b"hi\x1a") == b"\r\n+CMGW: 1\r\n" + OK
    assert rig.at(b'AT+CMSS=1,"+491701111111"\r') == b"\r\n+CMSS: 0\r\n" + OK
    sent = decode_submit(_sent(rig))
    assert (sent.da.number, sent.text) == ("+491701111111", "hi")
    assert rig.at(b'AT+CMSS=1,"hello"\r').startswith(b"\r\n+CMS ERROR: ")


@pytest.mark.parametrize(
    ("mode", "after"),
    [(0, b',"010062112221100000"'), (1, b',"26/11/22,12:01:00+00"')],
)
def test_with_service_1_the_networks_report_comes_along(mode: int, after: bytes) -> None:
    rig = Rig()
    rig.network.mo_result = MoResult(ok=True, scts=bytes.fromhex("62112221100000"))
    rig.at(b"AT+CMGF=%d;+CSMS=1\r" % mode)
    if mode:
        rig.at(b'AT+CMGS="12345"\r')
        assert rig.at(b"hi\x1a") == b"\r\n+CMGS: 0" + after + b"\r\n" + OK
    else:
        rig.at(b"AT+CMGS=%d\r" % len(submit()))
        assert rig.at(b"00" + submit().hex().encode() + b"\x1a") == b"\r\n+CMGS: 0" + after + b"\r\n" + OK
    rig.at(b"AT+CSMS=0\r")


def test_the_link_for_more_messages_closes_five_seconds_after_the_last() -> None:
    rig = Rig()
    assert rig.at(b"AT+CMMS=1;+CMMS?\r") == b"\r\n+CMMS: 1\r\n" + OK
    rig.pass_ms(5000)
    assert rig.at(b"AT+CMMS?\r") == b"\r\n+CMMS: 0\r\n" + OK
    rig.at(b"AT+CMMS=2\r")
    rig.pass_ms(60_000)
    assert rig.at(b"AT+CMMS?\r") == b"\r\n+CMMS: 2\r\n" + OK


def test_text_mode_acknowledges_without_a_number() -> None:
    rig = Rig()
    rig.at(b"AT+CMGF=1;+CSMS=1;+CNMI=2,2,0,0,0\r")
    assert rig.deliver(DELIVER).startswith(b'\r\n+CMT: "12345",,"')
    assert rig.at(b"AT+CNMA=1\r") == b"\r\n+CMS ERROR: 304\r\n"
    assert rig.at(b"AT+CNMA\r") == OK


def test_a_store_that_holds_a_status_report_lists_it_among_the_others() -> None:
    rig = Rig("ec25")
    report = bytes.fromhex("060505802143F5" + "62112221100000" * 2 + "00")
    rig.at(b'AT+QURCCFG="urcport","uart1";+CPMS="ME","ME","ME";+CNMI=2,1,0,2,0\r')
    assert rig.deliver(report) == b'\r\n+CDSI: "SR",0\r\n'
    assert rig.at(b'AT+CPMS="SR";+CMGR=0\r').split(b"\r\n")[3:5] == [b"+CMGR: 0,,%d" % len(report),
        b"0791947101670000" + report.hex().upper().encode()]  # fmt: skip
    assert rig.at(b'AT+CMGF=1;+CMGL="ALL"\r') == (
        b'\r\n+CMGL: 0,"REC READ",6,5,"12345",128,"26/11/22,12:01:00+00","26/11/22,12:01:00+00",0\r\n' + OK
    )


# --- the line (V.250)


def test_what_is_saved_comes_back_after_a_restart_and_atz_and_goes_with_atf() -> None:
    rig = Rig()
    assert rig.at(b"ATE0;+CMEE=1;+CNMI=2,1,0,0,0;&W\r") == OK
    rig.modem.restart()
    rig.pass_ms(0)
    assert rig.at(b"AT+CMEE?\r") == b"\r\n+CMEE: 1\r\n" + OK  # no echo either
    rig.at(b"AT+CMEE=2\r")
    assert rig.at(b"ATZ\r") == OK
    assert rig.at(b"AT+CMEE?;+CNMI?\r") == b"\r\n+CMEE: 1\r\n\r\n+CNMI: 2,1,0,0,0\r\n" + OK
    rig.at(b"AT&F\r")
    rig.at(b"ATE0\r")
    assert rig.at(b"AT+CMEE?\r") == b"\r\n+CMEE: 0\r\n" + OK


def test_what_one_command_says_behind_its_result_waits_for_the_whole_line() -> None:
    rig = Rig("sim7080")
    rig.at(b"AT+CPSMS=0\r")
    assert rig.at(b"AT+CNACT=0,1;+CSQ\r") == b"\r\n+CSQ: 21,99\r\n" + OK + b"\r\n+APP PDP: 0,ACTIVE\r\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"AT+CUSD=1,\"*100#\",15\r", OK + b"\r\n+CUSD: 4\r\n"),
        (b"AT+CRSM=176,12258,0,0,10\r", b'\r\n+CRSM: 144,0,"989420000000000010F1"\r\n' + OK),
        (b"AT+CRSM=176,28423,0,0,9\r", b'\r\n+CRSM: 144,0,"082926102143658709"\r\n' + OK),
        (b"AT+CRSM=176,1,0,0,9\r", b"\r\n+CRSM: 148,4\r\n" + OK),
        (b'AT+CSIM=10,"00A4000000"\r', b'\r\n+CSIM: 4,"6A82"\r\n' + OK),
        (b"AT+CLCC\r", OK),
        (b"AT+CPOL?\r", OK),
        (b'AT+CPBS="ON";+CPBR=1\r', b'\r\n+CPBR: 1,"+491701234567",145,""\r\n' + OK),
        (b"AT+CIND?\r", b"\r\n+CIND: 4,1,0,0,0\r\n" + OK),
        (b"AT+COPS=2;+COPS?\r", b"\r\n+COPS: 2\r\n" + OK),
        (b"AT+CCWA=9\r", ERROR),
        (b"AT+CRC=0,1,1\r", ERROR),
        (b"AT+CSMS=128\r", b"\r\n+CMS ERROR: 303\r\n"),
    ],
)  # fmt: skip
def test_what_clients_ask_beside_messages(line: bytes, expected: bytes) -> None:
    assert Rig().at(line) == expected
