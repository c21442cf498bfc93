"""Release: what waited becomes available: for its mailbox to open, or for the hour that its institution named."""

from __future__ import annotations

from ventanilla.domain.errors import Busy
from ventanilla.domain.ids import derived_id
from ventanilla.domain.notifications import State
from ventanilla.domain.outbox import OutboxItem
from ventanilla.usecases.deadlines import attend, watched
from ventanilla.usecases.mailboxes import is_mailbox_open
from ventanilla.usecases.ports import Clock, Holidays, Notifications, Outbox
from ventanilla.usecases.simulator import open_by_itself
from ventanilla.usecases.terms_of_letters import due_of

_ATTEMPTS = 6


def release(item_id: str, *, outbox: Outbox, notifications: Notifications, holidays: Holidays, clock: Clock) -> int:
    """Make available what an outbox item names, one transaction each; return how many there were.

    It may be repeated, also after a crash in the middle: what has been released is not released again.

    Raises:
        Busy: others kept changing a notification; the item stays and is queued again.
    """
    item = outbox.get(item_id)
    if item is None or (item.at and clock.now() < item.at):  # early, by a clock that differs: the schedule comes again
        return 0
    if item.kind == "simulated_opening":
        return open_by_itself(item, outbox=outbox, notifications=notifications, holidays=holidays, clock=clock)
    if item.kind == "scheduled":
        return _come_due(item, outbox=outbox, notifications=notifications, holidays=holidays, clock=clock)
    if item.kind == "deadline":
        return attend(item, outbox=outbox, notifications=notifications, holidays=holidays, clock=clock)
    return _open_up(item, outbox=outbox, notifications=notifications, holidays=holidays, clock=clock)


def _come_due(
    item: OutboxItem, *, outbox: Outbox, notifications: Notifications, holidays: Holidays, clock: Clock
) -> int:
    """Put a letter whose hour has come into its mailbox, if there is one."""
    number = item.about["notification"]
    for _ in range(_ATTEMPTS):
        thread = notifications.thread(number)
        if thread is None or thread.state != "accepted":
            outbox.done(item)
            return 0
        recipient, now = thread.letter.recipient, clock.now()
        is_open = is_mailbox_open(thread.letter.institution, recipient, notifications)
        state: State = "available" if is_open else "waiting_for_account"
        moment = thread.next(state, at=now, by="schedule")
        owed = [OutboxItem("alert", {"notification": number}, now)] if is_open else []
        deadline = due_of(thread.after(moment), holidays)
        owed += watched(thread.after(moment), None, holidays, now)
        if notifications.advance(thread, moment, before=("accepted",), deadline=deadline, owed=owed):
            outbox.done(item)
            return 1
    raise Busy


def _open_up(
    item: OutboxItem, *, outbox: Outbox, notifications: Notifications, holidays: Holidays, clock: Clock
) -> int:
    """Release what waits in a mailbox that has opened, then owe one mail."""
    portal, number = item.about["portal"], item.about["number"]
    for entry in notifications.waiting(portal, number):
        _release_one(entry.notification, item.id, notifications=notifications, holidays=holidays, clock=clock)
    count = notifications.released_by(portal, number, item.id)
    if count:
        about = {"portal": portal, "number": number, "count": str(count)}
        outbox.put(OutboxItem("released", about, clock.now(), id=derived_id("released", item.id)))
    outbox.done(item)
    return count


def _release_one(
    number: str, release_id: str, *, notifications: Notifications, holidays: Holidays, clock: Clock
) -> None:
    for _ in range(_ATTEMPTS):
        thread = notifications.thread(number)
        if thread is None or thread.state != "waiting_for_account":
            return
        available = thread.next("available", at=clock.now(), by=release_id)
        after = thread.after(available)
        owed = watched(after, None, holidays, available.at)
        if notifications.advance(
            thread, available, before=("waiting_for_account",), deadline=due_of(after, holidays), owed=owed
        ):
            return
        recipient = thread.letter.recipient
        if not notifications.mailbox(recipient.portal, recipient.number).open:
            return  # the account was closed meanwhile; whoever opens the mailbox again owes a release of its own
    raise Busy
