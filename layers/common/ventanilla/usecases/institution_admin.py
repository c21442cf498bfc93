"""Administering an institution: its own administrators see and change it, the platform's suspend it; all is audited."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ventanilla.domain.audit import Actor
from ventanilla.domain.errors import FieldError, Forbidden, NotFound, Refused
from ventanilla.domain.grants import PLATFORM, STAFF, Grant
from ventanilla.domain.institutions import ADMINISTRATOR, Institution, trail_of
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.institutions import InstitutionOut, InstitutionPatch
from ventanilla.schemas.staff import Because
from ventanilla.usecases import institutions as institutions_usecase
from ventanilla.usecases.auditing import audit_lines
from ventanilla.usecases.ports import Accounts, Audits, Clock, Institutions, Portals, Reviews
from ventanilla.usecases.roles import has_role

PLATFORM_ADMINISTRATOR = "platform_admin"


def administered(current: CurrentSession, named: str | None) -> str:
    """Return the institution that an administrator acts for: the one that is named, or the only one.

    Raises:
        Forbidden: who asks administers none.
        Refused: they administer several, and named none.
        NotFound: they named one that they do not administer.
    """
    held = [grant.scope for grant in current.state.grants if grant.role == ADMINISTRATOR]
    if current.state.portal != STAFF or not held:
        raise Forbidden
    if named is None and len(held) > 1:
        raise Refused(FieldError("institution", "institution_several", {"institutions": ", ".join(held)}))
    chosen = held[0] if named is None else named
    if chosen not in held:
        raise NotFound
    return chosen


def admitted(institution_id: str, current: CurrentSession, institutions: Institutions) -> Institution:
    """Return an institution that who asks administers.

    Raises:
        NotFound: there is none, or not for who asks.
    """
    demand_administrator(institution_id, current)
    institution = institutions.get(institution_id)
    if institution is None:
        raise NotFound
    return institution


def demand_administrator(institution_id: str, current: CurrentSession) -> None:
    """Let nobody go on who does not administer an institution, for it or for the whole platform.

    Raises:
        NotFound: there is none, for who asks.
    """
    if not has_role(current, ADMINISTRATOR, institution_id):
        demand_platform(current)


def demand_platform(current: CurrentSession) -> None:
    """Let nobody go on who does not administer the platform.

    Raises:
        NotFound: there is no institution, for who asks.
    """
    if not has_role(current, PLATFORM_ADMINISTRATOR, PLATFORM):
        raise NotFound


def actor_of(current: CurrentSession, accounts: Accounts) -> Actor:
    """Return who acts, by name."""
    own = accounts.get(current.state.portal, current.state.number)
    return Actor(current.state.ref, own.name if own else "")


def show(
    institution_id: str,
    current: CurrentSession,
    *,
    institutions: Institutions,
    accounts: Accounts,
    audits: Audits,
    reviews: Reviews,
    portals: Portals,
) -> InstitutionOut:
    """Return an institution, who administers it, and what was done to it.

    Raises:
        NotFound: there is none, or not for who asks.
    """
    institution = admitted(institution_id, current, institutions)
    return _shown(institution, accounts=accounts, audits=audits, reviews=reviews, portals=portals)


def change_contact(
    institution_id: str,
    patch: InstitutionPatch,
    current: CurrentSession,
    *,
    institutions: Institutions,
    accounts: Accounts,
    audits: Audits,
    reviews: Reviews,
    portals: Portals,
    clock: Clock,
) -> InstitutionOut:
    """Change where citizens reach an institution; letters that were posted keep what they said.

    Raises:
        NotFound: there is none, or not for who asks.
        Busy: somebody else changed something of it meanwhile.
    """
    institution = admitted(institution_id, current, institutions)
    given = patch.contact.model_dump(exclude_unset=True)
    contact = {name: value for name, value in {**institution.contact, **given}.items() if value is not None}
    changed = [name for name in given if contact.get(name) != institution.contact.get(name)]
    after = replace(institution, contact=contact)
    if changed:
        by, detail = actor_of(current, accounts), " ".join(changed)
        entry = institutions_usecase.entry_of(
            institution.id, "contact_changed", audits, by=by, at=clock.now(), detail=detail
        )
        institutions_usecase.change(institution, after, entry, institutions)
    return _shown(after, accounts=accounts, audits=audits, reviews=reviews, portals=portals)


def set_status(
    institution_id: str,
    status: Literal["active", "suspended"],
    because: Because,
    current: CurrentSession,
    *,
    institutions: Institutions,
    accounts: Accounts,
    audits: Audits,
    reviews: Reviews,
    portals: Portals,
    clock: Clock,
) -> InstitutionOut:
    """Suspend an institution: the next notification that it posts is refused; or let it post again.

    Raises:
        NotFound: there is none, or who asks does not administer the platform.
        Busy: somebody else changed something of it meanwhile.
    """
    demand_platform(current)
    by = actor_of(current, accounts)
    after = institutions_usecase.set_status(
        institution_id, status, because.reason, institutions=institutions, audits=audits, clock=clock, by=by
    )
    return _shown(after, accounts=accounts, audits=audits, reviews=reviews, portals=portals)


def _shown(
    institution: Institution, *, accounts: Accounts, audits: Audits, reviews: Reviews, portals: Portals
) -> InstitutionOut:
    return InstitutionOut(
        id=institution.id,
        name=institution.name,
        ruc=institution.ruc,
        contact=institution.contact,
        modality=institution.modality,
        portals=list(institution.portals),
        status=institution.status,
        effect=institution.effect,
        canton=institution.canton,
        activated_at=institution.activated_at,
        administrators=_administrators(institution.id, accounts, reviews, portals),
        audit=audit_lines(audits.trail(trail_of(institution.id))),
    )


def _administrators(institution_id: str, accounts: Accounts, reviews: Reviews, portals: Portals) -> list[str]:
    """Return the names of those who hold a place of the role; one who has not confirmed has no account yet."""
    grant = Grant(ADMINISTRATOR, institution_id)
    places = portals.get(STAFF).role(ADMINISTRATOR).quota or 0
    held = reviews.holders(STAFF, grant, places)
    return [account.name for account in accounts.several(*((STAFF, number) for number in held)) if account]
