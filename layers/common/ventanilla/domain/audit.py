"""The audit: what staff and operators have done to an account or an institution; only ever appended to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

Act = Literal[
    "looked_up",
    "corrected",
    "locked",
    "unlocked",
    "closed",
    "grants_given",
    "second_factor_reset",
    "contact_changed",
    "key_added",
    "key_revoked",
    "suspended",
    "resumed",
    "effect_changed",
    "canton_changed",
    "webhook_set",
    "webhook_resumed",
    "webhook_removed",
    "quota_changed",
]
_ONE_LOOK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act; it carries the digest of the one before, so that none can be taken out or changed.

    `by` is the opaque reference of the acting account, `by_name` its name at that time; `detail` names the fields or
    roles that were changed, never their values.
    """

    account: str
    number: int
    act: str
    at: datetime
    by: str
    by_name: str
    reason: str
    detail: str
    previous: str

    @property
    def digest(self) -> str:
        """SHA-256 over everything that this entry says, in hexadecimal."""
        who = [self.account, self.number, self.act, self.at.isoformat(), self.by, self.by_name]
        return hashlib.sha256(json.dumps([*who, self.reason, self.detail, self.previous]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account's reference and name, or the operator."""

    ref: str
    name: str


OPERATOR = Actor("operator", "operator")
"""Who acts on the command line: whoever holds the deployment's own rights, which its cloud account writes down."""


def next_entry(
    trail: tuple[AuditEntry, ...],
    account: str,
    act: Act,
    *,
    at: datetime,
    by: Actor,
    reason: str = "",
    detail: str = "",
) -> AuditEntry:
    """Return the entry that would follow; the first stands on the account's own reference."""
    number, previous = (trail[-1].number + 1, trail[-1].digest) if trail else (1, _root(account))
    return AuditEntry(account, number, act, at, by.ref, by.name, reason, detail, previous)


def is_known(trail: tuple[AuditEntry, ...], act: Act, *, at: datetime, by: Actor) -> bool:
    """Tell whether the last entry says already that somebody has just done this: a look is one, however often."""
    last = trail[-1] if trail else None
    return last is not None and (last.act, last.by) == (act, by.ref) and at < last.at + _ONE_LOOK


def is_whole(trail: tuple[AuditEntry, ...], account: str) -> bool:
    """Tell whether every entry carries the digest of the one before, from the first on."""
    if trail and (trail[0].number, trail[0].previous) != (1, _root(account)):
        return False
    return all(
        after.previous == before.digest and after.number == before.number + 1 for before, after in pairwise(trail)
    )


def _root(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()
