"""Inbox: the citizen looks, opens, reads."""

from __future__ import annotations

from ventanilla.domain.errors import AssuranceTooLow, Busy, Cancelled, FieldError, NotFound, NotOpened, Refused
from ventanilla.domain.notifications import Entry, MailboxStatus, Thread
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.attachments import attachments_out
from ventanilla.schemas.inbox import InboxLine, InboxPage, OpenedNotification, SenderOut
from ventanilla.schemas.notifications import timeline_of
from ventanilla.schemas.terms import Computation
from ventanilla.usecases.attachments import link_to
from ventanilla.usecases.ports import AttachmentFiles, Clock, Holidays, Notifications, Portals
from ventanilla.usecases.terms_of_letters import computed, deadline_out, due_of
from ventanilla.usecases.timelines import record_opening

_PAGE = 10
"""Notifications shown at once: a telephone's screen; with so few, a full mailbox costs no more than a small one."""
_SEARCHED = 50
"""Entries that are read at once where only some of them are wanted."""
_LOOKED_AT = 8
"""Reads after which an answer goes out with what it has."""
_ATTEMPTS = 6
_SHOWN = ("available", "alerted", "opened", "deadline_passed")


def look(
    current: CurrentSession,
    *,
    cursor: str | None,
    unread: bool,
    institution: str | None,
    with_deadline: bool = False,
    category: str | None = None,
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
    read = _SEARCHED if institution or with_deadline or category else _PAGE + 1
    for _ in range(_LOOKED_AT):
        page, newest = notifications.page(portal, number, before=before, unread=unread, limit=read)
        status = status or newest
        found += [entry for entry in page if _is_wanted(entry, institution, with_deadline, category)]
        more = len(page) == read
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
        after = record_opening(
            thread, at=clock.now(), by=current.state.ref, notifications=notifications, holidays=holidays
        )
        if after:
            return _whole(after, holidays)
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
    return _whole(opened(number, current, portals=portals, notifications=notifications), holidays)


def opened(number: str, current: CurrentSession, *, portals: Portals, notifications: Notifications) -> Thread:
    """Return a notification that has been opened, with its timeline; the refusals are those of `read`."""
    _admit(current, portals)
    thread = _own(number, current, notifications)
    if not thread.when("opened"):
        raise NotOpened
    return thread


def link_to_attachment(
    number: str,
    attachment_id: str,
    current: CurrentSession,
    *,
    portals: Portals,
    notifications: Notifications,
    files: AttachmentFiles,
) -> str:
    """Return a short-lived link to a file of a notification that has been opened.

    Raises:
        NotFound: it is not in this mailbox, or has no such file.
        NotOpened, Cancelled: as of `read`.
    """
    thread = opened(number, current, portals=portals, notifications=notifications)
    return link_to(thread.letter, attachment_id, files=files)


def computation(
    number: str, current: CurrentSession, *, portals: Portals, notifications: Notifications, holidays: Holidays
) -> Computation:
    """Return how a deadline was counted, day by day; the list shows the deadline also before the opening.

    Raises:
        NotFound: it is not in this mailbox, or has no deadline.
        Cancelled: the institution has taken it back.
    """
    _admit(current, portals)
    return computed(_own(number, current, notifications), holidays)


def _admit(current: CurrentSession, portals: Portals) -> None:
    portal = portals.get(current.state.portal)
    if portal.mailbox is None:
        raise NotFound
    if not portal.opens_mailbox(current.state.assurance):
        raise AssuranceTooLow


def _own(number: str, current: CurrentSession, notifications: Notifications) -> Thread:
    thread = notifications.thread(number)
    if thread is None or thread.letter.is_test:  # what is only tried is shown to nobody
        raise NotFound
    recipient = thread.letter.recipient
    if (recipient.portal, recipient.number) != (current.state.portal, current.state.number):
        raise NotFound
    if not thread.when("available"):  # its hour has not come, or it was taken back before
        raise NotFound
    if thread.state == "cancelled":
        raise Cancelled
    return thread


def _is_wanted(entry: Entry, institution: str | None, with_deadline: bool, category: str | None) -> bool:
    fits = institution in (None, entry.institution) and (entry.deadline is not None or not with_deadline)
    return entry.state in _SHOWN and fits and category in (None, entry.category)


def _key(cursor: str | None) -> str | None:
    if cursor is not None and not (cursor.isalnum() and cursor.isascii() and len(cursor) == 26):
        raise Refused(FieldError("cursor", "cursor"))
    return cursor


def _line(entry: Entry) -> InboxLine:
    return InboxLine(
        id=entry.notification,
        reference=entry.reference,
        institution=SenderOut(id=entry.institution, name=entry.institution_name, contact=entry.institution_contact),
        subject=entry.subject,
        category=entry.category,
        received_at=entry.received_at,
        deadline=deadline_out(entry.deadline),
        opened_at=entry.opened_at,
        attachment_count=entry.attachment_count,
    )


def _whole(thread: Thread, holidays: Holidays) -> OpenedNotification:
    letter = thread.letter
    return OpenedNotification(
        id=letter.id,
        reference=letter.reference,
        institution=SenderOut(id=letter.institution, name=letter.institution_name, contact=letter.institution_contact),
        subject=letter.subject,
        category=letter.category,
        received_at=letter.received_at,
        deadline=deadline_out(due_of(thread, holidays)),
        opened_at=thread.when("opened"),
        attachment_count=len(letter.attachments),
        body=letter.body,
        locale=letter.locale,
        digest=letter.digest,
        attachments=attachments_out(letter.attachments),
        timeline=timeline_of(thread),
        takes_effect_at=thread.takes_effect_at,
    )
