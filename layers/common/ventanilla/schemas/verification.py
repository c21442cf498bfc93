"""What verify takes and gives."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ventanilla.schemas.base import Password, Schema, Token, left_out


class Verification(Schema):
    """A mailed link was followed and pressed; the password chosen in the form is typed again where one was."""

    token: Token
    password: Password | None = None


class PasswordChoice(Schema):
    """The password of an account whose channel ends in a link; `data` corrects what was shown."""

    token: Token
    password: Password
    data: dict[str, Any] | None = None
    code: Annotated[str, StringConstraints(max_length=20)] | None = Field(
        default=None, description="What the agent handed over, where the account was asked for in person"
    )


class Verified(Schema):
    """The address is proven and the account is open; or what is still to be done behind the same link."""

    status: Literal["active", "pending"]
    next: Literal["sign_in", "password", "set_password"]
    portal: str
    code_required: bool | None = left_out("The code that the agent handed over is asked for")
    data: dict[str, Any] | None = left_out("What the portal wants checked before a password is set")
