"""Counts: added to with the feed, read back by institution and for the platform."""

from datetime import date, timedelta

from tests.adapters.conftest import make_letter, open_account, post, thread_of
from tests.fakes import NOW
from ventanilla.adapters.counts import SHARDS
from ventanilla.adapters.streams import read
from ventanilla.domain.counts import Tally

MARCH, APRIL = "2027-03", "2027-04"


def happened(name, state="accepted", at="2027-03-30T15:00:00+00:00", **more):
    return {"id": name, "state": state, "at": at, **more}


def test_what_was_never_counted_is_nothing(services):
    assert services.counts.of("one", MARCH) == services.counts.of_platform(MARCH) == (Tally(), {})


def test_days_and_months_are_counted_apart(services):
    late = "2027-04-01T15:00:00+00:00"
    services.feed.append("one", [happened("a"), happened("b", "opened", seconds=100), happened("c", at=late)])
    services.feed.append("one", [happened("d", at="2027-03-31T15:00:00+00:00")])
    whole, days = services.counts.of("one", MARCH)
    assert (whole.counted, whole.median_seconds) == ({"sent": 2, "opened": 1}, 102)
    assert {day: tally.counted for day, tally in days.items()} == {
        date(2027, 3, 30): {"sent": 1, "opened": 1},
        date(2027, 3, 31): {"sent": 1},
    }
    assert services.counts.of("one", APRIL)[0].counted == {"sent": 1}


def test_the_platforms_are_the_sum_of_all_institutions(services):
    for number in range(2 * SHARDS):
        services.feed.append(f"institution-{number}", [happened(f"{number}-a"), happened(f"{number}-b", "alerted")])
    whole, days = services.counts.of_platform(MARCH)
    assert whole.counted == days[date(2027, 3, 30)].counted == {"sent": 2 * SHARDS, "alerted": 2 * SHARDS}
    assert services.counts.of("institution-0", MARCH)[0].counted == {"sent": 1, "alerted": 1}


def test_a_shadow_institution_counts_for_itself_alone(services):
    services.feed.append("test-one", [happened("a")])
    assert services.counts.of("test-one", MARCH)[0].counted == {"sent": 1}
    assert services.counts.of("one", MARCH) == services.counts.of_platform(MARCH) == (Tally(), {})


def test_openings_of_very_different_length_fit_into_one_write(services):
    services.feed.append("one", [happened(f"{n}", "opened", seconds=int(1.15**n)) for n in range(120)])
    whole, _ = services.counts.of("one", MARCH)
    assert sum(whole.waits.values()) == whole.counted["opened"] == 120


def test_who_follows_the_stream_learns_how_long_an_opening_took(services):
    open_account(services)
    letter = post(services, make_letter())
    thread = thread_of(services, letter)
    opened = thread.next("opened", at=NOW + timedelta(minutes=7), by="x")
    item = services.notifications._moment_item(opened, thread)
    record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": item.serialize()}}
    [told] = read({"Records": [record]})
    assert told.events[0]["seconds"] == 420
    assert services.notifications.advance(thread, opened, before=("available",))
    assert thread_of(services, letter).moments == (opened,)
