"""Review: who holds the role that a channel names decides on its applications, never on their own."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain import machine
from ventanilla.domain.accounts import Application, full_name
from ventanilla.domain.documents import signed_name
from ventanilla.domain.errors import FieldError, NotFound, NotWaiting, OwnApplication, Refused
from ventanilla.domain.grants import PLATFORM
from ventanilla.domain.identifiers import is_same_person
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.applications import Decision, ReviewLine, ReviewOut, ReviewPage
from ventanilla.usecases.apply import shown
from ventanilla.usecases.ports import Applications, Clock, FileStore, Portals, Reviews
from ventanilla.usecases.roles import has_role
from ventanilla.usecases.rulings import approval, rejection

_PAGE = 20
_LONGEST_ID = 100
"""Characters of an id, at most: longer ones can be no keys."""
_STATES = ("documents", "identity_check", "review", "confirm", "rejected", "refused", "done")


def queue(
    portal_id: str,
    state: str,
    cursor: str | None,
    current: CurrentSession,
    *,
    portals: Portals,
    applications: Applications,
) -> ReviewPage:
    """Return the applications of a portal in a state, oldest first.

    Raises:
        NotFound: there is no such portal, or none that this account reviews.
        Refused: there is no such state.
    """
    portal = portals.get(portal_id)
    channels = [channel.id for channel in portal.channels if _reviews(current, channel.reviewed_by, portal)]
    if not channels:
        raise NotFound
    if state not in _STATES:
        raise Refused(FieldError("state", "choice", {"expected": ", ".join(_STATES)}))
    if cursor and len(cursor.encode()) > _LONGEST_ID:
        raise Refused(FieldError("cursor", "cursor"))
    found = applications.queue(portal.id, state, cursor, _PAGE + 1)
    page = found[:_PAGE]
    return ReviewPage(
        items=[_line(one, portal) for one in page if one.channel in channels],
        next_cursor=page[-1].id if len(found) > _PAGE else None,
    )


def look(
    application_id: str,
    current: CurrentSession,
    *,
    locale: str,
    portals: Portals,
    applications: Applications,
    clock: Clock,
) -> ReviewOut:
    """Return an application with the data beside its documents.

    Raises:
        NotFound: there is none, or none that this account reviews.
    """
    application = reviewed(application_id, current, portals=portals, applications=applications, now=clock.now())
    portal = portals.get(application.portal)
    return _whole(application, portal, locale)


def decide(
    application_id: str,
    decision: Decision,
    current: CurrentSession,
    *,
    locale: str,
    portals: Portals,
    applications: Applications,
    reviews: Reviews,
    clock: Clock,
) -> ReviewOut:
    """Approve or reject: states, grants and what is owed to whom in one transaction.

    Raises:
        NotFound: there is none, or none that this account reviews.
        OwnApplication: it is the reviewer's own.
        NotWaiting: it does not wait for a decision (any more), or somebody else changed what it needs meanwhile.
        QuotaUsed: the role's places are taken, and the application names none of their holders.
        Refused: a rejection without a reason.
    """
    now = clock.now()
    application = reviewed(application_id, current, portals=portals, applications=applications, now=now)
    portal = portals.get(application.portal)
    if _is_own(application, current):
        raise OwnApplication
    if application.state != "review":
        raise NotWaiting(state=application.state)
    if decision.decision == "reject":
        ruling = rejection(application, decision.reason, current, now)
    else:
        ruling = approval(application, portal, current, reviews=reviews, now=now)
    if not reviews.rule(ruling):
        raise NotWaiting(state=application.state)
    return _whole(ruling.after, portal, locale)


def received_document(
    application_id: str,
    kind: str,
    current: CurrentSession,
    *,
    portals: Portals,
    applications: Applications,
    files: FileStore,
    clock: Clock,
) -> bytes:
    """Return a document as it was sent in.

    Raises:
        NotFound: there is no such application, none that this account reviews, or none of this kind has come.
    """
    application = reviewed(application_id, current, portals=portals, applications=applications, now=clock.now())
    record = application.documents.get(kind)
    kept = files.get(signed_name(application.slot, application.id, kind, record["sha256"])) if record else None
    if kept is None:
        raise NotFound
    return kept


def reviewed(
    application_id: str, current: CurrentSession, *, portals: Portals, applications: Applications, now: datetime
) -> Application:
    """Return an application that this account reviews.

    Raises:
        NotFound: there is none, or none that this account reviews.
    """
    slot, _, short_id = application_id.partition(".")
    is_id = slot and short_id and len(application_id.encode()) <= _LONGEST_ID
    application = applications.get(slot, short_id) if is_id else None
    if application is None or application.is_over(now):
        raise NotFound
    portal = portals.get(application.portal)
    if not _reviews(current, portal.channel_of(application.channel).reviewed_by, portal):
        raise NotFound
    return application


def _reviews(current: CurrentSession, role: str | None, portal: Portal) -> bool:
    """Tell whether somebody holds the role that a channel names: for the portal, or for the whole platform."""
    return role is not None and any(has_role(current, role, scope) for scope in (portal.id, PLATFORM))


def _is_own(application: Application, current: CurrentSession) -> bool:
    """Tell whether who is to decide applies, or is named: who signs, acts for the organisation, or loses a role."""
    said = [value for section in application.sections.values() for value in section.values()]
    named = [str(value["number"]) for value in said if isinstance(value, dict) and "number" in value]
    return any(is_same_person(number, current.state.number) for number in (application.number, *named))


def _line(application: Application, portal: Portal) -> ReviewLine:
    return ReviewLine(
        id=application.public_id,
        portal=application.portal,
        channel=application.channel,
        state=application.state,
        created_at=application.created_at,
        name=full_name(application.profile) or full_name(application.sections.get("organization", {})),
        scope=machine.scope_of(portal.channel_of(application.channel), application),
    )


def _whole(application: Application, portal: Portal, locale: str) -> ReviewOut:
    return ReviewOut(
        **shown(application, portal, locale),
        identifier={"kind": application.kind, "number": application.number},
        email=application.email,
        profile=application.profile,
        sections=application.sections,
        created_at=application.created_at,
    )
