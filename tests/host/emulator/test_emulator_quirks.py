"""Each quirk of each personality's table, seen on the line."""

from __future__ import annotations

import pytest
from emulator_rig import submit
from quirk_stories import STORIES, ready

from mtmo_host.emulator import personality, personality_names

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"
_TPDU = submit()
_CMGS = b"AT+CMGS=%d\r" % len(_TPDU)
_BODY = b"00" + _TPDU.hex().upper().encode() + b"\x1a"
_CMS_303 = b"\r\n+CMS ERROR: 303\r\n"

# personality, quirk -> what is sent and the exact answer, in order
TRANSCRIPTS: dict[tuple[str, str], list[tuple[bytes, bytes]]] = {
    ("sim800", "no ds 2"): [(b"AT+CNMI=2,1,0,2,0\r", _CMS_303), (b"AT+CNMI=2,1,0,1,0\r", OK)],
    ("sim800", "CIFSR without OK"): [
        (b'AT+CSTT="em","me","secret"\r', OK), (b"AT+CIICR\r", OK), (b"AT+CIFSR\r", b"\r\n10.64.0.7\r\n"),
    ],
    ("sim800", "CIPSHUT says SHUT OK"): [(b"AT+CIPSHUT\r", b"\r\nSHUT OK\r\n")],
    ("sim800", "farewell instead of OK"): [(b"AT+CPOWD=1\r", b"\r\nNORMAL POWER DOWN\r\n")],
    ("sim7000", "farewell instead of OK"): [(b"AT+CPOWD=1\r", b"\r\nNORMAL POWER DOWN\r\n")],
    ("sim7080", "farewell instead of OK"): [(b"AT+CPOWD=1\r", b"\r\nNORMAL POWER DOWN\r\n")],
    ("sim800", "no granted context"): [(b"AT+CGCONTRDP=1\r", ERROR)],
    ("sim800", "own error numbers"): [(b"AT+CMGS=300\r", b"\r\n+CMS ERROR: 513\r\n")],
    ("sim7000", "CNACT takes the APN"): [
        (b'AT+CNACT=1,"em"\r', OK + b"\r\n+APP PDP: ACTIVE\r\n"),
        (b"AT+CNACT?\r", b'\r\n+CNACT: 1,"10.64.0.7"\r\n' + OK),
    ],
    ("sim7080", "CNACT reports after OK"): [(b"AT+CNACT=0,1\r", OK + b"\r\n+APP PDP: 0,ACTIVE\r\n")],
    ("sim7600", "blank lines"): [(b"AT+CSQ\r", b"\r\n+CSQ: 21,99\r\n\r\n" + OK)],
    ("a7670", "prompt on its own line"): [(_CMGS, b"\r\n>\r\n"), (_BODY, b"\r\n+CMGS: 0\r\n" + OK)],
    ("a7670", "modes that go together"): [
        (b"AT+CNMI=?\r", b"\r\n+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)\r\n" + OK),
        *((b"AT+CNMI=%s\r" % one, OK) for one in (b"2,1,0,0", b"1,2", b"2,2", b"1,3", b"1,1,0,1", b"0,1,0,2,0")),
        *((b"AT+CNMI=%s\r" % one, _CMS_303) for one in (b"0,2,0,0", b"2,3", b"2,1,0,1", b"0,3", b"3,1")),
        (b"AT+CNMI?\r", b"\r\n+CNMI: 0,1,0,2,0\r\n" + OK),
    ],
    ("m95", "no service 1"): [
        (b"AT+CSMS=?\r", b"\r\n+CSMS: (0,128)\r\n" + OK),
        (b"AT+CSMS=1\r", _CMS_303), (b"AT+CNMA\r", b"\r\n+CMS ERROR: 302\r\n"),
    ],
    ("m95", "one session"): [(b'AT+QICSGP=1,"em","me","secret"\r', OK), (b"AT+QIACT\r", OK), (b"AT+QIACT=1\r", ERROR)],
    ("m95", "QILOCIP without OK"): [(b"AT+QIACT\r", OK), (b"AT+QILOCIP\r", b"\r\n10.64.0.7\r\n")],
    ("m95", "own error numbers"): [(b"AT+CMGS=300\r", b"\r\n+CMS ERROR: 513\r\n")],
    ("ec25", "own error numbers"): [(b"AT+CMGS=300\r", b"\r\n+CMS ERROR: 513\r\n")],
    ("bg95", "own error numbers"): [(b"AT+CMGS=300\r", b"\r\n+CMS ERROR: 513\r\n")],
    ("sara_r4", "indications off"): [(b"AT+CNMI?\r", b"\r\n+CNMI: 1,0,0,0,0\r\n" + OK)],
    ("sara_r4", "no mode 3"): [(b"AT+CNMI=3,1\r", _CMS_303)],
    ("sara_r4", "address form"): [
        (b"AT+CGPADDR=1\r", b'\r\n+CGPADDR= 1,"10.64.0.7"\r\n' + OK),
        (b'AT+CGDCONT=2,"IP","em";+CGPADDR=2\r', b'\r\n+CGPADDR= 2,""\r\n' + OK),
    ],
    ("lara_r6", "no profile of Europe"): [
        (b"AT+CMEE=1;+UMNOPROF=100\r", b"\r\n+CME ERROR: 50\r\n"), (b"AT+UMNOPROF=201\r", OK),
        (b"AT+UMNOPROF?\r", b"\r\n+UMNOPROF: 201\r\n" + OK),
    ],
    ("lara_r6", "own numbers of RATs"): [
        (b"AT+URAT?\r", b"\r\n+URAT: 3\r\n" + OK), (b"AT+URAT=3,2\r", OK), (b"AT+URAT=7\r", ERROR),
    ],
    ("telit_me910", "exact prompt"): [(_CMGS, b"\r\n> ")],
    ("telit_me910", "ESC is OK"): [(_CMGS, b"\r\n> "), (b"00\x1b", OK)],
    ("telit_me910", "prompt per line"): [
        (b'AT+CMGF=1;+CMGS="12345"\r', b"\r\n> "), (b"one\r", b"\r\n> "), (b"two\x1a", b"\r\n+CMGS: 0\r\n" + OK),
    ],
    ("telit_me910", "indications off"): [(b"AT+CNMI?\r", b"\r\n+CNMI: 0,0,0,0,0\r\n" + OK)],
    ("gm02s", "indications off"): [(b"AT+CNMI?\r", b"\r\n+CNMI: 0,0,0,0,0\r\n" + OK)],
    ("hl78", "no ping"): [(b'AT+KPING=1,"example.com"\r', ERROR), (b"AT+KPING=?\r", ERROR)],
    ("nrf91", "PDU only"): [(b"AT+CMGF=1\r", b"+CMS ERROR: 303\r\n"), (b"AT+CMGF=?\r", b"+CMGF: (0)\r\nOK\r\n")],
    ("nrf91", "forms that are missing"): [
        *((b"AT+%s\r" % form, b"ERROR\r\n") for form in (b"CGDCONT=?", b"CGAUTH=?", b"CGAUTH?", b"CGCONTRDP=?")),
        (b"AT+CNMI=?\r", b"+CMS ERROR: 303\r\n"), (b"AT+CNMI=3,2,0,1;+CNMI?\r", b"+CNMI: 3,2,0,1,1\r\nOK\r\n"),
    ],
    ("nrf91", "no store"): [
        (b"AT+CPMS=?\r", b'+CPMS: ("MT"),("MT"),("MT")\r\nOK\r\n'),
        (b'AT+CPMS="MT"\r', b"+CPMS: 0,0,0,0,0,0\r\nOK\r\n"),
        (b"AT+CPMS?\r", b'+CPMS: "MT",0,0,"MT",0,0,"MT",0,0\r\nOK\r\n'),
        (b'AT+CPMS="SM"\r', b"+CMS ERROR: 302\r\n"),
        *((b"AT+%s=?\r" % name, b"ERROR\r\n") for name in (b"CMGL", b"CMGR", b"CMGD")),
    ],
    ("nrf91", "zeros first"): [
        (b"AT+CNMI?\r", b"+CNMI: 0,0,0,0,1\r\nOK\r\n"), (b"AT+CNMI=3,2,0,1\r", b"OK\r\n"),
        (b"AT+CNMI=3,2,0,0\r", b"+CMS ERROR: 302\r\n"),
        (b"AT+CNMI=0,0,0,0\r", b"OK\r\n"), (b"AT+CNMI=3,2,0,0\r", b"OK\r\n"),
    ],
    ("nrf91", "one write"): [(_CMGS + _BODY, b"+CMGS: 0\r\nOK\r\n")],
    ("nrf91", "APN with the radio off"): [
        (b'AT+CMEE=1;+CGDCONT=0,"IP","em"\r', b"+CME ERROR: 3\r\n"), (b"AT+CFUN=4\r", b"OK\r\n"),
        (b'AT+CGDCONT=0,"IP","em"\r', b"OK\r\n"),
    ],
    ("nrf91", "no CR LF in front"): [(b"AT+CGMM\r", b"nRF9160-SICA\r\nOK\r\n")],
    ("cinterion", "bfr must be 1"): [(b"AT+CNMI=2,1,0,0,0\r", _CMS_303), (b"AT+CNMI=2,1,0,0,1\r", OK)],
    ("cinterion", "no mt 2"): [(b"AT+CNMI=2,2,0,0,1\r", _CMS_303)],
    ("cinterion", "no ME to receive into"): [
        (b'AT+CPMS="ME","ME","ME"\r', b"\r\n+CMS ERROR: 302\r\n"),
        (b'AT+CPMS="ME","ME","SM"\r', b"\r\n+CPMS: 0,50,0,50,0,30\r\n" + OK),
    ],
    ("cinterion", "own error numbers"): [
        (b"AT+CMGS=300\r", b"\r\n+CMS ERROR: 516\r\n"), (b"AT+CMGS=20\rxy\x1a", b"\r\n> \r\n+CMS ERROR: 517\r\n"),
    ],
    ("minimal", "basics only"): [
        (b"AT+CGDCONT?\r", _CMS_303), (b"AT+CSMP?\r", _CMS_303), (b"AT+CNMA\r", _CMS_303),
        (b"AT+CPMS?\r", b'\r\n+CPMS: "SM",0,20,"SM",0,20,"SM",0,20\r\n' + OK),
    ],
    ("minimal", "303 for all else"): [(b"AT+NOSUCH\r", _CMS_303), (b"ATJ9\r", ERROR)],
    ("generic", "unknown has a number"): [(b"AT+CMEE=1;+NOSUCH\r", b"\r\n+CME ERROR: 4\r\n")],
}  # fmt: skip


@pytest.mark.parametrize(("name", "quirk"), TRANSCRIPTS, ids="-".join)
def test_transcript(name: str, quirk: str) -> None:
    rig = ready(name)
    for sent, expected in TRANSCRIPTS[name, quirk]:
        assert rig.at(sent) == expected


@pytest.mark.parametrize(("name", "quirk"), [(n, q.name) for n in personality_names() for q in personality(n).quirks])
def test_story(name: str, quirk: str) -> None:
    """Also: no quirk is without a test, and no test without a quirk."""
    if (name, quirk) not in TRANSCRIPTS:
        STORIES[name, quirk](name)


def test_each_tested_quirk_stands_in_its_record() -> None:
    known = {(name, quirk.name) for name in personality_names() for quirk in personality(name).quirks}
    assert set(TRANSCRIPTS) | set(STORIES) == known
    assert not set(TRANSCRIPTS) & set(STORIES)


def test_each_record_names_the_sources_of_its_parts() -> None:
    for name in personality_names():
        record = personality(name)
        assert {"identification", "boot", "sms", "pdp", "power"} == set(record.sources), name
        assert all(quirk.source and quirk.what for quirk in record.quirks), name
