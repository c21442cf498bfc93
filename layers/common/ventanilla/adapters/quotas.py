"""Quotas: how often somebody may do something in a window of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ventanilla.adapters.dynamo import Dynamo, update_if
from ventanilla.adapters.items import QuotaItem
from ventanilla.domain.throttling import Quota

_EPOCH = datetime(1970, 1, 1, 5, tzinfo=UTC)  # midnight in mainland Ecuador, where days begin
_KEPT = timedelta(hours=1)


class Quotas:
    """Quotas taken in blocks: a process writes once a block and not once a request, so that no item is hot.

    What a process has taken and not used is lost when it ends: a quota is never passed, only used up a little early.
    """

    def __init__(self, dynamo: Dynamo, *, tokens: str) -> None:
        self._dynamo = dynamo
        self._quota = dynamo.bind(QuotaItem, tokens)
        self._left: dict[tuple[str, str], tuple[int, int]] = {}

    def use(self, quota: Quota, who: str, now: datetime) -> int:
        """Use one; return the seconds until there are more, 0 where there was one."""
        window = (now - _EPOCH) // quota.window
        taken_in, left = self._left.get((quota.name, who), (None, 0))
        if taken_in != window:
            left = quota.free
        if not left:
            ends_at = _EPOCH + (window + 1) * quota.window
            if not self._take(quota, who, window, ends_at):
                return int((ends_at - now).total_seconds()) + 1
            left = quota.block
        self._left[quota.name, who] = window, left - 1
        return 0

    def _take(self, quota: Quota, who: str, window: int, ends_at: datetime) -> bool:
        if quota.limit < quota.block:  # of none at all the first block is too many, whatever is written down
            return False
        item = self._quota(f"quota#{quota.name}#{who}#{window}")
        room = QuotaItem.taken.does_not_exist() | (QuotaItem.taken <= quota.limit - quota.block)
        return update_if(item, [QuotaItem.taken.add(quota.block), QuotaItem.ttl.set(ends_at + _KEPT)], room)
