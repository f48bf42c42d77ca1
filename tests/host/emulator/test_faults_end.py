"""A fault that has ended has ended: what each row of the menu leaves behind is said, and ends at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from emulator_fault_acts import OK, context, long_text, on, rig, send, stored
from emulator_rig import Rig
from fault_driver import driven

from mtmo_host.emulator.faults import MENU
from mtmo_host.emulator.faults.menu import Parameter
from mtmo_host.emulator.radio import Cell
from mtmo_host.emulator.sms.store import Stat


@dataclass(frozen=True)
class Row:
    """One fault that goes on: how it begins, what the status says, until when, and what shows that all is well."""

    fault: str
    begin: Callable[[], Rig]
    what: str
    until: str
    left_s: int | None
    well: Callable[[Rig], bool]

    def __str__(self) -> str:
        return self.fault


def _fired(fault: str, name: str = "generic", **parameters: object) -> Rig:
    made = rig(name=name)
    made.modem.faults.fire(fault, **parameters)
    made.pass_ms(0)
    made.modem.take_output()
    return made


def _answers(made: Rig) -> bool:
    return made.at(b"AT\r").endswith(OK)


def _held() -> Rig:
    made = on("F6", rate=1, times=1, least_ms=60_000, most_ms=60_000)
    assert made.at(b"AT+CMEE?\r", 10_000) == b""
    return made


def _swallowing() -> Rig:
    made = on("F5", rate=1, times=1)
    made.modem.speed = 1.0  # the command is still at work
    made.at(b"AT+COPS=?\r", 1)
    return made


def _silent() -> Rig:
    made = Rig("a7670")
    made.modem.speed = 1.0
    made.modem.faults.fire("F7", silent=True)
    made.pass_ms(1000)
    return made


def _indicated(fault: str, **parameters: object) -> Rig:
    made = on(fault, ms=60_000, times=1, **parameters)
    made.deliver()
    return made


def _parts() -> Rig:
    made = on("F21", wait_ms=60_000, copies=0)
    made.deliver(long_text()[0])
    return made


def _bearer(fault: str) -> Rig:
    made = rig()
    context(made, "old")
    made.modem.faults.switch(fault)
    context(made, "new")
    return made


def _uses_new(made: Rig) -> bool:
    said = made.at(b"AT+CGACT?;+CGCONTRDP=1\r", 1000)
    return b"+CGACT: 1,1" in said and b'"new"' in said


GOES_ON = [
    Row("F5", _swallowing, "what is said in answer is lost", "the end of the command", None,
        lambda made: OK in made.pass_ms(60_000)),
    Row("F6", _held, "a response is held back", "the next command", 50,
        lambda made: made.pass_ms(0) == b"\r\n+CMEE: 0\r\n" + OK),
    Row("F7", _silent, "starts without a word", "it has started", None,
        lambda made: b"*ATREADY: 1" in made.pass_ms(60_000)),
    Row("F8", lambda: _fired("F8", silence_ms=120_000), "there is no supply", "", 120,
        lambda made: made.modem.powered and _answers(made)),
    Row("F9", lambda: _fired("F9"), "30 old texts of it are stored", "they are deleted", None,
        lambda made: not stored(made)),
    Row("F10", lambda: _indicated("F10", copies=3), "3 further indications come", "", 180,
        lambda made: made.pass_ms(600_000) == b""),
    Row("F12", lambda: _indicated("F12"), "1 messages are about to vanish", "", 60,
        lambda made: made.pass_ms(600_000) == b"" and len(stored(made)) == 1),
    Row("F15", lambda: on("F15"), "the echo is on", "it is switched off", None, lambda made: made.at(b"AT\r") == OK),
    Row("F16", lambda: _fired("F16"), "differ in speed", "the driver finds it, or a restart", None, _answers),
    Row("F17", lambda: _fired("F17"), "waits for a message body", "ESC or Ctrl-Z, or a restart", None, _answers),
    Row("F18", lambda: _fired("F18", guard_ms=0), "in a data call", "+++, or a restart", None, _answers),
    Row("F21", _parts, "parts of long texts are held back", "the others", 60,
        lambda made: stored(made) == long_text()[:1]),
    Row("F22", lambda: _fired("F22", down_s=600), "there is no coverage", "", 600, lambda made: made.modem.reachable),
    Row("F23", lambda: _bearer("F23"), "context 1 is not active", "it is activated anew", None, _uses_new),
    Row("F24", lambda: _bearer("F24"), "context 1 is active with the old APN", "it is activated anew", None, _uses_new),
    Row("F25", lambda: _bearer("F25"), "has refused the modem", "its next attempt", None,
        lambda made: made.modem.reachable and _uses_new(made)),
    Row("F26", lambda: _fired("F26", jump_s=86_400), "the clock is +86400 s off", "it is set", None,
        lambda made: b'"26/01/01' in made.at(b"AT+CCLK?\r")),
]  # fmt: skip

# Over when they have acted: octets, lines and messages that came or did not come
OVER_AT_ONCE = {"F1", "F2", "F3", "F4", "F11", "F13", "F14", "F19", "F20"}


def test_every_fault_goes_on_or_is_over_at_once() -> None:
    assert [row.fault for row in GOES_ON] == [one.id for one in MENU if one.id not in OVER_AT_ONCE]


@pytest.mark.parametrize("row", GOES_ON, ids=str)
def test_what_goes_on_is_said_and_ends_at_once_when_all_is_to_be_well(row: Row) -> None:
    made = row.begin()
    faults = made.modem.faults
    said = faults.lasting()[row.fault].describe(made.now_ms)
    assert row.what in said["what"]
    assert (said["until"], said["left_s"]) == (row.until, row.left_s)
    faults.clear()
    assert not faults.lasting()
    assert row.well(made)


@pytest.mark.parametrize("row", GOES_ON, ids=str)
def test_switching_the_one_fault_off_ends_it_as_well(row: Row) -> None:
    made = row.begin()
    made.modem.faults.switch("F20")  # others stay
    made.modem.faults.switch(row.fault, None)
    assert row.fault not in made.modem.faults.lasting()
    assert row.well(made)
    assert made.modem.faults.active().keys() >= {"F20"}


def _over(fault: str) -> Rig:
    made = on(fault, **({"times": 1} if any(one.name == "times" for one in _row(fault)) else {}))
    made.deliver()
    send(made, 60_000)
    made.at(b"AT+CPMS?\r", 60_000)
    return made


def _row(fault: str) -> tuple[Parameter, ...]:
    return next(one.parameters for one in MENU if one.id == fault)


@pytest.mark.parametrize("fault", sorted(OVER_AT_ONCE))
def test_a_fault_that_has_acted_leaves_nothing_behind(fault: str) -> None:
    assert not _over(fault).modem.faults.lasting()


def _ends_by_itself() -> list[tuple[str, Callable[[], Rig], Callable[[Rig], object]]]:
    return [
        ("F8", lambda: _fired("F8", silence_ms=1000), lambda made: made.pass_ms(1000)),
        ("F9 deleted", lambda: _fired("F9"), lambda made: made.at(b"AT+CMGD=1,4\r")),
        ("F22", lambda: _fired("F22", down_s=60), lambda made: made.pass_ms(60_000)),
        ("F22 moved", lambda: _fired("F22"), lambda made: made.modem.set_cell(Cell(roaming=True), made.now_ms)),
        ("F26 set", lambda: _fired("F26"), lambda made: made.at(b'AT+CCLK="26/05/05,12:00:00+00"\r')),
        ("F18", lambda: _fired("F18"), lambda made: (made.pass_ms(2000), made.at(b"+++", 2000))),
        ("F12", lambda: _indicated("F12"), lambda made: made.pass_ms(60_000)),
    ]


@pytest.mark.parametrize(
    ("begin", "over"), [row[1:] for row in _ends_by_itself()], ids=[r[0] for r in _ends_by_itself()]
)
def test_what_has_ended_by_itself_is_not_said_any_more(begin: Callable[[], Rig], over: Callable[[Rig], object]) -> None:
    made = begin()
    assert made.modem.faults.lasting()
    over(made)
    assert not made.modem.faults.lasting()


def test_a_clock_that_was_set_meanwhile_stays() -> None:
    made = _fired("F26")
    made.at(b'AT+CCLK="26/05/05,12:00:00+00"\r')
    made.modem.faults.clear()
    assert b'"26/05/05' in made.at(b"AT+CCLK?\r")


def test_only_the_texts_of_the_fault_are_taken_away() -> None:
    made = rig()
    made.deliver()
    made.modem.faults.fire("F9")
    made.modem.faults.clear()
    assert [one.stat for _, one in made.modem.sms.store.items("SM")] == [Stat.REC_UNREAD]


def test_no_coverage_that_was_ended_does_not_end_the_next_one() -> None:
    made = _fired("F22", down_s=60)
    made.modem.faults.clear()
    made.pass_ms(30_000)
    made.modem.faults.fire("F22", down_s=60)
    made.pass_ms(59_000)
    assert not made.modem.reachable, "the first one's end is forgotten"
    made.pass_ms(1000)
    assert made.modem.reachable


def test_the_old_apn_is_no_longer_used_while_other_faults_of_the_network_are_on() -> None:
    made = _bearer("F24")
    made.modem.faults.switch("F23", times=1, spare=False)
    made.modem.faults.switch("F24", None)
    assert _uses_new(made) or b'"new"' in context(made, "new")


def test_the_verb_says_what_was_fired_what_goes_on_and_for_how_long() -> None:
    modem, done = driven(
        ("unit-1", "--fire", "F22:down_s=600"), ("unit-1",), ("unit-1", "--json"), ("unit-1", "healthy"),
    )  # fmt: skip
    assert [one.exit_code for one in done] == [0] * 4, [one.output for one in done]
    assert done[0].output.startswith("fired: F22 no-network\nF22  no-network      acted      1\n")
    assert "       there is no coverage, for 600 s more\n" in done[0].output
    assert "healthy" not in done[0].output + done[1].output
    lasting = json.loads(done[2].output)["lasting"]
    assert lasting == {"F22": {"what": "there is no coverage", "until": "", "left_s": 600}}
    assert done[3].output.startswith("healthy: no fault is on\nbefore: F22 1\n")
    assert modem.registration.cell is not None
