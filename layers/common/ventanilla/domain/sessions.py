"""Sessions: opaque secrets, stored hashed, void once the account's epoch has risen."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ventanilla.domain.grants import Grant
from ventanilla.domain.portals import Assurance, Portal

PROOF_HOLDS = timedelta(minutes=10)
"""How long a proof of the second factor opens what only somebody who has just given it may change."""


@dataclass(frozen=True, slots=True)
class Session:
    """One entry of an account's owner, with one device.

    `todo` are the steps of this session alone, before the account's; `question` is the security question it asks;
    `enrolment` is a second factor that has been begun with it; `proved_at` is when it last proved the account's own.
    """

    id: str
    ref: str
    secret_hash: str
    epoch: int
    created_at: datetime
    expires_at: datetime
    seen_at: datetime
    idle: timedelta
    user_agent: str = ""
    todo: tuple[str, ...] = ()
    question: str | None = None
    enrolment: str | None = None
    proved_at: datetime | None = None

    def lives(self, now: datetime, epoch: int) -> bool:
        """Tell whether it still opens anything."""
        return self.epoch == epoch and now < self.expires_at and now < self.seen_at + self.idle

    def due_for_a_mark(self, now: datetime) -> bool:
        """Tell whether a tenth of the idle time has passed: only then is it written down that it was seen."""
        return now >= self.seen_at + self.idle / 10

    def done_with(self, step: str) -> Session:
        """Return the session once a step of its own has been taken."""
        return replace(self, todo=tuple(one for one in self.todo if one != step))

    def has_just_proved(self, now: datetime) -> bool:
        """Tell whether the second factor was proven in this session a moment ago."""
        return self.proved_at is not None and now < self.proved_at + PROOF_HOLDS


@dataclass(frozen=True, slots=True)
class SessionState:
    """What all sessions of an account share; a copy of the account's facts, changed in the same transactions."""

    ref: str
    portal: str
    number: str
    epoch: int
    assurance: Assurance
    todo: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    accepted: dict[str, str] = field(default_factory=dict)

    def pending(self, portal: Portal) -> tuple[str, ...]:
        """Return the steps that come before everything else, in their order."""
        return pending_steps(portal, self.todo, self.accepted)


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """Who is asking: a session that lives, and its account's state."""

    session: Session
    state: SessionState
    pending: tuple[str, ...]


def pending_steps(portal: Portal, todo: tuple[str, ...], accepted: dict[str, str]) -> tuple[str, ...]:
    """Return what the owner of an account has still to do before anything else."""
    return (*todo, "accept_terms") if portal.unaccepted_terms(accepted) else todo


def new_secret() -> str:
    """Return 256 random bits for a session."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is stored of a session's secret: it has 256 random bits, so that one SHA-256 suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()


def write_token(ref: str, secret: str) -> str:
    """Return the token that its bearer shows."""
    return f"{ref}.{secret}"


def read_token(token: str) -> tuple[str, str] | None:
    """Return the account's reference and the session's secret, if it has the form of a token."""
    ref, dot, secret = token.partition(".")
    return (ref, secret) if dot and ref and secret and len(token) <= 120 and token.isascii() else None
