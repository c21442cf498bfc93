"""Accounts and the applications that become accounts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from ventanilla.domain.grants import Grant, Seat
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.ids import slot_of
from ventanilla.domain.portals import Assurance

Status = Literal["active", "locked", "closed"]
ApplicationState = Literal["identity_check", "documents", "review", "confirm", "rejected", "refused", "done"]
"""The step that an application waits for, or how it ended; one that was forgotten expires."""
Profile = dict[str, Any]
EmailStatus = Literal["ok", "bounced", "stopped"]
"""Whether alerts reach an account's address; `stopped`: so many came back that none are sent any more."""
MOST_BOUNCES = 3
"""Mails in a row that may come back from an address before alerts to it stop."""
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
    state: ApplicationState
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
    grants: tuple[Grant, ...] = ()
    seats: tuple[Seat, ...] = ()
    documents: dict[str, dict[str, str]] = field(default_factory=dict)
    history: tuple[dict[str, str], ...] = ()
    reviewed: bool = False
    link: int = 1
    tries: int = 0

    @property
    def slot(self) -> str:
        """Where it waits."""
        return slot_of(self.portal, self.number)

    @property
    def public_id(self) -> str:
        """How applicant and reviewers name it."""
        return f"{self.slot}.{self.id}"

    @property
    def about(self) -> dict[str, str]:
        """How what is owed for it names it."""
        return {"slot": self.slot, "application": self.id}

    @property
    def identifier(self) -> Identifier:
        """Whose it is."""
        return Identifier(self.kind, self.number, self.country)  # type: ignore[arg-type]  # kinds are checked by the form

    @property
    def token_id(self) -> str:
        """What the token of its current link names; a link that has died is followed by one of another number."""
        return f"{self.id}-{self.link}"

    @property
    def is_record(self) -> bool:
        """Tell whether it is kept when it is done: documents came, or staff have vouched for it or decided on it."""
        others = any(moment["by"] not in ("applicant", "registry") for moment in self.history)
        return bool(self.documents) or others

    def is_over(self, now: datetime) -> bool:
        """Tell whether it has waited too long; what was done stays."""
        return self.state != "done" and self.expires_at <= now

    def link_lives(self, now: datetime) -> bool:
        """Tell whether its current link can still be followed."""
        return self.state == "confirm" and now < self.link_expires_at and self.tries < TRIES


_BEFORE_DATA = ("second_factor_enrolment", "change_password")
"""Steps of an entry that come before the check of the data (domain/portals.py has their order)."""


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
    password_expires_at: datetime | None = None
    country: str | None = None
    epoch: int = 1
    status: Status = "active"
    todo: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    accepted: dict[str, str] = field(default_factory=dict)
    accepted_at: dict[str, str] = field(default_factory=dict)
    second_factor: str | None = None
    second_factor_step: int | None = None
    recovery_codes: tuple[str, ...] = ()
    security_answers: dict[str, str] = field(default_factory=dict)
    bounces: int = 0
    bounced_at: datetime | None = None
    bounced_mail: str | None = None

    @property
    def email_status(self) -> EmailStatus:
        """Whether alerts reach its address."""
        if self.bounces >= MOST_BOUNCES:
            return "stopped"
        return "bounced" if self.bounces else "ok"

    @property
    def slot(self) -> str:
        """Where its tokens and counters are kept."""
        return slot_of(self.portal, self.number)

    @property
    def name(self) -> str:
        """How a letter greets its owner; empty where the portal asks for no name."""
        return full_name(self.profile)

    def without(self, step: str) -> tuple[str, ...]:
        """Return what its owner has still to do, once a step has been taken."""
        return tuple(one for one in self.todo if one != step)

    def with_bounce(self, mail: str, at: datetime) -> Account:
        """Return the account once a mail to its address has come back: its owner is asked to check the data."""
        first = [step for step in self.todo if step in _BEFORE_DATA]
        later = [step for step in self.todo if step not in (*_BEFORE_DATA, "check_data")]
        todo = (*first, "check_data", *later)
        return replace(self, bounces=self.bounces + 1, bounced_at=at, bounced_mail=mail, todo=todo)

    def with_address(self, email: str) -> Account:
        """Return the account with an address that nothing is known of yet."""
        return replace(self, email=email, bounces=0, bounced_at=None, bounced_mail=None)

    def with_address_confirmed(self) -> Account:
        """Return the account once its owner has said that the address is right: one more alert is tried."""
        return replace(self, bounces=min(self.bounces, MOST_BOUNCES - 1))

    def closed(self) -> Account:
        """Return the account once it is closed: its sessions and tokens end, its personal data go."""
        return replace(
            self,
            status="closed",
            epoch=self.epoch + 1,
            profile={},
            email="",
            password_hash="",
            accepted={},
            todo=(),
            grants=(),
            second_factor=None,
            second_factor_step=None,
            recovery_codes=(),
            security_answers={},
            bounces=0,
            bounced_at=None,
            bounced_mail=None,
        )


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
    tries: int = 0

    def lives(self, now: datetime, epoch: int) -> bool:
        """Tell whether its token can still be used by an account of this epoch."""
        return now < self.expires_at and self.epoch == epoch and self.tries < TRIES
