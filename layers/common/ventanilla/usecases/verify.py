"""Verify: the mailed link proves the address, and the account is born."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.errors import FieldError, InvalidCredentials, Refused, TokenGone
from ventanilla.domain.grants import united
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.tokens import Keyring, OneTimeToken
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.profile import corrected
from ventanilla.schemas.registration import password_faults
from ventanilla.schemas.verification import PasswordChoice, Verification, Verified
from ventanilla.usecases.opening import account_of, owed_for
from ventanilla.usecases.ports import Accounts, Applications, Clock, Hasher, Portals, Slots, TokenKeys
from ventanilla.usecases.reset import password_changed

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
        InvalidCredentials: the code that the agent handed over is another; one of the link's tries is gone.
        Refused: what the portal's policy has against the password, or what is wrong with the corrected data.
    """
    now = clock.now()
    keyring = keys.keyring(now, choice.token)
    token = keyring.read(choice.token, purposes=(CONFIRM,), now=now)
    application = waiting(token, applications=applications, now=now)
    portal = portals.get(application.portal)
    channel = portal.channel_of(application.channel)
    if channel.credential != "link":
        raise TokenGone
    if choice.data:
        profile = corrected(portal, channel, application.kind, application.profile, choice.data, catalogues)
        application = replace(application, profile=profile)
    personal = [application.number, application.email, *map(str, application.profile.values())]
    faults = password_faults(portal, choice.password, personal)
    if faults:
        raise Refused(*faults)
    if channel.by == "agent":
        _check_code(choice.code, application, keyring=keyring, applications=applications, now=now)
    return open_account(application, hasher.hash(choice.password), portal=portal, accounts=accounts, now=now)


def _check_code(
    code: str | None,
    application: Application,
    *,
    keyring: Keyring,
    applications: Applications,
    now: datetime,
) -> None:
    """Demand the code that the agent handed over: a mistyped address gives nobody a proven account."""
    if code is None:
        raise Refused(FieldError("code", "missing"))
    if applications.take_try(application.slot, application.id, application.link, now) is None:
        raise TokenGone
    if not keyring.is_code(handed_over(application), code):
        raise InvalidCredentials


def handed_over(application: Application) -> OneTimeToken:
    """Return what the agent's code goes with: the application, so that a link mailed anew takes the same code."""
    return OneTimeToken(CONFIRM, application.slot, application.id)


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
    """Let the account be born that an application asked for; a proven one takes the place of what was there."""
    account = account_of(application, password_hash, portal=portal, now=now)
    proven = account.assurance == "proven"
    before = accounts.get(portal.id, application.number) if proven or application.grants else None
    if before is not None and not proven:
        return _with_roles(before, application, password_hash, accounts=accounts, now=now)
    if before is not None:
        account = replace(
            account,
            ref=before.ref,
            epoch=before.epoch + 1,
            status=before.status,  # what the staff have locked they alone unlock
            created_at=before.created_at,
            grants=united(before.grants, account.grants),
        )
    opens = portal.opens_mailbox(account.assurance)
    owed = owed_for(account, before, opens, now)
    accounts.open(account, application, before=before, opens_mailbox=opens, owed=owed)
    return Verified(status="active", next="sign_in", portal=portal.id)


def _with_roles(
    before: Account, application: Application, password_hash: str, *, accounts: Accounts, now: datetime
) -> Verified:
    """Give what was approved to the account that has been born meanwhile, of another application of the same person.

    Its password is the one just set if the link proved its own address, as a reset would have done.
    """
    account = replace(before, grants=united(before.grants, application.grants))
    owed = []
    if application.email == before.email:
        account = replace(account, password_hash=password_hash, epoch=before.epoch + 1)
        owed.append(password_changed(before, now))
    accounts.open(account, application, before=before, opens_mailbox=False, owed=owed)
    return Verified(status="active", next="sign_in", portal=before.portal)


def _what_is_missing(application: Application, portal: Portal) -> Verified:
    if application.password_hash:
        return Verified(status="pending", next="password", portal=portal.id)
    channel = portal.channel_of(application.channel)
    if channel.credential != "link":  # a temporary password is typed at sign-in, not behind a link
        raise TokenGone
    data = application.profile if portal.check_data else None
    asks_code = True if channel.by == "agent" else None
    return Verified(status="pending", next="set_password", portal=portal.id, data=data, code_required=asks_code)


def _take_over_address(token: OneTimeToken, *, slots: Slots, accounts: Accounts, now: datetime) -> Verified:
    slot = slots.slot(ADDRESS, token.slot)
    account = accounts.get(slot.portal, slot.number) if slot else None
    if slot is None or account is None or slot.email is None:
        raise TokenGone
    if slot.id != token.id or account.status != "active" or not slot.lives(now, account.epoch):
        raise TokenGone
    told = {"portal": account.portal, "number": account.number, "to": account.email, "new": slot.email}
    after = replace(account.with_address(slot.email), epoch=account.epoch + 1)
    accounts.change(account, after, used=slot, owed=OutboxItem("address_changed", told, now))
    return Verified(status="active", next="sign_in", portal=account.portal)


def _read_token_id(token_id: str) -> tuple[str, int]:
    application_id, _, link = token_id.rpartition("-")
    return application_id, int(link) if link.isdecimal() else 0
