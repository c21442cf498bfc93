"""What SES tells of a mail (event publishing), as far as it matters here; whatever else it says is passed over."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ventanilla.domain.ids import LENGTH
from ventanilla.schemas.base import When

_Address = Annotated[str, StringConstraints(max_length=320)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,200}$")]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Tags(_Said):
    notification: tuple[Annotated[str, StringConstraints(min_length=LENGTH, max_length=LENGTH)]]
    kind: tuple[Literal["alert", "reminder", "cancelled"]]


class _Mail(_Said):
    timestamp: When
    message_id: Id = Field(alias="messageId")
    destination: Annotated[tuple[_Address, ...], Field(max_length=1)]
    tags: _Tags


class _Happened(_Said):
    timestamp: When


class _Bounced(_Happened):
    bounce_type: str = Field(alias="bounceType")


class MailEvent(_Said):
    """What became of a mail about a notification."""

    event_type: Literal["Send", "Delivery", "Bounce", "Complaint", "Reject"] = Field(alias="eventType")
    mail: _Mail
    delivery: _Happened | None = None
    bounce: _Bounced | None = None
    complaint: _Happened | None = None


def read_mail_event(body: str) -> MailEvent | None:
    """Return what a message tells, if it tells what becomes of a mail about a notification; else None.

    Other mails bear no tags, and SES says hello to a topic that it is to tell: neither is a failure.
    """
    try:
        return MailEvent.model_validate_json(body)
    except ValidationError:
        return None
