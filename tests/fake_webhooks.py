"""Webhooks in memory, and a courier that writes down what it was given."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ventanilla.domain.audit import AuditEntry
from ventanilla.domain.errors import Busy
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.webhooks import Webhook

if TYPE_CHECKING:
    from tests.fakes import Audits, Outbox


class Webhooks:
    """By institution; `meanwhile` is what somebody else does just before the next write."""

    def __init__(self, audits: Audits, outbox: Outbox) -> None:
        self.kept: dict[str, Webhook] = {}
        self._audits, self._outbox = audits, outbox
        self.meanwhile: Callable[[], object] | None = None

    def get(self, institution: str) -> Webhook | None:
        return self.kept.get(institution)

    def put(self, before: Webhook | None, after: Webhook, *, audited: AuditEntry, owed: OutboxItem) -> bool:
        if not self._is_as(before, after.institution):
            return False
        self._audit(audited)
        self.kept[after.institution] = after
        self._outbox.put(owed)
        return True

    def remove(self, webhook: Webhook, audited: AuditEntry) -> bool:
        if not self._is_as(webhook, webhook.institution):
            return False
        self._audit(audited)
        del self.kept[webhook.institution]
        return True

    def change(self, before: Webhook, after: Webhook, *, owed: Sequence[OutboxItem] = ()) -> bool:
        if not self._is_as(before, before.institution) or any(item.id in self._outbox.items for item in owed):
            return False
        self.kept[before.institution] = after
        for item in owed:
            self._outbox.put(item)
        return True

    def _is_as(self, before: Webhook | None, institution: str) -> bool:
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        return self.kept.get(institution) == before

    def _audit(self, entry: AuditEntry) -> None:
        if not self._audits.append(entry):
            raise Busy


class Courier:
    """What it was given, in order; `errors` are its next answers, and `between` happens while it is on its way."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []
        self.urls: list[str] = []
        self.errors: list[str | None] = []
        self.between: Callable[[], object] | None = None

    def deliver(self, url: str, body: bytes, now: datetime) -> str | None:
        self.urls.append(url)
        error = self.errors.pop(0) if self.errors else None
        if error is None:
            self.given.append(json.loads(body))
        act, self.between = self.between, None
        if act:
            act()
        return error

    @property
    def events(self) -> list[str]:
        """The ids of all events that were taken, in order."""
        return [event["id"] for call in self.given for event in call["items"]]
