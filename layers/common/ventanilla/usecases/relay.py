"""Relay: what the streams tell goes to the queues; what is overdue goes there again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ventanilla.usecases.ports import Clock, Outbox, Queues


@dataclass(frozen=True, slots=True)
class Owed:
    """An outbox item was put down."""

    sequence: str
    lane: str
    item_id: str


@dataclass(frozen=True, slots=True)
class Happened:
    """Something was written into a timeline."""

    sequence: str
    institution: str
    events: tuple[dict[str, Any], ...]


def relay(changes: Iterable[Owed | Happened], *, queues: Queues) -> str | None:
    """Queue what a batch of a stream tells; return the sequence number from which on it must be told again.

    Events of one institution go in one message, in their order.
    """
    groups: dict[str, list[Happened]] = {}
    failed: list[str] = []
    for change in changes:
        if isinstance(change, Happened):
            groups.setdefault(change.institution, []).append(change)
            continue
        try:
            queues.send(change.lane, change.item_id)
        except Exception:  # noqa: BLE001  # whatever it is, the stream tells again from here
            failed.append(change.sequence)
            break
    for institution, happened in groups.items():
        try:
            queues.send_events(institution, [event for one in happened for event in one.events])
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
