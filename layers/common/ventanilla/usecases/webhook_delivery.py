"""Delivery: an institution's events are posted to its own address, in order, at least once, by one run at a time."""

from __future__ import annotations

from typing import Literal

from ventanilla.domain.ids import derived_id, random_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.webhooks import MOST_EVENTS, Webhook, owed_to
from ventanilla.schemas.webhooks import WebhookCall
from ventanilla.usecases.events import page_of
from ventanilla.usecases.ports import Clock, Courier, Feed, Institutions, Outbox, Queues, Webhooks

Outcome = Literal["done", "not_wanted", "held", "superseded", "delivered", "failed", "paused", "more"]
_CALLS = 4
"""Calls of one run: each may take ten seconds, and a function lives for a minute; the next run goes on."""


def deliver(
    item_id: str,
    *,
    outbox: Outbox,
    webhooks: Webhooks,
    institutions: Institutions,
    feed: Feed,
    courier: Courier,
    queues: Queues,
    clock: Clock,
) -> Outcome:
    """Post what an institution's feed holds behind the place that was delivered.

    The item goes once nothing is left, unless the feed has grown meanwhile; after a failure it stays, and is queued
    again later each time. Whatever dies in between, the item is there, and what was posted last may come again.
    """
    item = outbox.get(item_id)
    if item is None:
        return "done"
    webhook, now = webhooks.get(item.about["institution"]), clock.now()
    if webhook is None or webhook.status == "paused":
        outbox.settle(item)
        return "not_wanted"
    held = webhook.taken(random_id(), now)
    if webhook.is_held(now) or not webhooks.change(webhook, held):
        return "held"
    for _ in range(_CALLS):
        page = page_of(held.institution, held.delivered, MOST_EVENTS, feed=feed)
        if not page.items:
            break
        call = WebhookCall(institution=held.institution, items=page.items, next=page.next)
        error = courier.deliver(held.url, call.model_dump_json().encode(), clock.wall())
        if error:
            return _failed(held, error, item, outbox=outbox, webhooks=webhooks, institutions=institutions, clock=clock)
        after = held.at(int(page.next), clock.now())
        if not webhooks.change(held, after):
            return "superseded"
        held = after
    webhooks.change(held, held.released())
    if not page.items and outbox.settle(item):
        return "delivered"
    queues.send(item.lane, item.id)
    return "more"


def _failed(
    held: Webhook,
    error: str,
    item: OutboxItem,
    *,
    outbox: Outbox,
    webhooks: Webhooks,
    institutions: Institutions,
    clock: Clock,
) -> Outcome:
    now = clock.now()
    after = held.failed(error, now)
    kind = "webhook_paused" if after.status == "paused" else "webhook_failing"
    is_new = after.status == "paused" or after.warned_at != held.warned_at
    owed = _mail(kind, after, institutions, clock) if is_new else []
    if not webhooks.change(held, after, owed=owed):
        return "superseded"
    if after.status == "paused":
        outbox.settle(item)
        return "paused"
    usual = owed_to(held.institution, now)
    if item.id == usual.id:
        outbox.postpone(item, after.next_try(now))
    else:  # what was owed at once is from now on tried again as everything is
        outbox.nudge(usual)
        outbox.settle(item)
    return "failed"


def _mail(kind: str, webhook: Webhook, institutions: Institutions, clock: Clock) -> list[OutboxItem]:
    """Return the mail to an institution's contact, once for each time that its webhook began to fail."""
    institution = institutions.get(webhook.institution)
    email = institution.contact.get("email") if institution else None
    if institution is None or not email or not institution.portals or webhook.failing_since is None:
        return []
    since = webhook.failing_since.isoformat()
    about = {
        "institution": institution.name,
        "email": email,
        "portal": institution.portals[0],
        "url": webhook.url.partition("?")[0],  # what follows may be a secret between them
        "since": since,
        "error": webhook.last_error or "",
    }
    return [OutboxItem(kind, about, clock.now(), id=derived_id(kind, webhook.institution, since))]
