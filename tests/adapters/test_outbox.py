"""The outbox: what is owed, until it is done."""

import dataclasses
from collections import Counter
from datetime import timedelta

import pytest

from tests.adapters.conftest import owed
from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.adapters.outbox import SHARDS

ITEM = owed(about={"portal": "demo", "number": "1712345675"})
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def outbox(services):
    return services.outbox


class TestKeeping:
    def test_an_item_is_kept_as_it_was_made(self, outbox):
        outbox.put(ITEM)
        assert outbox.get(ITEM.id) == ITEM

    def test_it_is_one_trip(self, outbox):
        with counted_calls() as calls:
            outbox.put(ITEM)
        assert calls == {"PutItem": 1}

    def test_the_same_item_twice_is_one_and_the_first_counts(self, outbox):
        outbox.put(ITEM)
        outbox.put(dataclasses.replace(ITEM, kind="alert"))
        assert outbox.get(ITEM.id) == ITEM

    def test_what_is_done_is_gone_however_often(self, outbox):
        outbox.put(ITEM)
        outbox.done(ITEM)
        outbox.done(ITEM)
        assert outbox.get(ITEM.id) is None

    def test_the_stream_is_told_by_which_lane_it_travels(self, outbox, stage):
        outbox.put(owed("alert"))
        [item] = stage.items("OutboxTable")
        assert item["lane"] == {"S": "bulk"}

    def test_it_is_tidied_up_after_a_week(self, outbox, stage):
        outbox.put(ITEM)
        [item] = stage.items("OutboxTable")
        assert int(item["ttl"]["N"]) == int(NOW.timestamp()) + 7 * 86400 + 1


class TestDue:
    def test_what_should_have_been_done_by_now_is_due(self, outbox):
        old, new = owed(created_at=NOW - timedelta(minutes=5)), owed()
        for item in (old, new):
            outbox.put(item)
        assert list(outbox.due(NOW)) == [old]
        assert {item.id for item in outbox.due(LATER)} == {old.id, new.id}

    def test_what_is_owed_only_later_costs_a_look_at_what_is_due_nothing(self, outbox):
        for number in range(150):
            outbox.put(owed("deadline", id=f"later-{number}", at=NOW + timedelta(days=1 + number)))
        outbox.put(ITEM)
        read = []

        def note(response, **_):
            read.append((response["ScannedCount"], response["Count"]))

        events = outbox._dynamo.connection.client.meta.events
        events.register("after-call.dynamodb.Query", lambda parsed, **_: note(parsed))
        with counted_calls() as calls:
            assert [item.id for item in outbox.due(LATER)] == [ITEM.id]
        assert calls == {"Query": SHARDS}
        assert sum(scanned for scanned, _ in read) == 1

    def test_items_are_spread_over_all_shards(self, outbox):
        shards = Counter(outbox.row(owed()).due_shard for _ in range(32 * 40))
        assert len(shards) == SHARDS
        assert max(shards.values()) < 3 * 40

    def test_what_is_done_is_not(self, outbox):
        outbox.put(ITEM)
        outbox.done(ITEM)
        assert list(outbox.due(LATER)) == []


class TestClaiming:
    def test_it_is_claimed_once_and_due_again_later_each_time(self, outbox):
        outbox.put(ITEM)
        for minutes in (5, 10, 20, 40):
            now = NOW + timedelta(minutes=minutes)
            assert not outbox.claim(ITEM, now - timedelta(microseconds=1))
            assert outbox.claim(ITEM, now)
            assert not outbox.claim(ITEM, now)
        assert list(outbox.due(NOW + timedelta(minutes=79))) == []
        assert [item.id for item in outbox.due(NOW + timedelta(minutes=80))] == [ITEM.id]

    def test_what_was_done_meanwhile_is_neither_claimed_nor_made_anew(self, outbox, stage):
        outbox.put(ITEM)
        outbox.done(ITEM)
        assert not outbox.claim(ITEM, LATER)
        assert stage.items("OutboxTable") == []


def test_what_is_owed_only_later_is_due_then_and_again_five_minutes_after(outbox):
    at = NOW + timedelta(days=200)
    item = owed("scheduled", about={"notification": "n"}, at=at)
    outbox.put(item)
    assert outbox.get(item.id) == item
    assert list(outbox.due(at - timedelta(seconds=1))) == []
    assert list(outbox.due(at)) == [item]
    assert outbox.claim(item, at)
    assert list(outbox.due(at + timedelta(minutes=4))) == []
    assert list(outbox.due(at + timedelta(minutes=5))) == [item]


def test_an_item_gives_its_place_to_what_is_owed_next_once(outbox):
    item, following, mail = owed("deadline"), owed("deadline"), owed("reminder")
    outbox.put(item)
    assert outbox.replace(item, [following, mail])
    assert (outbox.get(item.id), outbox.get(following.id), outbox.get(mail.id)) == (None, following, mail)
    outbox.done(mail)
    assert not outbox.replace(item, [owed("deadline"), mail])
    assert outbox.get(mail.id) is None
