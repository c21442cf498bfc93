"""Which mails accounts owe to their owners."""

from __future__ import annotations

from typing import Any

from ventanilla.domain.accounts import Account, Application, Slot
from ventanilla.domain.ids import random_id, slot_of
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.domain.wording import duration, mask_email, moment
from ventanilla.usecases.desk import Desk
from ventanilla.usecases.mails_of_applications import confirmation
from ventanilla.usecases.reset import RESET
from ventanilla.usecases.verify import ADDRESS

_NEWEST = 3


def reset(item: OutboxItem, desk: Desk) -> bool:
    """Mail the link that sets a password anew; to somebody whose application waits, its confirmation once more."""
    portal = desk.portals.get(item.about["portal"])
    number = item.about["number"]
    slot = slot_of(portal.id, number)
    account, held = desk.accounts.with_slot(portal.id, number, RESET, slot)
    sent = [] if account is None else [_reset(account, held, portal, item, desk)]
    sent += [confirmation(application, item, desk) for application in _waiting(account, portal, slot, desk)]
    return any(sent)


def _waiting(account: Account | None, portal: Portal, slot: str, desk: Desk) -> list[Application]:
    """Return the applications to confirm: beside an account, those alone that take its place or give it roles."""
    if account is None:
        return desk.applications.newest(slot, _NEWEST)
    proven = [channel.id for channel in portal.channels if portal.assurance(channel) == "proven"]
    if not proven and not any(channel.reviewed_by for channel in portal.channels):
        return []
    newest = desk.applications.newest(slot, _NEWEST)
    return [application for application in newest if application.channel in proven or application.grants]


def _reset(account: Account, held: Slot | None, portal: Portal, item: OutboxItem, desk: Desk) -> bool:
    now = desk.clock.now()
    if account.status != "active" or not desk.slots.may_mail(RESET, account.email, item.id, now):
        return False
    living = held if held and held.lives(now, account.epoch) else None
    if living is None:
        expires_at = now + portal.lifetimes.reset
        living = Slot(RESET, account.slot, random_id(), portal.id, account.number, account.epoch, expires_at=expires_at)
        if not desk.slots.hold(living, instead_of=held):  # another request's mail has just filled it: that is mailed
            again, filled = desk.accounts.with_slot(portal.id, account.number, RESET, account.slot)
            return again is not None and _reset(again, filled, portal, item, desk)
    _write_reset(account, portal, living, desk)
    return True


def _write_reset(account: Account, portal: Portal, living: Slot, desk: Desk) -> None:
    now = desk.clock.now()
    token = OneTimeToken(RESET, living.slot, living.id)
    link, expires = desk.link("reset", token), duration(living.expires_at - now, account.locale)
    if portal.reset.method == "link":
        desk.write_to(account, "reset", link=link, expires=expires)
        return
    own: dict[str, Any] = {**desk.own_words("reset_code", portal, account.locale)}
    code = desk.keys.keyring(now).code(token)
    desk.write_to(account, "reset_code", user=account.number, code=code, link=link, expires=expires, **own)


def password_changed(item: OutboxItem, desk: Desk) -> bool:
    """Tell the owner that the password has changed."""
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    if account is None:
        return False
    desk.write_to(account, "password_changed", at=moment(item.created_at, account.locale))
    return True


def address_confirm(item: OutboxItem, desk: Desk) -> bool:
    """Mail the link that takes over a new address, to that address."""
    portal, number = item.about["portal"], item.about["number"]
    account, held = desk.accounts.with_slot(portal, number, ADDRESS, slot_of(portal, number))
    now = desk.clock.now()
    if account is None or held is None or held.email is None or held.id != item.about["id"]:
        return False
    if not held.lives(now, account.epoch) or not desk.slots.may_mail(ADDRESS, held.email, item.id, now):
        return False
    desk.send(
        "address_confirm",
        desk.portals.get(portal),
        held.email,
        account.locale,
        recipient_name=account.name,
        link=desk.link("verify", OneTimeToken(ADDRESS, held.slot, held.id)),
        expires=duration(held.expires_at - now, account.locale),
    )
    return True


def address_replaced(item: OutboxItem, desk: Desk) -> bool:
    """Tell the old address that another has taken its place: by its owner, or by a recovery."""
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    locale = account.locale if account else "es"
    desk.send(
        item.kind,
        desk.portals.get(item.about["portal"]),
        item.about["to"],
        locale,
        recipient_name=account.name if account else "",
        at=moment(item.created_at, locale),
        new_address=mask_email(item.about["new"]),
    )
    return True


def told(item: OutboxItem, desk: Desk) -> bool:
    """Tell the owner what was done to the account, by the mail of that name, and why where others did it."""
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    if account is None:
        return False
    at = moment(item.created_at, account.locale)
    desk.write_to(account, item.kind, at=at, reason=item.about.get("reason", ""))
    return True


def account_closed(item: OutboxItem, desk: Desk) -> bool:
    """Tell the owner that the account is closed."""
    portal, locale = desk.portals.get(item.about["portal"]), item.about["locale"]
    at, reason = moment(item.created_at, locale), item.about.get("reason", "")
    desk.send("account_closed", portal, item.about["to"], locale, recipient_name="", at=at, reason=reason)
    return True
