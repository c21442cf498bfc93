"""Counters that make wait: of failures to sign in, of look-ups in the registry."""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ventanilla.adapters.dynamo import Dynamo, update_if
from ventanilla.adapters.items import FailuresItem
from ventanilla.domain.throttling import Failures

COUNTERS_KEPT = timedelta(hours=24)


class Counters:
    """Counters on their own, each of one name."""

    def __init__(self, dynamo: Dynamo, *, tokens: str) -> None:
        self._dynamo = dynamo
        self._failures = dynamo.bind(FailuresItem, tokens)

    def counted(self, name: str, now: datetime) -> Failures:
        """Return what has been counted under a name."""
        return known_failures(name, self._dynamo.get(self._failures, counter_key(name)), now)

    def count(self, before: Failures, after: Failures, now: datetime) -> bool:
        """Count in one atomic write; tell whether nobody else counted meanwhile."""
        return update_if(self._failures(counter_key(before.name)), *counting(before, after, now))


def counter_key(name: str) -> str:
    """Return the partition of a counter."""
    return f"failures#{name}"


def known_failures(name: str, item: FailuresItem | None, now: datetime) -> Failures:
    """Return what an item has counted, unless it was so long ago that it no longer counts."""
    if item is None or _outdated(item, now):
        return Failures(name, 0)
    return Failures(name, int(item.failures), item.until)


def counting(before: Failures, after: Failures, now: datetime) -> tuple[list[Action], Condition]:
    """Return what counts, and the condition that nobody else has counted meanwhile."""
    same: Condition = FailuresItem.failures == before.count
    if before.count == 0:
        # Nothing counted yet, or so long ago that it no longer counts.
        same = same | FailuresItem.failures.does_not_exist() | (FailuresItem.ttl <= now)
    actions: list[Action] = [FailuresItem.failures.set(after.count), FailuresItem.ttl.set(now + COUNTERS_KEPT)]
    if after.until:
        actions.append(FailuresItem.until.set(after.until))
    return actions, same


def _outdated(item: FailuresItem, now: datetime) -> bool:
    ttl: datetime | None = item.ttl
    return ttl is not None and ttl <= now
