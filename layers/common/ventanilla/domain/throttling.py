"""How failures make the next try wait (security.md, 17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_PER_ACCOUNT = 5
"""Failures on one account before waiting begins."""
FREE_PER_ADDRESS = 50
"""Failures from one network address before waiting begins: offices and whole cantons share an address."""
FREE_LOOKUPS = 50
"""Questions to the identity registry from one network address before waiting begins: it is no register of citizens."""
_LONGEST_WAIT = timedelta(minutes=15)
_FIRST_WAIT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Quota:
    """How often something may be done in a window of time; processes take it in blocks (architecture.md, rule 2).

    The first `free` of a process in a window are not counted, so that what is done seldom costs no write.
    """

    name: str
    limit: int
    block: int
    window: timedelta
    free: int = 0


LOOKUPS_OF_RECIPIENTS = Quota("recipients", 1000, 20, timedelta(hours=1))
"""Questions of one institution whether somebody has a mailbox: this is no register of citizens either."""
POSTS_A_MINUTE = Quota("posts-minute", 3000, 50, timedelta(minutes=1), free=5)
"""Notifications that one institution posts by calls: more of them go faster in a batch."""
MOST_POSTS_A_DAY = 200_000
"""Notifications of one institution in a day of mainland Ecuador, by calls and batches, unless its own quota says so."""


def posts_a_day(most: int | None) -> Quota:
    """Return an institution's quota of notifications a day, taken in hundredths of it at most."""
    limit = MOST_POSTS_A_DAY if most is None else most
    return Quota("posts-day", limit, max(1, min(100, limit // 100)), timedelta(days=1))


def network_of(address: str) -> str:
    """Return whose a network address is: a subscriber has a whole /64 of IPv6, and could change address at will."""
    if ":" not in address:
        return address
    from ipaddress import AddressValueError, IPv6Network  # few come by IPv6

    try:
        return str(IPv6Network(f"{address}/64", strict=False))
    except AddressValueError:
        return address


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
