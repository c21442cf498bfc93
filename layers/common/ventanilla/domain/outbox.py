"""What is owed to somebody, put down in the same transaction as the change that it speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ventanilla.domain.ids import random_id

Lane = Literal["urgent", "bulk", "release"]
"""Links and codes; alerts; the letters that wait for a mailbox to open."""
LANES: dict[str, Lane] = {
    "registration": "urgent",
    "reset": "urgent",
    "address_confirm": "urgent",
    "password_changed": "urgent",
    "address_changed": "urgent",
    "account_closed": "urgent",
    "alert": "bulk",
    "released": "bulk",
    "release": "release",
}
REQUEUE_AFTER = timedelta(minutes=5)
"""An item that is still there after this time is queued again; then after twice as long, and so on."""
KEPT = timedelta(days=7)
"""No item outlives this; what it speaks of has expired by then."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One thing owed: `kind` says what, `about` names whom and what it concerns. It is deleted once done."""

    kind: str
    about: dict[str, str]
    created_at: datetime
    id: str = field(default_factory=random_id)

    @property
    def lane(self) -> Lane:
        """The queue that it travels by."""
        return LANES[self.kind]

    @property
    def due_at(self) -> datetime:
        """When it is queued again, if it is still there."""
        return self.created_at + REQUEUE_AFTER

    @property
    def expires_at(self) -> datetime:
        """When it is given up."""
        return self.created_at + KEPT


def next_due(created_at: datetime, now: datetime) -> datetime:
    """Return when an item that was just queued again is due once more: waiting doubles with its age."""
    return now + max(REQUEUE_AFTER, now - created_at)
