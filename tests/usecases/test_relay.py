"""Relay: what the streams tell goes to the queues; what is overdue goes there again."""

from datetime import timedelta

import pytest

from tests.fakes import NOW
from ventanilla.domain.outbox import OutboxItem
from ventanilla.usecases.relay import Happened, Owed, relay, requeue


def owed(sequence, lane="urgent"):
    return Owed(str(sequence), lane, f"item-{sequence}")


def happened(sequence, institution="one", *states):
    events = tuple({"id": f"{institution}-{sequence}-{state}"} for state in states or ("x",))
    return Happened(str(sequence), institution, events)


class TestRelay:
    def test_what_is_owed_goes_to_the_queue_of_its_lane(self, world):
        assert relay([owed(1), owed(2, "bulk"), owed(3, "release")], queues=world.queues, clock=world.clock) is None
        assert world.queues.sent == [("urgent", "item-1"), ("bulk", "item-2"), ("release", "item-3")]

    def test_what_is_owed_within_a_quarter_of_an_hour_waits_in_its_queue(self, world):
        hours = (-1, 0, 4.2, 900, 900.1, 86_400)
        batch = [Owed(str(n), "release", f"item-{n}", NOW + timedelta(seconds=hour)) for n, hour in enumerate(hours)]
        assert relay(batch, queues=world.queues, clock=world.clock) is None
        assert world.queues.delays == {"item-0": 0, "item-1": 0, "item-2": 5, "item-3": 900}

    def test_events_of_an_institution_go_in_one_message_in_their_order(self, world):
        batch = [happened(1, "one", "accepted", "available"), happened(2, "two"), happened(3, "one")]
        assert relay(batch, queues=world.queues, clock=world.clock) is None
        assert world.queues.events == [("one", ["one-1-accepted", "one-1-available", "one-3-x"]), ("two", ["two-2-x"])]

    def test_nothing_to_tell_fails_at_nothing(self, world):
        assert relay([], queues=world.queues, clock=world.clock) is None

    def test_from_the_first_that_failed_on_the_stream_tells_again(self, world):
        world.queues.down = {"item-2"}
        assert relay([owed(1), owed(2), owed(3)], queues=world.queues, clock=world.clock) == "2"
        assert world.queues.sent == [("urgent", "item-1")]

    def test_where_an_institutions_message_failed_it_tells_again_from_its_first_event_on(self, world):
        world.queues.down = {"two"}
        batch = [happened(1), happened(2, "two"), happened(3), happened(4, "two")]
        assert relay(batch, queues=world.queues, clock=world.clock) == "2"
        assert [institution for institution, _ in world.queues.events] == ["one"]

    def test_of_several_that_failed_the_earliest_counts_by_number_and_not_by_letter(self, world):
        world.queues.down = {"one", "two"}
        assert relay([happened(9, "two"), happened(10, "one")], queues=world.queues, clock=world.clock) == "9"

    def test_one_that_failed_keeps_back_no_event_that_came_before_it(self, world):
        world.queues.down = {"item-2"}
        assert relay([happened(1), owed(2), happened(3)], queues=world.queues, clock=world.clock) == "2"
        assert world.queues.events == [("one", ["one-1-x"])]

    def test_what_failed_before_is_told_again_with_it(self, world):
        world.queues.down = {"one", "item-2"}
        assert relay([happened(1), owed(2)], queues=world.queues, clock=world.clock) == "1"


class TestRequeue:
    @pytest.fixture
    def item(self, world):
        item = OutboxItem("reset", {}, world.clock.now())
        world.outbox.put(item)
        return item

    @pytest.fixture
    def run(self, world):
        return lambda: requeue(outbox=world.outbox, queues=world.queues, clock=world.clock)

    def test_what_is_not_overdue_is_left_alone(self, world, item, run):
        world.clock.advance(minutes=5, microseconds=-1)
        assert run() == 0
        assert world.queues.sent == []

    def test_what_is_overdue_is_queued_again_in_its_lane(self, world, item, run):
        world.outbox.put(OutboxItem("release", {}, world.clock.now(), id="other"))
        world.clock.advance(minutes=5)
        assert run() == 2
        assert sorted(world.queues.sent) == [("release", "other"), ("urgent", item.id)]

    def test_it_waits_twice_as_long_each_time(self, world, item, run):
        begun, at = world.clock.now(), []
        for _ in range(24 * 12):
            world.clock.advance(minutes=5)
            if run():
                at.append((world.clock.now() - begun) / timedelta(minutes=5))
        assert at == [1, 2, 4, 8, 16, 32, 64, 128, 256]

    def test_what_was_done_meanwhile_is_not_queued(self, world, item, run, monkeypatch):
        world.clock.advance(minutes=5)
        monkeypatch.setattr(world.outbox, "due", lambda now: iter([item]))
        world.outbox.done(item)
        assert run() == 0

    def test_two_at_the_same_time_queue_it_once(self, world, item, run, monkeypatch):
        world.clock.advance(minutes=5)
        monkeypatch.setattr(world.outbox, "due", lambda now: iter([item, item]))
        assert run() == 1
        assert len(world.queues.sent) == 1
