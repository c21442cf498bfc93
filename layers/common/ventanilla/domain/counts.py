"""Counts: how many notifications were sent, alerted, opened, and how long they lay there, per day and month."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ventanilla.domain.wording import local_day

COUNTED = {
    "accepted": "sent",
    "alerted": "alerted",
    "delivered": "delivered",
    "bounced": "bounced",
    "complained": "complained",
    "opened": "opened",
    "cancelled": "cancelled",
}
"""What an event counts as; the others count as nothing. (The event `sent` is the mail's, not the notification's.)"""
SHADOW = "test-"
"""With what the ids of institutions begin that only try the platform: they count for themselves alone."""
_STEP = math.log(1.1)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each thing happened, and how many openings fell into each span of time since availability."""

    counted: Mapping[str, int] = field(default_factory=dict)
    waits: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        counted, waits = Counter(self.counted), Counter(self.waits)
        counted.update(other.counted)
        waits.update(other.waits)
        return Tally(dict(counted), dict(waits))

    @property
    def median_seconds(self) -> int | None:
        """Half of the openings came within so many seconds of availability, exact to 5 %; None before the first."""
        left = (sum(self.waits.values()) + 1) // 2
        for span in sorted(self.waits):
            left -= self.waits[span]
            if left <= 0:
                return typical_seconds(span)
        return None


def span_of(seconds: float) -> int:
    """Return the number of the span that some seconds fall into: each is a tenth longer than the one before."""
    return 1 + int(math.log(seconds) / _STEP) if seconds >= 1 else 0


def typical_seconds(span: int) -> int:
    """Return what is said of a span: its middle, 5 % from both its ends."""
    return round(math.exp((span - 0.5) * _STEP)) if span else 0


def month_of(day: date) -> str:
    """Return how a day's month is written."""
    return day.isoformat()[:7]


def tallied(events: Iterable[Mapping[str, Any]]) -> dict[date, Tally]:
    """Return what some events of a feed count, by Ecuador's days."""
    days: dict[date, Tally] = {}
    for event in events:
        name = COUNTED.get(event.get("state", ""))
        if name is None:
            continue
        day = local_day(datetime.fromisoformat(event["at"]))
        waits = {span_of(event["seconds"]): 1} if name == "opened" and "seconds" in event else {}
        days[day] = days.get(day, Tally()) + Tally({name: 1}, waits)
    return days
