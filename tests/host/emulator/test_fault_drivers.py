"""Each fault of the menu catches a driver that does not cope with it; without the fault, nobody would know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import naive_drivers as naive
import pytest
from emulator_fault_acts import long_text, rig
from emulator_rig import Rig
from naive_drivers import Driver, Serial

from mtmo_host.emulator.faults import MENU
from mtmo_host.emulator.violations import Rule
from mtmo_host.sms.address import Address
from mtmo_host.sms.tpdu import encode_deliver

Symptom = Callable[[dict[str, Any]], bool]


def text(number: int = 0) -> bytes:
    """A text of its own."""
    scts = datetime(2026, 1, 2, tzinfo=UTC) + timedelta(minutes=number)
    return encode_deliver(oa=Address("12345"), scts=scts, text=f"text {number}")


class Row(NamedTuple):
    """A fault, when it begins, what arrives and when, who drives, and what the emulator reports of it."""

    fault: str
    driver: Driver
    caught: Rule | Symptom
    arriving: tuple[tuple[int, list[bytes]], ...] = ((1000, [text()]),)
    begins_ms: int = 0


def duplicate(symptoms: dict[str, Any]) -> bool:
    """A message was answered more than once."""
    return bool(symptoms["mo_repeated"])


def more_than_one(symptoms: dict[str, Any]) -> bool:
    """One text came, and several answers went out."""
    return bool(symptoms["mo"] > 1)


def left_behind(symptoms: dict[str, Any]) -> bool:
    """A message lies in the store."""
    return bool(symptoms["stored"])


def too_many(symptoms: dict[str, Any]) -> bool:
    """More was answered than the one text and its hostile neighbours."""
    return bool(symptoms["mo"] > 2 * 8)


def no_such_apn(symptoms: dict[str, Any]) -> bool:
    """The driver has set an APN that is not in use."""
    return bool(symptoms["apn_stored"] == "new" != symptoms["apn_used"])


MANY = tuple((1000 * (n + 1), [text(n)]) for n in range(8))
ROWS = (
    Row("F1:every=5,pause_ms=500", naive.trusts_one_line, Rule.LEFT_UNREAD),
    Row("F2:ms=150", naive.trusts_one_line, Rule.LEFT_UNREAD),
    Row("F3:rate=0.05,kind=drop", naive.deletes_whatever_was_read, Rule.DELETED_UNREAD),
    Row("F4:rate=1,where=inside", naive.deletes_whatever_was_read, Rule.DELETED_UNREAD),
    Row("F5:rate=1,times=1", naive.deletes_whatever_was_read, Rule.DELETED_UNREAD),
    Row("F6:rate=1,times=1", naive.sends_again, Rule.BLIND_RESEND),
    Row("F7:every_s=1", naive.sets_up_once, Rule.LEFT_UNREAD, ((6000, [text()]),), 3000),
    Row("F8:rate=1,times=1", naive.sends_again, Rule.BLIND_RESEND),
    Row("F9", naive.trusts_indications, Rule.LEFT_UNREAD),
    Row("F10", naive.trusts_indications, more_than_one),
    Row("F11", naive.trusts_indications, Rule.LEFT_UNREAD),
    Row("F12", naive.asks_until_it_is_there, Rule.BUSY_POLLING, ((500, [text()]),)),
    Row("F13", naive.gives_up_on_errors, Rule.LEFT_UNREAD),
    Row("F14", naive.sends_again, Rule.BLIND_RESEND),
    Row("F15", naive.counts_lines, left_behind),
    Row("F16", naive.syncs_once, Rule.LEFT_UNREAD),
    Row("F17", naive.sends_the_same_line_for_ever, Rule.IN_PROMPT),
    Row("F18", naive.syncs_once, Rule.LEFT_UNREAD),
    Row("F19:rate=1", naive.has_a_small_buffer, Rule.LEFT_UNREAD),
    Row("F20", naive.finds_indications_in_texts, too_many, MANY),
    Row("F21", naive.trusts_indications, duplicate, ((1000, long_text()),)),
    Row("F22", naive.polls_the_network, Rule.BUSY_POLLING),
    Row("F23", naive.changes_the_apn_and_believes, no_such_apn),
    Row("F24", naive.changes_the_apn_and_believes, no_such_apn),
    Row("F25", naive.tries_the_apn_for_ever, Rule.BUSY_POLLING),
    Row("F26:jump_s=-86400", naive.keeps_what_is_not_newer, left_behind, ((1000, [text()]), (6000, [text(1)])), 3000),
)


def driven(row: Row, fault: str | None) -> Rig:
    """One driver on a modem, with the fault or without; an hour later."""
    made = rig()
    made.at(b"AT+CREG=0;+CMEE=1\r")
    modem = made.modem
    token = 0
    for at_ms, tpdus in row.arriving:
        for tpdu in tpdus:
            token += 1
            modem.after(at_ms, lambda tpdu=tpdu, token=token: modem.sms.deliver(token, tpdu), lasting=True)  # type: ignore[misc]
    if fault is not None:
        modem.after(row.begins_ms, lambda: modem.faults.choose(fault), lasting=True)
    made.pass_ms(0)
    row.driver(Serial(made))
    made.pass_ms(3_600_000)
    return made


def caught(row: Row, made: Rig) -> bool:
    """The emulator reports what the row says."""
    if isinstance(row.caught, Rule):
        return row.caught in made.modem.violations.counts
    return row.caught(made.modem.watch.symptoms())


def test_no_fault_of_the_menu_is_without_a_driver_that_it_catches() -> None:
    assert [row.fault.split(":")[0] for row in ROWS] == [fault.id for fault in MENU]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.fault.split(':')[0]}-{row.driver.__name__}" for row in ROWS])
def test_a_driver_that_does_not_cope_is_caught_by_the_fault_and_only_by_it(row: Row) -> None:
    troubled = driven(row, row.fault)
    assert troubled.modem.faults.acted[row.fault.split(":")[0]]
    assert caught(row, troubled), (troubled.modem.violations.counts, troubled.modem.watch.symptoms())
    healthy = driven(row, None)
    assert not caught(row, healthy), (list(healthy.modem.violations), healthy.modem.watch.symptoms())
