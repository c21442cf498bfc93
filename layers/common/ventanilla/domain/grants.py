"""Grants: what an account may do, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ventanilla.domain.errors import QuotaUsed

STAFF = "staff"
"""The portal whose accounts' grants give power over other people's accounts and applications."""

PLATFORM = "platform"
"""The scope of a role that is held for the whole platform."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role in a scope: an organisation's RUC, a portal's id, or `platform`."""

    role: str
    scope: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A place of a role that is kept for somebody until they confirm."""

    role: str
    scope: str
    place: int


Seats = Mapping[tuple[Grant, int], str]
"""Who holds which place of a role in a scope: numbers by grant and place, counted from 1."""


@dataclass(frozen=True, slots=True)
class SeatChange:
    """A place that passes from one holder to another; None is nobody."""

    grant: Grant
    place: int
    before: str | None
    after: str | None


def take_seat(grant: Grant, quota: int, holder: str, former: str | None, seats: Seats) -> SeatChange | None:
    """Return how somebody comes to hold a role: in a free place, or in the former user's; None if they hold it.

    Raises:
        QuotaUsed: all places are taken, and the former user holds none of them.
    """
    held = {place: seats.get((grant, place)) for place in range(1, quota + 1)}
    if holder in held.values():
        return None
    for wanted in (former, None) if former else (None,):
        for place, current in held.items():
            if current == wanted:
                return SeatChange(grant, place, current, holder)
    raise QuotaUsed(role=grant.role)


def give_up_seat(grant: Grant, former: str | None, seats: Seats) -> SeatChange | None:
    """Return how somebody's place becomes free; None if they hold none."""
    for (held, place), holder in seats.items():
        if held == grant and holder == former:
            return SeatChange(grant, place, holder, None)
    return None


def united(grants: Iterable[Grant], more: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return some grants and more of them, each once."""
    return tuple(dict.fromkeys((*grants, *more)))


def is_granted(grants: Iterable[Grant], role: str, scope: str) -> bool:
    """Tell whether a role is held in a scope."""
    return Grant(role, scope) in grants
