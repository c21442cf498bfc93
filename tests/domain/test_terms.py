"""Terms in working days (COA art. 158)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain.terms import Term, days_of_term, end_of_term, is_working_day, working_days_before

MONDAY = date(2027, 3, 1)
HOLIDAYS = frozenset({date(2027, 3, 3), date(2027, 3, 26)})
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("start", "working_days", "end"),
    [
        (date(2027, 3, 8), 1, date(2027, 3, 9)),  # from the next working day on
        (date(2027, 3, 8), 5, date(2027, 3, 15)),  # over a weekend
        (date(2027, 3, 12), 1, date(2027, 3, 15)),  # on a Friday
        (date(2027, 3, 13), 1, date(2027, 3, 15)),  # on a Saturday
        (MONDAY, 1, date(2027, 3, 2)),
        (MONDAY, 2, date(2027, 3, 4)),  # a holiday in the middle
        (date(2027, 3, 2), 1, date(2027, 3, 4)),  # a holiday at once
        (date(2027, 3, 25), 1, date(2027, 3, 29)),  # a holiday before a weekend
    ],
)
def test_a_term_leaves_out_weekends_and_holidays(start, working_days, end):
    assert end_of_term(start, working_days, HOLIDAYS) == end


@given(days, st.integers(1, 60), st.frozensets(days, max_size=30))
def test_a_term_ends_on_a_working_day_and_has_as_many_as_it_says(start, working_days, holidays):
    end = end_of_term(start, working_days, holidays)
    between = [start + timedelta(days=offset) for offset in range(1, (end - start).days + 1)]
    assert is_working_day(end, holidays)
    assert sum(is_working_day(day, holidays) for day in between) == working_days


@pytest.mark.parametrize(("offset", "works"), [(0, True), (1, True), (2, False), (4, True), (5, False), (6, False)])
def test_offices_work_from_monday_to_friday_but_on_holidays(offset, works):
    assert is_working_day(MONDAY + timedelta(days=offset), HOLIDAYS) is works


def test_each_day_says_why_it_counts_or_does_not():
    days = days_of_term(date(2027, 3, 25), Term(2, working=True), HOLIDAYS)
    assert [(day.date.day, day.counted, day.why) for day in days] == [
        (25, False, "start"),
        (26, False, "holiday"),
        (27, False, "saturday"),
        (28, False, "sunday"),
        (29, True, "working_day"),
        (30, True, "working_day"),
    ]


def test_of_calendar_days_all_count_but_the_first():
    days = days_of_term(date(2027, 3, 25), Term(5, working=False), HOLIDAYS)
    assert [(day.date.day, day.why) for day in days] == [(25, "start"), *((n, "calendar_day") for n in range(26, 31))]


@pytest.mark.parametrize(
    ("day", "count", "before"),
    [
        (date(2027, 3, 12), 2, date(2027, 3, 10)),
        (date(2027, 3, 15), 2, date(2027, 3, 11)),  # over a weekend
        (date(2027, 3, 4), 1, date(2027, 3, 2)),  # over a holiday
        (MONDAY, 0, MONDAY),
    ],
)
def test_working_days_are_counted_back_as_well(day, count, before):
    assert working_days_before(day, count, HOLIDAYS) == before
