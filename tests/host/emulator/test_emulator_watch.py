"""What the emulator reports of its driver: each rule has one who breaks it, and most have one who nearly does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from emulator_fault_acts import rig, send
from emulator_rig import SCA, Rig, submit

from mtmo_host.emulator.violations import Rule


def overlap(made: Rig) -> None:
    made.modem.speed = 1
    made.at(b"AT+CSQ\r")
    made.at(b"AT+CSQ\r")


def in_turn(made: Rig) -> None:
    made.modem.speed = 1
    made.at(b"AT\r", 1000)
    made.at(b"AT\r", 1000)


def early_body(made: Rig) -> None:
    made.modem.speed = 1
    made.at(b"AT+CMGS=13\r")
    made.at(b"0791\x1a")


def not_hex(made: Rig) -> None:
    made.at(b"AT+CMGS=13\r")
    made.at(b"hello\x1a")


def half_octet(made: Rig) -> None:
    made.at(b"AT+CMGS=17\r")
    made.at(b"0001000C9194710000001000080400611F600\x1a")


def control(made: Rig) -> None:
    made.at(b'AT+CGDCONT=1,"IP","a\x1ab"\r')


def line_feed(made: Rig) -> None:
    made.at(b"AT\r\nAT\r\n")


def too_long(made: Rig) -> None:
    made.at(b"AT" + b"E0" * 4000 + b"\r")


def after_esc(made: Rig) -> None:
    made.modem.speed = 1
    made.at(b"AT+CMGS=13\r", 1000)
    made.at(b"\x1bAT\r", 1000)


def esc_and_wait(made: Rig) -> None:
    made.modem.speed = 1
    made.at(b"AT+CMGS=13\r", 1000)
    made.at(b"\x1b", 1000)
    made.at(b"AT\r", 1000)


def not_acknowledged(made: Rig) -> None:
    made.at(b"AT+CSMS=1;+CNMI=2,2\r")
    made.deliver()
    made.pass_ms(60_000)


def acknowledged(made: Rig) -> None:
    made.at(b"AT+CSMS=1;+CNMI=2,2\r")
    made.deliver()
    made.at(b"AT+CNMA\r", 60_000)


def in_prompt(made: Rig) -> None:
    made.at(b"AT+CMGS=13\r")
    made.at(b"AT+CSQ\r")


def text_that_begins_with_at(made: Rig) -> None:
    made.at(b"AT+CMGF=1\r")
    made.at(b'AT+CMGS="12345"\r')
    made.at(b"At 5 o'clock\rAT+HOME\r\x1a")


def unknown_prompt(made: Rig) -> None:
    made.modem.faults.switch("F17")
    for _ in range(10):
        made.at(b"AT\r", 1000)


def unknown_prompt_left(made: Rig) -> None:
    made.modem.faults.switch("F17")
    for _ in range(3):
        made.at(b"AT\r", 1000)
    made.at(b"\x1b", 1000)
    made.at(b"AT\r")


def no_gap(made: Rig) -> None:
    made.at(b"AT\r", 99)
    made.at(b"AT\r")


def gap(made: Rig) -> None:
    made.at(b"AT\r", 100)
    made.at(b"AT\r")


def polling(made: Rig) -> None:
    for _ in range(40):
        made.at(b"AT+CSQ\r", 200)
        made.at(b"AT+CMGL=4\r", 40)


def patient_polling(made: Rig) -> None:
    for _ in range(100):
        made.at(b"AT+CSQ\r", 300)


def reading_as_they_come(made: Rig) -> None:
    for token in range(30):
        made.deliver(token=token)
        made.at(b"AT+CMGL=4\r", 20)
        made.at(b"AT+CMGD=1\r", 20)


def deletes_unread(made: Rig) -> None:
    made.deliver()
    made.at(b"AT+CMGD=1\r")


def deletes_all(made: Rig) -> None:
    made.deliver()
    made.at(b"AT+CMGR=1\r")
    made.deliver()
    made.at(b"AT+CMGD=1,4\r")


def deletes_what_it_read(made: Rig) -> None:
    made.deliver()
    made.at(b"AT+CMGL=4\r")
    made.at(b"AT+CMGD=1\r")


def deletes_what_did_not_come_through(made: Rig) -> None:
    made.deliver()
    made.modem.faults.switch("F5", rate=1, times=1)
    made.at(b"AT+CMGR=1\r")
    made.at(b"AT+CMGD=1\r")


def deletes_what_came_late(made: Rig) -> None:
    made.deliver()
    made.modem.faults.switch("F6", rate=1, times=1, least_ms=1000, most_ms=1000)
    made.at(b"AT+CMGR=1\r", 2000)
    made.at(b"AT+CMGD=1\r")


def deletes_what_came_when_the_fault_was_over(made: Rig) -> None:
    made.deliver()
    made.modem.faults.switch("F6", rate=1, least_ms=60_000, most_ms=60_000)
    made.at(b"AT+CMGR=1\r")
    made.modem.faults.clear()
    made.at(b"AT+CMGD=1\r")


def _reads_with_noise(made: Rig, seed: int) -> bytes:
    made.deliver()
    made.modem.faults.reseed(seed)
    made.modem.faults.switch("F3", rate=0.01, kind="flip")
    said = made.at(b"AT+CMGR=1\r")
    made.at(b"AT+CMGD=1\r")
    return said


def deletes_what_came_with_another_digit(made: Rig) -> None:
    assert b"\r\n07919571016700000405802143F5" in _reads_with_noise(made, 11)  # was 0791947…


def deletes_what_came_with_something_else_than_digits(made: Rig) -> None:
    assert b"\r\n0791947101v700000405802143F5" in _reads_with_noise(made, 3)


def leaves_unread(made: Rig) -> None:
    made.deliver()
    made.pass_ms(3_600_000)


def reads_within_the_hour(made: Rig) -> None:
    made.deliver()
    made.pass_ms(3_500_000)
    made.at(b"AT+CMGL=4\r", 3_600_000)


def blind_resend(made: Rig) -> None:
    made.modem.faults.switch("F14", times=1)
    send(made, 60_000)
    send(made)


def sends_again_later(made: Rig) -> None:
    made.modem.faults.switch("F14", times=1)
    send(made, 600_000)
    send(made)


def sends_another(made: Rig) -> None:
    made.modem.faults.switch("F14", times=1)
    send(made, 60_000)
    other = submit("919471325476F9")
    made.at(b"AT+CMGS=%d\r" % len(other))
    made.at((SCA + other.hex()).encode() + b"\x1a")


def sends_twice_knowing(made: Rig) -> None:
    send(made)
    send(made)


def floods(made: Rig) -> None:
    made.modem.speed = 1
    made.at(b"AT+CSQ\r" * 3000)


WATCHED: tuple[tuple[Callable[[Rig], None], Rule | None], ...] = (
    (overlap, Rule.OVERLAP), (in_turn, None),
    (early_body, Rule.EARLY_BODY), (not_hex, Rule.NOT_HEX), (half_octet, Rule.HALF_OCTET),
    (control, Rule.CONTROL), (line_feed, None),
    (too_long, Rule.TOO_LONG),
    (after_esc, Rule.AFTER_ESC), (esc_and_wait, None),
    (not_acknowledged, Rule.NOT_ACKNOWLEDGED), (acknowledged, None),
    (in_prompt, Rule.IN_PROMPT), (text_that_begins_with_at, None),
    (unknown_prompt, Rule.IN_PROMPT), (unknown_prompt_left, None),
    (no_gap, Rule.NO_GAP), (gap, None),
    (polling, Rule.BUSY_POLLING), (patient_polling, None), (reading_as_they_come, None),
    (deletes_unread, Rule.DELETED_UNREAD), (deletes_all, Rule.DELETED_UNREAD), (deletes_what_it_read, None),
    (deletes_what_did_not_come_through, Rule.DELETED_UNREAD), (deletes_what_came_late, None),
    (deletes_what_came_when_the_fault_was_over, None), (deletes_what_came_with_another_digit, None),
    (deletes_what_came_with_something_else_than_digits, Rule.DELETED_UNREAD),
    (leaves_unread, Rule.LEFT_UNREAD), (reads_within_the_hour, None),
    (blind_resend, Rule.BLIND_RESEND), (sends_again_later, None), (sends_another, None), (sends_twice_knowing, None),
    (floods, Rule.OVERRUN),
)  # fmt: skip
_GAP = ("no_gap", "gap")  # needs a family with a pause: SARA-R4


@pytest.mark.parametrize(("driver", "rule"), WATCHED, ids=[row[0].__name__ for row in WATCHED])
def test_a_driver_is_reported_for_what_it_did_and_for_nothing_else(
    driver: Callable[[Rig], None], rule: Rule | None
) -> None:
    made = Rig("sara_r4") if driver.__name__ in _GAP else rig()
    made.modem.violations.clear()
    made.pass_ms(1000)
    driver(made)
    also = {Rule.OVERLAP, Rule.BUSY_POLLING} if rule is Rule.OVERRUN else set()
    assert set(made.modem.violations.counts) - also == {rule} - {None}


def test_every_rule_has_one_who_breaks_it() -> None:
    assert {rule for _, rule in WATCHED} - {None} == set(Rule)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"0001000C91947", "13 digits, the last ones b'0001000C91947'"),
        (b"00" * 40 + b"0g00", "b'g' is character 82: b'" + "0" * 30 + "g00'"),
        (b"", None),
    ],
    ids=["half an octet", "a foreign character far behind", "none"],
)
def test_what_is_wrong_with_the_digits_of_a_pdu_is_said_where_it_is(body: bytes, said: str | None) -> None:
    made = rig()
    made.at(b"AT+CMGS=17\r")
    made.at(body + b"\x1a")
    assert [one.detail for one in made.modem.violations] == [said] * (said is not None)


@pytest.mark.parametrize(("fault", "breaches"), [("F1", set()), ("F6", set()), ("F5", {Rule.DELETED_UNREAD})])
def test_reading_and_deleting_at_once_is_a_breach_only_when_the_content_is_lost(
    fault: str, breaches: set[Rule]
) -> None:
    made = Rig("a7670")
    made.deliver()
    made.modem.faults.switch(fault, **({} if fault == "F1" else {"rate": 1}))
    made.at(b"AT+CMGRD=1\r", 60_000)
    made.modem.faults.clear()
    made.pass_ms(0)
    assert not made.modem.sms.store.items("ME")
    assert set(made.modem.violations.counts) == breaches


def test_symptoms_tell_what_the_state_says_of_the_driver() -> None:
    made = rig()
    made.deliver()
    made.pass_ms(90_000)
    send(made)
    send(made)
    made.at(b"AT+CMGS=13\r")
    assert made.modem.watch.symptoms() == {
        "stored": 1, "unread": 1, "oldest_unread_s": 90, "refused_for_room": False, "waits_for_body": True,
        "mo": 2, "mo_repeated": 1, "apn_stored": "", "apn_used": "default.example",
    }  # fmt: skip
