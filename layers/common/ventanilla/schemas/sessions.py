"""What session takes and gives."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from ventanilla.schemas.base import Instant, Password, Schema, Typed, left_out

Answer = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""An answer to a security question as it is typed."""


class SignIn(Schema):
    """Portal, the number as the person types it, and the password."""

    portal: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    identifier: Typed
    password: Password


class SessionOut(Schema):
    """The session that has begun."""

    id: str
    expires_at: Instant


class SignedIn(Schema):
    """The session, the token that opens it, and the steps that come first."""

    session: SessionOut
    token: str
    pending: list[str]
    question: str | None = left_out("The security question that `security_question` asks")


class SecondFactorCode(Schema):
    """What the authenticator app shows, or one of the recovery codes."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class QuestionAnswered(Schema):
    """The answer to the question that the session asks."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    answer: Answer


class Proven(Schema):
    """The steps that still come first."""

    pending: list[str]
    question: str | None = left_out("The security question that `security_question` asks")


class SessionLine(Schema):
    """One of the account's sessions."""

    id: str
    created_at: Instant
    last_seen_at: Instant
    expires_at: Instant
    device: str = Field(description="What the browser said of itself")
    current: bool


class SessionList(Schema):
    """The account's sessions that live, newest first."""

    items: list[SessionLine]
