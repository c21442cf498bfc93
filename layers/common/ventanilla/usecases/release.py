"""Release: a mailbox has opened, and what waited for it becomes available."""

from __future__ import annotations

from ventanilla.domain.errors import Busy
from ventanilla.domain.ids import derived_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.usecases.notify import due
from ventanilla.usecases.ports import Clock, Holidays, Notifications, Outbox

_ATTEMPTS = 6


def release(item_id: str, *, outbox: Outbox, notifications: Notifications, holidays: Holidays, clock: Clock) -> int:
    """Make available what waits in a mailbox, one transaction each, then owe one mail; return how many there were.

    It may be repeated, also after a crash in the middle: what has been released is not released again.

    Raises:
        Busy: others kept changing a notification; the item stays and is queued again.
    """
    item = outbox.get(item_id)
    if item is None:
        return 0
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
        deadline = due(thread.letter.deadline, available.at, holidays)
        if notifications.advance(thread, available, before=("waiting_for_account",), deadline=deadline):
            return
        recipient = thread.letter.recipient
        if not notifications.mailbox(recipient.portal, recipient.number).open:
            return  # the account was closed meanwhile; whoever opens the mailbox again owes a release of its own
    raise Busy
