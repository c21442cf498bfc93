"""What public gives: portals and catalogues."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ventanilla.schemas.base import Schema


class PortalLine(Schema):
    """A portal in the list."""

    id: str
    name: str
    institution: str


class PortalList(Schema):
    """The portals in force."""

    items: list[PortalLine]


class FieldOut(Schema):
    """A field of a form."""

    name: str
    kind: str
    label: str
    required: bool
    pattern: str | None = None
    help: str | None = None
    choices: list[str] | None = None
    max_length: int | None = None
    when: dict[str, list[str]] | None = Field(
        default=None, description="Where the field applies: facts and their values"
    )


class SectionOut(Schema):
    """Fields that are asked for together."""

    id: str
    title: str | None
    optional: bool
    when: dict[str, list[str]] | None = Field(
        default=None, description="Where the section applies: facts and their values"
    )
    fields: list[FieldOut]


class ChannelOut(Schema):
    """A way to an account."""

    id: str
    label: str | None
    identifiers: list[str]
    steps: list[str]
    credential: str
    by: str | None
    requirements: list[str]
    assurance: str


class PasswordPolicyOut(Schema):
    """What a password must be like, besides not being easy to guess."""

    min_length: int
    max_length: int
    require: list[str]


class OfficeOut(Schema):
    """Where people are received."""

    name: str
    address: str | None
    hours: str | None
    phone: str | None
    email: str | None


class ContactOut(Schema):
    """Whom the portal's users turn to."""

    unit: str | None
    email: str | None
    phone: str | None
    website: str | None
    social: list[str]
    offices: list[OfficeOut]


class QuestionOut(Schema):
    """A security question."""

    id: str
    text: str


class SecurityQuestionsOut(Schema):
    """The questions to choose from, and how many are answered."""

    ask: int
    questions: list[QuestionOut]


class CategoryOut(Schema):
    """A kind of notification that the mailbox tells apart."""

    id: str
    name: str


class PortalOut(Schema):
    """What a portal's pages need."""

    id: str
    name: str
    institution: str
    tagline: str | None
    website: str | None
    color: str
    channels: list[ChannelOut]
    sections: list[SectionOut] = Field(description="Of all channels; `when` says where each applies")
    fields: list[FieldOut]
    identifiers: list[str]
    password_policy: PasswordPolicyOut
    captcha: list[str]
    terms: list[dict[str, Any]] = Field(description="What is accepted: id, title, version and `text` (Markdown)")
    security_questions: SecurityQuestionsOut | None
    roles: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    procedure: dict[str, Any] | None
    faq: list[dict[str, Any]]
    services: list[dict[str, Any]]
    contact: ContactOut
    mailbox: dict[str, str] | None
    categories: list[CategoryOut] = Field(description="Of the mailbox's notifications; any, where none is listed")
    submit: str
    confirm_hours: int = Field(description="How long what is mailed to a new applicant is good")


class OrganizationLine(Schema):
    """An organisation of a catalogue."""

    code: str
    name: str
    level: str
    province: str
    canton: str | None


class OrganizationPage(Schema):
    """Organisations that were found."""

    items: list[OrganizationLine]
    next_cursor: str | None


class Health(Schema):
    """No detail to strangers."""

    status: str = "ok"
