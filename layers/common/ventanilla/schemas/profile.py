"""A person's own data: shown, corrected, exported."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints, ValidationError, create_model

from ventanilla.domain.accounts import EmailStatus
from ventanilla.domain.errors import Refused
from ventanilla.domain.portals import Assurance, Channel, Portal, applies, facts_of
from ventanilla.schemas.base import Instant, Password, Schema, field_errors, left_out
from ventanilla.schemas.fields import Catalogues, annotation, or_nothing


class IdentifierOut(Schema):
    """A person's identifier, as it is typed at sign-in."""

    kind: str
    number: str


class Consent(Schema):
    """A text that was accepted, in which version and when."""

    id: str
    version: str
    accepted_at: Instant | None = None


class GrantOut(Schema):
    """A role, and where it is held."""

    role: str
    scope: str


class SecondFactorOut(Schema):
    """The second factor that an account has."""

    recovery_codes_left: int


class Me(Schema):
    """The profile of the account that is signed in."""

    portal: str
    identifier: IdentifierOut
    email: str
    assurance: Assurance
    locale: str
    created_at: Instant
    profile: dict[str, Any]
    grants: list[GrantOut] = Field(default=[], description="Roles that the account holds")
    consents: list[Consent]
    pending: list[str]
    email_pending: bool = Field(default=False, description="A new address waits for its link to be followed")
    email_status: EmailStatus = Field(
        default="ok", description="`bounced`: mails came back; `stopped`: so many that no alerts are sent any more"
    )
    second_factor: SecondFactorOut | None = left_out("Where one is enrolled")
    security_questions: list[str] = Field(default=[], description="Ids of the questions that have been answered")


class ProfileChange(Schema):
    """Fields of the portal's form, at the top; `email` demands the password; `{}` completes `check_data`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    current_password: Password | None = None
    locale: Annotated[str, StringConstraints(pattern="^(es|en)$")] | None = None


class PasswordChange(Schema):
    """A new password, by the old one."""

    current: Password
    new: Password


class TermsAccepted(Schema):
    """Ids of the texts that are accepted, each in its current version."""

    accept: list[str]


class PasswordAgain(Schema):
    """What a change that matters asks for."""

    current_password: Password


class Pending(Schema):
    """The steps that still come first."""

    pending: list[str]


def corrected(
    portal: Portal,
    channel: Channel,
    kind: str,
    profile: dict[str, Any],
    changes: dict[str, Any],
    catalogues: Catalogues,
) -> dict[str, Any]:
    """Return a profile with some of its fields changed, each checked as in the form.

    `kind` is that of the owner's identifier: a company has no given names to correct.

    Raises:
        Refused: with everything that is wrong.
    """
    facts = facts_of(channel, kind, {})
    fields = [
        field
        for field in portal.applicant_fields(channel)
        if field.kind not in ("identifier", "email") and (field.name in profile or applies(field.when, facts))
    ]
    kinds = {field.name: annotation(field, portal, channel, catalogues) for field in fields}
    shape: dict[str, Any] = {
        field.name: (kinds[field.name] if field.required else or_nothing(kinds[field.name]), None) for field in fields
    }
    try:
        checked = create_model("Changes", __base__=Schema, **shape).model_validate(changes)
    except ValidationError as error:
        raise Refused(*field_errors(error.errors(include_url=False, include_input=False))) from None
    said = checked.model_dump(mode="json", exclude_unset=True)
    return {name: value for name, value in {**profile, **said}.items() if value is not None}
