"""Events: an institution follows what happens to its notifications."""

import pytest

from tests.usecases.conftest import INSTITUTION, refusals
from ventanilla.domain.errors import Refused
from ventanilla.usecases import events


@pytest.fixture
def follow(world):
    return lambda after=None, limit=100: events.follow(after, limit, INSTITUTION, feed=world.feed)


def happen(world, *states, institution=INSTITUTION.id):
    at = world.clock.now().isoformat()
    told = [
        {"id": f"n-{number}", "notification": "n", "reference": "RES-1", "state": state, "at": at, "number": "171"}
        for number, state in enumerate(states)
    ]
    world.feed.append(institution, told)


def test_a_feed_in_which_nothing_has_happened_says_where_to_go_on(follow):
    page = follow()
    assert (page.items, page.next) == ([], "0")
    assert follow("7").next == "7"


def test_events_come_in_their_order_and_whoever_goes_on_gets_the_rest(world, follow):
    happen(world, "accepted", "available", "alerted")
    first = follow(limit=2)
    second = follow(first.next, limit=2)
    assert [event.state for event in (*first.items, *second.items)] == ["accepted", "available", "alerted"]
    assert (first.next, second.next, follow(second.next).items) == ("2", "3", [])
    assert (first.items[0].reference, first.items[0].at) == ("RES-1", world.clock.now())


def test_who_receives_it_is_not_told_again(world, follow):
    happen(world, "accepted")
    assert "171" not in follow().model_dump_json()


def test_another_institutions_events_are_its_own(world, follow):
    happen(world, "accepted", institution="otra")
    assert follow().items == []


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 15, "١"])
def test_a_place_that_is_none_of_ours_is_refused(follow, after):
    with pytest.raises(Refused) as refused:
        follow(after)
    assert refusals(refused.value) == [("after", "cursor")]
