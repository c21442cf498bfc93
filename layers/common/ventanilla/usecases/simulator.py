"""Simulator: what is posted by a test key fares as its recipient's number says, and reaches nobody."""

from __future__ import annotations

from datetime import timedelta

from ventanilla.domain.errors import Busy
from ventanilla.domain.ids import derived_id
from ventanilla.domain.notifications import Thread
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.simulation import SIMULATOR, scenario_of
from ventanilla.usecases.ports import Clock, Holidays, Notifications, Outbox
from ventanilla.usecases.timelines import record_opening, write_down

_ATTEMPTS = 6


def play_alert(thread: Thread, *, notifications: Notifications, clock: Clock) -> None:
    """Write down that somebody was alerted and what became of the mail, though there is neither.

    It may be repeated, also after a crash in the middle.

    Raises:
        Busy: others kept writing to the same timeline.
    """
    scenario = scenario_of(thread.letter.recipient)
    alerted = _alerted(thread, scenario.opened_after, notifications, clock)
    if alerted is None:
        return
    for fate, reason in scenario.fates:
        alerted = write_down(alerted, fate, at=clock.now(), by=SIMULATOR, reason=reason, notifications=notifications)


def open_by_itself(
    item: OutboxItem, *, outbox: Outbox, notifications: Notifications, holidays: Holidays, clock: Clock
) -> int:
    """Open a letter that was only tried, unless it has been taken back; return how many letters that concerned.

    Raises:
        Busy: others kept writing to the same timeline; the item stays and is queued again.
    """
    for _ in range(_ATTEMPTS):
        thread = notifications.thread(item.about["notification"])
        if thread is None or thread.when("opened") or thread.when("cancelled"):
            outbox.done(item)
            return 0
        if record_opening(thread, at=clock.now(), by=SIMULATOR, notifications=notifications, holidays=holidays):
            outbox.done(item)
            return 1
    raise Busy


def _alerted(
    thread: Thread | None, opened_after: int | None, notifications: Notifications, clock: Clock
) -> Thread | None:
    """Return the timeline once it says that somebody was alerted; None where nobody is to be."""
    for _ in range(_ATTEMPTS):
        if thread is None or thread.has("alerted"):
            return thread
        if thread.state != "available":
            return None
        moment = thread.next("alerted", at=clock.now(), by=SIMULATOR)
        owed = [] if opened_after is None else [_opening(thread, opened_after, clock)]
        if notifications.advance(thread, moment, before=("available",), owed=owed):
            return thread.after(moment)
        thread = notifications.thread(thread.letter.id)
    raise Busy


def _opening(thread: Thread, seconds: int, clock: Clock) -> OutboxItem:
    number, now = thread.letter.id, clock.now()
    item_id, at = derived_id("simulated_opening", number), now + timedelta(seconds=seconds)
    return OutboxItem("simulated_opening", {"notification": number}, now, id=item_id, at=at)
