"""Notifications: the letter, and its timeline that is only ever appended to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from ventanilla.domain.attachments import Attachment
from ventanilla.domain.ids import derived_id
from ventanilla.domain.institutions import is_shadow
from ventanilla.domain.terms import Term

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
Fate = Literal["sent", "delivered", "bounced", "complained", "alert_withheld"]
FATES: tuple[Fate, ...] = ("sent", "delivered", "bounced", "complained", "alert_withheld")
"""What became of the alert's mail: these stand in the timeline beside the states, and change none."""
UNREAD: tuple[State, ...] = ("available", "alerted")
"""States in which a notification lies unread in an open mailbox."""
Start = Literal["availability", "opening"]
"""What sets a term off."""
Effect = Literal["opening"] | int
"""When a notification takes effect: on opening, or so many days after it became available."""


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
    """Until when the recipient may act: a date, and the working or calendar days that it was counted by, if it was.

    `canton` is that of the institution when it posted: its local holidays are no working days.
    """

    date: str | None = None
    working_days: int | None = None
    days: int | None = None
    counted_from: Start = "availability"
    canton: str | None = None

    @property
    def term(self) -> Term | None:
        """The days that it is counted by, if it is."""
        if self.working_days:
            return Term(self.working_days, working=True)
        return Term(self.days, working=False) if self.days else None

    def begins(self, available_at: datetime | None, opened_at: datetime | None) -> datetime | None:
        """Return what sets the term off, if it has happened."""
        return opened_at if self.counted_from == "opening" else available_at


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
    attachments: tuple[Attachment, ...] = ()
    effect: Effect | None = None
    available_from: datetime | None = None
    registered: bool | None = None
    source: str | None = None

    @property
    def received_at(self) -> datetime:
        """When its recipient received it, as the mailbox tells it."""
        return self.available_from or self.accepted_at

    @property
    def was_registered(self) -> bool:
        """Whether the mailbox was open when it was accepted; said apart only of what is for later."""
        return self.born == "available" if self.registered is None else self.registered

    @property
    def is_test(self) -> bool:
        """Whether it was posted by a test key: it reaches nobody."""
        return is_shadow(self.institution)

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
    reason: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over everything that this entry says, in hexadecimal."""
        said = [self.notification, self.number, self.event, self.key, self.at.isoformat(), self.by, self.previous]
        if self.reason is not None:
            said.append(self.reason)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Thread:
    """A letter and what has happened to it since."""

    letter: Letter
    moments: tuple[Moment, ...]

    @property
    def events(self) -> tuple[tuple[State, datetime], ...]:
        """What happened, with the hour; a letter is born available, waiting for an account, or for later."""
        later = ((_state(moment.event), moment.at) for moment in self.moments if moment.event not in FATES)
        return (*self._birth, *later)

    @property
    def timeline(self) -> tuple[tuple[State | Fate, datetime, str | None], ...]:
        """What happened and what became of the alert's mail, with the hour; of a bounce also its kind."""
        born = ((event, at, None) for event, at in self._birth)
        later = (
            (_fate(moment.event), moment.at, moment.reason)
            if moment.event in FATES
            else (_state(moment.event), moment.at, None)  # why it was taken back is not everybody's to know
            for moment in self.moments
        )
        return (*born, *later)

    @property
    def _birth(self) -> tuple[tuple[State, datetime], ...]:
        at = self.letter.accepted_at
        if self.letter.born == "accepted":
            return (("accepted", at),)
        return ("accepted", at), (self.letter.born, at)

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

    @property
    def takes_effect_at(self) -> datetime | None:
        """When it takes effect by the institution's rule of the time it was posted, as far as that is known."""
        rule = self.letter.effect
        if rule is None or self.when("cancelled"):
            return None
        if rule == "opening":
            return self.when("opened")
        available_at = self.when("available")
        return available_at + timedelta(days=int(rule)) if available_at else None

    @property
    def cancel_reason(self) -> str | None:
        """Why the institution has taken it back, if it said so."""
        return next((moment.reason for moment in self.moments if moment.event == "cancelled"), None)

    @property
    def unread(self) -> bool:
        """Whether it lies unread in an open mailbox, and counts there."""
        return bool(self.when("available")) and not (self.when("opened") or self.when("cancelled"))

    def next(
        self, event: State | Fate, *, at: datetime, by: str, key: str | None = None, reason: str | None = None
    ) -> Moment:
        """Return the entry that would follow."""
        last = self.moments[-1] if self.moments else self.letter.first_moment
        return Moment(self.letter.id, last.number + 1, event, key or event, at, by, last.digest, reason)

    def after(self, moment: Moment) -> Thread:
        """Return the timeline with one more entry."""
        return Thread(self.letter, (*self.moments, moment))

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
    attachment_count: int = 0
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MailboxStatus:
    """Whether a mailbox is open, and how much in it is unread."""

    open: bool = False
    unread: int = 0


def digest_of(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a notification's content as canonical JSON, in hexadecimal."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _fate(event: str) -> Fate:
    return next(fate for fate in FATES if fate == event)


def _state(event: str) -> State:
    return next(state for state in STATES if state == event)
