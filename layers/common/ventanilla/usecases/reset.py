"""Reset: a wish is put down without reading anything; the mailed link sets the password."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ventanilla.domain.accounts import Account, Slot
from ventanilla.domain.errors import FieldError, InvalidCredentials, Refused, TokenGone
from ventanilla.domain.identifiers import normalise_login
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.tokens import Keyring, OneTimeToken
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.profile import corrected
from ventanilla.schemas.registration import password_faults
from ventanilla.schemas.resets import ResetAccepted, ResetConfirmation, ResetOpened, ResetOpening, ResetWish
from ventanilla.usecases.captcha import solved_captcha, use_captcha
from ventanilla.usecases.ports import Accounts, Captcha, Clock, Hasher, Outbox, Portals, Slots, TokenKeys

RESET = "reset"


def ask(
    wish: ResetWish, *, portals: Portals, outbox: Outbox, captcha: Captcha, slots: Slots, clock: Clock
) -> ResetAccepted:
    """Put down that somebody wants a password set anew; `mail` decides what is owed.

    Raises:
        NotFound: there is no such portal.
        Refused: the captcha is missing, wrong or used.
    """
    portal = portals.get(wish.portal)
    solved = solved_captcha(portal, "reset", wish.captcha, captcha=captcha, clock=clock)
    use_captcha(solved, slots=slots, clock=clock)
    number = normalise_login(wish.identifier)
    outbox.put(OutboxItem("reset", {"portal": portal.id, "number": number}, clock.now()))
    return ResetAccepted()


def look(
    opening: ResetOpening, *, keys: TokenKeys, portals: Portals, accounts: Accounts, slots: Slots, clock: Clock
) -> ResetOpened:
    """Tell what the portal wants checked, and use nothing up.

    Raises:
        TokenGone: unknown, used, superseded or expired.
        InvalidCredentials: another user name or code; one of the code's tries is gone.
    """
    now = clock.now()
    keyring, token = _read(opening, keys, now)
    account, slot, portal = _named(token, portals=portals, accounts=accounts, slots=slots, now=now)
    _demand_code(opening, account, slot, portal, keyring.is_code(token, opening.code or ""), slots=slots, now=now)
    if portal.reset.method == "code":
        slots.give_back(slot)
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
        InvalidCredentials: another user name or code; one of the code's tries is gone.
    """
    now = clock.now()
    keyring, token = _read(confirmation, keys, now)
    account, slot, portal = _named(token, portals=portals, accounts=accounts, slots=slots, now=now)
    profile = account.profile
    if confirmation.data:
        profile = corrected(portal, portal.channels[0], account.kind, profile, confirmation.data, catalogues)
    faults = password_faults(portal, confirmation.password, personal_words(account))
    if faults:
        raise Refused(*faults)
    # Last: a password that is refused takes none of the code's tries.
    is_code = keyring.is_code(token, confirmation.code or "")
    _demand_code(confirmation, account, slot, portal, is_code, slots=slots, now=now)
    accounts.change(
        account,
        replace(
            account,
            profile=profile,
            password_hash=hasher.hash(confirmation.password),
            password_expires_at=None,
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


def _read(shown: ResetOpening | ResetConfirmation, keys: TokenKeys, now: datetime) -> tuple[Keyring, OneTimeToken]:
    keyring = keys.keyring(now, shown.token)
    return keyring, keyring.read(shown.token, purposes=(RESET,), now=now)


def _named(
    token: OneTimeToken, *, portals: Portals, accounts: Accounts, slots: Slots, now: datetime
) -> tuple[Account, Slot, Portal]:
    """Return whose living link this is."""
    slot = slots.slot(RESET, token.slot)
    account = accounts.get(slot.portal, slot.number) if slot and slot.id == token.id else None
    if slot is None or account is None or account.status != "active" or not slot.lives(now, account.epoch):
        raise TokenGone
    return account, slot, portals.get(account.portal)


def _demand_code(
    shown: ResetOpening | ResetConfirmation,
    account: Account,
    slot: Slot,
    portal: Portal,
    is_code: bool,
    *,
    slots: Slots,
    now: datetime,
) -> None:
    """Demand user name and code too, where the portal mails a code."""
    if portal.reset.method != "code":
        return
    missing = [name for name in ("identifier", "code") if getattr(shown, name) is None]
    if missing:
        raise Refused(*(FieldError(name, "missing") for name in missing))
    if not slots.take_try(slot, now):
        raise TokenGone
    if normalise_login(shown.identifier or "") != account.number or not is_code:
        raise InvalidCredentials
