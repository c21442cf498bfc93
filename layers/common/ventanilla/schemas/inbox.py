"""What inbox gives: the citizen's side."""

from __future__ import annotations

from pydantic import Field

from ventanilla.schemas.attachments import AttachmentOut
from ventanilla.schemas.base import Instant, Schema, left_out
from ventanilla.schemas.notifications import DeadlineOut, TimelineMoment


class SenderOut(Schema):
    """The institution that notifies, and how to reach it."""

    id: str = Field(description="What the mailbox can be narrowed to")
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
    attachments: list[AttachmentOut]
    timeline: list[TimelineMoment]
    takes_effect_at: Instant | None = left_out("By the institution's rule, where it has one and the hour is known")
