"""The times of a console's lines: they never run backwards, whatever the wall clock and the board do."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mtmo_host.console.clock import Clock
from mtmo_host.console.view import View

NOON = datetime(2026, 3, 14, 12)


class Hands:
    """A wall clock that is set by hand, and the time that passes."""

    def __init__(self) -> None:
        self.wall, self.passed_s = NOON, 0.0
        self.clock = Clock(lambda: self.wall, lambda: self.passed_s)

    def go(self, passed_s: float, step_s: float = 0) -> None:
        self.passed_s += passed_s
        self.wall += timedelta(seconds=passed_s + step_s)


def stamps(out: io.StringIO) -> list[str]:
    return [line.split(" ")[0] for line in out.getvalue().replace("\r\x1b[K", "").splitlines() if line]


def test_times_go_on_where_the_clock_is_set_back_and_that_is_said_once() -> None:
    hands, out = Hands(), io.StringIO()
    shown = View(out, live=False, clock=hands.clock)
    for step_s in (0, -3600, 0, 0):
        hands.go(1, step_s)
        shown.received(b"line\r\n")
    assert stamps(out) == ["12:00:01.000", *["12:00:02.000"] * 2, "12:00:03.000", "12:00:04.000"]
    assert out.getvalue().count("the clock was set back by 3600 s; these times go on") == 1
    hands.go(1, 7200)
    shown.received(b"line\r\n")
    assert stamps(out)[-1] == "13:00:05.000", "what is set forward is followed"


def test_a_line_whose_beginning_waited_has_no_earlier_time_than_the_one_above_it() -> None:
    hands, log = Hands(), io.StringIO()
    shown = View(io.StringIO(), log, live=False, clock=hands.clock)
    shown.received(b"mtmo> ")
    hands.go(5)
    shown.sent("ping")
    hands.go(1)
    shown.received(b"ping\r\nOK pong\r\n")
    shown.received(b"mtmo> ")
    hands.go(1)
    shown.note("the port is back")
    hands.go(1)
    shown.finish()
    assert stamps(log) == sorted(stamps(log))
    assert stamps(log) == ["12:00:05.000"] * 2 + ["12:00:06.000"] * 2 + ["12:00:07.000"]


def test_a_new_day_is_said() -> None:
    hands, out = Hands(), io.StringIO()
    shown = View(out, live=False, clock=hands.clock)
    hands.go(12 * 3600 + 1)
    shown.received(b"line\r\n")
    assert out.getvalue() == "00:00:01.000 - 2026-03-15\n00:00:01.000 line\n"


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-9999, 9999), st.sampled_from([b"x", b"x\n", b"\n", None]))))
def test_no_time_is_before_the_one_above_it(acts: list[tuple[float, float, bytes | None]]) -> None:
    hands, out = Hands(), io.StringIO()
    hands.wall = NOON.replace(year=2000)  # far from midnight of a day that counts
    shown, moments = View(out, live=False, clock=hands.clock), []
    written = shown._write
    shown._write = lambda moment, *more: (moments.append(moment), written(moment, *more))  # type: ignore[method-assign,func-returns-value]
    for passed_s, step_s, octets in acts:
        hands.go(passed_s, step_s)
        shown.note("note") if octets is None else shown.received(octets)
    assert moments == sorted(moments)
