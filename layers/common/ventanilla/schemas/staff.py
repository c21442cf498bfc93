"""What staff take and give: other people's accounts."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from ventanilla.domain.errors import Invalid
from ventanilla.domain.portals import Assurance
from ventanilla.schemas.base import Instant, Schema, refuse
from ventanilla.schemas.fields import plain_text
from ventanilla.schemas.profile import GrantOut, IdentifierOut


def _one_line(text: str) -> str:
    try:
        plain = plain_text(text)
    except Invalid as invalid:
        raise refuse(invalid) from None
    if "\n" in plain or "\t" in plain:
        raise refuse(Invalid("one_line"))
    return plain


Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500), AfterValidator(_one_line)
]
"""Why: kept in the audit and told to the person."""


class Because(Schema):
    """Why an account is locked, unlocked or closed."""

    reason: Reason


class AccountCorrection(Schema):
    """Corrected names, at the top, and `email`, which takes effect when its own link is followed."""

    model_config = ConfigDict(frozen=True, extra="allow")

    reason: Reason


class AuditLine(Schema):
    """What staff or an operator has done to the account."""

    at: Instant
    act: str
    by: str
    reason: str
    detail: str = Field(description="The fields or roles that were changed")
    digest: str = Field(description="SHA-256 over this entry and the digest of the one before, in hexadecimal")


class StaffAccount(Schema):
    """Somebody's account, as those see it who administer the portal."""

    id: str
    portal: str
    identifier: IdentifierOut
    status: str
    email: str
    email_pending: bool = False
    assurance: Assurance
    created_at: Instant
    profile: dict[str, Any]
    grants: list[GrantOut]
    second_factor: bool
    audit: list[AuditLine]


class StaffAccounts(Schema):
    """The account of a number, if it has one."""

    items: list[StaffAccount]
