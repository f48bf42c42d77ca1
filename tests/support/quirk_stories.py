"""Quirks of the emulated modems that need more than a line: a clock, a message, the network's view."""

from __future__ import annotations

from collections.abc import Callable

from emulator_rig import DELIVER, IMEI, Rig, submit

from mtmo_host.emulator import Modem, Sim, personality
from mtmo_host.emulator.radio import Cell

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"
_TPDU = submit()
_CMGS = b"AT+CMGS=%d\r" % len(_TPDU)
_BODY = b"00" + _TPDU.hex().upper().encode() + b"\x1a"
_LOGIN = ("em", "me", "secret")

# personality, quirk -> its test
STORIES: dict[tuple[str, str], Callable[[str], None]] = {}


def story(quirk: str, *names: str) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    """Enter a test of a quirk for the personalities that have it."""

    def enter(test: Callable[[str], None]) -> Callable[[str], None]:
        STORIES.update({(name, quirk): test for name in names})
        return test

    return enter


def ready(name: str, *lines: bytes) -> Rig:
    """On the air, URCs on this line, echo off."""
    rig = Rig(name)
    for line in (b"AT+CPSMS=0", b"AT+CFUN=1", b'AT+QURCCFG="urcport","uart1"', *lines):
        rig.at(line + b"\r")
    rig.take_events()
    return rig


def _boot(name: str) -> dict[int, bytes]:
    """What a modem says by itself after power-on, by millisecond."""
    rig = Rig(name, speed=1, on=False)
    rig.modem.power_on(0)
    said = {}
    while (wake_ms := rig.modem.next_wake_ms()) is not None and wake_ms < 30_000:
        rig.now_ms = wake_ms
        if out := rig.pass_ms(0):
            said[wake_ms] = out
    return said


def _login(rig: Rig) -> tuple[str, str, str]:
    """APN, user and password of the last request the network saw."""
    request = rig.network.requests[-1]
    return request.apn, request.user, request.password


@story("mute while autobauding", "sim800", "m95")
def _mute(name: str) -> None:
    assert _boot(name) == {}
    rig = Rig(name)
    assert rig.at(b"AT+IPR?\r") == b"\r\n+IPR: 0\r\n" + OK
    rig.at(b"AT+IPR=115200;&W\r")
    rig.modem.restart()
    assert b"+CPIN: READY" in rig.pass_ms(0)


@story("SMS Ready late", "sim800")
def _sms_ready_late(name: str) -> None:
    rig = Rig(name, speed=1, on=False)
    rig.modem.power_on(0)
    rig.pass_ms(11_900)
    assert rig.at(b"AT+CPMS?\r", 50).endswith(b"\r\n+CMS ERROR: 314\r\n")
    rig.pass_ms(100)
    assert rig.at(b"AT+CPMS?\r", 50).endswith(OK)


@story("sending takes up to a minute", "sim800")
def _slow_send(name: str) -> None:
    taken = []
    for seed in range(20):
        rig = Rig(name, speed=1, seed=seed)
        rig.at(_CMGS, 100)
        assert rig.at(_BODY) == b""
        waited_ms = 0
        while b"+CMGS: 0" not in rig.pass_ms(100):
            waited_ms += 100
        taken.append(waited_ms)
    assert min(taken) + 100 >= 2000
    assert max(taken) < 60_000
    assert max(taken) > 20_000


@story("undervoltage burst", "sim800")
def _undervoltage(name: str) -> None:
    rig = ready(name)
    rig.modem.undervoltage(3)
    assert rig.pass_ms(0) == b"\r\nUNDER-VOLTAGE WARNNING\r\n" * 3


@story("indication without a place", "sim7000", "sim7080")
def _odd_cmti(name: str) -> None:
    rig = ready(name, b"AT+CNMI=2,1,0,0,0")
    said = [rig.deliver(token=token) for token in range(3)]
    assert said == [b'\r\n+CMTI: "SM",1\r\n', b'\r\n+CMTI: "SM",2\r\n', b"\r\n+CMTI: ,-1\r\n"]
    assert rig.at(b"AT+CMGR=3\r").startswith(b"\r\n+CMGR: 0,,18\r\n")


@story("echo outlives ATE0", "sim7080")
def _echo(name: str) -> None:
    rig = Rig(name, echo=True)
    assert rig.at(b"ATE0\rAT\rAT\r") == b"ATE0\r" + OK + b"AT\r" + OK + OK


@story("PSM from the factory", "sim7080")
def _psm(name: str) -> None:
    rig = Rig(name, speed=1)
    assert not rig.modem.reachable
    rig.at(b"AT+CPSMS=0\r", 100)
    assert rig.modem.reachable


@story("no GSM", "sim7080")
def _no_gsm(name: str) -> None:
    rig = ready(name)
    rig.modem.set_cell(Cell(act=0), rig.now_ms)
    assert rig.at(b"AT+CREG?\r") == b"\r\n+CREG: 0,2\r\n" + OK


@story("places from 0", "sim7600")
def _places(name: str) -> None:
    rig = ready(name)
    rig.at(b"AT+CNMI=2,1,0,0,0\r")
    assert b'+CMTI: "ME",0' in rig.deliver()
    assert rig.at(b"AT+CMGR=0\r").startswith(b"\r\n+CMGR: 0,,18\r\n")


@story("doubled CR", "sim7600")
def _doubled_cr(name: str) -> None:
    rig = ready(name, b"AT+CNMI=2,1,0,0,0")
    for urc, end in (("+CRING: VOICE", b"\r\r\n"), ("+RXDTMF: 1", b"\r\r\n"), ("RING", b"\r\n")):
        rig.modem.urc(urc)
        assert rig.pass_ms(0) == b"\r\n" + urc.encode() + end
    assert rig.deliver() == b'\r\n+CMTI: "ME",0\r\n'


@story("PB DONE", "sim7600")
def _pb_done(name: str) -> None:
    assert _boot(name)[18_000] == b"\r\nPB DONE\r\n"


@story("ATREADY first", "a7670")
def _atready(name: str) -> None:
    assert next(iter(_boot(name).items())) == (8500, b"\r\n*ATREADY: 1\r\n")


@story("SMS DONE late", "a7670")
def _sms_done_late(name: str) -> None:
    rig = Rig(name, speed=1, on=False)
    rig.modem.boot_slowly()
    rig.modem.power_on(0)
    assert b"SMS DONE" not in rig.pass_ms(59_999)
    assert rig.pass_ms(1) == b"\r\nSMS DONE\r\n"


@story("SMS DONE", "ec25")
def _quectel_sms_done(name: str) -> None:
    modem = Modem(personality(name), Sim("89490", "26201", "+49170"), Rig(name).network, imei=IMEI)
    modem.memory.values["urcport"] = "uart1"
    modem.power_on(0)
    modem.advance(11_999)
    assert b"+QUSIM: 1" in modem.take_output()
    modem.advance(12_000)
    assert modem.take_output() == b"\r\n+QIND: SMS DONE\r\n"


@story("URCs on another port", "ec25", "bg95")
def _other_port(name: str) -> None:
    rig = Rig(name)
    rig.at(b"AT+CNMI=2,1,0,0,0\r")
    assert rig.at(b'AT+QURCCFG="urcport"\r') == b'\r\n+QURCCFG: "urcport","usbat"\r\n' + OK
    assert rig.deliver(token=1) == b""
    assert rig.at(b'AT+QURCCFG="urcport","uart1"\r') == OK
    assert rig.deliver(token=2) == b'\r\n+CMTI: "ME",1\r\n'
    rig.modem.restart()
    rig.pass_ms(0)
    rig.at(b"ATE0\r")
    assert rig.at(b'AT+QURCCFG="urcport"\r') == b'\r\n+QURCCFG: "urcport","uart1"\r\n' + OK


@story("second CNMA", "ec25", "bg95")
def _second_ack(name: str) -> None:
    rig = ready(name, b"AT+CSMS=1", b"AT+CNMI=2,2,0,0,0")
    assert rig.deliver().startswith(b"\r\n+CMT: ,18\r\n")
    assert rig.at(b"AT+CNMA\r") == OK
    assert rig.at(b"AT+CNMA\r") == b"\r\n+CMS ERROR: 340\r\n"


@story("POWERED DOWN", "ec25", "bg95")
def _powered_down(name: str) -> None:
    assert ready(name).at(b"AT+QPOWD=1\r") == OK + b"\r\nPOWERED DOWN\r\n"


@story("APP RDY", "bg95")
def _app_rdy(name: str) -> None:
    assert _boot(name)[5500] == b"\r\nAPP RDY\r\n"


@story("one more in CEREG", "sara_r4", "lara_r6")
def _one_more_in_cereg(name: str) -> None:
    rig = ready(name, b"AT+CEREG=4")
    assert rig.at(b"AT+CEREG?\r") == b'\r\n+CEREG: 4,1,"1A2B","00","01C3E502",7,,,\r\n' + OK
    said = rig.at(b"AT+CFUN=4;+CFUN=1\r")
    more = b',"00"' if name == "sara_r4" else b""
    assert said.splitlines()[-2:] == [b"", b'+CEREG: 1,"1A2B"' + more + b',"01C3E502",7,,,'], said
    assert rig.at(b"AT+CEREG=2;+CEREG?\r") == b'\r\n+CEREG: 2,1,"1A2B","01C3E502",7\r\n' + OK


@story("indications lost", "sara_r4", "lara_r6")
def _cnmi_lost(name: str) -> None:
    rig = ready(name)
    default = ",".join(map(str, personality(name).sms.cnmi_default)).encode()
    changed = b"2,1,0,0,0" if default != b"2,1,0,0,0" else b"1,2,0,0,0"
    for reset in (b"ATZ\r", b"AT&F\r", b"AT+CFUN=1,1\r"):
        rig.at(b"AT+CNMI=%s;&W\r" % changed)
        rig.at(reset)
        rig.at(b"ATE0\r")
        assert rig.at(b"AT+CNMI?\r") == b"\r\n+CNMI: %s\r\n" % default + OK


@story("slow radio off", "sara_r4")
def _slow_off(name: str) -> None:
    rig = Rig(name, speed=1)
    assert rig.at(b"AT+CFUN=0\r", 17_000) == b""
    assert rig.pass_ms(6000) == OK


@story("restart by CFUN", "sara_r4", "sara_r5", "lara_r6")
def _restart_by_cfun(name: str) -> None:
    value = {"sara_r4": 15, "sara_r5": 16, "lara_r6": 15}[name]
    other = {15: 16, 16: 15}[value]
    rig = ready(name)
    assert rig.at(b"AT+CFUN=%d\r" % other) == ERROR
    assert rig.at(b"AT+CFUN=%d\r" % value) == OK
    assert rig.take_events() == [("detached",), ("attached",)]


@story("own error numbers", "sara_r4", "sara_r5", "lara_r6")
def _ublox_errors(name: str) -> None:
    rig = ready(name, b"AT+CMEE=1", b'AT+CGDCONT=2,"IP","em"')
    rig.network.pdp_cause = {"em": 29}
    assert rig.at(b"AT+CGACT=1,2\r") == b"\r\n+CME ERROR: 129\r\n"


@story("own error numbers", "telit_me910")
def _telit_errors(name: str) -> None:
    rig = ready(name, b"AT+CMEE=1", b'AT+CGDCONT=2,"IP","em"')
    rig.network.pdp_cause = {"em": 27}
    assert rig.at(b"AT#SGACT=2,1\r") == b"\r\n+CME ERROR: 555\r\n"


@story("password first", "sara_r4", "lara_r6", "cinterion", "sim7600", "a7670")
def _password_first(name: str) -> None:
    command = {"sara_r4": "+UAUTHREQ", "lara_r6": "+UAUTHREQ", "cinterion": "^SGAUTH"}.get(name, "+CGAUTH")
    rig = ready(name, b'AT+CGDCONT=2,"IP","em"')
    assert OK in rig.at(f'AT{command}=2,1,"secret","me";+CGACT=1,2\r'.encode())
    assert _login(rig) == _LOGIN


@story("read and delete", "a7670")
def _read_and_delete(name: str) -> None:
    rig = ready(name)
    assert rig.at(b"AT+CMGRD=1\r") == b"\r\n+CMS ERROR: 321\r\n"
    for mode, header in ((b"0", b"\r\n+CMGRD: 0,,18\r\n"), (b"1", b'\r\n+CMGRD: "REC UNREAD","12345",')):
        rig.deliver()
        assert rig.at(b"AT+CMGF=" + mode + b";+CMGRD=1\r").startswith(header), "its state is shown as it was"
        assert rig.at(b"AT+CMGRD=1\r").endswith(b"+CMS ERROR: 321\r\n")
    assert not rig.modem.violations.counts, "the content came through"


@story("user first", "sara_r5")
def _user_first(name: str) -> None:
    rig = ready(name, b'AT+CGDCONT=2,"IP","em"')
    assert rig.at(b'AT+UAUTHREQ=2,1,"me";+CGACT=1,2\r') == ERROR  # both must be given
    assert rig.at(b'AT+UAUTHREQ=2,1,"me","secret";+CGACT=1,2\r') == OK
    assert _login(rig) == _LOGIN


@story("profile on a context", "sara_r5", "lara_r6")
def _profile(name: str) -> None:
    rig = ready(name, b'AT+CGDCONT=1,"IP","em"')
    assert rig.at(b"AT+UPSD=0,100,1;+UPSD=0,0,2\r") == OK
    assert rig.at(b"AT+UPSDA=0,3\r") == OK + b'\r\n+UUPSDA: 0,"10.64.0.7"\r\n'
    assert rig.at(b"AT+UPSND=0,8;+UPSND=0,0\r") == b'\r\n+UPSND: 0,8,1\r\n\r\n+UPSND: 0,0,"10.64.0.7"\r\n' + OK


@story("refuses while sending", "telit_me910")
def _refuses(name: str) -> None:
    rig = Rig(name, speed=1)
    rig.at(_CMGS, 100)
    rig.at(_BODY)
    assert rig.at(b"AT+CPMS?\r") == ERROR
    assert rig.at(b"AT+CIMI\r") == ERROR
    assert rig.at(b"AT+CSQ\r") == b""  # touches no card: it waits
    assert rig.pass_ms(5000) == b"\r\n+CMGS: 0\r\n" + OK + b"\r\n+CSQ: 21,99\r\n" + OK


@story("held back", "telit_me910")
def _held_back(name: str) -> None:
    rig = ready(name, b"AT+CSMS=1", b"AT+CNMI=2,2,0,0,0")
    rig.deliver()
    rig.pass_ms(15_000)
    assert rig.take_events() == [("mt", 1, 111)]
    assert rig.at(b"AT+CNMI?\r") == b"\r\n+CNMI: 2,2,0,0,0\r\n" + OK


@story("KSUP", "hl78")
def _ksup(name: str) -> None:
    assert _boot(name) == {6000: b"\r\n+KSUP: 0\r\n"}


@story("connections apart", "hl78")
def _connections(name: str) -> None:
    rig = ready(name)
    assert rig.at(b'AT+KCNXCFG=2,"GPRS","em",,,"IPV4";+WPPP=1,2,"me","secret"\r') == OK
    assert rig.at(b"AT+KCNXUP=2\r") == OK + b"\r\n+KCNX_IND: 2,1,0\r\n"
    assert _login(rig) == _LOGIN


@story("SYSSTART", "gm02s")
def _sysstart(name: str) -> None:
    assert _boot(name) == {2000: b"\r\n+SYSSTART\r\n"}
    assert ready(name).at(b"AT+SQNSSHDN\r") == OK + b"\r\n+SHUTDOWN\r\n"


@story("acknowledge or be dropped", "nrf91")
def _dropped(name: str) -> None:
    rig = ready(name, b"AT+CNMI=3,2,0,1")
    rig.deliver(token=1)
    assert rig.at(b"AT+CNMA=1\r") == b"OK\r\n"
    assert rig.take_events() == [("mt", 1, None)]
    rig.deliver(token=2)
    assert rig.pass_ms(19_999) == b""
    assert rig.pass_ms(1) == b"+CMS ERROR: 524\r\n"
    assert rig.take_events() == [("mt", 2, 111)]
    assert rig.at(b"AT+CNMI?\r") == b"+CNMI: 0,0,0,0,1\r\nOK\r\n"
    assert rig.deliver(token=3) == b""
    assert rig.take_events() == [("mt", 3, 22)]
    assert rig.at(b"AT%XSMMA\r") == b"OK\r\n"
    assert rig.take_events() == [("attached",)]


@story("address in the header", "nrf91")
def _address_in_header(name: str) -> None:
    rig = ready(name, b"AT+CNMI=3,2,0,1")
    assert rig.deliver(DELIVER).startswith(b'+CMT: "12345",18\r\n0791')


@story("radio off at start", "nrf91")
def _radio_off(name: str) -> None:
    rig = Rig(name)
    assert rig.at(b"AT+CFUN?\r") == b"+CFUN: 0\r\nOK\r\n"
    assert rig.take_events() == []


@story("airplane mode at start", "cinterion")
def _airplane(name: str) -> None:
    assert _boot(name) == {3500: b"\r\n^SYSSTART AIRPLANE MODE\r\n"}
    rig = Rig(name)
    assert rig.take_events() == []
    assert rig.at(b"AT+CFUN=1\r") == OK
    assert rig.take_events() == [("attached",)]
    rig.at(b'AT^SCFG="MEopMode/Airplane/OnStart","off"\r')
    rig.modem.restart()
    assert rig.pass_ms(0) == b"\r\n^SYSSTART\r\n"


@story("waits with URCs", "generic")
def _waits(name: str) -> None:
    rig = Rig(name, speed=1)
    rig.at(b"AT+CNMI=2,1,0,0,0\r", 100)
    rig.modem.deliver(DELIVER, 1, rig.now_ms)
    rig.modem.feed(b"AT+COPS=?\r", rig.now_ms)
    assert rig.pass_ms(60_000).endswith(OK + b'\r\n+CMTI: "SM",1\r\n')
