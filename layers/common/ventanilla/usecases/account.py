"""Account: a person's own data, password and consents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ventanilla.domain.accounts import Account
from ventanilla.domain.errors import FieldError, InvalidCredentials, Refused, Unauthenticated
from ventanilla.domain.ids import slot_of
from ventanilla.domain.notifications import Entry
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.second_factor import codes_left
from ventanilla.domain.sessions import CurrentSession, pending_steps
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.profile import (
    Consent,
    GrantOut,
    IdentifierOut,
    Me,
    PasswordAgain,
    PasswordChange,
    Pending,
    ProfileChange,
    SecondFactorOut,
    TermsAccepted,
    corrected,
)
from ventanilla.schemas.registration import password_faults
from ventanilla.usecases import sessions as sessions_usecase
from ventanilla.usecases.addresses import new_address, propose
from ventanilla.usecases.auditing import audit_lines
from ventanilla.usecases.openid_ports import SignOns
from ventanilla.usecases.ports import Accounts, Audits, Clock, Hasher, Notifications, Portals, Sessions, Slots
from ventanilla.usecases.reset import password_changed, personal_words
from ventanilla.usecases.verify import ADDRESS


def me(current: CurrentSession, *, portals: Portals, accounts: Accounts, clock: Clock) -> Me:
    """Return the profile of who is asking, and whether a new address waits for its link to be followed."""
    state = current.state
    account, slot = accounts.with_slot(state.portal, state.number, ADDRESS, slot_of(state.portal, state.number))
    account = _still(account, current)
    waits = slot is not None and slot.lives(clock.now(), account.epoch)
    return _me(account, portals.get(state.portal), email_pending=waits)


def change_profile(
    change: ProfileChange,
    current: CurrentSession,
    *,
    portals: Portals,
    catalogues: Catalogues,
    accounts: Accounts,
    sessions: Sessions,
    slots: Slots,
    hasher: Hasher,
    clock: Clock,
) -> Me:
    """Correct the profile; a new address takes effect when its own link is followed.

    To name the present address says that it is right: if alerts to it have stopped, one more is tried.

    Raises:
        Refused: with everything that is wrong; a new address without the password, too.
        InvalidCredentials: the password that a new address demands is wrong.
    """
    portal = portals.get(current.state.portal)
    account = own_account(current, accounts)
    changes = dict(change.model_extra or {})
    typed = changes.pop("email", None)
    address = new_address(typed, account)
    profile = corrected(portal, portal.channels[0], account.kind, account.profile, changes, catalogues)
    if address:
        demand_password(account, change.current_password, sessions=sessions, hasher=hasher, clock=clock)
    todo = account.without("check_data")
    same = account.with_address_confirmed() if typed is not None and address is None else account
    after = replace(same, profile=profile, locale=change.locale or account.locale, todo=todo)
    owed = propose(address, account, portal, slots=slots, now=clock.now()) if address else None
    accounts.change(account, after, owed=owed)
    return _me(after, portal, email_pending=bool(address))


def change_password(
    change: PasswordChange,
    current: CurrentSession,
    *,
    portals: Portals,
    accounts: Accounts,
    sessions: Sessions,
    hasher: Hasher,
    clock: Clock,
) -> Pending:
    """Set a new password by the old one; all other sessions end, and the owner is told.

    Raises:
        InvalidCredentials: the current password is wrong.
        Refused: what the policy has against the new one.
    """
    portal = portals.get(current.state.portal)
    account = own_account(current, accounts)
    demand_password(account, change.current, sessions=sessions, hasher=hasher, clock=clock)
    faults = password_faults(portal, change.new, personal_words(account), "new")
    if faults:
        raise Refused(*faults)
    after = replace(
        account,
        password_hash=hasher.hash(change.new),
        password_expires_at=None,
        epoch=account.epoch + 1,
        todo=account.without("change_password"),
    )
    accounts.change(account, after, keep=current.session, owed=password_changed(account, clock.now()))
    return _pending(after, portal)


def accept_terms(
    accepted: TermsAccepted, current: CurrentSession, *, portals: Portals, accounts: Accounts, clock: Clock
) -> Pending:
    """Record which texts are accepted, in which version and when.

    Raises:
        Refused: the portal has no such text.
    """
    portal = portals.get(current.state.portal)
    account = own_account(current, accounts)
    versions = {terms.id: terms.version for terms in portal.terms}
    unknown = [terms for terms in accepted.accept if terms not in versions]
    if unknown:
        raise Refused(FieldError("accept", "terms", {"terms": ", ".join(unknown)}))
    at = clock.now().isoformat()
    after = replace(
        account,
        accepted={**account.accepted, **{terms: versions[terms] for terms in accepted.accept}},
        accepted_at={**account.accepted_at, **dict.fromkeys(accepted.accept, at)},
    )
    accounts.change(account, after)
    return _pending(after, portal)


def export(
    current: CurrentSession,
    *,
    portals: Portals,
    accounts: Accounts,
    sessions: Sessions,
    notifications: Notifications,
    audits: Audits,
    sign_ons: SignOns,
) -> dict[str, Any]:
    """Return all that is held on the person (LOPDP: access and portability)."""
    account = own_account(current, accounts)
    portal = portals.get(account.portal)
    entries: list[Entry] = []
    if portal.opens_mailbox(account.assurance):  # who only claims a number learns nothing of what is written to it
        entries, _ = notifications.page(account.portal, account.number, before=None, unread=False, limit=1000)
    return {
        **_me(account, portal).model_dump(mode="json"),
        "sessions": [
            {"created_at": one.created_at, "last_seen_at": one.seen_at, "device": one.user_agent}
            for one in sessions.all_of(account.ref)
        ],
        "notifications": [
            {
                "id": entry.notification,
                "institution": entry.institution_name,
                "reference": entry.reference,
                "subject": entry.subject,
                "received_at": entry.received_at,
                "opened_at": entry.opened_at,
            }
            for entry in entries
        ],
        "grants": [{"role": grant.role, "scope": grant.scope} for grant in account.grants],
        "consents_to_systems": [
            {"client": one.client, "scopes": list(one.scopes), "accepted_at": one.accepted_at}
            for one in sign_ons.consents(account.ref)
        ],
        "audit": [line.model_dump(mode="json") for line in audit_lines(audits.trail(account.ref))],
    }


def close(
    again: PasswordAgain,
    current: CurrentSession,
    *,
    portals: Portals,
    accounts: Accounts,
    sessions: Sessions,
    hasher: Hasher,
    clock: Clock,
) -> None:
    """Close the account: its sessions and tokens end, its personal data go, its number is free again.

    Raises:
        InvalidCredentials: the password is wrong.
    """
    account = own_account(current, accounts)
    demand_password(account, again.current_password, sessions=sessions, hasher=hasher, clock=clock)
    has_mailbox = portals.get(account.portal).opens_mailbox(account.assurance)
    accounts.change(account, account.closed(), close_mailbox=has_mailbox, owed=closing_told(account, clock.now()))


def closing_told(account: Account, now: datetime, reason: str = "") -> OutboxItem:
    """Return what the owner of an account is told when it is closed: its address is gone by then."""
    told = {"portal": account.portal, "number": account.number, "to": account.email, "locale": account.locale}
    return OutboxItem("account_closed", {**told, "reason": reason}, now)


def own_account(current: CurrentSession, accounts: Accounts) -> Account:
    """Return the account of who is asking, or raise Unauthenticated where it has changed meanwhile."""
    return _still(accounts.get(current.state.portal, current.state.number), current)


def _still(account: Account | None, current: CurrentSession) -> Account:
    if account is None or account.epoch != current.state.epoch or account.status != "active":
        raise Unauthenticated
    return account


def demand_password(
    account: Account, password: str | None, *, sessions: Sessions, hasher: Hasher, clock: Clock
) -> None:
    """Ask for the password again before a change that matters; failures count as at sign-in."""
    if password is None:
        raise Refused(FieldError("current_password", "missing"))
    if not sessions_usecase.is_password(account, password, sessions=sessions, hasher=hasher, clock=clock):
        raise InvalidCredentials


def _me(account: Account, portal: Portal, *, email_pending: bool = False) -> Me:
    return Me(
        portal=account.portal,
        identifier=IdentifierOut(kind=account.kind, number=account.number),
        email=account.email,
        assurance=account.assurance,
        locale=account.locale,
        created_at=account.created_at,
        profile=account.profile,
        grants=[GrantOut(role=grant.role, scope=grant.scope) for grant in account.grants],
        consents=[
            Consent(id=terms, version=version, accepted_at=_instant(account.accepted_at.get(terms)))
            for terms, version in account.accepted.items()
        ],
        pending=list(pending_steps(portal, account.todo, account.accepted)),
        email_pending=email_pending,
        email_status=account.email_status,
        second_factor=_second_factor(account),
        security_questions=sorted(account.security_answers),
    )


def _second_factor(account: Account) -> SecondFactorOut | None:
    if account.second_factor is None:
        return None
    return SecondFactorOut(recovery_codes_left=codes_left(account.recovery_codes))


def _pending(account: Account, portal: Portal) -> Pending:
    return Pending(pending=list(pending_steps(portal, account.todo, account.accepted)))


def _instant(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None
