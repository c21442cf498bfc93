"""Rulings: what one decision on an application changes, for whom, and who is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ventanilla.domain import machine
from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.errors import FieldError, Refused
from ventanilla.domain.grants import Grant, Seat, SeatChange, Seats, give_up_seat, take_seat, united
from ventanilla.domain.institutions import Institution
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import CurrentSession
from ventanilla.usecases.activation import activated
from ventanilla.usecases.ports import Reviews
from ventanilla.usecases.register import confirmation_owed


@dataclass(frozen=True, slots=True)
class Ruling:
    """All that one decision changes: written together or not at all."""

    at: datetime
    before: Application
    after: Application
    seats: tuple[SeatChange, ...] = ()
    accounts: tuple[tuple[Account, Account], ...] = ()
    owed: tuple[OutboxItem, ...] = ()
    institution: Institution | None = None


def rejection(application: Application, reason: str | None, current: CurrentSession, now: datetime) -> Ruling:
    """Return what a rejection changes; applicant, organisation and representative are told.

    Raises:
        Refused: without a reason.
    """
    if not reason:
        raise Refused(FieldError("reason", "missing"))
    after = machine.entered(application, "rejected", at=now, by=current.state.ref, reason=reason)
    to = dict.fromkeys([application.email, *_concerned(application)])
    owed = tuple(OutboxItem("rejected", {**application.about, "to": address}, now) for address in to)
    return Ruling(now, application, after, owed=owed)


def approval(
    application: Application, portal: Portal, current: CurrentSession, *, reviews: Reviews, now: datetime
) -> Ruling:
    """Return what an approval changes: places of roles, accounts, an institution that begins, and who is told.

    Raises:
        QuotaUsed: the role's places are taken, and the application names none of their holders.
        Refused: the former user who is named holds nothing that could pass on.
    """
    given, taken = machine.wanted(portal, application)
    former = machine.former_user(application)
    known = {grant: portal.role(grant.role).quota for grant in (*given, *taken)}
    quotas = {grant: quota for grant, quota in known.items() if quota is not None}
    accounts, seats = reviews.facts(portal.id, (application.number, former), quotas, now)
    changes = _seat_changes(application, former, given, taken, quotas, seats)
    applicant, replaced = accounts.get(application.number), accounts.get(former or "")
    freed = tuple(change.grant for change in changes if change.before is not None and change.before == former)
    after = machine.entered(application, machine.next_state(portal, application), at=now, by=current.state.ref)
    after = replace(after, grants=given, expires_at=now + portal.lifetimes.application)
    owed: list[OutboxItem] = []
    changed: list[tuple[Account, Account]] = []
    if after.state == "confirm" and applicant is not None:
        after = machine.entered(after, "done", at=now, by=current.state.ref)
        given_up = freed if applicant is replaced else ()
        changed.append((applicant, _with(applicant, given=given, taken=given_up)))
        owed.append(_told("roles_given", applicant, application, now))
    elif after.state == "confirm":
        kept = tuple(Seat(one.grant.role, one.grant.scope, one.place) for one in changes if one.after is not None)
        after = replace(machine.confirmable(after, now + portal.lifetimes.confirm), seats=kept)
        owed.append(confirmation_owed(after, now))
    elif after.state == "done":
        to = dict.fromkeys(_concerned(application))
        owed += [OutboxItem("roles_removed", {**application.about, "to": address}, now) for address in to]
    if replaced is not None and freed:
        if replaced is not applicant:
            changed.append((replaced, _with(replaced, taken=freed)))
        owed.append(_told("roles_ended", replaced, application, now, roles=",".join(grant.role for grant in freed)))
    institution = activated(application, portal, now)
    return Ruling(now, application, after, changes, tuple(changed), tuple(owed), institution)


def _seat_changes(
    application: Application,
    former: str | None,
    given: tuple[Grant, ...],
    taken: tuple[Grant, ...],
    quotas: dict[Grant, int],
    seats: Seats,
) -> tuple[SeatChange, ...]:
    changes: list[SeatChange | None] = []
    for grant in given:
        if grant not in quotas:
            continue
        change = take_seat(grant, quotas[grant], application.number, former, seats)
        if change is None and former != application.number:  # held already: the former user's place becomes free
            change = give_up_seat(grant, former, seats)
        changes.append(change)
    for grant in taken:
        if grant in given:
            continue  # its place has just passed on
        given_up = give_up_seat(grant, former, seats)
        if given_up is None:
            raise Refused(FieldError("former_user.identifier", "former_user", {"role": grant.role}))
        changes.append(given_up)
    known = tuple(change for change in changes if change is not None)
    if former is not None and quotas and all(change.before != former for change in known):
        # Whoever approved it would believe that somebody holds the role no more.
        raise Refused(FieldError("former_user.identifier", "former_user", {"role": next(iter(quotas)).role}))
    return known


def _with(account: Account, *, given: tuple[Grant, ...] = (), taken: tuple[Grant, ...] = ()) -> Account:
    kept = tuple(grant for grant in account.grants if grant not in taken)
    return replace(account, grants=united(kept, given))


def _told(kind: str, account: Account, application: Application, now: datetime, **said: str) -> OutboxItem:
    about = {**application.about, "portal": account.portal, "number": account.number}
    return OutboxItem(kind, {**about, **said}, now)


def _concerned(application: Application) -> list[str]:
    """Return the addresses of organisation and representative: who asks in their name, they learn the outcome."""
    said = application.sections.get("organization", {})
    return [str(said[name]) for name in ("email", "representative_email") if name in said]
