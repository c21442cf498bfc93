"""What apply and review take and give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ventanilla.schemas.base import Instant, Schema


class HistoryLine(Schema):
    """A state that an application entered, when, and why if it was said."""

    state: str
    at: Instant
    reason: str | None = None


class DocumentState(Schema):
    """A document that an application has to send in, and what has come."""

    kind: str
    title: str
    signer: str
    accept: list[str]
    received: bool
    signature: Literal["electronic", "scan"] | None = None
    signed_by: str | None = None


class ApplicationOut(Schema):
    """An application as its applicant sees it."""

    id: str
    portal: str
    channel: str
    state: str
    history: list[HistoryLine]
    documents: list[DocumentState]
    missing: list[str] = Field(description="Kinds of documents that have not come yet")


class ReviewLine(Schema):
    """An application in the queue of the reviewers."""

    id: str
    portal: str
    channel: str
    state: str
    created_at: Instant
    name: str
    scope: str | None


class ReviewPage(Schema):
    """Applications, oldest first: who waits longest comes first."""

    items: list[ReviewLine]
    next_cursor: str | None


class ReviewOut(ApplicationOut):
    """An application as a reviewer sees it, with the data beside the documents."""

    identifier: dict[str, Any]
    email: str
    profile: dict[str, Any]
    sections: dict[str, dict[str, Any]]
    created_at: Instant


class Decision(Schema):
    """What a reviewer decides; a rejection says why."""

    decision: Literal["approve", "reject"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)] | None = None
