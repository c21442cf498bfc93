"""Opening: the account that an application becomes, and what follows from it."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.accounts import Account, Application, first_epoch
from ventanilla.domain.ids import random_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal


def account_of(application: Application, password_hash: str, *, portal: Portal, now: datetime) -> Account:
    """Return the account that an application asked for."""
    channel = portal.channel_of(application.channel)
    return Account(
        portal=portal.id,
        number=application.number,
        kind=application.kind,
        country=application.country,
        ref=random_id(),
        email=application.email,
        profile=application.profile,
        assurance=portal.assurance(channel),
        locale=application.locale,
        created_at=now,
        password_hash=password_hash,
        epoch=first_epoch(),
        todo=portal.first_entry(channel),
        grants=application.grants,
        accepted=application.accepted,
        accepted_at={terms: application.created_at.isoformat() for terms in application.accepted},
    )


def owed_for(account: Account, before: Account | None, opens_mailbox: bool, now: datetime) -> list[OutboxItem]:
    """Return what follows: letters that waited are released, and the address that was before is told."""
    owed: list[OutboxItem] = []
    if opens_mailbox:
        owed.append(OutboxItem("release", {"portal": account.portal, "number": account.number}, now))
    if before is not None:
        told = {"portal": account.portal, "number": account.number, "to": before.email, "new": account.email}
        owed.append(OutboxItem("account_recovered", told, now))
    return owed
