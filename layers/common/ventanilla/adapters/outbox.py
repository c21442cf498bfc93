"""The outbox: what is owed, until it is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ventanilla.adapters.dynamo import Dynamo, put_if_free, update_if
from ventanilla.adapters.items import OutboxRow, entity_of, item_of
from ventanilla.domain.outbox import OutboxItem, next_due


class Outbox:
    """A table that holds only what is still to be done."""

    def __init__(self, dynamo: Dynamo, *, outbox: str) -> None:
        self._dynamo = dynamo
        self._row = dynamo.bind(OutboxRow, outbox)

    def row(self, item: OutboxItem) -> OutboxRow:
        """Return what a transaction puts down beside the change that it speaks of."""
        return item_of(self._row, item, item.id, ttl=item.expires_at)

    def put(self, item: OutboxItem) -> None:
        """Put down what is owed for a mere wish; the same item twice is one."""
        put_if_free(self.row(item))

    def get(self, item_id: str) -> OutboxItem | None:
        """Return an item, if it is still to be done."""
        row = self._dynamo.get(self._row, item_id)
        return entity_of(OutboxItem, row) if row else None

    def done(self, item: OutboxItem) -> None:
        """Take an item away: it has been done."""
        self._row(item.id).delete(add_version_condition=False)

    def due(self, now: datetime) -> Iterator[OutboxItem]:
        """Return what should have been done by now; the table holds nothing that has been."""
        for row in self._row.scan(OutboxRow.due_at <= now):
            yield entity_of(OutboxItem, row)

    def claim(self, item: OutboxItem, now: datetime) -> bool:
        """Put off when an item is due again; tell whether nobody else just did, and it is still to be done."""
        due_again = [OutboxRow.due_at.set(next_due(item.created_at, now))]
        return update_if(self._row(item.id), due_again, OutboxRow.due_at <= now)
