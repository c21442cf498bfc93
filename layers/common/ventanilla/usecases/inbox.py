"""Inbox: the citizen looks, opens, reads."""

from __future__ import annotations

from dataclasses import asdict

from ventanilla.domain.errors import AssuranceTooLow, Busy, Cancelled, FieldError, NotFound, NotOpened, Refused
from ventanilla.domain.notifications import UNREAD, Entry, MailboxStatus, Thread
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.inbox import InboxLine, InboxPage, OpenedNotification, SenderOut
from ventanilla.schemas.notifications import DeadlineOut, TimelineMoment
from ventanilla.usecases.notify import due
from ventanilla.usecases.ports import Clock, Holidays, Notifications, Portals

_PAGE = 20
_LOOKED_AT = 20
"""Pages that a filter looks through before it answers with what it has."""
_ATTEMPTS = 6
_SHOWN = ("available", "alerted", "opened", "deadline_passed")


def look(
    current: CurrentSession,
    *,
    cursor: str | None,
    unread: bool,
    institution: str | None,
    portals: Portals,
    notifications: Notifications,
) -> InboxPage:
    """Return a page of the mailbox, newest first.

    Raises:
        NotFound: the portal has no mailbox.
        AssuranceTooLow: the account's proof of identity does not open it.
        Refused: the cursor is none of ours.
    """
    _admit(current, portals)
    portal, number = current.state.portal, current.state.number
    before = _key(cursor)
    found: list[Entry] = []
    status: MailboxStatus | None = None
    more = True
    for _ in range(_LOOKED_AT):
        page, newest = notifications.page(portal, number, before=before, unread=unread, limit=_PAGE + 1)
        status = status or newest
        found += [entry for entry in page if _is_wanted(entry, institution)]
        more = len(page) > _PAGE
        if not more or len(found) > _PAGE:
            break
        before = page[-1].key
    items = found[:_PAGE]
    status = status or notifications.mailbox(portal, number)
    last = items[-1].key if len(found) > _PAGE else before if more else None
    return InboxPage(items=[_line(entry) for entry in items], next_cursor=last, unread_count=status.unread)


def open_notification(
    number: str,
    current: CurrentSession,
    *,
    portals: Portals,
    notifications: Notifications,
    holidays: Holidays,
    clock: Clock,
) -> OpenedNotification:
    """Open a notification: the first time it is recorded, once, however many ask at the same time.

    Raises:
        NotFound: it is not in this mailbox.
        Cancelled: the institution has taken it back.
    """
    _admit(current, portals)
    for _ in range(_ATTEMPTS):
        thread = _own(number, current, notifications)
        if thread.when("opened"):
            return _whole(thread, holidays)
        moment = thread.next("opened", at=clock.now(), by=current.state.ref)
        if notifications.advance(thread, moment, before=UNREAD):
            return _whole(Thread(thread.letter, (*thread.moments, moment)), holidays)
    raise Busy


def read(
    number: str,
    current: CurrentSession,
    *,
    portals: Portals,
    notifications: Notifications,
    holidays: Holidays,
) -> OpenedNotification:
    """Return a notification that has been opened.

    Raises:
        NotFound: it is not in this mailbox.
        NotOpened: nothing is read by accident.
        Cancelled: the institution has taken it back.
    """
    _admit(current, portals)
    thread = _own(number, current, notifications)
    if not thread.when("opened"):
        raise NotOpened
    return _whole(thread, holidays)


def _admit(current: CurrentSession, portals: Portals) -> None:
    portal = portals.get(current.state.portal)
    if portal.mailbox is None:
        raise NotFound
    if not portal.opens_mailbox(current.state.assurance):
        raise AssuranceTooLow


def _own(number: str, current: CurrentSession, notifications: Notifications) -> Thread:
    thread = notifications.thread(number)
    if thread is None:
        raise NotFound
    recipient = thread.letter.recipient
    if (recipient.portal, recipient.number) != (current.state.portal, current.state.number):
        raise NotFound
    if thread.state == "cancelled":
        raise Cancelled
    return thread


def _is_wanted(entry: Entry, institution: str | None) -> bool:
    return entry.state in _SHOWN and institution in (None, entry.institution)


def _key(cursor: str | None) -> str | None:
    if cursor is not None and not (cursor.isalnum() and cursor.isascii() and len(cursor) == 26):
        raise Refused(FieldError("cursor", "cursor"))
    return cursor


def _line(entry: Entry) -> InboxLine:
    return InboxLine(
        id=entry.notification,
        reference=entry.reference,
        institution=SenderOut(name=entry.institution_name, contact=entry.institution_contact),
        subject=entry.subject,
        category=entry.category,
        received_at=entry.received_at,
        deadline=DeadlineOut(**asdict(entry.deadline)) if entry.deadline else None,
        opened_at=entry.opened_at,
    )


def _whole(thread: Thread, holidays: Holidays) -> OpenedNotification:
    letter = thread.letter
    available_at = thread.when("available") or letter.accepted_at
    deadline = due(letter.deadline, available_at, holidays)
    return OpenedNotification(
        id=letter.id,
        reference=letter.reference,
        institution=SenderOut(name=letter.institution_name, contact=letter.institution_contact),
        subject=letter.subject,
        category=letter.category,
        received_at=letter.accepted_at,
        deadline=DeadlineOut(**asdict(deadline)) if deadline else None,
        opened_at=thread.when("opened"),
        body=letter.body,
        locale=letter.locale,
        digest=letter.digest,
        timeline=[TimelineMoment(state=state, at=at) for state, at in thread.events],
    )
