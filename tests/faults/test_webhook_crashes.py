"""A webhook's run, and the feed that owes it, may die or fail at any call: every event comes, in order, at least once."""

import json
from datetime import timedelta

import pytest

from tests.fakes import NOW
from tests.faults.test_crashes import MUNICIPIO, again, crashes, function, messages  # noqa: F401  # a fixture
from ventanilla.domain.audit import OPERATOR, next_entry
from ventanilla.domain.institutions import trail_of
from ventanilla.domain.webhooks import Webhook, owed_at_once, owed_to

pytestmark = pytest.mark.slow

URL = "https://eventos.ejemplo.gob.ec/v"
ITEM = owed_to(MUNICIPIO, NOW).id
EVENTS = [
    {"id": f"n-{number}", "notification": "n", "state": "alerted", "at": NOW.isoformat()} for number in range(1, 4)
]


class Courier:
    """Takes everything, but for the calls that it is told to refuse."""

    def __init__(self):
        self.ids, self.errors = [], []

    def deliver(self, url, body, now):
        error = self.errors.pop(0) if self.errors else None
        if error is None:
            self.ids += [event["id"] for event in json.loads(body)["items"]]
        return error


@pytest.fixture
def prepare(services):
    """A webhook whose institution's feed is empty, and a courier that is new."""

    def prepare():
        services.__dict__["courier"] = Courier()
        trail = trail_of(MUNICIPIO)
        entry = next_entry(services.audits.trail(trail), trail, "webhook_set", at=NOW, by=OPERATOR)
        webhook = Webhook(MUNICIPIO, URL, "active", 0, NOW)
        owed = owed_at_once(MUNICIPIO, NOW)
        assert services.webhooks.put(None, webhook, audited=entry, owed=owed)
        assert services.outbox.settle(owed)
        return services.courier

    return prepare


def served(services, courier):
    """Let the schedule queue what is still owed until nothing is; which events came, each once."""
    for _ in range(6):
        services.clock.advance(minutes=10)
        if services.outbox.get(ITEM) is None:
            break
        again("webhook", messages("WebhookQueue", {"id": ITEM}))
    assert services.outbox.get(ITEM) is None
    assert services.webhooks.get(MUNICIPIO).delivered == len(EVENTS)
    return list(dict.fromkeys(courier.ids))


def test_a_run_that_dies_is_made_again(services, prepare, crashes):  # noqa: F811  # a fixture
    def grown():
        courier = prepare()
        for event in EVENTS:
            services.feed.append(MUNICIPIO, [event])
        services.outbox.nudge(owed_to(MUNICIPIO, NOW))
        return courier

    for courier in crashes(grown, lambda _: function("webhook")(messages("WebhookQueue", {"id": ITEM}))):
        assert served(services, courier) == ["n-1", "n-2", "n-3"]
        assert len(courier.ids) <= 2 * len(EVENTS)


def test_a_failure_that_can_not_be_written_down_is_tried_again(services, prepare, crashes):  # noqa: F811
    def grown():
        courier = prepare()
        courier.errors = ["timeout"]
        services.feed.append(MUNICIPIO, EVENTS)
        services.outbox.nudge(owed_to(MUNICIPIO, NOW))
        return courier

    for courier in crashes(grown, lambda _: function("webhook")(messages("WebhookQueue", {"id": ITEM}))):
        assert served(services, courier) == ["n-1", "n-2", "n-3"]


def test_what_the_feed_has_put_down_is_owed_wherever_it_died(services, prepare, crashes):  # noqa: F811
    batch = messages("FeedQueue.fifo", *({"institution": MUNICIPIO, "events": [event]} for event in EVENTS))
    for courier in crashes(prepare, lambda _: function("feed")(batch)):
        again("feed", batch)
        assert services.outbox.get(ITEM) is not None
        again("webhook", messages("WebhookQueue", {"id": ITEM}))
        assert served(services, courier) == ["n-1", "n-2", "n-3"]


def test_a_dead_run_holds_a_webhook_for_a_while_and_not_for_ever(services, prepare):
    courier = prepare()
    services.feed.append(MUNICIPIO, EVENTS)
    services.outbox.nudge(owed_to(MUNICIPIO, NOW))
    webhook = services.webhooks.get(MUNICIPIO)
    services.webhooks.change(webhook, webhook.taken("dead", NOW))
    again("webhook", messages("WebhookQueue", {"id": ITEM}))
    assert courier.ids == []
    services.clock.at = NOW + timedelta(minutes=5)
    again("webhook", messages("WebhookQueue", {"id": ITEM}))
    assert courier.ids == ["n-1", "n-2", "n-3"]
