"""How failures make the next try wait (security.md, 17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_PER_ACCOUNT = 5
"""Failures on one account before waiting begins."""
FREE_PER_ADDRESS = 50
"""Failures from one network address before waiting begins: offices and whole cantons share an address."""
_LONGEST_WAIT = timedelta(minutes=15)
_FIRST_WAIT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Failures:
    """What has been counted under one name, and until when nothing is heard."""

    name: str
    count: int
    until: datetime | None = None

    def wait(self, now: datetime) -> int:
        """Return the whole seconds that the next try has to wait."""
        return int((self.until - now).total_seconds()) + 1 if self.until and self.until > now else 0

    def failed(self, now: datetime, free: int) -> Failures:
        """Return the count after one more failure; past the free ones the wait doubles, up to 15 minutes."""
        count = self.count + 1
        if count < free:
            return Failures(self.name, count)
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(count - free, 10))
        return Failures(self.name, count, now + wait)
