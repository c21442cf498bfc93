"""Events: an institution follows what happens to its notifications."""

from __future__ import annotations

from datetime import datetime

from ventanilla.domain.errors import FieldError, Refused
from ventanilla.domain.institutions import Institution
from ventanilla.schemas.events import EventOut, EventPage
from ventanilla.usecases.ports import Feed

_LONGEST_NUMBER = 15


def follow(after: str | None, limit: int, institution: Institution, *, feed: Feed) -> EventPage:
    """Return the events behind a place in the institution's feed, in order and without gaps.

    Raises:
        Refused: the place is none of ours.
    """
    last = place_in_feed(after or None, "after") or 0
    return page_of(institution.id, last, limit, feed=feed)


def page_of(institution: str, last: int, limit: int, *, feed: Feed) -> EventPage:
    """Return the events behind a place in a feed."""
    numbered = feed.forwards(institution, last, limit)
    items = [
        EventOut(
            id=event["id"],
            notification=event["notification"],
            reference=event.get("reference"),
            state=event["state"],
            at=datetime.fromisoformat(event["at"]),
            reason=event.get("reason"),
        )
        for _, event in numbered
    ]
    return EventPage(items=items, next=str(numbered[-1][0] if numbered else last))


def place_in_feed(said: str | None, field: str) -> int | None:
    """Return the place in a feed that a field of a request names, if it does.

    Raises:
        Refused: the place is none of ours.
    """
    if said is None:
        return None
    if not (said.isdecimal() and said.isascii()) or len(said) >= _LONGEST_NUMBER:
        raise Refused(FieldError(field, "cursor"))
    return int(said)
