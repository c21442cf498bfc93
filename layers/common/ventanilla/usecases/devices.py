"""Devices: one that has been in an account before counts its failures by itself (docs/decisions/0007)."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.errors import TokenGone
from ventanilla.domain.ids import random_id
from ventanilla.domain.sessions import Session
from ventanilla.domain.throttling import FREE_PER_ACCOUNT, FREE_PER_ADDRESS, network_of
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.usecases.ports import TokenKeys

DEVICE = "device"


def counted_as(
    address: str, cookie: str | None, slot: str, *, keys: TokenKeys, now: datetime
) -> tuple[str | None, dict[str, int]]:
    """Return the id of a known device, and the names under which failures count with how many are free.

    Floods against an account pass a known device by.
    """
    device = _known(cookie, slot, keys=keys, now=now)
    if device:
        return device, {f"{slot}#{device}": FREE_PER_ACCOUNT}
    return None, {slot: FREE_PER_ACCOUNT, f"address#{network_of(address)}": FREE_PER_ADDRESS}


def make_known(session: Session, slot: str, device: str | None, *, keys: TokenKeys, now: datetime) -> str | None:
    """Return what makes a device known from now on, once the session has nothing of its own left to prove."""
    if session.todo and device is None:
        return None  # each password that was found out would bring a counter of its own, and five guesses at a code
    return keys.keyring(now).write(OneTimeToken(DEVICE, slot, device or random_id()))


def _known(cookie: str | None, slot: str, *, keys: TokenKeys, now: datetime) -> str | None:
    try:
        token = keys.keyring(now, cookie).read(cookie, purposes=(DEVICE,), now=now) if cookie else None
    except TokenGone:
        return None
    return token.id if token and token.slot == slot else None
