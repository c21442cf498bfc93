"""Webhooks, as institutions manage them; and what the feed owes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ventanilla.domain.audit import Act, Actor
from ventanilla.domain.errors import Busy, FieldError, Invalid, NotFound, Refused
from ventanilla.domain.webhooks import Webhook, owed_at_once, owed_to, read_url
from ventanilla.schemas.webhooks import WebhookIn, WebhookOut, WebhookResumed
from ventanilla.usecases.events import place_in_feed
from ventanilla.usecases.institutions import entry_of
from ventanilla.usecases.notify import Sender
from ventanilla.usecases.ports import Accounts, Audits, Clock, Feed, Outbox, Webhooks

_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class _Act:
    name: Act
    by: Actor


def owe(institution: str, *, webhooks: Webhooks, outbox: Outbox, clock: Clock) -> bool:
    """Put down that an institution's webhook has events to deliver; tell whether it wants them.

    The item that is there already learns that there is more, so that the run which is at it does not end too early.
    """
    webhook = webhooks.get(institution)
    if webhook is None or webhook.status == "paused":
        return False
    outbox.nudge(owed_to(institution, clock.now()))
    return True


def show(institution: str, sender: Sender, *, webhooks: Webhooks) -> WebhookOut:
    """Return the institution's webhook.

    Raises:
        NotFound: it has none, or it is another institution's.
    """
    return _shown(_demand(institution, sender, webhooks))


def put(
    institution: str,
    wish: WebhookIn,
    sender: Sender,
    *,
    webhooks: Webhooks,
    feed: Feed,
    accounts: Accounts,
    audits: Audits,
    clock: Clock,
    loopback: bool,
) -> WebhookOut:
    """Set where events are posted: a first webhook begins with what happens from now on, another address goes on.

    Raises:
        NotFound: who asks is another institution.
        Refused: it is no public https address.
        Busy: others kept changing it.
    """
    _demand_own(institution, sender)
    try:
        url = read_url(wish.url, loopback=loopback)
    except Invalid as invalid:
        raise Refused(FieldError("url", invalid.code)) from None

    def changed(before: Webhook | None) -> Webhook:
        if before is None:
            return Webhook(institution, url, "active", _newest(institution, feed), clock.now())
        return _fresh(replace(before, url=url))

    act = _Act("webhook_set", _actor(sender, accounts))
    return _change(institution, changed, act, webhooks=webhooks, audits=audits, clock=clock)


def resume(
    institution: str,
    wish: WebhookResumed,
    sender: Sender,
    *,
    webhooks: Webhooks,
    feed: Feed,
    accounts: Accounts,
    audits: Audits,
    clock: Clock,
) -> WebhookOut:
    """Deliver again at once, from where it stood or from any place of the feed.

    Raises:
        NotFound: the institution has none, or it is another institution's.
        Refused: the place is none of the feed's.
        Busy: others kept changing it.
    """
    _demand(institution, sender, webhooks)
    after = place_in_feed(wish.after, "after")
    if after is not None and after > _newest(institution, feed):
        raise Refused(FieldError("after", "cursor"))

    def changed(before: Webhook | None) -> Webhook:
        if before is None:
            raise NotFound
        return _fresh(before if after is None else replace(before, delivered=after))

    act = _Act("webhook_resumed", _actor(sender, accounts))
    return _change(institution, changed, act, webhooks=webhooks, audits=audits, clock=clock)


def remove(
    institution: str, sender: Sender, *, webhooks: Webhooks, accounts: Accounts, audits: Audits, clock: Clock
) -> None:
    """Take the webhook away; the events stay in the feed.

    Raises:
        NotFound: the institution has none, or it is another institution's.
        Busy: others kept changing it.
    """
    for _ in range(_ATTEMPTS):
        before = _demand(institution, sender, webhooks)
        entry = entry_of(institution, "webhook_removed", audits, by=_actor(sender, accounts), at=clock.now())
        if webhooks.remove(before, entry):
            return
    raise Busy


def _change(
    institution: str,
    changed: Callable[[Webhook | None], Webhook],
    act: _Act,
    *,
    webhooks: Webhooks,
    audits: Audits,
    clock: Clock,
) -> WebhookOut:
    """Write a change, who made it, and that there may be something to deliver."""
    for _ in range(_ATTEMPTS):
        before, now = webhooks.get(institution), clock.now()
        after = changed(before)
        entry = entry_of(institution, act.name, audits, by=act.by, at=now)
        if webhooks.put(before, after, audited=entry, owed=owed_at_once(institution, now)):
            return _shown(after)
    raise Busy


def _fresh(webhook: Webhook) -> Webhook:
    """Return it as if it had never failed, in nobody's hands: the run that is at it ends with its next write."""
    return replace(webhook.released(), status="active", failing_since=None, last_error=None, warned_at=None)


def _demand(institution: str, sender: Sender, webhooks: Webhooks) -> Webhook:
    _demand_own(institution, sender)
    webhook = webhooks.get(institution)
    if webhook is None:
        raise NotFound
    return webhook


def _demand_own(institution: str, sender: Sender) -> None:
    if sender.institution.id != institution:
        raise NotFound


def _newest(institution: str, feed: Feed) -> int:
    return next(feed.backwards(institution, None), (0, {}))[0]


def _actor(sender: Sender, accounts: Accounts) -> Actor:
    """Return who acts: an administrator, by name, or a key, by its id."""
    key = None if "." in sender.by else accounts.key_of(sender.by)
    account = accounts.get(*key) if key else None
    return Actor(sender.by, account.name if account else sender.by)


def _shown(webhook: Webhook) -> WebhookOut:
    return WebhookOut(
        url=webhook.url,
        status=webhook.status,
        delivered=str(webhook.delivered),
        failing_since=webhook.failing_since,
        last_error=webhook.last_error,
    )
