"""Counts: what counts as what, on which day, and the median of the time to opening."""

import random
from datetime import date
from statistics import median_low

import pytest

from ventanilla.domain.counts import Tally, month_of, span_of, tallied, typical_seconds


def happened(state, at="2027-03-01T15:00:00+00:00", **more):
    return {"id": "x", "state": state, "at": at, **more}


def test_each_event_counts_as_what_it_is_and_the_mails_own_sending_as_nothing():
    states = ("accepted", "available", "alerted", "sent", "delivered", "bounced", "complained", "opened", "cancelled")
    [(day, tally)] = tallied([happened(state) for state in states]).items()
    assert day == date(2027, 3, 1)
    names = ("sent", "alerted", "delivered", "bounced", "complained", "opened", "cancelled")
    assert tally.counted == dict.fromkeys(names, 1)


def test_days_are_those_of_ecuador():
    days = tallied(
        [happened("accepted", "2027-03-01T04:59:59+00:00"), happened("accepted", "2027-03-01T05:00:00+00:00")]
    )
    assert list(days) == [date(2027, 2, 28), date(2027, 3, 1)]
    assert [month_of(day) for day in days] == ["2027-02", "2027-03"]


def test_an_opening_counts_also_where_nobody_knows_how_long_it_took():
    [tally] = tallied([happened("opened"), happened("opened", seconds=60)]).values()
    assert (tally.counted["opened"], sum(tally.waits.values())) == (2, 1)


@pytest.mark.parametrize("seconds", [0, 1, 2, 59, 3600, 86_400, 2_592_000, 100_000_000])
def test_a_span_stands_for_its_seconds_within_five_per_cent(seconds):
    assert typical_seconds(span_of(seconds)) == pytest.approx(seconds, rel=0.05, abs=0.5)


def test_the_median_is_that_of_the_openings_within_five_per_cent():
    chance = random.Random(7)  # noqa: S311  # the same openings each time
    for size in (1, 2, 9, 10, 500):
        waits = [int(chance.lognormvariate(9, 3)) for _ in range(size)]
        [tally] = tallied([happened("opened", seconds=wait) for wait in waits]).values()
        assert tally.median_seconds == pytest.approx(median_low(waits), rel=0.05, abs=0.5)


def test_where_nothing_was_opened_there_is_no_median():
    assert Tally({"sent": 3}).median_seconds is None


def test_two_together_count_as_both():
    both = Tally({"sent": 1, "opened": 1}, {7: 1}) + Tally({"sent": 2}, {7: 2, 9: 1})
    assert (both.counted, both.waits) == ({"sent": 3, "opened": 1}, {7: 3, 9: 1})
