"""World time never falls, never runs on by more than a day a boot, and nobody's stamp can hold it back."""

from mtmo import clock
from mtmo.calendar import Calendar, minute

HOUR = 3600
DAY = 86400
NEW = [0, None, None]


def uptime(seconds):
    """The board is on for so long now."""
    clock._last, clock._elapsed_ms = clock._ticks_ms(), 1000 * seconds


def boot(row, believes_stamps=True):
    uptime(0)
    return Calendar(row, believes_stamps)


def stamp(day, hour, minutes=0, year=26, zone="00"):
    """The SCTS of a day of April in hexadecimal."""
    out = ""
    for number in (year, 4, day, hour, minutes, 0):
        out += "%d%d" % (number % 10, number // 10)
    return out + zone


def april(day, hour, minutes=0, year=26):
    return minute(year, 4, day, hour, minutes, 0)


def lived(source, *times, row=NEW):
    """A calendar after boots at `times` of April, each on for an hour, in which `source` tells the time at once."""
    calendar = None
    for time in times:
        calendar = boot(row)
        source(calendar, *time)
        uptime(HOUR)
        row = calendar.row()
    return calendar.now_s()


def by_clock(calendar, day, hour):
    calendar.see_clock(april(day, hour))


def by_stamp(calendar, day, hour):
    calendar.see_stamp(stamp(day, hour))


def test_the_minute_is_that_of_the_calendar():
    assert april(2, 0) - april(1, 0) == 1440
    assert minute(27, 1, 1, 0, 0, 0) - minute(26, 12, 31, 23, 59, 0) == 1
    assert minute(28, 3, 1, 0, 0, 0) - minute(28, 2, 28, 0, 0, 0) == 2880
    assert minute(26, 7, 1, 14, 0, 8) == minute(26, 7, 1, 12, 0, 0)
    assert minute(26, 7, 1, 8, 0, -16) == minute(26, 7, 1, 12, 0, 0)


def test_a_year_that_cannot_be_is_none():
    for year in (0, 4, 15, 24, 41, 70, 80, 99):
        assert minute(year, 1, 6, 0, 0, 0) == 0, year
    for year in (25, 26, 40):
        assert minute(year, 1, 6, 0, 0, 0) > 0, year


def test_without_a_source_uptime_counts_as_far_as_it_was_written():
    calendar = boot(NEW)
    uptime(5 * HOUR)
    row = calendar.row()
    uptime(6 * HOUR)
    assert calendar.now_s() == 6 * HOUR
    assert boot(row).now_s() == 5 * HOUR


def test_either_source_counts_the_hours_off():
    for source in (by_clock, by_stamp):
        days = [(day, 8) for day in range(1, 11)]
        assert lived(source, *days) == 9 * DAY + HOUR, source


def test_hours_that_were_not_written_are_found_again():
    calendar = boot(NEW)
    by_clock(calendar, 1, 8)
    row = calendar.row()
    calendar = boot(row)
    by_clock(calendar, 1, 20)
    assert calendar.now_s() == 12 * HOUR


def test_a_zone_is_no_difference():
    calendar = boot(NEW)
    calendar.see_stamp(stamp(1, 8))
    calendar.see_stamp(stamp(1, 10, zone="80"))
    calendar.see_stamp(stamp(1, 4, zone="69"))
    assert calendar.now_s() == 0


def test_a_clock_that_drifts_by_minutes_moves_nothing():
    calendar = boot(NEW)
    calendar.see_clock(april(1, 8))
    for hour in range(1, 20):
        uptime(hour * HOUR)
        calendar.see_clock(april(1, 8 + hour % 10) + 60 * (hour - hour % 10) + hour % 3 * 4)
        assert calendar.by_clock
    assert calendar.now_s() == 19 * HOUR


def test_no_boot_gains_more_than_a_day_whatever_is_said():
    lies = [(day, hour) for day in (1, 28, 3, 15, 2, 27) for hour in (0, 23, 7)]
    for source in (by_clock, by_stamp):
        calendar = boot(NEW)
        before = 0
        for i in range(200):
            uptime(60 * i)
            source(calendar, *lies[i % len(lies)])
            assert before <= calendar.now_s() <= DAY + 60 * i, (source, i)
            before = calendar.now_s()
        assert before > DAY, "the test would fail if nothing were counted"


def test_years_ahead_cost_a_day_and_the_true_time_counts_again_at_once():
    for year in (40, 27):
        row = boot(NEW).row()
        now = 0
        for day in range(1, 20):
            calendar = boot(row)
            calendar.see_stamp(stamp(day, 8, year=year))
            calendar.see_stamp(stamp(day, 8))
            uptime(HOUR)
            assert calendar.now_s() >= now + HOUR
            now = calendar.now_s()
            row = calendar.row()
        assert 17 * DAY < now <= 19 * (DAY + HOUR)


def test_one_stamp_again_and_again_holds_nothing_back():
    # the liar comes first in every boot, last, or both; the true one in between
    for lie in (stamp(1, 0, year=25), stamp(1, 0, year=40), stamp(9, 0)):
        for order in ((lie, None), (None, lie), (lie, None, lie)):
            row = NEW
            for day in range(1, 21):
                calendar = boot(row)
                for scts in order:
                    calendar.see_stamp(scts or stamp(day, 8))
                uptime(HOUR)
                row = calendar.row()
            assert 18 * DAY <= calendar.now_s() <= 20 * (DAY + HOUR), (lie, order, calendar.now_s() / DAY)


def test_stamps_do_not_count_while_the_clock_goes_on():
    calendar = boot(NEW)
    by_clock(calendar, 1, 8)
    by_stamp(calendar, 1, 8)
    uptime(HOUR)
    calendar = boot(calendar.row())
    by_clock(calendar, 1, 9)
    by_stamp(calendar, 20, 9)
    assert calendar.by_clock
    assert calendar.now_s() == HOUR


def test_an_hour_that_both_sources_tell_counts_once():
    row = NEW
    for day in range(1, 11):
        calendar = boot(row)
        by_stamp(calendar, day, 8)
        by_clock(calendar, day, 8)
        uptime(HOUR)
        by_clock(calendar, day, 9)
        row = calendar.row()
    assert calendar.now_s() == 9 * DAY + HOUR


def test_a_source_that_spoke_late_is_not_ahead_the_next_time():
    calendar = boot(NEW)
    by_stamp(calendar, 1, 8)
    calendar = boot(calendar.row())
    by_clock(calendar, 1, 20)
    by_stamp(calendar, 1, 20)
    row = calendar.row()
    assert calendar.now_s() == 12 * HOUR
    calendar = boot(row)
    by_clock(calendar, 1, 22)
    assert calendar.by_clock
    assert calendar.now_s() == 14 * HOUR


def test_a_clock_that_begins_anew_with_each_boot_leaves_it_to_the_stamps():
    row = NEW
    for day in range(1, 6):
        calendar = boot(row)
        by_clock(calendar, 1, 0)
        by_stamp(calendar, day, 8)
        uptime(HOUR)
        by_clock(calendar, 1, 1)
        row = calendar.row()
    assert calendar.now_s() == 4 * DAY + HOUR


def test_after_the_watchdog_bit_no_stamp_counts():
    calendar = boot([0, None, None])
    by_stamp(calendar, 1, 8)
    calendar = boot(calendar.row(), False)
    by_stamp(calendar, 2, 8)
    assert calendar.now_s() == 0
    calendar = boot(calendar.row())
    by_stamp(calendar, 2, 8)
    assert calendar.now_s() == DAY


def test_a_stamp_that_is_no_time_says_nothing():
    calendar = boot(NEW)
    for scts in ("00000000000000", "FFFFFFFFFFFFFF", "62201320100000", "62404142100000", stamp(1, 1, year=99)):
        calendar.see_stamp(scts)
    assert calendar.row() == NEW


def test_a_write_is_due_ever_later_in_a_boot_and_then_once_an_hour():
    calendar = boot(NEW)
    written = []
    for seconds in range(0, 4 * HOUR, 60):
        uptime(seconds)
        if not calendar.write_wait_s():
            calendar.written()
            written.append(seconds)
    assert written == [240, 480, 960, 1920, 3840, 7380, 10920]
