"""What administrators of institutions take and give: the institution itself, and the keys of its systems."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from ventanilla.domain.errors import Invalid
from ventanilla.domain.institutions import Algorithm, KeyState, Modality
from ventanilla.domain.wording import one_line
from ventanilla.schemas.base import Instant, Schema, When, left_out, refuse
from ventanilla.schemas.fields import email, phone
from ventanilla.schemas.staff import AuditLine

_LONGEST_KEY = 16 * 1024


def _email(typed: str) -> str:
    try:
        return email(typed)
    except Invalid as invalid:
        raise refuse(invalid) from None


def _phone(typed: str) -> str:
    try:
        return phone(typed)
    except Invalid as invalid:
        raise refuse(invalid) from None


def _key(given: Any) -> Any:
    """Let PEM and JWK pass; what they hold is looked at later."""
    if isinstance(given, dict) or (isinstance(given, str) and 0 < len(given) <= _LONGEST_KEY):
        return given
    raise refuse(Invalid("key_unreadable"))


def _website(typed: str) -> str:
    if one_line(typed) != typed:  # it is shown to citizens, who could not see what it holds
        raise refuse(Invalid("form"))
    return typed


class ContactChange(Schema):
    """Where citizens reach the institution: what is left out stays, null takes away."""

    email: Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)] | None = None
    phone: Annotated[str, StringConstraints(max_length=30), AfterValidator(_phone)] | None = None
    website: (
        Annotated[str, StringConstraints(max_length=300, pattern=r"^https?://[^\s<>\"']+$"), AfterValidator(_website)]
        | None
    ) = None


class InstitutionPatch(Schema):
    """What an administrator may change."""

    contact: ContactChange


class InstitutionOut(Schema):
    """An institution, as those see it who administer it."""

    id: str
    name: str
    ruc: str | None
    contact: dict[str, str]
    modality: Modality
    portals: list[str] = Field(description="The mailboxes that it may post to")
    status: Literal["active", "suspended"]
    effect: Literal["opening"] | int | None = Field(
        description="When its notifications take effect: on opening, or so many days after they became available"
    )
    canton: str | None = left_out("DPA number: where its local holidays are kept")
    activated_at: Instant | None
    administrators: list[str] = Field(description="Names")
    audit: list[AuditLine]


class NewInstitutionKey(Schema):
    """A public key to be registered."""

    name: Annotated[str, StringConstraints(max_length=40)] | None = None
    public_key: Annotated[
        Any,
        AfterValidator(_key),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}], "description": "PEM, or a JWK"}),
    ]
    not_before: When | None = None
    not_after: When | None = None
    test: bool = Field(
        default=False, description="Whether what it signs is only tried, and reaches nobody", strict=True
    )


class InstitutionKeyOut(Schema):
    """A public key of an institution's system."""

    key_id: str = Field(description="The `keyid` of its signatures; that of a test key begins with `test-`")
    name: str
    test: bool = Field(default=False, description="Whether what it signs is only tried, and reaches nobody")
    algorithm: Algorithm
    fingerprint: str = Field(description="SHA-256 of the SubjectPublicKeyInfo in DER, in hexadecimal")
    public_key: str = Field(description="PEM")
    state: KeyState
    created_at: Instant
    not_before: Instant | None = left_out("Where it is not in force from the beginning")
    not_after: Instant | None = left_out("Where its time ends")
    last_used_at: Instant | None = left_out("Once it was used; exact to an hour")
    revoked_at: Instant | None = left_out("Once it was revoked")


class InstitutionKeys(Schema):
    """All keys that an institution ever had."""

    items: list[InstitutionKeyOut]
