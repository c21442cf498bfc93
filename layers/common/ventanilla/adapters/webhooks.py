"""Webhooks: where institutions want their events, beside their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.condition import Condition

from ventanilla.adapters.audits import Audits
from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, Writes, update_if
from ventanilla.adapters.items import WebhookItem, differences, differing, entity_of, item_of
from ventanilla.adapters.outbox import Outbox
from ventanilla.domain.audit import AuditEntry
from ventanilla.domain.errors import Busy
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.webhooks import Webhook

_SK = "webhook"
_REMOVED = "removed"
"""The status of one that was taken away: no function may delete anything beside institutions' keys."""


class Webhooks:
    """One an institution at most."""

    def __init__(self, dynamo: Dynamo, audits: Audits, outbox: Outbox, *, institutions: str) -> None:
        self._dynamo = dynamo
        self._audits = audits
        self._outbox = outbox
        self._item = dynamo.bind(WebhookItem, institutions)

    def get(self, institution: str) -> Webhook | None:
        """Return an institution's webhook, if it has one."""
        item = self._dynamo.get(self._item, institution, _SK)
        return entity_of(Webhook, item) if item and item.status != _REMOVED else None

    def put(self, before: Webhook | None, after: Webhook, *, audited: AuditEntry, owed: OutboxItem) -> bool:
        """Write a webhook as its institution wants it, who did, and what it is owed; tell whether it was as read."""
        writes = self._dynamo.transaction()
        item = item_of(self._item, after, after.institution, _SK)
        none = WebhookItem.pk.does_not_exist() | (WebhookItem.status == _REMOVED)
        writes.put("webhook", item, none if before is None else _same(before))
        writes.create("owed", self._outbox.row(owed))
        return self._commit(writes, audited)

    def remove(self, webhook: Webhook, audited: AuditEntry) -> bool:
        """Take a webhook away, and write down who did; tell whether it was as read."""
        writes = self._dynamo.transaction()
        actions = [WebhookItem.status.set(_REMOVED), WebhookItem.lease.remove(), WebhookItem.lease_until.remove()]
        writes.update("webhook", self._item(webhook.institution, _SK), actions, _same(webhook))
        return self._commit(writes, audited)

    def change(self, before: Webhook, after: Webhook, *, owed: Sequence[OutboxItem] = ()) -> bool:
        """Write what differs, and the mails owed for it; tell whether it was still in the same hands."""
        item = self._item(before.institution, _SK)
        same = _is("lease", before) & _is("url", before)
        for name in differing(before, after):
            same = same & _is(name, before)
        if not owed:
            return update_if(item, differences(item, before, after), same)
        writes = self._dynamo.transaction()
        writes.update("webhook", item, differences(item, before, after), same)
        for one in owed:
            writes.create("mail", self._outbox.row(one))
        return self._commit(writes, None)

    def _commit(self, writes: Writes, audited: AuditEntry | None) -> bool:
        if audited:
            self._audits.write(writes, audited)
        try:
            writes.commit()
        except ConditionFailed as failed:
            if failed.labels == {"audit"}:
                raise Busy from None
            return False
        return True


def _same(webhook: Webhook) -> Condition:
    condition = _is("url", webhook)
    for name in ("status", "delivered", "lease", "failing_since"):
        condition = condition & _is(name, webhook)
    return condition


def _is(name: str, webhook: Webhook) -> Condition:
    attribute: Any = getattr(WebhookItem, name)
    value = getattr(webhook, name)
    condition: Condition = attribute.does_not_exist() if value is None else attribute == value
    return condition
