"""What verify takes and gives."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ventanilla.schemas.base import Password, Schema, Token


class Verification(Schema):
    """A mailed link was followed and pressed; the password chosen in the form is typed again where one was."""

    token: Token
    password: Password | None = None


class PasswordChoice(Schema):
    """The password of an account whose channel ends in a link; `data` corrects what was shown."""

    token: Token
    password: Password
    data: dict[str, Any] | None = None


class Verified(Schema):
    """The address is proven and the account is open; or what is still to be done behind the same link."""

    status: Literal["active", "pending"]
    next: Literal["sign_in", "password", "set_password"]
    portal: str
    data: dict[str, Any] | None = Field(
        default=None, description="What the portal wants checked before a password is set"
    )
