"""What reset takes and gives."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ventanilla.schemas.base import Password, Schema, Token, Typed
from ventanilla.schemas.captcha import SolvedCaptcha

Code = Annotated[str, StringConstraints(max_length=20)]
"""A mailed code, however it is spaced."""


class ResetWish(Schema):
    """Whose password is to be set anew."""

    portal: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    identifier: Typed
    captcha: SolvedCaptcha | None = Field(default=None, description="Where the portal wants one")


class ResetAccepted(Schema):
    """Always the same: whether there is such an account is told to its owner alone."""

    status: Literal["pending"] = "pending"
    next: Literal["check_email"] = "check_email"


class ResetOpening(Schema):
    """A mailed link was followed; where the portal mails a code, user name and code come with it."""

    token: Token
    identifier: Typed | None = None
    code: Code | None = None


class ResetOpened(Schema):
    """What the portal wants checked before the password is set."""

    portal: str
    data: dict[str, Any] = Field(default_factory=dict)


class ResetConfirmation(Schema):
    """The new password; `data` corrects what was shown."""

    token: Token
    identifier: Typed | None = None
    code: Code | None = None
    password: Password
    data: dict[str, Any] | None = None
