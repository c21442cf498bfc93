"""Notifications: the letter, and its timeline that is only ever appended to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from ventanilla.domain.ids import derived_id

State = Literal["accepted", "waiting_for_account", "available", "alerted", "opened", "cancelled", "deadline_passed"]
STATES: tuple[State, ...] = (
    "accepted",
    "waiting_for_account",
    "available",
    "alerted",
    "opened",
    "deadline_passed",
    "cancelled",
)
"""In the order in which they count: the furthest that a timeline has reached is the notification's state."""
UNREAD: tuple[State, ...] = ("available", "alerted")
"""States in which a notification lies unread in an open mailbox."""


def notification_id(institution: str, reference: str) -> str:
    """Return the id that follows from an institution's own reference, so that its put is the claim to it."""
    return derived_id("notification", institution, reference)


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom: the mailbox of a portal, and the number that its owner signs in with."""

    portal: str
    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when the recipient may act: a date, and the working days that it was counted from, if it was."""

    date: str | None = None
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What an institution tells a recipient. It never changes."""

    id: str
    institution: str
    institution_name: str
    institution_contact: dict[str, str]
    reference: str
    recipient: Recipient
    subject: str
    body: str
    locale: str
    category: str | None
    deadline: Deadline | None
    digest: str
    accepted_at: datetime
    accepted_by: str
    entry: str
    born: State

    @property
    def first_moment(self) -> Moment:
        """The timeline's first entry, which the letter itself is."""
        return Moment(self.id, 0, "accepted", "accepted", self.accepted_at, self.accepted_by, self.digest)


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a timeline; it carries the digest of the one before, so that none can be taken out or changed."""

    notification: str
    number: int
    event: str
    key: str
    at: datetime
    by: str
    previous: str

    @property
    def digest(self) -> str:
        """SHA-256 over everything that this entry says, in hexadecimal."""
        said = [self.notification, self.number, self.event, self.key, self.at.isoformat(), self.by, self.previous]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Thread:
    """A letter and what has happened to it since."""

    letter: Letter
    moments: tuple[Moment, ...]

    @property
    def events(self) -> tuple[tuple[State, datetime], ...]:
        """What happened, with the hour; a letter is born available, or waiting for an account."""
        at = self.letter.accepted_at
        later = ((_state(moment.event), moment.at) for moment in self.moments)
        return (("accepted", at), (self.letter.born, at), *later)

    @property
    def state(self) -> State:
        """How far it has come."""
        return max((event for event, _ in self.events), key=STATES.index)

    def when(self, event: State) -> datetime | None:
        """Return when something happened first, if it did."""
        return next((at for name, at in self.events if name == event), None)

    def has(self, key: str) -> bool:
        """Tell whether an event of this key has been written down."""
        return any(moment.key == key for moment in self.moments)

    def next(self, event: State, *, at: datetime, by: str, key: str | None = None) -> Moment:
        """Return the entry that would follow."""
        last = self.moments[-1] if self.moments else self.letter.first_moment
        return Moment(self.letter.id, last.number + 1, event, key or event, at, by, last.digest)

    def is_whole(self) -> bool:
        """Tell whether every entry carries the digest of the one before."""
        chain = (self.letter.first_moment, *self.moments)
        return all(
            after.previous == before.digest and after.number == before.number + 1 for before, after in pairwise(chain)
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a mailbox's list: what is shown of a letter before it is opened."""

    key: str
    notification: str
    recipient: Recipient
    state: State
    reference: str
    subject: str
    category: str | None
    institution: str
    institution_name: str
    institution_contact: dict[str, str]
    received_at: datetime
    deadline: Deadline | None
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MailboxStatus:
    """Whether a mailbox is open, and how much in it is unread."""

    open: bool = False
    unread: int = 0


def digest_of(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a notification's content as canonical JSON, in hexadecimal."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _state(event: str) -> State:
    return next(state for state in STATES if state == event)
