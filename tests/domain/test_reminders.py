"""What is told of a deadline, and when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain.reminders import points
from ventanilla.domain.wording import ECUADOR

MONDAY = date(2027, 3, 1)


def told(start, end, *holidays):
    return [(point.step, point.at.astimezone(ECUADOR).strftime("%m-%d %H")) for point in points(start, end, holidays)]


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (date(2027, 3, 15), [("half", "03-08 08"), ("two_days", "03-11 08"), ("passed", "03-16 00")]),
        (date(2027, 3, 4), [("two_days", "03-02 08"), ("passed", "03-05 00")]),  # half the term is the same day
        (date(2027, 3, 3), [("passed", "03-04 00")]),  # two working days before is the day that set it off
        (date(2027, 3, 2), [("passed", "03-03 00")]),
        (MONDAY, [("passed", "03-02 00")]),
    ],
)
def test_at_half_the_term_two_working_days_before_and_when_it_has_passed(end, expected):
    assert told(MONDAY, end) == expected


def test_holidays_are_no_working_days():
    assert ("two_days", "03-09 08") in told(MONDAY, date(2027, 3, 15), date(2027, 3, 11), date(2027, 3, 12))


def test_the_hour_is_that_of_mainland_ecuador():
    assert points(MONDAY, MONDAY, ())[-1].at == datetime(2027, 3, 2, 5, tzinfo=UTC)


@given(st.integers(0, 400))
def test_they_come_in_their_order_and_the_passing_last(length):
    found = points(MONDAY, MONDAY + timedelta(days=length), ())
    assert [point.at for point in found] == sorted({point.at for point in found})
    assert found[-1].step == "passed"
