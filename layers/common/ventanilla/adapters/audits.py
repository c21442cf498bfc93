"""The audit of an account: entries that are put where there is none, and never changed."""

from __future__ import annotations

from ventanilla.adapters.dynamo import Dynamo, Writes, put_if_free
from ventanilla.adapters.items import AuditItem, entity_of, item_of
from ventanilla.domain.audit import AuditEntry


class Audits:
    """What staff and operators have done, account by account."""

    def __init__(self, dynamo: Dynamo, *, accounts: str) -> None:
        self._dynamo = dynamo
        self._entry = dynamo.bind(AuditItem, accounts)

    def trail(self, account: str) -> tuple[AuditEntry, ...]:
        """Return all entries of an account, by its reference, oldest first."""
        items = self._dynamo.query(self._entry, f"audit#{account}")
        return tuple(entity_of(AuditEntry, item) for item in items)

    def append(self, entry: AuditEntry) -> bool:
        """Write an entry down by itself; tell whether its number was free."""
        return put_if_free(self._row(entry))

    def write(self, writes: Writes, entry: AuditEntry) -> None:
        """Write an entry down as part of a transaction, if its number is free."""
        writes.create("audit", self._row(entry))

    def _row(self, entry: AuditEntry) -> AuditItem:
        return item_of(self._entry, entry, f"audit#{entry.account}", f"{entry.number:06}")
