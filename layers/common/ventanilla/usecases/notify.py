"""Notify: an institution posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ulid import ULID

from ventanilla.domain.attachments import Attachment, Declaration
from ventanilla.domain.errors import (
    Busy,
    FieldError,
    InstitutionSuspended,
    NotFound,
    PortalNotAllowed,
    QuotaPassed,
    ReferenceTaken,
    Refused,
    SignatureRefused,
)
from ventanilla.domain.identifiers import normalise_login
from ventanilla.domain.institutions import Institution
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import (
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
from ventanilla.domain.simulation import mailbox_of
from ventanilla.domain.throttling import POSTS_A_MINUTE, posts_a_day
from ventanilla.domain.wording import local_day
from ventanilla.schemas.notifications import (
    LONGEST_PORTAL,
    Draft,
    Posted,
    Registered,
)
from ventanilla.usecases import attachments
from ventanilla.usecases.attachments import Cupboard
from ventanilla.usecases.deadlines import watched
from ventanilla.usecases.mailboxes import is_mailbox_open
from ventanilla.usecases.ports import Clock, Holidays, Notifications, Portals, Quotas, Slots
from ventanilla.usecases.terms_of_letters import due

_ATTEMPTS = 6
_FURTHEST = timedelta(days=366)
_LAST_DEADLINE = timedelta(days=3660)
"""After availability: the holidays of every year until then are looked at, and the calendar itself has an end."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The institution that asks, by which key or person, and the nonce that its request uses up.

    `source` is the line of a batch that asks, where that is not a request of its own: the line's first answer is its
    answer again if the line is told once more, and no replay.
    """

    institution: Institution
    by: str
    nonce: Nonce | None = None
    source: str | None = None


def post(
    draft: Draft,
    sender: Sender,
    *,
    portals: Portals,
    notifications: Notifications,
    slots: Slots,
    holidays: Holidays,
    cupboard: Cupboard,
    quotas: Quotas,
    clock: Clock,
) -> tuple[Posted, bool]:
    """Put a notification into a mailbox, once for each reference; tell also whether it was there already.

    Raises:
        InstitutionSuspended, PortalNotAllowed: the institution may not.
        Refused: the portal has no mailbox, the deadline has passed, or attachments are unknown, missing or others.
        ReferenceTaken: the reference stands for other content.
        QuotaPassed: the institution has posted as many as it may for now.
        SignatureRefused: the nonce was seen before.
    """
    now, counted = clock.now(), False
    recipient = _admit(draft, sender, portals)
    number = notification_id(sender.institution.id, draft.reference)
    declared = attachments.find(draft.attachments, sender, cupboard=cupboard, now=now)
    digest = _digest(draft, declared)
    for _ in range(_ATTEMPTS):
        first = notifications.letter(number)
        if first:
            _use(sender.nonce, slots, now)
            return _replay(first, digest), first.source is None or first.source != sender.source
        _demand_time(draft, now)  # not of a retry, which may come late, or after the mailbox lists other categories
        _demand_category(draft, portals)
        files = attachments.keep(declared, cupboard=cupboard, now=now)
        counted = counted or _count(sender, quotas, now)
        is_open = is_mailbox_open(sender.institution.id, recipient, notifications)
        letter = _letter(draft, sender, recipient, number, digest, now, files=files, is_open=is_open)
        entry = _entry(letter, due(letter.deadline, holidays, available_at=now if letter.born == "available" else None))
        owed = _owed(letter)
        also_owed = next(iter(watched(Thread(letter, ()), None, holidays, now)), None)
        refused = notifications.post(letter, entry, nonce=sender.nonce, owed=owed, also_owed=also_owed)
        if not refused:
            return Posted(id=number, state=letter.born, recipient=Registered(registered=is_open)), False
        if "nonce" in refused:
            raise SignatureRefused("nonce-seen")
    raise Busy


def _count(sender: Sender, quotas: Quotas, now: datetime) -> bool:
    """Take one of what the institution may post: a batch is counted by the day alone."""
    daily = posts_a_day(sender.institution.daily_quota)
    for quota in (daily,) if sender.source else (POSTS_A_MINUTE, daily):
        wait = quotas.use(quota, sender.institution.id, now)
        if wait:
            raise QuotaPassed(wait)
    return True


def _digest(draft: Draft, declared: Sequence[Declaration]) -> str:
    """Return the digest of a letter and of what its files are, whatever ids stand for them here."""
    content = draft.model_dump(mode="json", exclude={"reference", "attachments"})
    files = [one.file.content for one in declared]
    return digest_of({**content, "attachments": files} if files else content)


def named_by(institution: str, body: dict[str, Any]) -> tuple[str, Recipient] | None:
    """Return the notification and mailbox that a body names before it has been checked, to read ahead by."""
    reference, portal, recipient = body.get("reference"), body.get("portal"), body.get("recipient")
    if not isinstance(reference, str) or not isinstance(portal, str) or not isinstance(recipient, dict):
        return None
    kind, number = recipient.get("kind"), recipient.get("number")
    if not isinstance(kind, str) or not isinstance(number, str) or len(portal) > LONGEST_PORTAL:
        return None
    recipient_named = Recipient(portal, kind, normalise_login(number))
    return notification_id(institution, reference.strip()), mailbox_of(institution, recipient_named)


def demand_mailbox(portal: str, sender: Sender, portals: Portals) -> None:
    """Demand that the institution may post to a portal's mailboxes.

    Raises:
        InstitutionSuspended, PortalNotAllowed: it may not.
        Refused: the portal has none.
    """
    if sender.institution.status != "active":
        raise InstitutionSuspended
    if portal not in sender.institution.portals:
        raise PortalNotAllowed(portal=portal)
    try:
        has_mailbox = portals.get(portal).mailbox is not None
    except NotFound:
        has_mailbox = False
    if not has_mailbox:
        raise Refused(FieldError("portal", "no_mailbox"))


def _admit(draft: Draft, sender: Sender, portals: Portals) -> Recipient:
    demand_mailbox(draft.portal, sender, portals)
    identifier = draft.recipient.read()
    return Recipient(draft.portal, identifier.kind, identifier.number)


def _demand_category(draft: Draft, portals: Portals) -> None:
    portal = portals.get(draft.portal)
    if not portal.knows_category(draft.category):
        categories = ", ".join(category.id for category in portal.categories)
        raise Refused(FieldError("category", "unknown_category", {"categories": categories}))


def _demand_time(draft: Draft, now: datetime) -> None:
    begins = max(now, draft.available_from or now)
    if begins > now + _FURTHEST:
        raise Refused(FieldError("available_from", "available_late"))
    named, first = draft.deadline.date if draft.deadline else None, local_day(begins)
    if named and named < first:
        raise Refused(FieldError("deadline.date", "deadline_past"))
    if named and named > first + _LAST_DEADLINE:
        raise Refused(FieldError("deadline.date", "deadline_late"))


def _born(later: datetime | None, is_open: bool) -> State:
    if later:
        return "accepted"
    return "available" if is_open else "waiting_for_account"


def _owed(letter: Letter) -> OutboxItem | None:
    about = {"notification": letter.id}
    if letter.available_from:
        return OutboxItem("scheduled", about, letter.accepted_at, at=letter.available_from)
    return OutboxItem("alert", about, letter.accepted_at) if letter.born == "available" else None


def _letter(
    draft: Draft,
    sender: Sender,
    recipient: Recipient,
    number: str,
    digest: str,
    now: datetime,
    *,
    files: tuple[Attachment, ...],
    is_open: bool,
) -> Letter:
    later = draft.available_from if draft.available_from and draft.available_from > now else None
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
        deadline=replace(draft.deadline.read(), canton=sender.institution.canton) if draft.deadline else None,
        digest=digest,
        accepted_at=now,
        accepted_by=sender.by,
        entry=str(ULID.from_datetime(later or now)),
        born=_born(later, is_open),
        attachments=files,
        effect=sender.institution.effect,
        available_from=later,
        registered=is_open if later else None,
        source=sender.source,
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
        received_at=letter.received_at,
        accepted_at=letter.accepted_at if letter.available_from else None,
        deadline=deadline,
        attachment_count=len(letter.attachments),
    )


def _replay(first: Letter, digest: str) -> Posted:
    if first.digest != digest:
        raise ReferenceTaken(first.id)
    return Posted(id=first.id, state=first.born, recipient=Registered(registered=first.was_registered))


def _use(nonce: Nonce | None, slots: Slots, now: datetime) -> None:
    if nonce and not slots.use_nonce(nonce, now):
        raise SignatureRefused("nonce-seen")
