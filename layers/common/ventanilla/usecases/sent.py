"""Sent: an institution looks at its notifications, and takes them back."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.errors import AlreadyOpened, Busy, NotFound
from ventanilla.domain.ids import derived_id
from ventanilla.domain.notifications import Entry, State, Thread
from ventanilla.domain.outbox import OutboxItem
from ventanilla.schemas.attachments import attachments_out
from ventanilla.schemas.notifications import (
    NotificationLine,
    NotificationList,
    NotificationOut,
    ReceiptOut,
    RecipientOut,
    timeline_of,
)
from ventanilla.schemas.terms import Computation
from ventanilla.usecases.attachments import link_to
from ventanilla.usecases.events import place_in_feed
from ventanilla.usecases.notify import Sender
from ventanilla.usecases.ports import AttachmentFiles, Clock, Feed, Holidays, Notifications
from ventanilla.usecases.terms_of_letters import computed, deadline_out, due_of

_ATTEMPTS = 6
_PAGE = 50
_UNOPENED: tuple[State, ...] = ("accepted", "waiting_for_account", "available", "alerted", "deadline_passed")


def show(number: str, sender: Sender, *, notifications: Notifications, holidays: Holidays) -> NotificationOut:
    """Return one of the institution's notifications with its timeline.

    Raises:
        NotFound: there is none, or it is another institution's.
    """
    return _shown(own(number, sender, notifications), holidays)


def list_sent(cursor: str | None, sender: Sender, *, notifications: Notifications, feed: Feed) -> NotificationList:
    """Return the institution's notifications, newest first, from its feed.

    Raises:
        Refused: the cursor is none of ours.
    """
    accepted: dict[str, tuple[int, tuple[str, str, str]]] = {}
    for event_number, event in feed.backwards(sender.institution.id, place_in_feed(cursor, "cursor")):
        if event["state"] == "accepted":  # after a crash the feed may tell it twice
            accepted[event["notification"]] = event_number, (event["portal"], event["number"], event["entry"])
        if len(accepted) > _PAGE:
            break
    page = list(accepted.values())[:_PAGE]
    entries = notifications.entries([key for _, key in page])
    more = str(page[-1][0]) if len(accepted) > _PAGE else None
    return NotificationList(items=[_line(entry) for entry in entries if entry], next_cursor=more)


def cancel(
    number: str,
    sender: Sender,
    reason: str | None = None,
    *,
    notifications: Notifications,
    holidays: Holidays,
    clock: Clock,
) -> NotificationOut:
    """Take a notification back before it is opened; to do so again changes nothing. Who was alerted is told by mail.

    Raises:
        NotFound: there is none, or it is another institution's.
        AlreadyOpened: the citizen knows it.
    """
    for _ in range(_ATTEMPTS):
        thread = own(number, sender, notifications)
        if thread.state == "cancelled":
            return _shown(thread, holidays)
        if thread.when("opened"):
            raise AlreadyOpened
        moment = thread.next("cancelled", at=clock.now(), by=sender.by, reason=reason)
        told = [cancelled_mail(number, moment.at)] if thread.has("alerted") else []
        if notifications.advance(thread, moment, before=_UNOPENED, owed=told):
            return _shown(thread.after(moment), holidays)
    raise Busy


def cancelled_mail(number: str, now: datetime) -> OutboxItem:
    """Return the mail that is owed to somebody who was alerted to what has been taken back, once."""
    return OutboxItem("cancelled", {"notification": number}, now, id=derived_id("cancelled", number))


def link_to_attachment(
    number: str, attachment_id: str, sender: Sender, *, notifications: Notifications, files: AttachmentFiles
) -> str:
    """Return a short-lived link to a file of one of the institution's notifications.

    Raises:
        NotFound: there is no such notification or file, or it is another institution's.
    """
    return link_to(own(number, sender, notifications).letter, attachment_id, files=files)


def computation(number: str, sender: Sender, *, notifications: Notifications, holidays: Holidays) -> Computation:
    """Return how the deadline of one of the institution's notifications was counted, day by day.

    Raises:
        NotFound: there is no such notification, or it has no deadline.
    """
    return computed(own(number, sender, notifications), holidays)


def own(number: str, sender: Sender, notifications: Notifications) -> Thread:
    """Return one of the institution's notifications with its timeline, or raise NotFound."""
    thread = notifications.thread(number)
    if thread is None or thread.letter.institution != sender.institution.id:
        raise NotFound
    return thread


def _shown(thread: Thread, holidays: Holidays) -> NotificationOut:
    letter = thread.letter
    return NotificationOut(
        id=letter.id,
        reference=letter.reference,
        state=thread.state,
        portal=letter.recipient.portal,
        recipient=RecipientOut(kind=letter.recipient.kind, number=letter.recipient.number),
        subject=letter.subject,
        category=letter.category,
        deadline=deadline_out(due_of(thread, holidays)),
        digest=letter.digest,
        attachments=attachments_out(letter.attachments),
        timeline=timeline_of(thread),
        available_from=letter.available_from,
        takes_effect_at=thread.takes_effect_at,
        cancel_reason=thread.cancel_reason,
        receipts=[
            ReceiptOut(media_type="application/pdf", href=f"/v1/notifications/{letter.id}/receipt"),
            ReceiptOut(media_type="application/json", href=f"/v1/notifications/{letter.id}/receipt?format=json"),
        ],
    )


def _line(entry: Entry) -> NotificationLine:
    return NotificationLine(
        id=entry.notification,
        reference=entry.reference,
        state=entry.state,
        portal=entry.recipient.portal,
        recipient=RecipientOut(kind=entry.recipient.kind, number=entry.recipient.number),
        subject=entry.subject,
        accepted_at=entry.accepted_at or entry.received_at,
    )
