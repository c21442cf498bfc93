"""A case: an account that somebody administers, what was done to it before, and who acts now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ventanilla.domain.accounts import Account
from ventanilla.domain.audit import Act, Actor, AuditEntry, next_entry
from ventanilla.domain.errors import Busy, NotFound, OwnAccount, TokenGone
from ventanilla.domain.identifiers import is_same_person
from ventanilla.domain.ids import LENGTH
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.profile import GrantOut, IdentifierOut
from ventanilla.schemas.staff import StaffAccount
from ventanilla.usecases.auditing import audit_lines
from ventanilla.usecases.ports import Accounts, Audits, Portals
from ventanilla.usecases.roles import has_role, require_role_somewhere

ADMINISTRATOR = "portal_admin"


@dataclass(frozen=True, slots=True)
class Case:
    """An account that somebody administers: what was read of it, and who acts."""

    account: Account
    portal: Portal
    actor: Actor
    trail: tuple[AuditEntry, ...]

    def entry(self, act: Act, reason: str, at: datetime, detail: str = "") -> AuditEntry:
        """Return what is written down of an act."""
        return next_entry(self.trail, self.account.ref, act, at=at, by=self.actor, reason=reason, detail=detail)

    def told(self, kind: str, reason: str, at: datetime) -> OutboxItem:
        """Return what the owner is told of it."""
        return OutboxItem(kind, {"portal": self.portal.id, "number": self.account.number, "reason": reason}, at)


def open_case(
    account_id: str, current: CurrentSession, *, portals: Portals, accounts: Accounts, audits: Audits
) -> Case:
    """Return the case of an account that an opaque reference stands for.

    Raises:
        Forbidden: who asks administers no portal.
        NotFound: there is no such account, or somebody else administers its portal.
        OwnAccount: it is of who asks.
    """
    require_role_somewhere(current, ADMINISTRATOR)
    key = accounts.key_of(account_id) if len(account_id) == LENGTH else None
    if key is None or not has_role(current, ADMINISTRATOR, key[0]):
        raise NotFound
    refuse_own(key[1], current)
    account, own = accounts.several(key, (current.state.portal, current.state.number))
    if account is None or account.ref != account_id:
        raise NotFound
    actor = Actor(current.state.ref, own.name if own else "")
    return Case(account, portals.get(account.portal), actor, audits.trail(account.ref))


def refuse_own(number: str, current: CurrentSession) -> None:
    """Nobody administers what is their own, at whichever portal."""
    if is_same_person(number, current.state.number):
        raise OwnAccount


def write(
    case: Case,
    after: Account,
    entry: AuditEntry,
    *,
    accounts: Accounts,
    owed: OutboxItem,
    also_owed: OutboxItem | None = None,
) -> None:
    """Write what was done, what is written down of it and what is owed for it, together.

    Raises:
        Busy: something else changed the account meanwhile.
    """
    closes = after.status == "closed" and case.portal.opens_mailbox(case.account.assurance)
    try:
        accounts.change(case.account, after, close_mailbox=closes, owed=owed, also_owed=also_owed, audited=entry)
    except TokenGone:
        raise Busy from None


def shown(account: Account, trail: tuple[AuditEntry, ...], *, email_pending: bool = False) -> StaffAccount:
    """Return an account as those see it who administer its portal."""
    return StaffAccount(
        id=account.ref,
        portal=account.portal,
        identifier=IdentifierOut(kind=account.kind, number=account.number),
        status=account.status,
        email=account.email,
        email_pending=email_pending,
        assurance=account.assurance,
        created_at=account.created_at,
        profile=account.profile,
        grants=[GrantOut(role=grant.role, scope=grant.scope) for grant in account.grants],
        second_factor=account.second_factor is not None,
        audit=audit_lines(trail),
    )
