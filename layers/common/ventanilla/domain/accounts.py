"""Accounts and the applications that become accounts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ventanilla.domain.ids import slot_of
from ventanilla.domain.portals import Assurance, Step

Status = Literal["active", "locked", "closed"]
Profile = dict[str, Any]
TRIES = 5
"""Wrong passwords or codes that a token bears while it lives."""


@dataclass(frozen=True, slots=True)
class Application:
    """Somebody's wish for an account. Its state is the step that it waits for; it reserves nothing."""

    id: str
    portal: str
    channel: str
    number: str
    kind: str
    state: Step
    email: str
    profile: Profile
    locale: str
    created_at: datetime
    expires_at: datetime
    link_expires_at: datetime
    country: str | None = None
    sections: dict[str, Profile] = field(default_factory=dict)
    password_hash: str | None = None
    accepted: dict[str, str] = field(default_factory=dict)
    link: int = 1
    tries: int = 0

    @property
    def slot(self) -> str:
        """Where it waits."""
        return slot_of(self.portal, self.number)

    @property
    def token_id(self) -> str:
        """What the token of its current link names; a link that has died is followed by one of another number."""
        return f"{self.id}-{self.link}"

    def link_lives(self, now: datetime) -> bool:
        """Tell whether its current link can still be followed."""
        return self.state == "confirm" and now < self.link_expires_at and self.tries < TRIES


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account at one portal. Whatever was proven under an older epoch is void."""

    portal: str
    number: str
    kind: str
    ref: str
    email: str
    profile: Profile
    assurance: Assurance
    locale: str
    created_at: datetime
    password_hash: str
    country: str | None = None
    epoch: int = 1
    status: Status = "active"
    todo: tuple[str, ...] = ()
    accepted: dict[str, str] = field(default_factory=dict)
    accepted_at: dict[str, str] = field(default_factory=dict)

    @property
    def slot(self) -> str:
        """Where its tokens and counters are kept."""
        return slot_of(self.portal, self.number)

    @property
    def name(self) -> str:
        """How a letter greets its owner; empty where the portal asks for no name."""
        return full_name(self.profile)


def first_epoch() -> int:
    """Return a number that epochs begin with, unlike those of a closed account, whose tokens must not open the next."""
    return secrets.randbelow(2**48)


def full_name(profile: Profile) -> str:
    """Return a person's or organisation's name, of whichever fields the portal asks for."""
    both = f"{profile.get('given_names', '')} {profile.get('surnames', '')}".strip()
    return both or str(profile.get("full_name") or profile.get("legal_name") or "")


@dataclass(frozen=True, slots=True)
class Slot:
    """The one place of a purpose and account where the id of its living token stands."""

    purpose: str
    slot: str
    id: str
    portal: str
    number: str
    epoch: int
    expires_at: datetime
    email: str | None = None

    def lives(self, now: datetime, epoch: int) -> bool:
        """Tell whether its token can still be used by an account of this epoch."""
        return now < self.expires_at and self.epoch == epoch
