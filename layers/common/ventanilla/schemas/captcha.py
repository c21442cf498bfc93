"""What the captcha gives and takes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ventanilla.schemas.base import Schema

SolvedCaptcha = Annotated[str, StringConstraints(max_length=4000)]
"""A solved challenge, as the ALTCHA widget writes it into its form: Base64 of JSON."""


class CaptchaChallenge(Schema):
    """A challenge as the ALTCHA widget (version 3) takes it; its names are ALTCHA's."""

    parameters: dict[str, Any] = Field(description="algorithm, cost, nonce, salt, keyPrefix, expiresAt, data …")
    signature: str
