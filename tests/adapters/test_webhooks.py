"""Webhooks in the table: every change rests on what was read, and what is owed goes with it."""

import dataclasses
from datetime import timedelta

import pytest

from ventanilla.domain.audit import OPERATOR, next_entry
from ventanilla.domain.institutions import trail_of
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.webhooks import Webhook, owed_at_once, owed_to

ID = "municipio-ejemplo"
URL = "https://eventos.ejemplo.gob.ec/v"


@pytest.fixture
def webhook(clock):
    return Webhook(ID, URL, "active", 3, clock.now())


def act(services, clock, name="webhook_set"):
    trail = trail_of(ID)
    return next_entry(services.audits.trail(trail), trail, name, at=clock.now(), by=OPERATOR)


@pytest.fixture
def put(services, clock):
    return lambda before, after: services.webhooks.put(
        before, after, audited=act(services, clock), owed=owed_at_once(ID, clock.now())
    )


class TestSetting:
    def test_it_is_kept_as_it_is_with_who_did_and_what_is_owed(self, services, clock, put, webhook):
        full = webhook.failed("timeout", clock.now()).taken("run", clock.now())
        assert services.webhooks.get(ID) is None
        assert put(None, full)
        assert services.webhooks.get(ID) == full
        assert [entry.act for entry in services.audits.trail(trail_of(ID))] == ["webhook_set"]
        [owed] = services.outbox.due(clock.now() + timedelta(hours=1))
        assert (owed.kind, owed.about) == ("webhook", {"institution": ID})

    def test_a_first_one_is_not_put_over_another(self, put, webhook):
        assert put(None, webhook)
        assert not put(None, webhook)

    def test_what_was_changed_meanwhile_is_not_overwritten(self, services, put, webhook, clock):
        put(None, webhook)
        assert services.webhooks.change(webhook, webhook.taken("run", clock.now()))
        assert not put(webhook, dataclasses.replace(webhook, url="https://otra.ec/"))

    def test_it_is_taken_away_with_who_did(self, services, clock, put, webhook):
        put(None, webhook)
        assert not services.webhooks.remove(webhook.at(9, clock.now()), act(services, clock, "webhook_removed"))
        assert services.webhooks.remove(webhook, act(services, clock, "webhook_removed"))
        assert services.webhooks.get(ID) is None
        assert services.audits.trail(trail_of(ID))[-1].act == "webhook_removed"
        assert put(None, webhook)
        assert services.webhooks.get(ID) == webhook


class TestServing:
    def test_one_of_two_takes_it(self, services, clock, put, webhook):
        put(None, webhook)
        assert services.webhooks.change(webhook, webhook.taken("one", clock.now()))
        assert not services.webhooks.change(webhook, webhook.taken("two", clock.now()))

    def test_who_holds_it_no_more_moves_nothing(self, services, clock, put, webhook):
        put(None, webhook)
        held = webhook.taken("one", clock.now())
        services.webhooks.change(webhook, held)
        put(held, held.released())
        assert not services.webhooks.change(held, held.at(7, clock.now()))
        assert services.webhooks.get(ID).delivered == 3

    def test_mails_go_with_the_change_or_not_at_all(self, services, clock, put, webhook):
        put(None, webhook)
        mail = OutboxItem("webhook_failing", {"institution": ID}, clock.now())
        failed = webhook.failed("timeout", clock.now())
        assert not services.webhooks.change(failed, webhook, owed=[mail])
        assert services.outbox.get(mail.id) is None
        assert services.webhooks.change(webhook, failed, owed=[mail])
        assert services.outbox.get(mail.id) == mail
        assert services.webhooks.get(ID) == failed


class TestWhatIsOwed:
    def test_what_is_there_is_nudged_and_not_taken_away_by_who_did_not_see_it(self, services, clock):
        item = owed_to(ID, clock.now())
        services.outbox.nudge(item)
        seen = services.outbox.get(item.id)
        assert (seen.kind, seen.about, seen.nudges) == ("webhook", {"institution": ID}, 1)
        clock.advance(minutes=1)
        services.outbox.nudge(owed_to(ID, clock.now()))
        again = services.outbox.get(item.id)
        assert (again.created_at, again.nudges) == (seen.created_at, 2)
        assert not services.outbox.settle(seen)
        assert services.outbox.settle(again)
        assert services.outbox.get(item.id) is None
        assert not services.outbox.settle(again)

    def test_a_nudge_puts_down_all_that_a_put_would(self, services, stage, clock):
        item = owed_to(ID, clock.now())
        services.outbox.put(item)
        [put] = stage.items("OutboxTable")
        services.outbox.done(item)
        services.outbox.nudge(item)
        [nudged] = stage.items("OutboxTable")
        assert {**nudged, "nudges": None} == {**put, "nudges": None}

    def test_only_a_new_item_is_told_by_the_stream(self, services, stage, clock):
        before, item = self.told(stage), owed_to(ID, clock.now())
        for _ in range(3):
            services.outbox.nudge(item)
        assert self.told(stage) == before + 1

    def told(self, stage):
        """How many new items the stream has told so far."""
        streams = stage.clients.streams
        arn = stage.clients.dynamodb.describe_table(TableName="OutboxTable")["Table"]["LatestStreamArn"]
        [shard, *_] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"]
        # moto tells an upsert's bare key beforehand
        return sum(one["eventName"] == "INSERT" and "lane" in one["dynamodb"]["NewImage"] for one in records)

    def test_it_is_put_off_while_it_is_there(self, services, clock):
        item = owed_to(ID, clock.now())
        services.outbox.nudge(item)
        clock.advance(minutes=6)
        [due] = services.outbox.due(clock.now())
        services.outbox.postpone(due, due.due_at.replace(hour=23))
        assert list(services.outbox.due(clock.now())) == []
        services.outbox.settle(due)
        services.outbox.postpone(due, clock.now())
        assert services.outbox.get(item.id) is None
