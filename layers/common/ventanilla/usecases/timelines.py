"""Timelines: what happens is written down behind what is there, once."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.errors import Busy
from ventanilla.domain.notifications import Fate, State, Thread
from ventanilla.usecases.deadlines import watched
from ventanilla.usecases.ports import Holidays, Notifications
from ventanilla.usecases.terms_of_letters import due_of

_ATTEMPTS = 10
_UNOPENED: tuple[State, ...] = ("available", "alerted", "deadline_passed")


def write_down(
    thread: Thread | None,
    fate: Fate,
    *,
    at: datetime,
    by: str,
    notifications: Notifications,
    key: str | None = None,
    reason: str | None = None,
) -> Thread | None:
    """Append what became of a mail to a timeline, unless it has an entry of this key; return the timeline after it.

    Args:
        thread: the timeline as it was read; None where there is none.
        fate: what became of it.
        at: when.
        by: who says so.
        notifications: where timelines are.
        key: what tells it from others of its kind; the fate alone unless said otherwise.
        reason: why.

    Raises:
        Busy: others kept writing to the same timeline.
    """
    for _ in range(_ATTEMPTS):
        if thread is None or thread.has(key or fate):
            return thread
        moment = thread.next(fate, at=at, by=by, key=key, reason=reason)
        if notifications.append(thread, moment):
            return thread.after(moment)
        thread = notifications.thread(thread.letter.id)
    raise Busy


def record_opening(
    thread: Thread, *, at: datetime, by: str, notifications: Notifications, holidays: Holidays
) -> Thread | None:
    """Write down that a letter was opened, and what that sets off; return its timeline.

    None where something came between.
    """
    moment = thread.next("opened", at=at, by=by)
    after = thread.after(moment)
    owed = watched(after, due_of(thread, holidays), holidays, at)
    opened = notifications.advance(thread, moment, before=_UNOPENED, deadline=due_of(after, holidays), owed=owed)
    return after if opened else None
