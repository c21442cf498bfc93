"""What inbox gives: the citizen's side."""

from __future__ import annotations

from pydantic import Field

from ventanilla.schemas.base import Instant, Schema
from ventanilla.schemas.notifications import DeadlineOut, TimelineMoment


class SenderOut(Schema):
    """The institution that notifies, and how to reach it."""

    name: str
    contact: dict[str, str]


class InboxLine(Schema):
    """A notification as the list shows it."""

    id: str
    reference: str
    institution: SenderOut
    subject: str
    category: str | None
    received_at: Instant
    deadline: DeadlineOut | None
    opened_at: Instant | None
    attachment_count: int = 0


class InboxPage(Schema):
    """Notifications, newest first."""

    items: list[InboxLine]
    next_cursor: str | None
    unread_count: int


class OpenedNotification(InboxLine):
    """The whole notification, which its opening has been recorded of."""

    body: str = Field(description="Markdown without HTML")
    locale: str
    digest: str = Field(description="SHA-256 of the content, in hexadecimal")
    timeline: list[TimelineMoment]
