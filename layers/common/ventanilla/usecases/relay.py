"""Relay: what the streams tell goes to the queues; what is overdue goes there again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from ventanilla.usecases.ports import Clock, Outbox, Queues

_LONGEST_DELAY = 900  # seconds, of SQS
_TOGETHER = 100  # events of a message, which may have 256 KB: one of the longest reference takes 1.5


@dataclass(frozen=True, slots=True)
class Owed:
    """An outbox item was put down; it is owed only later where it says when (`at`)."""

    sequence: str
    lane: str
    item_id: str
    at: datetime | None = None

    def wait(self, now: datetime) -> int:
        """Return the whole seconds until its hour."""
        return max(0, ceil((self.at - now).total_seconds())) if self.at else 0


@dataclass(frozen=True, slots=True)
class Happened:
    """Something was written into a timeline."""

    sequence: str
    institution: str
    events: tuple[dict[str, Any], ...]


def relay(changes: Iterable[Owed | Happened], *, queues: Queues, clock: Clock) -> str | None:
    """Queue what a batch of a stream tells; return the sequence number from which on it must be told again.

    What is owed within a quarter of an hour waits in its queue; what is owed later the schedule queues. Events of one
    institution go together, in their order.
    """
    groups: dict[str, list[Happened]] = {}
    failed: list[str] = []
    for change in changes:
        if isinstance(change, Happened):
            groups.setdefault(change.institution, []).append(change)
            continue
        wait = change.wait(clock.now())
        if wait > _LONGEST_DELAY:
            continue
        try:
            queues.send(change.lane, change.item_id, delay=wait)
        except Exception:  # noqa: BLE001  # whatever it is, the stream tells again from here
            failed.append(change.sequence)
            break
    for institution, happened in groups.items():
        try:
            events = [event for one in happened for event in one.events]
            for at in range(0, len(events), _TOGETHER):
                queues.send_events(institution, events[at : at + _TOGETHER])
        except Exception:  # noqa: BLE001  # as above
            failed.append(happened[0].sequence)
    return min(failed, key=int) if failed else None


def requeue(*, outbox: Outbox, queues: Queues, clock: Clock) -> int:
    """Queue again what should have been done by now; return how many items that were."""
    now, count = clock.now(), 0
    for item in outbox.due(now):
        if outbox.claim(item, now):  # queued before the next is claimed: a run that dies puts off one item
            queues.send(item.lane, item.id)
            count += 1
    return count
