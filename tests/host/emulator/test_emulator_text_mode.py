"""Facts about text mode (TS 27.005 §3.1, §3.4, §3.5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from emulator_rig import Rig

from mtmo_host.sms.address import Address
from mtmo_host.sms.scts import Scts
from mtmo_host.sms.tpdu import decode_submit, encode_deliver

OK = b"\r\nOK\r\n"
_WHEN = Scts.of(datetime(2026, 11, 22, 10, 30, tzinfo=UTC))
_OA = Address("+491701234567", 1)


def _rig(*setup: str) -> Rig:
    rig = Rig("a7670")
    for line in ("AT+CMGF=1", "AT+CNMI=2,1,0,0,0", *setup):
        assert rig.at(line.encode() + b"\r") == OK
    return rig


def _deliver(text: str, dcs: int = 0) -> bytes:
    return encode_deliver(oa=_OA, scts=_WHEN, text=text, dcs=dcs)


_FROM = b'"+491701234567",,"26/11/22,10:30:00+00"'
_FROM_UCS2 = b'"' + "+491701234567".encode("utf-16-be").hex().upper().encode() + b'",,"26/11/22,10:30:00+00"'


@pytest.mark.parametrize(
    ("charset", "text", "dcs", "expected"),
    [
        ("IRA", "hello", 0, _FROM + b"\r\nhello\r\n"),
        ("GSM", "a@b", 0, _FROM + b"\r\na\x00b\r\n"),
        ("UCS2", "a€", 0, _FROM_UCS2 + b"\r\n006120AC\r\n"),
        ("IRA", "Ж", 8, _FROM + b"\r\n0416\r\n"),
    ],
)
def test_a_message_is_read_in_the_terminals_alphabet(charset: str, text: str, dcs: int, expected: bytes) -> None:
    rig = _rig(f'AT+CSCS="{charset}"')
    assert rig.deliver(_deliver(text, dcs)) == b'\r\n+CMTI: "ME",1\r\n'
    assert rig.at(b'AT+CMGL="ALL"\r') == b'\r\n+CMGL: 1,"REC UNREAD",' + expected + OK
    assert rig.at(b"AT+CMGR=1\r") == b'\r\n+CMGR: "REC READ",' + expected + OK


def test_a_routed_message_with_all_fields() -> None:
    rig = _rig("AT+CSDH=1", "AT+CNMI=2,2,0,0,0")
    assert rig.deliver(_deliver("hi")) == b"\r\n+CMT: " + _FROM + b',145,4,0,0,"+491710760000",145,2\r\nhi\r\n'


def test_text_is_sent_with_a_prompt_for_each_line() -> None:
    rig = _rig("AT+CSMP=49,167,0,0")
    rig.take_events()
    assert rig.at(b'AT+CMGS="+491701234567"\r') == b"\r\n>\r\n"
    assert rig.at(b"ab\r") == b"\r\n>\r\n"
    assert rig.at(b"cx\x08d\x1a") == b"\r\n+CMGS: 0\r\n" + OK
    ((_, tpdu_hex),) = rig.take_events()
    submit = decode_submit(bytes.fromhex(str(tpdu_hex)))
    assert (submit.da.number, submit.text, submit.srr) == ("+491701234567", "ab\rcd", True)
    assert submit.vp is not None
    assert submit.vp.raw == b"\xa7"


@pytest.mark.parametrize("body", [b"x" * 161, b"\xff"])
def test_a_body_that_makes_no_message_is_refused(body: bytes) -> None:
    rig = _rig('AT+CSCS="GSM"')
    rig.at(b'AT+CMGS="+491701234567"\r')
    assert rig.at(body + b"\x1a") == b"\r\n+CMS ERROR: 305\r\n"


def test_binary_goes_as_hex() -> None:
    rig = _rig("AT+CSMP=17,167,0,4")
    rig.take_events()
    rig.at(b'AT+CMGS="12345",129\r')
    assert rig.at(b"00FF1A\x1a").endswith(OK)
    ((_, tpdu_hex),) = rig.take_events()
    assert str(tpdu_hex).endswith("0300FF1A")


def test_a_written_message_keeps_its_state_and_can_be_sent() -> None:
    rig = _rig()
    rig.at(b'AT+CMGW="12345"\r')
    assert rig.at(b"hi\x1a") == b"\r\n+CMGW: 1\r\n" + OK
    assert rig.at(b'AT+CMGL="STO UNSENT"\r') == b'\r\n+CMGL: 1,"STO UNSENT","12345",,\r\nhi\r\n' + OK
    assert rig.at(b"AT+CMSS=1\r") == b"\r\n+CMSS: 0\r\n" + OK
    assert b"STO SENT" in rig.at(b"AT+CMGR=1\r")
