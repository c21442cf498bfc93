"""Webhooks: an institution's own address, to which its feed is posted in order, at least once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from ventanilla.domain.errors import Invalid
from ventanilla.domain.ids import derived_id
from ventanilla.domain.outbox import OutboxItem

Status = Literal["active", "failing", "paused"]
MOST_EVENTS = 100
"""Events of one call."""
PATIENCE = timedelta(seconds=10)
"""How long an answer may take."""
LEASE = timedelta(seconds=90)
"""How long one run has a webhook for itself without having got on: longer than a function lives."""
WARNED_AFTER = timedelta(hours=1)
PAUSED_AFTER = timedelta(hours=24)
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(minutes=60)
_LONGEST_URL = 500
_SPELLED = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
"""RFC 3986 without fragments and addresses in brackets: what else a text has can't be signed, nor sent as it is."""
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an institution wants its events, how far they were delivered, and since when that fails.

    `delivered` is a place in its feed; `lease` names the run that is at it.
    """

    institution: str
    url: str
    status: Status
    delivered: int
    created_at: datetime
    failing_since: datetime | None = None
    last_error: str | None = None
    warned_at: datetime | None = None
    lease: str | None = None
    lease_until: datetime | None = None

    def is_held(self, now: datetime) -> bool:
        """Tell whether a run is at it that may still be alive."""
        return self.lease_until is not None and now < self.lease_until

    def taken(self, lease: str, now: datetime) -> Webhook:
        """Return it in the hands of a run."""
        return replace(self, lease=lease, lease_until=now + LEASE)

    def released(self) -> Webhook:
        """Return it in nobody's hands."""
        return replace(self, lease=None, lease_until=None)

    def at(self, delivered: int, now: datetime) -> Webhook:
        """Return it after a delivery: it is well again, and the run goes on."""
        well = replace(self, status="active", failing_since=None, last_error=None, warned_at=None)
        return replace(well, delivered=delivered, lease_until=now + LEASE)

    def failed(self, error: str, now: datetime) -> Webhook:
        """Return it after a failure: paused once that has gone on for a day."""
        since = self.failing_since or now
        status: Status = "paused" if now - since >= PAUSED_AFTER else "failing"
        warned_at = self.warned_at or (now if now - since >= WARNED_AFTER else None)
        return replace(self.released(), status=status, failing_since=since, last_error=error, warned_at=warned_at)

    def next_try(self, now: datetime) -> datetime:
        """Return when to try again: after 5 minutes, then twice as long each time, up to an hour."""
        failing = now - (self.failing_since or now)
        return now + min(_LONGEST, max(_SHORTEST, failing))


def owed_to(institution: str, now: datetime) -> OutboxItem:
    """Return what is owed to an institution whose feed has grown: one item at a time."""
    return OutboxItem("webhook", {"institution": institution}, now, id=derived_id("webhook", institution))


def owed_at_once(institution: str, now: datetime) -> OutboxItem:
    """Return what is owed to an institution that has just said so, beside what may wait for its next try."""
    return OutboxItem("webhook", {"institution": institution}, now)


def read_url(text: str, *, loopback: bool) -> str:
    """Return an address that events may be posted to: public https, by a name; where it leads is seen each time.

    Args:
        text: as it was given.
        loopback: whether http://127.0.0.1 is one too, on a developer's machine.

    Raises:
        Invalid: it is none.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Invalid("webhook_url") from None
    if len(text) > _LONGEST_URL or not _SPELLED.fullmatch(text):
        raise Invalid("webhook_url")
    if parts.username is not None or parts.password is not None:
        raise Invalid("webhook_url")
    if loopback and parts.scheme == "http" and parts.hostname == _LOOPBACK:
        return text
    if parts.scheme != "https" or port not in (None, 443) or not _HOST.fullmatch(parts.hostname or ""):
        raise Invalid("webhook_url")
    return text
