"""Verify: the mailed link proves the address, and the account is born."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ventanilla.domain.accounts import Account, Application, first_epoch
from ventanilla.domain.errors import InvalidCredentials, Refused, TokenGone
from ventanilla.domain.ids import random_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.profile import corrected
from ventanilla.schemas.registration import password_faults
from ventanilla.schemas.verification import PasswordChoice, Verification, Verified
from ventanilla.usecases.ports import Accounts, Applications, Clock, Hasher, Portals, Slots, TokenKeys

CONFIRM = "confirm"
ADDRESS = "address"


def verify(
    verification: Verification,
    *,
    keys: TokenKeys,
    portals: Portals,
    applications: Applications,
    accounts: Accounts,
    slots: Slots,
    hasher: Hasher,
    clock: Clock,
) -> Verified:
    """Follow a mailed link: open the account, or say what is to be typed first, or take over a changed address.

    Raises:
        TokenGone: unknown, used, superseded or expired.
        InvalidCredentials: another password than the one chosen in the form; one of the link's tries is gone.
    """
    now = clock.now()
    token = keys.keyring(now, verification.token).read(verification.token, purposes=(CONFIRM, ADDRESS), now=now)
    if token.purpose == ADDRESS:
        return _take_over_address(token, slots=slots, accounts=accounts, now=now)
    if verification.password is None:
        application = waiting(token, applications=applications, now=now)
        return _what_is_missing(application, portals.get(application.portal))
    application_id, link = _read_token_id(token.id)
    tried = applications.take_try(token.slot, application_id, link, now)
    if tried is None:
        raise TokenGone
    if tried.password_hash is None:  # this channel's password is set, not typed again
        return _what_is_missing(tried, portals.get(tried.portal))
    if not hasher.fits(tried.password_hash, verification.password):
        raise InvalidCredentials
    return open_account(tried, tried.password_hash, portal=portals.get(tried.portal), accounts=accounts, now=now)


def set_password(
    choice: PasswordChoice,
    *,
    keys: TokenKeys,
    portals: Portals,
    catalogues: Catalogues,
    applications: Applications,
    accounts: Accounts,
    hasher: Hasher,
    clock: Clock,
) -> Verified:
    """Set the password of an account whose channel ends in a link, and use the link up.

    Raises:
        TokenGone: unknown, used, superseded or expired.
        Refused: what the portal's policy has against the password, or what is wrong with the corrected data.
    """
    now = clock.now()
    token = keys.keyring(now, choice.token).read(choice.token, purposes=(CONFIRM,), now=now)
    application = waiting(token, applications=applications, now=now)
    portal = portals.get(application.portal)
    if portal.channel_of(application.channel).credential != "link":
        raise TokenGone
    if choice.data:
        channel = portal.channel_of(application.channel)
        application = replace(
            application, profile=corrected(portal, channel, application.profile, choice.data, catalogues)
        )
    personal = [application.number, application.email, *map(str, application.profile.values())]
    faults = password_faults(portal, choice.password, personal)
    if faults:
        raise Refused(*faults)
    return open_account(application, hasher.hash(choice.password), portal=portal, accounts=accounts, now=now)


def waiting(token: OneTimeToken, *, applications: Applications, now: datetime) -> Application:
    """Return the application whose living link this is."""
    application_id, link = _read_token_id(token.id)
    application = applications.get(token.slot, application_id)
    if application is None or application.link != link or not application.link_lives(now):
        raise TokenGone
    return application


def open_account(
    application: Application, password_hash: str, *, portal: Portal, accounts: Accounts, now: datetime
) -> Verified:
    """Let the account be born that an application asked for."""
    channel = portal.channel_of(application.channel)
    assurance = portal.assurance(channel)
    account = Account(
        portal=portal.id,
        number=application.number,
        kind=application.kind,
        country=application.country,
        ref=random_id(),
        email=application.email,
        profile=application.profile,
        assurance=assurance,
        locale=application.locale,
        created_at=now,
        password_hash=password_hash,
        epoch=first_epoch(),
        todo=portal.first_entry(channel),
        accepted=application.accepted,
        accepted_at={terms: application.created_at.isoformat() for terms in application.accepted},
    )
    opens = portal.opens_mailbox(assurance)
    owed = OutboxItem("release", {"portal": portal.id, "number": account.number}, now) if opens else None
    accounts.open(account, application, opens_mailbox=opens, owed=owed)
    return Verified(status="active", next="sign_in", portal=portal.id)


def _what_is_missing(application: Application, portal: Portal) -> Verified:
    if application.password_hash:
        return Verified(status="pending", next="password", portal=portal.id)
    data = application.profile if portal.check_data else None
    return Verified(status="pending", next="set_password", portal=portal.id, data=data)


def _take_over_address(token: OneTimeToken, *, slots: Slots, accounts: Accounts, now: datetime) -> Verified:
    slot = slots.slot(ADDRESS, token.slot)
    account = accounts.get(slot.portal, slot.number) if slot else None
    if slot is None or account is None or slot.email is None:
        raise TokenGone
    if slot.id != token.id or account.status != "active" or not slot.lives(now, account.epoch):
        raise TokenGone
    told = {"portal": account.portal, "number": account.number, "to": account.email, "new": slot.email}
    after = replace(account, email=slot.email, epoch=account.epoch + 1)
    accounts.change(account, after, used=slot, owed=OutboxItem("address_changed", told, now))
    return Verified(status="active", next="sign_in", portal=account.portal)


def _read_token_id(token_id: str) -> tuple[str, int]:
    application_id, _, link = token_id.rpartition("-")
    return application_id, int(link) if link.isdecimal() else 0
