"""Invitations: the operator lets somebody into the staff, and takes away a second factor that was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.audit import OPERATOR, next_entry
from ventanilla.domain.errors import Busy, FieldError, Invalid, NotFound, Refused, TokenGone
from ventanilla.domain.grants import PLATFORM, STAFF, Grant, united
from ventanilla.domain.identifiers import normalise_login, parse
from ventanilla.domain.machine import entered
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.registration import Registration, read_form
from ventanilla.usecases.ports import Accounts, Applications, Audits, Clock, Hasher, Portals
from ventanilla.usecases.register import confirmation_owed, new_application
from ventanilla.usecases.second_factor import without_second_factor

Outcome = Literal["invited", "given"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom the operator invites, as the form of the channel asks, and to what."""

    kind: str
    number: str
    fields: Mapping[str, str]
    grants: tuple[Grant, ...]
    country: str | None = None
    locale: str = "es"


def invite(
    invitation: Invitation,
    *,
    portals: Portals,
    catalogues: Catalogues,
    applications: Applications,
    accounts: Accounts,
    audits: Audits,
    hasher: Hasher,
    clock: Clock,
) -> Outcome:
    """Write an application of the operator's channel, and its mail; an account that is there is given the roles.

    Raises:
        Refused: with everything that is wrong with the form, the roles or their scopes.
        Busy: something else changed the account meanwhile.
    """
    portal, now = portals.get(STAFF), clock.now()
    faults = tuple(fault for grant in invitation.grants for fault in _faults(grant, portal, portals))
    if faults:
        raise Refused(*faults)
    channel = portal.channel(None, by="operator")
    form = read_form(portal, channel, Registration.model_validate(_said(invitation, portal)), catalogues)
    application = new_application(portal, channel, form, locale=invitation.locale, hasher=hasher, now=now)
    application = entered(
        replace(application, grants=invitation.grants, history=()), application.state, at=now, by=OPERATOR.ref
    )
    account = accounts.get(portal.id, application.number)
    if account is None:
        applications.submit(application, confirmation_owed(application, now))
        return "invited"
    _give(account, application, applications=applications, accounts=accounts, audits=audits, now=now)
    return "given"


def reset_second_factor(identifier: str, reason: str, *, accounts: Accounts, audits: Audits, clock: Clock) -> None:
    """Take a member's second factor away: sessions end, and another is enrolled at the next entry by the password.

    Raises:
        NotFound: nobody of the staff has this number.
        Busy: something else changed the account meanwhile.
    """
    account = accounts.get(STAFF, normalise_login(identifier))
    if account is None:
        raise NotFound
    now = clock.now()
    entry = next_entry(
        audits.trail(account.ref), account.ref, "second_factor_reset", at=now, by=OPERATOR, reason=reason
    )
    about = {"portal": account.portal, "number": account.number, "reason": reason}
    told = OutboxItem("second_factor_changed", about, now)
    try:
        accounts.change(account, without_second_factor(account), owed=told, audited=entry)
    except TokenGone:
        raise Busy from None


def _give(
    account: Account,
    application: Application,
    *,
    applications: Applications,
    accounts: Accounts,
    audits: Audits,
    now: datetime,
) -> None:
    """Give an account its roles at once; the application stays beside it as what they rest on."""
    done = entered(application, "done", at=now, by=OPERATOR.ref)
    applications.submit(done, None)
    detail = " ".join(f"{grant.role}:{grant.scope}" for grant in application.grants)
    entry = next_entry(audits.trail(account.ref), account.ref, "grants_given", at=now, by=OPERATOR, detail=detail)
    after = replace(account, grants=united(account.grants, application.grants))
    about = {**done.about, "portal": account.portal, "number": account.number}
    try:
        accounts.change(account, after, owed=OutboxItem("roles_given", about, now), audited=entry)
    except TokenGone:
        raise Busy from None


def _said(invitation: Invitation, portal: Portal) -> dict[str, Any]:
    """Return what the form says; where it asks for the whole name, the two parts are one."""
    said = dict(invitation.fields)
    asked = {field.name for field in portal.applicant_fields(portal.channel(None, by="operator"))}
    if "full_name" in asked and "full_name" not in said:
        said["full_name"] = " ".join(said.pop(name) for name in ("given_names", "surnames") if name in said)
    identifier = {"kind": invitation.kind, "number": invitation.number, "country": invitation.country}
    return {"identifier": {name: value for name, value in identifier.items() if value}, **said}


def _faults(grant: Grant, portal: Portal, portals: Portals) -> Sequence[FieldError]:
    role = next((role for role in portal.roles if role.id == grant.role), None)
    if role is None:
        expected = ", ".join(role.id for role in portal.roles if role.quota is None)
        return [FieldError("role", "choice", {"expected": expected})]
    if role.quota is not None:
        return [FieldError("role", "role_by_application")]
    return [] if _is_scope(grant.scope, portals) else [FieldError("scope", "scope")]


def _is_scope(scope: str, portals: Portals) -> bool:
    if scope == PLATFORM:
        return True
    try:
        portals.get(scope)
    except NotFound:
        try:
            return parse("ruc", scope).number == scope
        except Invalid:
            return False
    return True
