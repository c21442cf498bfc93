"""What notify takes and gives: the institution's side."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ventanilla.domain.errors import Invalid
from ventanilla.domain.notifications import State
from ventanilla.schemas.base import Instant, Schema, refuse
from ventanilla.schemas.fields import IdentifierIn, plain_text

_TAG = re.compile(r"<[a-zA-Z/!?]")
_LONGEST_TERM = 365
LONGEST_PORTAL = 40
"""Characters of a portal's id: it becomes part of a key in the store."""


def _plain(text: str) -> str:
    try:
        return plain_text(text)
    except Invalid as invalid:
        raise refuse(invalid) from None


def _one_line(text: str) -> str:
    text = _plain(text)
    if "\n" in text or "\t" in text:
        raise refuse(Invalid("one_line"))
    return text


def _markdown(text: str) -> str:
    if _TAG.search(text):
        raise refuse(Invalid("markdown_html"))
    return text


ONE_LINE = AfterValidator(_one_line)
"""Of a text of one line; its lengths stand before, so that they are told as a text's and not as a list's."""


class DeadlineIn(Schema):
    """Until when the recipient may act: a date, or a number of working days from availability."""

    date: dt.date | None = None
    working_days: Annotated[int, Field(ge=1, le=_LONGEST_TERM, strict=True)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> DeadlineIn:
        if (self.date is None) == (self.working_days is None):
            raise refuse(Invalid("deadline_one"))
        return self


class Draft(Schema):
    """A notification as an institution posts it; `reference` is the institution's own number."""

    reference: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), ONE_LINE]
    portal: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PORTAL)]
    recipient: IdentifierIn
    subject: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), ONE_LINE]
    body: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=40_000),
        AfterValidator(_plain),
        AfterValidator(_markdown),
        Field(description="Markdown without HTML"),
    ]
    category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), ONE_LINE] | None = (
        None
    )
    deadline: DeadlineIn | None = None
    locale: Literal["es", "en"] = "es"


class Registered(Schema):
    """Whether the recipient's mailbox was open when the notification was accepted."""

    registered: bool


class Posted(Schema):
    """The notification has been accepted; posted again, the first answer."""

    id: str
    state: State
    recipient: Registered


class TimelineMoment(Schema):
    """What happened, and when."""

    state: str
    at: Instant


class DeadlineOut(Schema):
    """The last day, and the working days that it was counted from, if it was."""

    date: str | None
    working_days: int | None = None


class RecipientOut(Schema):
    """To whom."""

    kind: str
    number: str


class NotificationOut(Schema):
    """A notification as its institution sees it."""

    id: str
    reference: str
    state: State
    portal: str
    recipient: RecipientOut
    subject: str
    category: str | None
    deadline: DeadlineOut | None
    digest: str = Field(description="SHA-256 of the content, in hexadecimal")
    timeline: list[TimelineMoment]
    receipts: list[Any] = Field(default_factory=list, description="Proofs made of it so far")


class NotificationLine(Schema):
    """A line of the institution's own list."""

    id: str
    reference: str
    state: State
    portal: str
    recipient: RecipientOut
    subject: str
    accepted_at: Instant


class NotificationList(Schema):
    """The institution's notifications, newest first."""

    items: list[NotificationLine]
    next_cursor: str | None
