"""What is owed, and when it is queued again."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from ventanilla.domain.outbox import KEPT, LANES, REQUEUE_AFTER, Lane, OutboxItem, next_due
from ventanilla.usecases import mail

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
ITEM = OutboxItem("reset", {"portal": "demo"}, NOW)


def test_links_go_by_the_urgent_lane_and_alerts_by_the_bulk_lane():
    assert ITEM.lane == "urgent"
    assert OutboxItem("alert", {}, NOW).lane == "bulk"
    assert OutboxItem("release", {}, NOW).lane == "release"


def test_every_kind_has_a_lane_and_somebody_who_does_it():
    assert set(LANES.values()) == set(get_args(Lane))
    assert set(mail.OWED) == {kind for kind, lane in LANES.items() if lane in ("urgent", "bulk")}


def test_an_item_is_due_again_after_five_minutes_and_given_up_after_a_week():
    assert ITEM.due_at == NOW + timedelta(minutes=5) == NOW + REQUEUE_AFTER
    assert ITEM.expires_at == NOW + timedelta(days=7) == NOW + KEPT


def test_two_items_have_two_ids():
    assert dataclasses.replace(ITEM).id == ITEM.id != OutboxItem("reset", {}, NOW).id


@pytest.mark.parametrize(("age", "wait"), [(0, 5), (3, 5), (5, 5), (10, 10), (20, 20), (45, 45), (24 * 60, 24 * 60)])
def test_each_time_that_it_is_queued_again_it_waits_twice_as_long(age, wait):
    now = NOW + timedelta(minutes=age)
    assert next_due(NOW, now) == now + timedelta(minutes=wait)


def test_an_item_that_nobody_does_is_queued_about_a_dozen_times_in_its_week():
    at, times = ITEM.due_at, 0
    while at < ITEM.expires_at:
        at, times = next_due(NOW, at), times + 1
    assert times == 11


def test_what_is_owed_only_later_is_queued_then_and_kept_from_then_on():
    at = NOW + timedelta(days=200)
    item = OutboxItem("scheduled", {}, NOW, at=at)
    assert (item.due_at, item.since, item.expires_at) == (at, at, at + KEPT)
    assert OutboxItem("alert", {}, NOW).since == NOW


@pytest.mark.parametrize("kind", ["batch_split", "batch_chunk", "batch_assemble"])
def test_a_step_of_a_batch_may_wait_an_hour_in_its_queue(kind):
    """A large batch owes thousands of them at once: queued again each five minutes, they would crowd out each other."""
    item = dataclasses.replace(ITEM, kind=kind)
    assert item.lane == "batch"
    assert item.due_at == NOW + timedelta(hours=1)
