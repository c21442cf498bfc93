"""What notify takes and gives: the institution's side."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ventanilla.domain.errors import Invalid
from ventanilla.domain.notifications import Deadline, Fate, State, Thread
from ventanilla.domain.wording import one_line
from ventanilla.schemas.attachments import AttachmentIds, AttachmentOut
from ventanilla.schemas.base import Instant, Schema, When, is_nothing, left_out, refuse
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
    if not one_line(text):  # characters that nobody sees
        raise refuse(Invalid("too_short", min_length=1))
    return text


def _markdown(text: str) -> str:
    if _TAG.search(text):
        raise refuse(Invalid("markdown_html"))
    return text


ONE_LINE = AfterValidator(_one_line)
"""Of a text of one line; its lengths stand before, so that they are told as a text's and not as a list's."""


_Days = Annotated[int, Field(ge=1, le=_LONGEST_TERM, strict=True)]


class DeadlineIn(Schema):
    """Until when the recipient may act: a date, or working or calendar days from availability or from opening."""

    date: dt.date | None = None
    working_days: _Days | None = None
    # What came later is no part of the content's digest where it is not used: a retry may come after a new version.
    days: _Days | None = left_out("Calendar days")
    counted_from: Literal["availability", "opening"] = Field(
        default="availability", alias="from", exclude_if=lambda start: start == "availability"
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> DeadlineIn:
        if [self.date, self.working_days, self.days].count(None) != 2:
            raise refuse(Invalid("deadline_one"))
        if self.date and self.counted_from == "opening":
            raise refuse(Invalid("deadline_from"))
        return self

    def read(self) -> Deadline:
        """Return the deadline, without a date where that is counted."""
        named = self.date.isoformat() if self.date else None
        return Deadline(named, self.working_days, self.days, self.counted_from)


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
    attachments: AttachmentIds = Field(default_factory=list)
    locale: Literal["es", "en"] = "es"
    available_from: When | None = left_out("When it is to appear in the mailbox, up to a year ahead")


class Cancellation(Schema):
    """Why a notification is taken back: for the institution's own record, the citizen's mail does not say it."""

    reason: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_plain)]
        | None
    ) = None


class Registered(Schema):
    """Whether the recipient's mailbox was open when the notification was accepted."""

    registered: bool


class Posted(Schema):
    """The notification has been accepted; posted again, the first answer."""

    id: str
    state: State
    recipient: Registered


class TimelineMoment(Schema):
    """What happened, and when: a state, or what became of the alert's mail."""

    state: State | Fate
    at: Instant
    reason: str | None = left_out("Of a mail that came back (`bounced`): `permanent` or `transient`")


def timeline_of(thread: Thread) -> list[TimelineMoment]:
    """Return a timeline as both sides see it."""
    return [TimelineMoment(state=state, at=at, reason=reason) for state, at, reason in thread.timeline]


class DeadlineOut(Schema):
    """The last day as far as it is known, and the working or calendar days that it is counted by, if it is."""

    date: str | None
    working_days: int | None = None
    days: int | None = left_out("Calendar days")
    counted_from: Literal["opening"] | None = Field(
        default=None,
        serialization_alias="from",
        exclude_if=is_nothing,
        description="Where it is not counted from availability",
    )


class RecipientOut(Schema):
    """To whom."""

    kind: str
    number: str


class ReceiptOut(Schema):
    """A receipt of a notification, made when it is asked for."""

    media_type: Literal["application/pdf", "application/json"]
    href: str


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
    attachments: list[AttachmentOut]
    timeline: list[TimelineMoment]
    available_from: Instant | None = left_out("When it was to appear in the mailbox, if the institution said so")
    takes_effect_at: Instant | None = left_out("By the institution's rule, where it has one and the hour is known")
    cancel_reason: str | None = left_out("Why the institution has taken it back, if it said so")
    receipts: list[ReceiptOut] = Field(description="Proofs that can be had of it, as far as it has come")


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
