"""What the identity check takes and gives."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ventanilla.schemas.base import Schema
from ventanilla.schemas.captcha import SolvedCaptcha
from ventanilla.schemas.fields import IdentifierIn


class IdentityCheck(Schema):
    """Who is to be looked up."""

    identifier: IdentifierIn
    captcha: SolvedCaptcha | None = Field(default=None, description="Where the portal wants one")


class IdentityChecked(Schema):
    """What the registry knows, masked: enough to know oneself, too little to know somebody else."""

    status: Literal["found", "not_found"]
    preview: dict[str, str] = Field(default_factory=dict, description="Initials by field, where something is known")
