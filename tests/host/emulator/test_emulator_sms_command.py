"""SMS-COMMAND at the emulated modem, and what else is written and sent beside plain texts (TS 27.005 §3.5, §4.5)."""

from __future__ import annotations

import pytest
from emulator_rig import SCA, Rig

from mtmo_host.emulator.error_text import CMS_TEXT
from mtmo_host.emulator.radio import MoResult
from mtmo_host.sms.address import Address
from mtmo_host.sms.command import decode_command, encode_command
from mtmo_host.sms.tpdu import decode_deliver, decode_submit

OK = b"\r\nOK\r\n"
COMMAND = encode_command(da=Address("+491701234567", 1), ct=2, mn=42)
_HEX = COMMAND.hex().upper().encode()
_LENGTH = len(COMMAND)


def _sent(rig: Rig) -> bytes:
    ((_, tpdu_hex),) = [event for event in rig.take_events() if event[0] == "mo"]
    return bytes.fromhex(str(tpdu_hex))


def test_a_command_goes_out_in_pdu_mode() -> None:
    rig = Rig()
    assert rig.at(b"AT+CMGC=%d\r" % _LENGTH) == b"\r\n> "
    assert rig.at(b"00" + _HEX + b"\x1a") == b"\r\n+CMGC: 0\r\n" + OK
    sent = decode_command(_sent(rig))
    assert (sent.ct, sent.mn, sent.mr, sent.da.number) == (2, 42, 0, "+491701234567")
    assert rig.modem.watch.mo == 0, "it is no text"


# what is sent in text mode, the fields that go out: first octet, PID, CT, MN, number, TOA, data
TEXT = [
    (b'=2,0,0,7,"+491701234567"', b"", (2, 0, 0, 7, "+491701234567", 145, b"")),
    (b'=34,3,65,8,"12345",129', b"", (34, 65, 3, 8, "12345", 129, b"")),
    (b'=2,2,,9,"12345"', b"0A0b", (2, 0, 2, 9, "12345", 129, b"\x0a\x0b")),
]


@pytest.mark.parametrize(("line", "body", "fields"), TEXT)
def test_a_command_goes_out_in_text_mode(line: bytes, body: bytes, fields: tuple[object, ...]) -> None:
    rig = Rig()
    rig.at(b"AT+CMGF=1\r")
    assert rig.at(b"AT+CMGC" + line + b"\r") == b"\r\n> "
    assert rig.at(body + b"\x1a") == b"\r\n+CMGC: 0\r\n" + OK
    sent = decode_command(_sent(rig))
    assert (sent.first, sent.pid, sent.ct, sent.mn, sent.da.number, sent.da.toa, sent.data) == fields


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"AT+CMGC\r", 303),
        (b"AT+CMGC=5\r", 304),  # shorter than any
        (b"AT+CMGC=%d\r00%s\x1a" % (_LENGTH + 1, _HEX), 304),
        (b"AT+CMGC=15\r0001000C919471325476F8000002C834\x1a", 304),  # a SUBMIT
        (b"AT+CMGS=%d\r00%s\x1a" % (_LENGTH, _HEX), 304),  # a COMMAND
        (b"AT+CMGF=1;+CMGC=2\r", 305),
        (b"AT+CMGF=1;+CMGC=1,0\r", 305),  # the first octet of a SUBMIT
        (b"AT+CMGF=1;+CMGC=2,256\r", 305),
        (b'AT+CMGF=1;+CMGC=2,0,0,0,"12345",1\r', 305),
        (b'AT+CMGF=1;+CMGC=2,0,0,0,"12345",129,0\r', 305),
        (b'AT+CMGF=1;+CMGC=2,0,0,0,"hello"\r\x1a', 305),
        (b'AT+CMGF=1;+CMGC=2,0,0,0,"12345"\rnot hex\x1a', 305),
        (b'AT+CMGF=1;+CMGC=2,0,0,0,"12345"\r' + b"00" * 158 + b"\x1a", 305),
    ],
)
def test_what_is_no_command_is_refused(sent: bytes, error: int) -> None:
    rig = Rig()
    assert rig.at(sent).endswith(b"\r\n+CMS ERROR: %d\r\n" % error)
    assert [event for event in rig.take_events() if event[0] == "mo"] == []


def test_a_written_command_is_sent_and_shown_as_one() -> None:
    rig = Rig()
    stored = encode_command(da=Address("12345", 0), ct=1, mn=5, data=b"\x07")
    rig.at(b"AT+CMGW=%d\r00%s\x1a" % (len(stored), stored.hex().encode()))
    assert rig.at(b'AT+CMSS=1,"99"\r') == b"\r\n+CMSS: 0\r\n" + OK
    assert decode_command(_sent(rig)).da.number == "12345", "another number is for a SUBMIT"
    assert rig.at(b"AT+CMGR=1\r") == b"\r\n+CMGR: 3,,%d\r\n" % len(
        stored
    ) + SCA.encode() + stored.hex().upper().encode() + (b"\r\n" + OK)
    rig.at(b"AT+CMGF=1\r")
    assert rig.at(b"AT+CMGR=1\r") == b'\r\n+CMGR: "STO SENT",2,1\r\n' + OK
    assert rig.at(b'AT+CMGL="ALL"\r') == b'\r\n+CMGL: 1,"STO SENT",2,1\r\n' + OK
    rig.at(b"AT+CSDH=1\r")
    assert rig.at(b"AT+CMGR=1\r") == b'\r\n+CMGR: "STO SENT",2,1,0,5,"12345",129,1\r\n07\r\n' + OK


@pytest.mark.parametrize(("name", "has"), [("generic", True), ("m95", True), ("cinterion", True), ("a7670", False)])
def test_not_every_family_sends_commands(name: str, has: bool) -> None:
    assert rig_says(name, b"AT+CMGC=?\r").strip() == (b"OK" if has else b"ERROR")


def rig_says(name: str, line: bytes) -> bytes:
    return Rig(name).at(line)


def test_esc_gives_a_command_up() -> None:
    rig = Rig()
    rig.at(b"AT+CMGC=%d\r" % _LENGTH)
    assert rig.at(b"00\x1b") == OK


# --- written messages


def test_a_message_written_as_received_is_one() -> None:
    rig = Rig()
    rig.at(b'AT+CCLK="26/11/22,10:30:00+00"\r')
    rig.at(b"AT+CMGF=1\r")
    assert rig.at(b'AT+CMGW="+491701234567",145,"REC READ"\r') == b"\r\n> "
    assert rig.at(b"hi\x1a") == b"\r\n+CMGW: 1\r\n" + OK
    assert rig.at(b"AT+CMGR=1\r") == (b'\r\n+CMGR: "REC READ","+491701234567",,"26/11/22,10:30:00+00"\r\nhi\r\n' + OK)
    assert rig.at(b"AT+CMSS=1\r") == b"\r\n+CMS ERROR: 321\r\n", "it is not for sending"
    stored = rig.modem.sms.store.get("SM", 1)
    assert stored is not None
    assert decode_deliver(stored.pdu[1 + stored.pdu[0] :]).text == "hi"


def test_all_is_no_state_of_a_written_message() -> None:
    rig = Rig()
    rig.at(b"AT+CMGF=1\r")
    assert rig.at(b'AT+CMGW="12345",129,"ALL"\r') == b"\r\n+CMS ERROR: 305\r\n"


@pytest.mark.parametrize(
    ("csmp", "body", "text", "header"),
    [
        (b"81,167,0,4", b"0500032A0201414243", None, "0500032A0201"),
        (b"81,167,0,8", b"0500032A020100410042", "AB", "0500032A0201"),
        (b"81,167,0,0", b"0500032A0201D06536FB0D", "hello", "0500032A0201"),
        (b"81,167,0,0", b"not hex", None, None),
        (b"81,167,0,4", b"FF", None, None),
    ],
)
def test_a_header_announced_by_csmp_stands_in_front_of_the_body(
    csmp: bytes, body: bytes, text: str | None, header: str | None
) -> None:
    rig = Rig()
    rig.at(b"AT+CMGF=1;+CSMP=" + csmp + b"\r")
    rig.at(b'AT+CMGS="12345"\r')
    said = rig.at(body + b"\x1a")
    if header is None:
        assert said == b"\r\n+CMS ERROR: 305\r\n"
        return
    assert said.endswith(OK)
    sent = decode_submit(_sent(rig))
    assert (sent.ud.header.hex().upper(), sent.text) == (header, text)
    assert sent.ud.payload.hex() == "414243" if csmp.endswith(b",4") else sent.text == text


def test_the_reply_path_is_asked_for_by_csmp() -> None:
    rig = Rig()
    rig.at(b'AT+CMGF=1;+CSMP=145;+CMGS="12345"\r')
    rig.at(b"hi\x1a")
    assert _sent(rig)[0] & 0x80


# --- what the network and the card say


@pytest.mark.parametrize("code", [cause for cause in CMS_TEXT if cause < 256])
def test_every_cause_of_the_network_comes_through_with_its_words(code: int) -> None:
    rig = Rig()
    rig.network.mo_result = MoResult(False, code)
    rig.at(b"AT+CMEE=2;+CMGF=1\r")
    rig.at(b'AT+CMGS="12345"\r')
    assert rig.at(b"hi\x1a").strip().decode() == f"+CMS ERROR: {CMS_TEXT[code]}"


def test_cres_brings_the_service_centre_back_too() -> None:
    rig = Rig()
    rig.at(b'AT+CSCA="+491710000000";+CSAS\r')
    rig.at(b'AT+CSCA="+491719999999"\r')
    rig.at(b"AT+CRES\r")
    assert rig.at(b"AT+CSCA?\r") == b'\r\n+CSCA: "+491710000000",145\r\n' + OK
