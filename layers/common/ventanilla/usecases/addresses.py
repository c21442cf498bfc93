"""Addresses: a new one takes effect when its own link is followed."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.accounts import Account, Slot
from ventanilla.domain.errors import FieldError, Invalid, Refused, TokenGone
from ventanilla.domain.ids import random_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.schemas.fields import email
from ventanilla.usecases.ports import Slots
from ventanilla.usecases.verify import ADDRESS


def new_address(typed: object, account: Account) -> str | None:
    """Return the address that was typed, if it is another than the account's.

    Raises:
        Refused: it is none.
    """
    if typed is None:
        return None
    try:
        address = email(typed) if isinstance(typed, str) else None
    except Invalid as invalid:
        raise Refused(FieldError("email", invalid.code)) from None
    if address is None:
        raise Refused(FieldError("email", "text_expected"))
    return None if address.casefold() == account.email.casefold() else address


def propose(address: str, account: Account, portal: Portal, *, slots: Slots, now: datetime) -> OutboxItem:
    """Keep a new address until its link is followed; return the mail that it is owed.

    Raises:
        TokenGone: another address was proposed at the same time.
    """
    held = slots.slot(ADDRESS, account.slot)
    if held is None or held.email != address or not held.lives(now, account.epoch):  # else the same is mailed again
        slot = Slot(
            purpose=ADDRESS,
            slot=account.slot,
            id=random_id(),
            portal=account.portal,
            number=account.number,
            epoch=account.epoch,
            expires_at=now + portal.lifetimes.reset,
            email=address,
        )
        if not slots.hold(slot, instead_of=held):
            raise TokenGone
        held = slot
    return OutboxItem("address_confirm", {"portal": account.portal, "number": account.number, "id": held.id}, now)
