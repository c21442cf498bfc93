"""What the second factor and the security questions take and give."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from ventanilla.schemas.base import Password, Schema
from ventanilla.schemas.sessions import Answer


class SecondFactorWish(Schema):
    """Without a code: begin; with the app's first code: finish. The password, where one is enrolled already."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    current_password: Password | None = None


class EnrolmentBegun(Schema):
    """What the authenticator app takes in, as text or as a QR code of the address."""

    secret: str
    otpauth_uri: str


class Enrolled(Schema):
    """Codes that work once each in place of the app; they are shown this once."""

    recovery_codes: list[str]


class AnswerGiven(Schema):
    """A question of the portal's list, and one's own answer."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    answer: Answer


class AnswersGiven(Schema):
    """As many answers as the portal asks for; a later change demands the password."""

    answers: Annotated[list[AnswerGiven], Field(max_length=20)]
    current_password: Password | None = None
