"""Reset: a wish is put down without reading anything; the mailed link sets the password."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ventanilla.domain.accounts import Account, Slot
from ventanilla.domain.errors import Refused, TokenGone
from ventanilla.domain.identifiers import normalise_login
from ventanilla.domain.outbox import OutboxItem
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.profile import corrected
from ventanilla.schemas.registration import password_faults
from ventanilla.schemas.resets import ResetAccepted, ResetConfirmation, ResetOpened, ResetOpening, ResetWish
from ventanilla.usecases.ports import Accounts, Clock, Hasher, Outbox, Portals, Slots, TokenKeys

RESET = "reset"


def ask(wish: ResetWish, *, portals: Portals, outbox: Outbox, clock: Clock) -> ResetAccepted:
    """Put down that somebody wants a password set anew; `mail` decides what is owed.

    Raises:
        NotFound: there is no such portal.
    """
    portal = portals.get(wish.portal)
    number = normalise_login(wish.identifier)
    outbox.put(OutboxItem("reset", {"portal": portal.id, "number": number}, clock.now()))
    return ResetAccepted()


def look(
    opening: ResetOpening, *, keys: TokenKeys, portals: Portals, accounts: Accounts, slots: Slots, clock: Clock
) -> ResetOpened:
    """Tell what the portal wants checked, and use nothing up.

    Raises:
        TokenGone: unknown, used, superseded or expired.
    """
    account, _ = _living(opening.token, keys=keys, accounts=accounts, slots=slots, now=clock.now())
    portal = portals.get(account.portal)
    return ResetOpened(portal=portal.id, data=account.profile if portal.check_data else {})


def confirm(
    confirmation: ResetConfirmation,
    *,
    keys: TokenKeys,
    portals: Portals,
    catalogues: Catalogues,
    accounts: Accounts,
    slots: Slots,
    hasher: Hasher,
    clock: Clock,
) -> None:
    """Set the password, end all sessions, tell the owner; there is no sign-in with it.

    Raises:
        TokenGone: unknown, used, superseded or expired.
        Refused: what the portal's policy has against the password, or what is wrong with the corrected data.
    """
    now = clock.now()
    account, slot = _living(confirmation.token, keys=keys, accounts=accounts, slots=slots, now=now)
    portal = portals.get(account.portal)
    profile = account.profile
    if confirmation.data:
        profile = corrected(portal, portal.channels[0], profile, confirmation.data, catalogues)
    faults = password_faults(portal, confirmation.password, personal_words(account))
    if faults:
        raise Refused(*faults)
    accounts.change(
        account,
        replace(
            account,
            profile=profile,
            password_hash=hasher.hash(confirmation.password),
            epoch=account.epoch + 1,
            todo=tuple(step for step in account.todo if step != "change_password"),
        ),
        used=slot,
        owed=password_changed(account, now),
    )


def personal_words(account: Account) -> list[str]:
    """Return a person's own data, which no password may be made of."""
    return [account.number, account.email, *map(str, account.profile.values())]


def password_changed(account: Account, now: datetime) -> OutboxItem:
    """Return what the owner of an account is told when its password has changed."""
    return OutboxItem("password_changed", {"portal": account.portal, "number": account.number}, now)


def _living(
    token_text: str, *, keys: TokenKeys, accounts: Accounts, slots: Slots, now: datetime
) -> tuple[Account, Slot]:
    token = keys.keyring(now, token_text).read(token_text, purposes=(RESET,), now=now)
    slot = slots.slot(RESET, token.slot)
    account = accounts.get(slot.portal, slot.number) if slot and slot.id == token.id else None
    if slot is None or account is None or account.status != "active" or not slot.lives(now, account.epoch):
        raise TokenGone
    return account, slot
