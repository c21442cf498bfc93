"""The portal definition: a portal is data, a channel is a list of steps (shapes of `portals/*.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal

from ventanilla.domain.errors import FieldError, Refused
from ventanilla.domain.openid_clients import Client
from ventanilla.domain.passwords import PasswordPolicy
from ventanilla.domain.portal_texts import (
    STRICT,
    Category,
    Condition,
    Contact,
    Document,
    Faq,
    Message,
    Procedure,
    Role,
    Service,
    Terms,
    Text,
)

Step = Literal["identity_check", "form", "documents", "review", "confirm"]
Credential = Literal["form", "temporary", "link"]
Assurance = Literal["self_asserted", "proven"]
IdentifierKind = Literal["cedula", "ruc", "passport"]
FieldKind = Literal[
    "identifier", "person_name", "email", "phone", "ruc", "organization", "choice", "yes_no", "text", "roles", "date"
]
APPLICANT = "applicant"
"""The section whose fields stand at the top of a registration."""
FORMER_USER = "former_user"
"""The section that names whose place is given up: demanded where a role is."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: a domain type with its label."""

    __pydantic_config__: ClassVar[Any] = STRICT
    name: str
    kind: FieldKind
    label: Text
    help: Text | None = None
    required: bool = True
    max: int = 200
    choices: tuple[str, ...] = ()
    catalogue: str | None = None
    registry: bool = False
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that are asked for together; `applicant` is the person whom the account will be of."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    fields: tuple[Field, ...]
    title: Text | None = None
    optional: bool = False
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """One way to an account: its steps in order, and the credential that it ends in."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    identifiers: tuple[IdentifierKind, ...]
    steps: tuple[Step, ...]
    credential: Credential
    label: Text | None = None
    requirements: tuple[Text, ...] = ()
    by: Literal["agent", "operator"] | None = None
    reviewed_by: str | None = None
    grants: str | None = None
    grants_role: str | None = None
    activates: tuple[str, ...] = ()

    def after(self, step: Step) -> Step | None:
        """Return the step that follows, or None after the last."""
        position = self.steps.index(step) + 1
        return self.steps[position] if position < len(self.steps) else None

    @property
    def begins_with_identity_check(self) -> bool:
        """Whether the registry is asked before the form."""
        return self.steps[:1] == ("identity_check",)

    def demands(self, field: Field) -> bool:
        """Tell whether a field must be filled in; what the registry may know may be left to it."""
        return field.required and not (field.registry and self.begins_with_identity_check)

    @property
    def first_waiting(self) -> Step | None:
        """The step that an application waits for as soon as its form is in."""
        return self.after("form")


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things live (ISO 8601 durations in the file)."""

    __pydantic_config__: ClassVar[Any] = STRICT
    application: timedelta = timedelta(days=30)
    confirm: timedelta = timedelta(hours=24)
    reset: timedelta = timedelta(hours=24)
    session: timedelta = timedelta(hours=12)
    session_idle: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The portal has a mailbox, which opens for accounts of at least this assurance."""

    __pydantic_config__: ClassVar[Any] = STRICT
    assurance: Assurance


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What the civil registry must say of the applicant."""

    __pydantic_config__: ClassVar[Any] = STRICT
    registered: bool = False
    identity_status: tuple[str, ...] = ()
    min_age: int | None = None
    below_age: int | None = None


@dataclass(frozen=True, slots=True)
class ResetRules:
    """How a password is reset: behind the mailed link, or with a mailed code as well."""

    __pydantic_config__: ClassVar[Any] = STRICT
    method: Literal["link", "code"] = "link"


@dataclass(frozen=True, slots=True)
class SecurityQuestions:
    """How many questions the first entry asks to answer, of which list."""

    __pydantic_config__: ClassVar[Any] = STRICT
    ask: int
    file: str


@dataclass(frozen=True, slots=True, eq=False)
class Portal:
    """One portal, whole: what `portals/<id>.toml` says, with sound defaults for the rest."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    name: str
    institution: str
    channels: tuple[Channel, ...]
    sections: tuple[Section, ...]
    tagline: str | None = None
    website: str | None = None
    color: str = "#0b3d6b"
    local_only: bool = False
    second_factor: bool = False
    check_data: bool = False
    captcha: tuple[Literal["identity_check", "register", "reset"], ...] = ()
    submit: Text | None = None
    contact: Contact = field(default_factory=Contact)
    password: PasswordPolicy = field(default_factory=PasswordPolicy)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    reset: ResetRules = field(default_factory=ResetRules)
    mailbox: Mailbox | None = None
    categories: tuple[Category, ...] = ()
    eligibility: Eligibility | None = None
    procedure: Procedure | None = None
    security_questions: SecurityQuestions | None = None
    terms: tuple[Terms, ...] = ()
    roles: tuple[Role, ...] = ()
    documents: tuple[Document, ...] = ()
    faq: tuple[Faq, ...] = ()
    services: tuple[Service, ...] = ()
    clients: tuple[Client, ...] = ()
    messages: dict[str, Message] = field(default_factory=dict)

    def channel(self, channel_id: str | None, *, by: Literal["agent", "operator"] | None = None) -> Channel:
        """Return the channel named, or the first: of those open to everybody, or of those of an agent or operator."""
        for channel in self.channels:
            if channel.by == by and channel_id in (None, channel.id):
                return channel
        channels = ", ".join(channel.id for channel in self.channels if channel.by == by)
        raise Refused(FieldError("channel", "channel", {"channels": channels}))

    def channel_of(self, channel_id: str) -> Channel:
        """Return the channel that an application of ours came by."""
        return next(channel for channel in self.channels if channel.id == channel_id)

    def sections_of(self, channel: Channel) -> tuple[Section, ...]:
        """Return the sections that a channel asks for."""
        return tuple(section for section in self.sections if applies(section.when, {"channel": (channel.id,)}))

    def applicant_fields(self, channel: Channel, facts: Facts | None = None) -> tuple[Field, ...]:
        """Return the applicant's fields; the identifier comes first unless the definition draws it elsewhere.

        Where the facts say that nobody applies for an account (roles are only given up), there are none.
        """
        sections = [section for section in self.sections_of(channel) if section.id == APPLICANT]
        asked = [section for section in sections if facts is None or applies(section.when, facts)]
        fields = tuple(field for section in asked for field in section.fields)
        if (sections and not asked) or any(field.kind == "identifier" for field in fields):
            return fields
        return (Field("identifier", "identifier", {"es": "Número de cédula", "en": "National id"}), *fields)

    def assurance(self, channel: Channel) -> Assurance:
        """Return what a channel proves: computed from its steps, never declared (portal-definition.md)."""
        signed = any(document.signer == APPLICANT and document.accept == ("electronic",) for document in self.documents)
        return "proven" if channel.by == "agent" or ("documents" in channel.steps and signed) else "self_asserted"

    def opens_mailbox(self, assurance: Assurance) -> bool:
        """Tell whether an account of this assurance opens the portal's mailbox."""
        return self.mailbox is not None and assurance in ("proven", self.mailbox.assurance)

    def first_entry(self, channel: Channel) -> tuple[str, ...]:
        """Return the steps of the first entry that follow from the definition, in their order.

        Terms are not among them: which version is still to be accepted is found at each entry.
        """
        steps = (
            ("second_factor_enrolment", self.second_factor),
            ("change_password", channel.credential == "temporary"),
            ("check_data", self.check_data and channel.credential != "link"),
            ("security_questions", self.security_questions is not None),
        )
        return tuple(step for step, needed in steps if needed)

    def documents_of(self, channel: Channel, facts: Facts) -> tuple[Document, ...]:
        """Return the documents that an application has to send in."""
        if "documents" not in channel.steps:
            return ()
        return tuple(document for document in self.documents if applies(document.when, facts))

    def knows_category(self, category: str | None) -> bool:
        """Tell whether a letter may be of a category: any, where the portal lists none; or of no category."""
        return category is None or not self.categories or category in [one.id for one in self.categories]

    def role(self, role_id: str) -> Role:
        """Return a role."""
        return next(role for role in self.roles if role.id == role_id)

    def unaccepted_terms(self, accepted: dict[str, str]) -> tuple[Terms, ...]:
        """Return the terms of which another version than the current one, or none, has been accepted."""
        return tuple(terms for terms in self.terms if accepted.get(terms.id) != terms.version)

    @property
    def words(self) -> tuple[str, ...]:
        """The portal's own words, which no password may be made of."""
        return (self.id, *self.name.split(), *self.institution.split())


Facts = Mapping[str, tuple[str, ...]]
"""What is known of an application: channel, identifier (kind), action (access, deactivation), roles (asked for)."""


def applies(condition: Condition, facts: Facts) -> bool:
    """Tell whether a condition holds of the facts that are known so far; what is unknown does not count."""
    return all(set(facts[name]) & set(values) for name, values in condition.items() if name in facts)


def facts_of(channel: Channel, kind: str | None, sections: Mapping[str, Any]) -> Facts:
    """Return what is known of an application whose sections say this."""
    wanted = [one for section in sections.values() for one in _roles_in(section)]
    facts: dict[str, tuple[str, ...]] = {"channel": (channel.id,)}
    if kind:
        facts["identifier"] = (kind,)
    if wanted:
        facts["action"] = tuple({str(one.get("action")) for one in wanted})
        facts["roles"] = tuple({str(one.get("role")) for one in wanted if one.get("action") == "access"})
    return facts


def _roles_in(section: object) -> list[dict[str, Any]]:
    roles = section.get("roles") if isinstance(section, Mapping) else None
    return [one for one in roles if isinstance(one, dict)] if isinstance(roles, list) else []
