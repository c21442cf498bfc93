"""Notify: an institution posts, looks, cancels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ulid import ULID

from ventanilla.domain.errors import (
    AlreadyOpened,
    Busy,
    FieldError,
    InstitutionSuspended,
    NotFound,
    PortalNotAllowed,
    ReferenceTaken,
    Refused,
    SignatureRefused,
)
from ventanilla.domain.identifiers import normalise_login
from ventanilla.domain.institutions import Institution
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import (
    UNREAD,
    Deadline,
    Entry,
    Letter,
    Recipient,
    State,
    Thread,
    digest_of,
    notification_id,
)
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.terms import end_of_term
from ventanilla.domain.wording import local_day
from ventanilla.schemas.notifications import (
    LONGEST_PORTAL,
    DeadlineOut,
    Draft,
    NotificationLine,
    NotificationList,
    NotificationOut,
    Posted,
    RecipientOut,
    Registered,
    TimelineMoment,
)
from ventanilla.usecases.ports import Clock, Feed, Holidays, Notifications, Portals, Slots

_ATTEMPTS = 6
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Sender:
    """The institution that asks, by which key or person, and the nonce that its request uses up."""

    institution: Institution
    by: str
    nonce: Nonce | None = None


def post(
    draft: Draft,
    sender: Sender,
    *,
    portals: Portals,
    notifications: Notifications,
    slots: Slots,
    holidays: Holidays,
    clock: Clock,
) -> tuple[Posted, bool]:
    """Put a notification into a mailbox, once for each reference; tell also whether it was there already.

    Raises:
        InstitutionSuspended, PortalNotAllowed: the institution may not.
        Refused: the portal has no mailbox, or the deadline has passed.
        ReferenceTaken: the reference stands for other content.
        SignatureRefused: the nonce was seen before.
    """
    now = clock.now()
    recipient = _admit(draft, sender, portals)
    number = notification_id(sender.institution.id, draft.reference)
    digest = digest_of(draft.model_dump(mode="json", exclude={"reference"}))
    for _ in range(_ATTEMPTS):
        first = notifications.letter(number)
        if first:
            _use(sender.nonce, slots, now)
            return _replay(first, digest), True
        _demand_time(draft, now)  # not of a retry, which may come late
        is_open = notifications.mailbox(recipient.portal, recipient.number).open
        letter = _letter(draft, sender, recipient, number, digest, now, born=_born(is_open))
        entry = _entry(letter, due(letter.deadline, now, holidays) if is_open else letter.deadline)
        owed = OutboxItem("alert", {"notification": number}, now) if is_open else None
        refused = notifications.post(letter, entry, nonce=sender.nonce, owed=owed)
        if not refused:
            return Posted(id=number, state=letter.born, recipient=Registered(registered=is_open)), False
        if "nonce" in refused:
            raise SignatureRefused("nonce-seen")
    raise Busy


def named_by(institution: str, body: dict[str, Any]) -> tuple[str, Recipient] | None:
    """Return the notification and recipient that a body names before it has been checked, to read ahead by."""
    reference, portal, recipient = body.get("reference"), body.get("portal"), body.get("recipient")
    if not isinstance(reference, str) or not isinstance(portal, str) or not isinstance(recipient, dict):
        return None
    kind, number = recipient.get("kind"), recipient.get("number")
    if not isinstance(kind, str) or not isinstance(number, str) or len(portal) > LONGEST_PORTAL:
        return None
    return notification_id(institution, reference.strip()), Recipient(portal, kind, normalise_login(number))


def show(number: str, sender: Sender, *, notifications: Notifications, holidays: Holidays) -> NotificationOut:
    """Return one of the institution's notifications with its timeline.

    Raises:
        NotFound: there is none, or it is another institution's.
    """
    return _shown(_own(number, sender, notifications), holidays)


def list_sent(cursor: str | None, sender: Sender, *, notifications: Notifications, feed: Feed) -> NotificationList:
    """Return the institution's notifications, newest first, from its feed.

    Raises:
        Refused: the cursor is none of ours.
    """
    accepted: dict[str, tuple[int, tuple[str, str, str]]] = {}
    for event_number, event in feed.backwards(sender.institution.id, _event_number(cursor)):
        if event["state"] == "accepted":  # after a crash the feed may tell it twice
            accepted[event["notification"]] = event_number, (event["portal"], event["number"], event["entry"])
        if len(accepted) > _PAGE:
            break
    page = list(accepted.values())[:_PAGE]
    entries = notifications.entries([key for _, key in page])
    more = str(page[-1][0]) if len(accepted) > _PAGE else None
    return NotificationList(items=[_line(entry) for entry in entries if entry], next_cursor=more)


def cancel(
    number: str, sender: Sender, *, notifications: Notifications, holidays: Holidays, clock: Clock
) -> NotificationOut:
    """Take a notification back before it is opened; to do so again changes nothing.

    Raises:
        NotFound: there is none, or it is another institution's.
        AlreadyOpened: the citizen knows it.
    """
    for _ in range(_ATTEMPTS):
        thread = _own(number, sender, notifications)
        if thread.state == "cancelled":
            return _shown(thread, holidays)
        if thread.when("opened"):
            raise AlreadyOpened
        moment = thread.next("cancelled", at=clock.now(), by=sender.by)
        before: tuple[State, ...] = UNREAD if thread.state in UNREAD else (thread.state,)
        if notifications.advance(thread, moment, before=before):
            return _shown(_own(number, sender, notifications), holidays)
    raise Busy


def due(deadline: Deadline | None, available_at: datetime, holidays: Holidays) -> Deadline | None:
    """Return a deadline with its date: working days count from the day after availability (COA art. 158)."""
    if deadline is None or deadline.working_days is None:
        return deadline
    start = local_day(available_at)
    end = end_of_term(start, deadline.working_days, holidays.for_term(start, deadline.working_days))
    return Deadline(end.isoformat(), deadline.working_days)


def _admit(draft: Draft, sender: Sender, portals: Portals) -> Recipient:
    if sender.institution.status != "active":
        raise InstitutionSuspended
    if draft.portal not in sender.institution.portals:
        raise PortalNotAllowed(portal=draft.portal)
    try:
        has_mailbox = portals.get(draft.portal).mailbox is not None
    except NotFound:
        has_mailbox = False
    if not has_mailbox:
        raise Refused(FieldError("portal", "no_mailbox"))
    identifier = draft.recipient.read()
    return Recipient(draft.portal, identifier.kind, identifier.number)


def _demand_time(draft: Draft, now: datetime) -> None:
    if draft.deadline and draft.deadline.date and draft.deadline.date < local_day(now):
        raise Refused(FieldError("deadline.date", "deadline_past"))


def _born(is_open: bool) -> State:
    return "available" if is_open else "waiting_for_account"


def _letter(
    draft: Draft, sender: Sender, recipient: Recipient, number: str, digest: str, now: datetime, *, born: State
) -> Letter:
    asked = draft.deadline
    return Letter(
        id=number,
        institution=sender.institution.id,
        institution_name=sender.institution.name,
        institution_contact=sender.institution.contact,
        reference=draft.reference,
        recipient=recipient,
        subject=draft.subject,
        body=draft.body,
        locale=draft.locale,
        category=draft.category,
        deadline=Deadline(asked.date.isoformat() if asked.date else None, asked.working_days) if asked else None,
        digest=digest,
        accepted_at=now,
        accepted_by=sender.by,
        entry=str(ULID.from_datetime(now)),
        born=born,
    )


def _entry(letter: Letter, deadline: Deadline | None) -> Entry:
    return Entry(
        key=letter.entry,
        notification=letter.id,
        recipient=letter.recipient,
        state=letter.born,
        reference=letter.reference,
        subject=letter.subject,
        category=letter.category,
        institution=letter.institution,
        institution_name=letter.institution_name,
        institution_contact=letter.institution_contact,
        received_at=letter.accepted_at,
        deadline=deadline,
    )


def _replay(first: Letter, digest: str) -> Posted:
    if first.digest != digest:
        raise ReferenceTaken(first.id)
    return Posted(id=first.id, state=first.born, recipient=Registered(registered=first.born == "available"))


def _use(nonce: Nonce | None, slots: Slots, now: datetime) -> None:
    if nonce and not slots.use_nonce(nonce, now):
        raise SignatureRefused("nonce-seen")


def _own(number: str, sender: Sender, notifications: Notifications) -> Thread:
    thread = notifications.thread(number)
    if thread is None or thread.letter.institution != sender.institution.id:
        raise NotFound
    return thread


def _shown(thread: Thread, holidays: Holidays) -> NotificationOut:
    letter = thread.letter
    available_at = thread.when("available")
    deadline = due(letter.deadline, available_at, holidays) if available_at else letter.deadline
    return NotificationOut(
        id=letter.id,
        reference=letter.reference,
        state=thread.state,
        portal=letter.recipient.portal,
        recipient=RecipientOut(kind=letter.recipient.kind, number=letter.recipient.number),
        subject=letter.subject,
        category=letter.category,
        deadline=DeadlineOut(**asdict(deadline)) if deadline else None,
        digest=letter.digest,
        timeline=[TimelineMoment(state=state, at=at) for state, at in thread.events],
    )


def _line(entry: Entry) -> NotificationLine:
    return NotificationLine(
        id=entry.notification,
        reference=entry.reference,
        state=entry.state,
        portal=entry.recipient.portal,
        recipient=RecipientOut(kind=entry.recipient.kind, number=entry.recipient.number),
        subject=entry.subject,
        accepted_at=entry.received_at,
    )


def _event_number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isdecimal() or len(cursor) > 15:
        raise Refused(FieldError("cursor", "cursor"))
    return int(cursor)
