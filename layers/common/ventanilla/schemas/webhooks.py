"""What an institution says and sees of its webhook."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from ventanilla.domain.webhooks import Status
from ventanilla.schemas.base import Instant, Schema
from ventanilla.schemas.events import EventOut


class WebhookIn(Schema):
    """Where events are to be posted."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="Public https address, port 443, by a name"
    )


class WebhookResumed(Schema):
    """From which place of the feed on, if not from where it stood: also to have events again."""

    after: str | None = None


class WebhookOut(Schema):
    """An institution's webhook, and how it fares."""

    url: str
    status: Status
    delivered: str = Field(description="The place in the feed up to which events were delivered")
    failing_since: Instant | None
    last_error: str | None = Field(
        description="Why the last call failed: `dns`, `address`, `connection`, `tls`, `timeout`, or `status-…`"
    )


class WebhookCall(Schema):
    """What is posted: events in their order, and the place after them; an event may come again, with the same `id`."""

    institution: str
    items: list[EventOut]
    next: str
