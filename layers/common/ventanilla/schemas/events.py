"""What an institution's feed gives."""

from __future__ import annotations

from pydantic import Field

from ventanilla.schemas.base import Instant, Schema, left_out


class EventOut(Schema):
    """Something that happened to a notification; after a crash an event may come again, with the same `id`."""

    id: str
    notification: str
    reference: str | None = Field(description="The institution's own; absent from events of before it was kept")
    state: str
    at: Instant
    reason: str | None = left_out("Of a mail that came back (`bounced`): `permanent` or `transient`")


class EventPage(Schema):
    """Events in their order, and where to go on: `next` is there also when nothing new has happened."""

    items: list[EventOut]
    next: str = Field(description="What to send as `after` the next time")
