"""The outbox: what is owed, until it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zlib import crc32

from pynamodb.expressions.update import Action

from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, delete_if, put_if_free, update_if
from ventanilla.adapters.items import OutboxRow, entity_of, item_of
from ventanilla.domain.outbox import OutboxItem, next_due

SHARDS = 64
"""Partitions of the index by due time: at 10,000 items a second, put and taken away, each takes some 600 writes."""


class Outbox:
    """A table that holds only what is still to be done."""

    def __init__(self, dynamo: Dynamo, *, outbox: str) -> None:
        self._dynamo = dynamo
        self._row = dynamo.bind(OutboxRow, outbox)

    def row(self, item: OutboxItem) -> OutboxRow:
        """Return what a transaction puts down beside the change that it speaks of."""
        return item_of(self._row, item, item.id, ttl=item.expires_at, due_shard=_shard_of(item.id))

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

    def replace(self, item: OutboxItem, owed: Sequence[OutboxItem]) -> bool:
        """Put what is owed next in the place of an item; tell whether it was still there."""
        writes = self._dynamo.transaction()
        writes.delete("done", self._row(item.id), OutboxRow.pk.exists())
        for following in owed:
            writes.create("owed", self.row(following))
        try:
            writes.commit()
        except ConditionFailed:
            return False
        return True

    def nudge(self, item: OutboxItem) -> None:
        """Put an item down, or let the one that is there know that there is more to do.

        All of it is written only where it is not there yet; and only of one that is new does the stream tell.
        """
        values = self.row(item).attribute_values
        kept = [name for name in values if name not in ("pk", "sk", "ttl", "nudges")]
        actions: list[Action] = [getattr(OutboxRow, name).set(getattr(OutboxRow, name) | values[name]) for name in kept]
        actions += [OutboxRow.ttl.set(item.expires_at), OutboxRow.nudges.add(1)]
        self._row(item.id).update(actions=actions, add_version_condition=False)

    def settle(self, item: OutboxItem) -> bool:
        """Take an item away, unless it was nudged since it was read."""
        return delete_if(self._row(item.id), OutboxRow.nudges == item.nudges)

    def postpone(self, item: OutboxItem, at: datetime) -> None:
        """Say when an item that is still there is queued again."""
        update_if(self._row(item.id), [OutboxRow.due_at.set(at)], OutboxRow.pk.exists())

    def due(self, now: datetime) -> Iterator[OutboxItem]:
        """Return what should have been done by now: what is owed only later is not looked at, however much it is."""
        for shard in range(SHARDS):
            for row in self._row.query(_shard_name(shard), OutboxRow.due_at <= now, index_name="due"):
                yield entity_of(OutboxItem, row)

    def claim(self, item: OutboxItem, now: datetime) -> bool:
        """Put off when an item is due again; tell whether nobody else just did, and it is still to be done."""
        due_again = [OutboxRow.due_at.set(next_due(item.since, now))]
        return update_if(self._row(item.id), due_again, OutboxRow.due_at <= now)


def _shard_of(item_id: str) -> str:
    return _shard_name(crc32(item_id.encode()) % SHARDS)


def _shard_name(number: int) -> str:
    return f"{number:02}"
