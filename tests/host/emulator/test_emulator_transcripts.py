"""Transcripts: what goes in, and the exact octets that come out; whole, octet by octet, and cut anywhere."""

from __future__ import annotations

import random

import pytest
from emulator_rig import IMEI, SCA, Rig, submit

from mtmo_host.emulator import personality_names
from mtmo_host.emulator.violations import Rule

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"
_TPDU = submit()
_LENGTH = len(_TPDU)
_HEX = _TPDU.hex().upper().encode()

# name, personality, input, output
TRANSCRIPTS = [
    ("attention", "generic", b"AT\r", OK),
    ("line feed after the end is nothing", "generic", b"AT\r\nAT\r\n", OK + OK),
    ("rubbish before AT is nothing", "generic", b"\x00\xff+++xyzAT\r", OK),
    ("a doubled A is the first of AT", "generic", b"AAT\r", OK),
    ("lower case and blanks", "generic", b"at + csq ; + cmee ?\r", b"\r\n+CSQ: 21,99\r\n\r\n+CMEE: 0\r\n" + OK),
    ("backspace takes one back", "generic", b"AT+CSX\x08Q\r", b"\r\n+CSQ: 21,99\r\n" + OK),
    ("echo comes back before the answer", "generic", b"ATE1\rAT\r", OK + b"AT\r" + OK),
    ("repeat", "generic", b"AT+CSQ\rA/", (b"\r\n+CSQ: 21,99\r\n" + OK) * 2),
    ("unknown, no numbers", "generic", b"AT+NOSUCH\r", ERROR),
    ("unknown, numbers", "generic", b"AT+CMEE=1;+NOSUCH\r", b"\r\n+CME ERROR: 4\r\n"),
    ("unknown, words", "generic", b"AT+CMEE=2;+NOSUCH=1\r", b"\r\n+CME ERROR: operation not supported\r\n"),
    ("unknown on a SIMCom is a bare error", "a7670", b"AT+CMEE=1;+NOSUCH?\r", ERROR),
    ("unknown basic command", "generic", b"ATJ9\r", ERROR),
    ("the first failure ends the line", "generic", b"AT+CSQ;+NOSUCH;+CSQ\r", b"\r\n+CSQ: 21,99\r\n" + ERROR),
    ("an unclosed string", "generic", b'AT+CGDCONT=1,"IP\r', ERROR),
    ("numeric results", "generic", b"ATV0\rAT+CSQ\rATV1\r", b"0\r" + b"+CSQ: 21,99\r\n0\r" + OK),
    ("numeric error", "generic", b"ATV0\rAT+NOSUCH\r", b"0\r4\r"),
    ("no results", "generic", b"ATQ1\rAT+CSQ\rATQ0\r", b"\r\n+CSQ: 21,99\r\n" + OK),
    ("S-registers", "generic", b"ATS3?\rATS7=45\rATS7?\r", b"\r\n013\r\n" + OK + OK + b"\r\n045\r\n" + OK),
    ("another line end", "generic", b"ATS3=36\rAT$ATS3=13$", OK + OK + OK),
    ("IMEI", "generic", b"AT+CGSN;+CGSN=1\r", f'\r\n{IMEI}\r\n\r\n+CGSN: "{IMEI}"\r\n'.encode() + OK),
    ("identification", "a7670", b"AT+CGMI;+CGMM\r", b"\r\nINCORPORATED\r\n\r\nA7670E-LASE\r\n" + OK),
    ("ICCID under the vendor's name", "a7670", b"AT+CICCID\r", b"\r\n+ICCID: 8949020000000000011\r\n" + OK),
    ("ICCID under another vendor's name", "a7670", b"AT+QCCID\r", ERROR),
    ("registration, plain", "generic", b"AT+CREG?;+CEREG?\r", b"\r\n+CREG: 0,1\r\n\r\n+CEREG: 0,1\r\n" + OK),
    ("registration, with cell", "generic", b"AT+CEREG=2\rAT+CEREG?\r",
     OK + b'\r\n+CEREG: 2,1,"1A2B","01C3E502",7\r\n' + OK),
    ("operator", "generic", b"AT+COPS?;+COPS=3,2;+COPS?\r",
     b'\r\n+COPS: 0,0,"Testnet",7\r\n\r\n+COPS: 0,2,"26201",7\r\n' + OK),
    ("stores", "generic", b'AT+CPMS="ME","ME","SM"\r', b"\r\n+CPMS: 0,50,0,50,0,30\r\n" + OK),
    ("stores, blanks", "generic", b'AT+CPMS= "SM"\r', b"\r\n+CPMS: 0,30,0,30,0,30\r\n" + OK),
    ("no such store", "generic", b'AT+CPMS="XX"\r', b"\r\n+CMS ERROR: 302\r\n"),
    ("indications out of range", "generic", b"AT+CNMI=3,1\r", b"\r\n+CMS ERROR: 303\r\n"),
    ("indications stay where omitted", "generic", b"AT+CNMI=2,1,0,0,0;+CNMI=,,,1;+CNMI?\r",
     b"\r\n+CNMI: 2,1,0,1,0\r\n" + OK),
    ("indications offered", "bg95", b"AT+CNMI=?\r", b"\r\n+CNMI: (0-3),(0-3),(0,2),(0-2),(0,1)\r\n" + OK),
    ("send", "generic", b"AT+CMGS=%d\r00%s\x1a" % (_LENGTH, _HEX), b"\r\n> \r\n+CMGS: 0\r\n" + OK),
    ("send, body echoed", "generic", b"ATE1\rAT+CMGS=%d\r00%s\x1a" % (_LENGTH, _HEX),
     OK + b"AT+CMGS=%d\r\r\n> 00%s\x1a\r\n+CMGS: 0\r\n" % (_LENGTH, _HEX) + OK),
    ("send, the prompt of A76xx", "a7670", b"AT+CMGS=%d\r00%s\x1a" % (_LENGTH, _HEX),
     b"\r\n>\r\n\r\n+CMGS: 0\r\n" + OK),
    ("send, with a service centre", "generic", b"AT+CMGS=%d\r%s%s\x1a" % (_LENGTH, SCA.encode(), _HEX),
     b"\r\n> \r\n+CMGS: 0\r\n" + OK),
    ("send, given up", "generic", b"AT+CMGS=%d\r00%s\x1bAT\r" % (_LENGTH, _HEX), b"\r\n> " + OK + OK),
    ("send, length wrong", "generic", b"AT+CMGS=%d\r00%s\x1a" % (_LENGTH + 1, _HEX), b"\r\n> \r\n+CMS ERROR: 304\r\n"),
    ("send, length out of range", "generic", b"AT+CMGS=300\r", b"\r\n+CMS ERROR: 304\r\n"),
    ("send, not hex", "generic", b"AT+CMGS=20\rOK\x1a", b"\r\n> \r\n+CMS ERROR: 304\r\n"),
    ("acknowledge what was not asked", "generic", b"AT+CSMS=1;+CNMA\r", b"\r\n+CSMS: 1,1,1\r\n\r\n+CMS ERROR: 340\r\n"),
    ("acknowledge without the service", "generic", b"AT+CNMA\r", b"\r\n+CMS ERROR: 302\r\n"),
    ("read what is not there", "generic", b"AT+CMGR=1\r", b"\r\n+CMS ERROR: 321\r\n"),
    ("read beyond the store", "generic", b"AT+CMGR=99\r", b"\r\n+CMS ERROR: 321\r\n"),
    ("write, list, delete", "generic", b"AT+CMGW=%d\r00%s\x1aAT+CMGL=4\rAT+CMGD=1\rAT+CMGL\r" % (_LENGTH, _HEX),
     b"\r\n> \r\n+CMGW: 1\r\n" + OK + b"\r\n+CMGL: 1,2,,%d\r\n%s%s\r\n" % (_LENGTH, SCA.encode(), _HEX) + OK + OK + OK),
    ("contexts", "generic", b'AT+CGDCONT=2,"IP","em";+CGDCONT?\r',
     b'\r\n+CGDCONT: 1,"IP","","0.0.0.0",0,0\r\n+CGDCONT: 2,"IP","em","0.0.0.0",0,0\r\n' + OK),
    ("what the network gave", "generic", b"AT+CGPADDR=1;+CGCONTRDP=1\r",
     b"\r\n+CGPADDR: 1,10.64.0.7\r\n"
     b'\r\n+CGCONTRDP: 1,5,"default.example","10.64.0.7.255.255.255.0","","10.0.0.1","10.0.0.2"\r\n' + OK),
    ("the password is never given back", "generic", b'AT+CGAUTH=1,1,"u","secret";+CGAUTH?\r',
     b'\r\n+CGAUTH: 1,1,"u",""\r\n' + OK),
    ("power saving is kept", "generic", b'AT+CPSMS=1,,,"00000100","00000001";+CPSMS?\r',
     b'\r\n+CPSMS: 1,,,"00000100","00000001"\r\n' + OK),
    ("clock is set and goes on", "generic", b'AT+CCLK="26/11/22,10:00:00+04";+CCLK?\r',
     b'\r\n+CCLK: "26/11/22,10:00:00+00"\r\n' + OK),
    ("a call", "generic", b"ATD+491701234567;\r", b"\r\nNO CARRIER\r\n"),
]  # fmt: skip
_IDS = [name for name, *_ in TRANSCRIPTS]
_CASES = [case[1:] for case in TRANSCRIPTS]


@pytest.mark.parametrize(("personality", "sent", "expected"), _CASES, ids=_IDS)
def test_whole(personality: str, sent: bytes, expected: bytes) -> None:
    assert Rig(personality).at(sent) == expected


@pytest.mark.parametrize(("personality", "sent", "expected"), _CASES, ids=_IDS)
def test_octet_by_octet(personality: str, sent: bytes, expected: bytes) -> None:
    rig = Rig(personality)
    assert b"".join(rig.at(sent[i : i + 1]) for i in range(len(sent))) == expected


@pytest.mark.parametrize(("personality", "sent", "expected"), _CASES, ids=_IDS)
def test_cut_anywhere(personality: str, sent: bytes, expected: bytes) -> None:
    for cut in range(1, len(sent)):
        rig = Rig(personality)
        assert rig.at(sent[:cut]) + rig.at(sent[cut:]) == expected, cut


@pytest.mark.parametrize("name", personality_names())
def test_every_command_of_a_family_answers_every_form(name: str) -> None:
    for command in Rig(name).modem.command_names():
        if command in ("Q", "V", "S", "D"):
            continue
        for form in ("", "?", "=?", "=1", '="x"', "=", "=,,,,,,"):
            rig = Rig(name, speed=1000)
            answer = rig.at(f"AT{command}{form}\r".encode(), 5000)
            assert (
                answer.endswith((b"OK\r\n", b"\r\n> ", b">\r\n"))
                or b"ERROR" in answer
                or b"NO CARRIER" in answer
                or (b"POWER DOWN" in answer or b"SHUTDOWN" in answer or b"OK\r\n" in answer)
            ), (command, form, answer)


def test_random_octets_never_raise_and_attention_is_answered_afterwards() -> None:
    alphabet = b'AT+CMGSLRDFUNEPI=?;,"0123456789\r\n\x1a\x1b\x08 \x00\xff&^'
    for seed in range(300):
        chance = random.Random(seed)
        rig = Rig(chance.choice(["generic", "a7670", "sim7080"]), speed=chance.choice([1, 1000, float("inf")]))
        for _ in range(chance.randrange(1, 40)):
            if chance.random() < 0.7:
                sent = bytes(chance.choice(alphabet) for _ in range(chance.randrange(1, 30)))
            else:
                verb = chance.choice(
                    [b"+CFUN=", b"+CMGS=", b"+CGACT=1,", b"+CMGD=1,", b"+CNMI=2,2,0,", b"+CSMS=", b"+COPS=?"]
                )
                sent = b"AT" + verb + b"%d\r" % chance.randrange(30)
            rig.at(sent, chance.choice([0, 1, 3000]))
            if chance.random() < 0.2:
                rig.deliver()
        rig.pass_ms(120_000)
        rig.at(b"\x1b", 5000)
        rig.at(b"\rATV1Q0E0S3=13\r", 5000)
        rig.modem.power_off(rig.now_ms)
        rig.modem.power_on(rig.now_ms)
        rig.pass_ms(120_000)
        assert rig.at(b"ATE0\r", 5000).endswith(OK), seed


def test_random_octets_do_not_even_need_a_restart() -> None:
    for seed in range(300):
        chance = random.Random(seed)
        rig = Rig()
        rig.at(bytes(chance.randrange(256) for _ in range(200)))
        assert rig.at(b"\x1b\rAT\r").endswith(OK), seed


def test_a_command_before_the_result_of_the_last_is_held_and_noted() -> None:
    rig = Rig("generic", speed=1)
    assert rig.at(b"AT+CGACT=1,1\r", 1) == b""
    assert rig.at(b"AT+CSQ\r", 1) == b""
    assert rig.pass_ms(10_000) == OK + b"\r\n+CSQ: 21,99\r\n" + OK
    assert [violation.rule for violation in rig.modem.violations] == [Rule.OVERLAP]


def test_an_operator_scan_is_ended_by_any_character() -> None:
    rig = Rig("generic", speed=1)
    assert rig.at(b"AT+COPS=?\r", 1000) == b""
    assert rig.at(b"A", 100) == OK
    assert rig.at(b"AT\r", 100) == OK
    assert not len(rig.modem.violations)


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        (b"AT+CMGS=20\rxyz\x1a", Rule.NOT_HEX),
        (b'AT+CGDCONT=1,"IP","a\x1ab"\r', Rule.CONTROL),
        (b"AT+CSQ" + b" " * 3000 + b"\r", Rule.TOO_LONG),
    ],
)
def test_a_breach_is_recorded(sent: bytes, rule: Rule) -> None:
    rig = Rig()
    rig.at(sent)
    assert rig.modem.violations.counts == {rule: 1}


@pytest.mark.parametrize(("sent", "rule"), [(b"00", Rule.EARLY_BODY), (b"\n", None)])
def test_a_body_waits_for_the_prompt(sent: bytes, rule: Rule | None) -> None:
    rig = Rig("generic", speed=1)
    rig.at(b"AT+CMGS=20\r")
    rig.at(sent)
    assert set(rig.modem.violations.counts) == ({rule} if rule else set())


def test_writing_after_esc_before_the_answer_is_noted() -> None:
    rig = Rig("generic", speed=1)
    rig.at(b"AT+CMGS=20\r", 100)
    rig.at(b"\x1b")
    rig.at(b"AT\r")
    assert rig.pass_ms(100) == OK + OK
    assert [violation.rule for violation in rig.modem.violations] == [Rule.AFTER_ESC]


def test_a_line_too_long_is_an_error_and_the_next_is_well() -> None:
    rig = Rig()
    assert rig.at(b"AT" + b"X" * 5000 + b"\rAT\r") == ERROR + OK


def test_echo_outlives_ate0_by_one_command_on_sim7080() -> None:
    rig = Rig("sim7080", echo=True)
    assert rig.at(b"ATE0\rAT\rAT\r") == b"ATE0\r" + OK + b"AT\r" + OK + OK


def test_the_trace_sees_both_directions() -> None:
    rig = Rig()
    seen: list[tuple[str, bytes]] = []
    rig.modem.trace = lambda direction, octets, now_ms: seen.append((direction, octets))
    rig.at(b"AT\r")
    assert seen == [("rx", b"AT\r"), ("tx", OK)]


def test_delays_repeat_with_the_seed() -> None:
    def run(seed: int) -> list[int | None]:
        rig = Rig("a7670", speed=1, seed=seed)
        wakes = []
        for _ in range(10):
            rig.modem.feed(b"AT+CGACT=1,1\r", rig.now_ms)
            rig.pass_ms(20)
            wakes.append(rig.modem.next_wake_ms())
            rig.pass_ms(5000)
        return wakes

    assert run(1) == run(1)
    assert run(1) != run(2)
