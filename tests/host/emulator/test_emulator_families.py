"""Each family in its own way: identity, a text in and out, an APN with a login, ping, switching off, restarting."""

from __future__ import annotations

import pytest
from emulator_rig import DELIVER, IMEI, SCA, Rig, submit

from mtmo_host.emulator import personality, personality_names
from mtmo_host.emulator.radio import Auth

_TPDU = submit()
_CMGS = b"AT+CMGS=%d\r" % len(_TPDU)
_BODY = b"00" + _TPDU.hex().upper().encode() + b"\x1a"
_ICCID = "8949020000000000011"
_IP = "10.64.0.7"

# personality -> command for the card's number, its answer; another query of its own, its answer
IDENTITY = {
    "sim800": ("+CCID", _ICCID, "I", "SIM800 R14.18"),
    "sim7000": ("+CCID", _ICCID, "+SIMCOMATI", "SIM7000G R1529"),
    "sim7080": ("+CCID", _ICCID, "+SIMCOMATI", "SIM7080G R1951"),
    "sim7600": ("+CICCID", f"+ICCID: {_ICCID}", "+SIMCOMATI", f"IMEI: {IMEI}"),
    "a7670": ("+CICCID", f"+ICCID: {_ICCID}", "I", "Model: A7670E-LASE"),
    "m95": ("+QCCID", _ICCID, "I", "Quectel_M95"),
    "bg95": ("+QCCID", f"+QCCID: {_ICCID}", "+QGMR", "BG95M3LAR02A04_01.001.01.001"),
    "ec25": ("+QCCID", f"+QCCID: {_ICCID}", "I", "Revision: EC25EFAR06A03M4G"),
    "sara_r4": ("+CCID", f"+CCID: {_ICCID}", "I9", "L0.0.00.00.05.06,A.02.00"),
    "sara_r5": ("+CCID", f"+CCID: {_ICCID}", "I9", "03.15,A00.01"),
    "lara_r6": ("+CCID", f"+CCID: {_ICCID}", "I9", "00.11,A00.01"),
    "telit_me910": ("#CCID", f"#CCID: {_ICCID}", "#CGSN", f"#CGSN: {IMEI}"),
    "hl78": ("+CCID", f"+CCID: {_ICCID}", "+HWREV", "+HWREV: 4"),
    "gm02s": ("+SQNCCID", f"+SQNCCID: {_ICCID}", "I", "GM02S"),
    "nrf91": ("%XICCID", f"%XICCID: {_ICCID}", "%HWVERSION", "%HWVERSION: nRF9160 SICA B1A"),
    "cinterion": ("^SCID", f"^SCID: {_ICCID}", "I1", "A-REVISION 01.000.01"),
    "generic": ("+CCID", f"+CCID: {_ICCID}", "+GCAP", "+GCAP: +CGSM"),
    "minimal": ("+CCID", f"+CCID: {_ICCID}", "I", "GENERIC-SMS"),
}
# personality -> the lines that set APN "em" with PAP, user "me" and password "secret", and activate it
LOGIN = {
    "sim800 bearer": [
        'AT+SAPBR=3,1,"CONTYPE","GPRS"',
        'AT+SAPBR=3,1,"APN","em"',
        'AT+SAPBR=3,1,"USER","me"',
        'AT+SAPBR=3,1,"PWD","secret"',
        "AT+SAPBR=1,1",
    ],
    "sim800 TCP": ['AT+CSTT="em","me","secret"', "AT+CIICR"],
    "sim7000": ['AT+CNCFG=0,1,"em","me","secret",1', "AT+CFUN=4", "AT+CFUN=1"],
    "sim7080": ['AT+CNCFG=0,1,"em","me","secret",1', "AT+CFUN=4", "AT+CFUN=1", "AT+CNACT=0,1"],
    "sim7600": [
        'AT+CGDCONT=1,"IP","em","0.0.0.0",0,0',
        'AT+CGAUTH=1,1,"secret","me"',
        "AT+CFUN=4",
        "AT+CFUN=1",
        "AT+NETOPEN",
    ],
    "a7670": ['AT+CGDCONT=1,"IP","em"', 'AT+CGAUTH=1,1,"secret","me"', "AT+CFUN=4", "AT+CFUN=1"],
    "m95": ['AT+QICSGP=1,"em","me","secret"', "AT+QIREGAPP", "AT+QIACT"],
    "bg95": ['AT+QICSGP=1,1,"em","me","secret",1', "AT+CFUN=4", "AT+CFUN=1", "AT+QIACT=1"],
    "ec25": ['AT+QICSGP=2,1,"em","me","secret",1', "AT+QIACT=2"],
    "sara_r4": ['AT+CGDCONT=1,"IP","em"', 'AT+UAUTHREQ=1,1,"secret","me"', "AT+CFUN=4", "AT+CFUN=1"],
    "sara_r5": ['AT+CGDCONT=1,"IP","em"', 'AT+UAUTHREQ=1,1,"me","secret"', "AT+CFUN=4", "AT+CFUN=1"],
    "lara_r6": ['AT+CGDCONT=1,"IP","em"', 'AT+UAUTHREQ=1,1,"secret","me"', "AT+CFUN=4", "AT+CFUN=1"],
    "sara_r4 profile": [
        'AT+UPSD=1,1,"em"',
        'AT+UPSD=1,2,"me"',
        'AT+UPSD=1,3,"secret"',
        "AT+UPSD=1,6,1",
        "AT+UPSDA=1,3",
    ],
    "telit_me910": ['AT+CGDCONT=2,"IP","em"', 'AT#PDPAUTH=2,1,"me","secret"', "AT#SGACT=2,1"],
    "hl78": ['AT+KCNXCFG=1,"GPRS","em","me","secret","IPV4"', "AT+CFUN=4", "AT+CFUN=1"],
    "gm02s": ['AT+CGDCONT=1,"IP","em"', 'AT+CGAUTH=1,1,"me","secret"', "AT+CFUN=4", "AT+CFUN=1"],
    "nrf91": ["AT+CFUN=4", 'AT+CGDCONT=0,"IP","em"', 'AT+CGAUTH=0,1,"me","secret"', "AT+CFUN=1"],
    "cinterion": ['AT+CGDCONT=2,"IP","em"', 'AT^SGAUTH=2,1,"secret","me"', "AT^SICA=1,2"],
    "generic": ['AT+CGDCONT=1,"IP","em"', 'AT+CGAUTH=1,1,"me","secret"', "AT+CFUN=4", "AT+CFUN=1"],
}
# personality, the ping of the family for one or two echoes, a line of it and its last, whether they come behind OK
PINGS = [
    ("sim7000", 'AT+CIPPING="example.com",1', '+CIPPING: 1,"198.51.100.7",', "64", False),
    ("sim7000", 'AT+SNPING4="example.com",2,16,1000', "+SNPING4: 2,198.51.100.7,", "", False),
    ("sim7080", 'AT+SNPING4="example.com",1,16,1000', "+SNPING4: 1,198.51.100.7,", "", False),
    ("sim7600", 'AT+CPING="example.com",1,2', "+CPING: 1,198.51.100.7,64,", "+CPING: 3,2,2,0,", True),
    ("ec25", 'AT+QPING=1,"example.com",10,4', '+QPING: 0,"198.51.100.7",32,', "+QPING: 0,4,4,0,", True),
    ("bg95", 'AT+QPING=1,"example.com",10,1', '+QPING: 0,"198.51.100.7",32,', "+QPING: 0,1,1,0,", True),
    ("sara_r5", 'AT+UPING="example.com",1', '+UUPING: 1,32,"198.51.100.7",', "", True),
    ("lara_r6", 'AT+UPING="example.com",1', '+UUPING: 1,32,"198.51.100.7",', "", True),
    ("telit_me910", 'AT#PING="example.com",1', '#PING: 01,"198.51.100.7",', "64", False),
    ("gm02s", 'AT+PING="example.com",1', "+PING: 1,198.51.100.7,", "64", False),
    ("nrf91", 'AT#XPING="example.com",45,5000', "#XPING: 0.", "#XPING: average 0.", True),
    (
        "cinterion",
        'AT^SISX="Ping",1,"example.com",1',
        '^SISX: "Ping",1,1,"198.51.100.7",',
        '^SISX: "Ping",3,1,1,1,0,0',
        False,
    ),
]
OFF = {
    "sim800": "+CPOWD=1", "sim7000": "+CPOWD=1", "sim7080": "+CPOWD=0", "sim7600": "+CPOF", "a7670": "+CPOF",
    "m95": "+QPOWD=1", "bg95": "+QPOWD", "ec25": "+QPOWD=0", "sara_r4": "+CPWROFF", "sara_r5": "+CPWROFF",
    "lara_r6": "+CPWROFF", "telit_me910": "#SHDN", "hl78": "+CPWROFF",
    "gm02s": "+SQNSSHDN", "nrf91": "#XSHUTDOWN", "cinterion": "^SMSO",
}  # fmt: skip
RESTART = {
    "sim7000": "+CREBOOT", "sim7080": "+CREBOOT", "sim7600": "+CRESET", "a7670": "+CRESET", "sara_r4": "+CFUN=15",
    "sara_r5": "+CFUN=16", "lara_r6": "+CFUN=15", "telit_me910": "#REBOOT", "gm02s": "^RESET", "nrf91": "#XRESET",
    **dict.fromkeys(("sim800", "m95", "bg95", "ec25", "hl78", "cinterion", "generic", "minimal"), "+CFUN=1,1"),
}  # fmt: skip


def _ready(name: str) -> Rig:
    rig = Rig(name)
    for line in ("AT+CPSMS=0", "AT+CFUN=1", 'AT+QURCCFG="urcport","uart1"'):
        rig.at(line.encode() + b"\r")
    rig.take_events()
    return rig


def _say(rig: Rig, line: str) -> list[str]:
    """The lines of an answer; line ends as the family likes them."""
    return _lines(rig.at(line.encode() + b"\r"))


def _lines(octets: bytes) -> list[str]:
    return [part for part in octets.decode().replace("\r", "").split("\n") if part]


def _send(rig: Rig) -> list[str]:
    prompt = rig.modem.personality.sms.prompt
    if prompt:
        assert rig.at(_CMGS) == prompt
        answer = rig.at(_BODY)
    else:
        answer = rig.at(_CMGS + _BODY)
    return _lines(answer)


# how TinyGSM gets each family from its start to a context, as its source has it
_CIP = "+CIPMODE=0 +CIPSENDMODE=0 +CIPCCFG=10,0,0,0,1,0,75000 +CIPTIMEOUT=75000,15000,15000 +NETOPEN"
TINYGSM = {
    "sim800": """+CMEE=0 +CLTS=1 +CBATCHK=1 +CPIN? +GSN +CCID +CREG? +CIPSHUT +SAPBR=3,1,"Contype","GPRS"
        +SAPBR=3,1,"APN","em" +CGDCONT=1,"IP","em" +CGACT=1,1 +SAPBR=1,1 +SAPBR=2,1 +CGATT=1 +CIPMUX=1 +CIPQSEND=1
        +CIPRXGET=1 +CDNSCFG="8.8.8.8","8.8.4.4" +CSTT="em","","" +CIICR +CIFSR;E0""",
    "sim7000": '+CMEE=0 +CIURC=0 +CNMP? +CNACT=1,"em" +CNACT? +CIPMUX=1 +CIPQSEND=1 +CIPRXGET=1',
    "sim7600": f'+CMEE=0 +CTZR=0 +CTZU=1 +CGAUTH=1,0,"","" +CGDCONT=1,"IP","em","0.0.0.0",0,0 {_CIP}',
    "a7670": f'+CMEE=0 +CTZR=0 +CTZU=1 +CGDCONT=1,"IP","em","0.0.0.0",0,0 +CGATT=1 +CGACT=1,1 +CIPRXGET=1 {_CIP}',
    "m95": '+CMEE=0 +QICSGP=1,"em","","" +QIMUX=1 +QIMODE=0 +QINDI=1 +QIDNSIP=1 +QIREGAPP +QIACT',
}


@pytest.mark.parametrize(
    ("name", "networks"),
    [("sim800", 12), ("m95", 12), ("generic", 28), ("lara_r6", 25), ("cinterion", 25), ("sara_r4", 28)],
)
def test_ws46_says_which_networks_a_family_knows(name: str, networks: int) -> None:
    assert _say(_ready(name), "AT+WS46=?;+WS46?") == [f"+WS46: ({networks})", str(networks), "OK"]


@pytest.mark.parametrize("name", TINYGSM)
def test_a_driver_like_tinygsm_comes_to_its_context(name: str) -> None:
    rig = _ready(name)
    for line in TINYGSM[name].split():
        said = _say(rig, "AT" + line)
        assert said, line
        assert not any("ERROR" in part for part in said), (line, said)


@pytest.mark.parametrize("name", personality_names())
def test_each_says_who_it_is(name: str) -> None:
    rig, record = _ready(name), personality(name)
    assert _say(rig, "AT+CGMI;+CGMM;+CGMR;+CGSN") == [record.cgmi, record.cgmm, record.cgmr, IMEI, "OK"]
    card, card_answer, own, own_answer = IDENTITY[name]
    assert _say(rig, f"AT{card}") == [card_answer, "OK"]
    assert own_answer in _say(rig, f"AT{own}")
    assert _say(rig, "AT+CIMI") == ["262011234567890", "OK"]


@pytest.mark.parametrize("name", [name for name in personality_names() if personality(name).sms.stores])
def test_each_with_a_store_keeps_indicates_lists_and_deletes_a_text(name: str) -> None:
    rig, sms = _ready(name), personality(name).sms
    bfr = sms.cnmi_ranges[4][0]
    mem, index = sms.default_store, sms.index_base
    assert _say(rig, f"AT+CNMI=2,1,0,0,{bfr}") == ["OK"]
    assert _lines(rig.deliver()) == [f'+CMTI: "{mem}",{index}']
    pdu = SCA + DELIVER.hex().upper()
    assert _say(rig, "AT+CMGL=4") == [f"+CMGL: {index},0,,18", pdu, "OK"]
    assert _say(rig, f"AT+CMGR={index}") == ["+CMGR: 1,,18", pdu, "OK"]
    assert _say(rig, f"AT+CMGD={index}") == ["OK"]
    assert _say(rig, f"AT+CMGR={index}")[0].startswith("+CMS ERROR: 321")
    assert rig.take_events() == [("mt", 1, None)]


@pytest.mark.parametrize("name", [name for name in personality_names() if 2 in personality(name).sms.cnmi_ranges[1]])
def test_each_that_routes_hands_a_text_over_and_waits_for_its_acknowledgement_where_it_must(name: str) -> None:
    rig, sms = _ready(name), personality(name).sms
    acknowledges = sms.ack_always or 1 in sms.services
    if 1 in sms.services:
        assert _say(rig, "AT+CSMS=1") == ["+CSMS: 1,1,1", "OK"]
    cnmi = [values[0] for values in sms.cnmi_ranges]
    cnmi[0], cnmi[1] = (3, 2) if sms.zero_first else (2, 2)
    assert _say(rig, "AT+CNMI=" + ",".join(map(str, cnmi))) == ["OK"]
    header, pdu = _lines(rig.deliver())
    assert header == ('+CMT: "12345",18' if sms.cmt_with_oa else "+CMT: ,18")
    assert pdu == SCA + DELIVER.hex().upper()
    if acknowledges:
        assert rig.take_events() == []
        assert _say(rig, "AT+CNMA=1") == ["OK"]
    assert rig.take_events() == [("mt", 1, None)]


@pytest.mark.parametrize("name", personality_names())
def test_each_sends_a_text_and_can_be_told_not_to(name: str) -> None:
    rig, sms = _ready(name), personality(name).sms
    assert _send(rig) == ["+CMGS: 0", "OK"]
    assert rig.take_events() == [("mo", _TPDU.hex().upper())]
    if sms.prompt:
        assert rig.at(_CMGS) == sms.prompt
        assert rig.at(b"0001\x1b").strip().decode() == (sms.escape_result or "")
    else:
        assert rig.at(_CMGS) == b""
        assert rig.pass_ms(1000) == b"ERROR\r\n"  # the body did not follow at once
    assert rig.take_events() == []
    assert _say(rig, "AT") == ["OK"]


@pytest.mark.parametrize("case", LOGIN)
def test_the_network_sees_the_apn_and_login_set_by_the_familys_own_command(case: str) -> None:
    rig = _ready(case.partition(" ")[0])
    rig.network.requests.clear()
    for line in LOGIN[case]:
        assert "OK" in _say(rig, line), line
    request = rig.network.requests[-1]
    assert (request.apn, request.auth, request.user, request.password) == ("em", Auth.PAP, "me", "secret")
    assert request.default_bearer == ("AT+CFUN=1" in LOGIN[case])


@pytest.mark.parametrize("case", LOGIN)
def test_a_login_that_the_network_refuses_makes_no_bearer(case: str) -> None:
    rig = _ready(case.partition(" ")[0])
    rig.network.pdp_cause = {"em": 29}
    for line in LOGIN[case]:
        _say(rig, line)
    eps = rig.modem.personality.pdp.eps and "AT+CFUN=1" in LOGIN[case]
    assert rig.modem.registration.registered == (not eps)  # on LTE it is the attach itself that fails
    assert not any(c.active and c.apn == "em" for c in rig.modem.contexts.all())


@pytest.mark.parametrize(("name", "sent", "line", "last", "behind"), PINGS)
def test_ping_in_the_familys_own_words(name: str, sent: str, line: str, last: str, behind: bool) -> None:
    rig = _ready(name)
    said = _say(rig, sent)
    assert any(part.startswith(line) for part in said), said
    body = [part for part in said if part != "OK"]
    assert last in body[-1]
    assert (said.index("OK") == 0) == behind


@pytest.mark.parametrize("name", OFF)
def test_each_switches_off_by_its_own_command(name: str) -> None:
    rig = _ready(name)
    said = _say(rig, f"AT{OFF[name]}")
    rig.pass_ms(0)
    assert not rig.modem.powered
    farewell = personality(name).power.shutdown_urc
    if farewell and not OFF[name].endswith("=0"):
        assert said[-1] == farewell
    assert rig.take_events() == [("detached",)]


@pytest.mark.parametrize("name", RESTART)
def test_each_restarts_by_its_own_command(name: str) -> None:
    rig = _ready(name)
    rig.at(b"AT+CMEE=1\r")
    assert "OK" in _say(rig, f"AT{RESTART[name]}")
    rig.pass_ms(0)
    assert rig.modem.powered
    assert rig.modem.settings.cmee == 0
    assert rig.take_events()[0] == ("detached",)


@pytest.mark.parametrize("name", personality_names())
def test_a_press_shorter_than_the_familys_pulse_does_nothing(name: str) -> None:
    power = personality(name).power
    for held_ms, on in ((power.on_pulse_ms - 1, False), (power.on_pulse_ms, True)):
        rig = Rig(name, on=False)
        rig.modem.power_key(True, 0)
        rig.pass_ms(held_ms)
        rig.modem.power_key(False, rig.now_ms)
        assert rig.modem.powered == on
    rig = _ready(name)
    rig.modem.reset_key(True, rig.now_ms)
    rig.pass_ms(power.reset_pulse_ms - 1)
    assert rig.take_events() == []
    rig.pass_ms(1)
    assert rig.take_events()[0] == ("detached",)
