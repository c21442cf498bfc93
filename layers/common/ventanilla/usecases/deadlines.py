"""Deadlines: who has one is reminded, and its passing is recorded, each once.

A deadline owes one outbox item at a time, which is due at its next point; when that has come, one transaction puts the
reminder's mail and the following point in its place.
"""

from __future__ import annotations

from datetime import date, datetime

from ventanilla.domain.errors import Busy
from ventanilla.domain.ids import derived_id
from ventanilla.domain.notifications import Deadline, State, Thread
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.reminders import Point, points
from ventanilla.domain.wording import local_day
from ventanilla.usecases.ports import Clock, Holidays, Notifications, Outbox
from ventanilla.usecases.terms_of_letters import due_of

_ATTEMPTS = 6
_IN_FORCE: tuple[State, ...] = ("available", "alerted", "opened")


def watched(thread: Thread, before: Deadline | None, holidays: Holidays, now: datetime) -> list[OutboxItem]:
    """Return what a deadline owes from now on, if its term has just begun.

    Args:
        thread: the timeline, with what has just happened.
        before: the deadline as it stood, None where it had not begun.
        holidays: the days on which offices are closed.
        now: the hour.
    """
    if before is not None and before.date is not None:
        return []
    following = _points(thread, holidays)
    return [_item(thread, following[0], now)] if following else []


def attend(item: OutboxItem, *, outbox: Outbox, notifications: Notifications, holidays: Holidays, clock: Clock) -> int:
    """Do what the point of a deadline that an item names asks for; return how many letters that concerned.

    Raises:
        Busy: others kept changing the notification; the item stays and is queued again.
    """
    thread = notifications.thread(item.about["notification"])
    following = _points(thread, holidays) if thread else ()
    point = next((one for one in following if one.step == item.about["step"]), None)
    if thread is None or point is None:
        outbox.done(item)
        return 0
    if point.step == "passed":
        _write_down(thread, notifications=notifications, clock=clock)
        outbox.done(item)
        return 1
    after, now = following[following.index(point) + 1], clock.now()
    owed = [_item(thread, after, now)]
    if now < after.at:  # else so late that the next one says it
        owed.append(_reminder(thread, point, holidays, now))
    return int(outbox.replace(item, owed))


def _write_down(thread: Thread | None, *, notifications: Notifications, clock: Clock) -> None:
    for _ in range(_ATTEMPTS):
        if thread is None or thread.has("deadline_passed") or thread.when("cancelled"):
            return
        moment = thread.next("deadline_passed", at=clock.now(), by="schedule")
        if notifications.advance(thread, moment, before=_IN_FORCE):
            return
        thread = notifications.thread(thread.letter.id)
    raise Busy


def _points(thread: Thread, holidays: Holidays) -> tuple[Point, ...]:
    deadline, available_at = due_of(thread, holidays), thread.when("available")
    if deadline is None or deadline.date is None or available_at is None or thread.when("cancelled"):
        return ()
    start = local_day(deadline.begins(available_at, thread.when("opened")) or available_at)
    end = date.fromisoformat(deadline.date)
    return points(start, end, holidays.for_term(start, max(1, (end - start).days), deadline.canton))


def _item(thread: Thread, point: Point, now: datetime) -> OutboxItem:
    about = {"notification": thread.letter.id, "step": point.step}
    return OutboxItem("deadline", about, now, id=derived_id("deadline", thread.letter.id, point.step), at=point.at)


def _reminder(thread: Thread, point: Point, holidays: Holidays, now: datetime) -> OutboxItem:
    deadline = due_of(thread, holidays)
    about = {"notification": thread.letter.id, "date": (deadline and deadline.date) or ""}
    return OutboxItem("reminder", about, now, id=derived_id("reminder", thread.letter.id, point.step))
