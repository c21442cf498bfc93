"""What is owed to somebody, put down in the same transaction as the change that it speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ventanilla.domain.ids import random_id

Lane = Literal["urgent", "bulk", "release", "batch", "webhook", "signout"]
"""Links and codes; alerts; letters that wait for a mailbox to open; steps of batches; events for webhooks; who left."""
LANES: dict[str, Lane] = {
    "registration": "urgent",
    "reset": "urgent",
    "address_confirm": "urgent",
    "password_changed": "urgent",
    "address_changed": "urgent",
    "account_closed": "urgent",
    "account_locked": "urgent",
    "account_unlocked": "urgent",
    "account_corrected": "urgent",
    "second_factor_changed": "urgent",
    "account_recovered": "urgent",
    "rejected": "urgent",
    "roles_given": "urgent",
    "roles_ended": "urgent",
    "roles_removed": "urgent",
    "alert": "bulk",
    "released": "bulk",
    "cancelled": "bulk",
    "reminder": "bulk",
    "release": "release",
    "scheduled": "release",
    "deadline": "release",
    "simulated_opening": "release",
    "webhook_failing": "bulk",
    "webhook_paused": "bulk",
    "webhook": "webhook",
    "signed_out": "signout",
    "logout_token": "signout",
    "batch_split": "batch",
    "batch_chunk": "batch",
    "batch_assemble": "batch",
}
REQUEUE_AFTER = timedelta(minutes=5)
"""An item that is still there after this time is queued again; then after twice as long, and so on."""
PATIENCE: dict[str, timedelta] = {kind: timedelta(hours=1) for kind in ("batch_split", "batch_chunk", "batch_assemble")}
"""What may wait longer in its queue, or be at work, without a fault: a large batch owes thousands of chunks at once."""
KEPT = timedelta(days=7)
"""No item outlives this; what it speaks of has expired by then."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One thing owed: `kind` says what, `about` names whom and what it concerns. It is deleted once done.

    What is owed only later says when (`at`): it is queued first when that hour has come. `nudges` counts how often it
    was owed anew while it was there.
    """

    kind: str
    about: dict[str, str]
    created_at: datetime
    id: str = field(default_factory=random_id)
    at: datetime | None = None
    nudges: int = 0

    @property
    def lane(self) -> Lane:
        """The queue that it travels by."""
        return LANES[self.kind]

    @property
    def due_at(self) -> datetime:
        """When it is queued again, if it is still there; or for the first time, where it is owed only later."""
        return self.at or self.created_at + PATIENCE.get(self.kind, REQUEUE_AFTER)

    @property
    def since(self) -> datetime:
        """Since when it has been owed."""
        return self.at or self.created_at

    @property
    def expires_at(self) -> datetime:
        """When it is given up."""
        return self.since + KEPT


def next_due(since: datetime, now: datetime) -> datetime:
    """Return when an item that was just queued again is due once more: waiting doubles with its age."""
    return now + max(REQUEUE_AFTER, now - since)
