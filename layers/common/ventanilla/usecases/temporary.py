"""Temporary passwords: the first sign-in with one proves the address, and the account is born."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.errors import TokenGone
from ventanilla.domain.ids import TIME_ID_LENGTH
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import Session
from ventanilla.domain.throttling import Failures
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.usecases.opening import account_of, owed_for
from ventanilla.usecases.ports import Accounts, Hasher, TokenKeys
from ventanilla.usecases.verify import CONFIRM


def named_by(password: str, portal: Portal | None) -> str | None:
    """Return the application that a temporary password names, where a portal mails such."""
    if portal is None or all(channel.credential != "temporary" for channel in portal.channels):
        return None
    name = password.strip().lower()[:TIME_ID_LENGTH]
    return name if len(name) == TIME_ID_LENGTH and name.isascii() and name.isalnum() else "-"


def first_account(
    application: Application, password: str, portal: Portal, *, keys: TokenKeys, hasher: Hasher, now: datetime
) -> Account | None:
    """Return the account that opens with this password, if it is the application's and still lives."""
    channel = portal.channel_of(application.channel)
    token = OneTimeToken(CONFIRM, application.slot, application.token_id)
    if channel.credential != "temporary" or not application.link_lives(now):
        return None
    if not keys.keyring(now).is_temporary_password(token, password):
        return None
    account = account_of(application, hasher.hash(password), portal=portal, now=now)
    return replace(account, password_expires_at=application.link_expires_at)


def open_first(
    account: Account,
    application: Application,
    portal: Portal,
    session: Session,
    cleared: Failures,
    *,
    accounts: Accounts,
    now: datetime,
) -> bool:
    """Open the account and its first session in one write; tell whether nothing came between."""
    opens = portal.opens_mailbox(account.assurance)
    owed = owed_for(account, None, opens, now)
    try:
        accounts.open(account, application, opens_mailbox=opens, owed=owed, entered=(session, cleared))
    except TokenGone:
        return False
    return True
