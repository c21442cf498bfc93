"""What a registration says: its form is drawn by the portal's definition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, WithJsonSchema, create_model

from ventanilla.domain.errors import FieldError, Refused
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.passwords import check
from ventanilla.domain.portals import APPLICANT, FORMER_USER, Channel, Facts, Portal, Section, applies, facts_of
from ventanilla.domain.portals import Field as FieldDefinition
from ventanilla.schemas.base import Password, Schema, field_errors, left_out
from ventanilla.schemas.fields import Catalogues, IdentifierIn, annotation, or_nothing

_IDENTIFIER = IdentifierIn.model_json_schema()
_TEXT = {"type": "string"}
_APART = ("channel", "captcha")
"""What is said beside the form."""
_Known = tuple[tuple[str, tuple[str, ...]], ...]


class Registration(Schema):
    """The form of a portal's channel: besides what is named here, the fields that its definition names.

    It is checked as a whole by `read_form`, so that all that is wrong is said at once.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    channel: Annotated[Any, WithJsonSchema(_TEXT)] = Field(default=None, description="The portal's first, if not said")
    identifier: Annotated[Any, WithJsonSchema(_IDENTIFIER)] = None
    password: Annotated[Any, WithJsonSchema(_TEXT)] = Field(default=None, description="Where it is chosen in the form")
    accept: Annotated[Any, WithJsonSchema({"type": "array", "items": _TEXT})] = Field(
        default=None, description="Ids of the terms accepted"
    )
    captcha: Annotated[Any, WithJsonSchema(_TEXT)] = Field(
        default=None, description="A solved challenge of GET /v1/captcha, where the portal wants one"
    )


class ApplicationHandle(Schema):
    """How the applicant finds the application again."""

    id: str
    access_token: str


class Submitted(Schema):
    """What happens next; the same whether or not the number has an account. An agent is told more."""

    status: Literal["pending"] = "pending"
    next: Literal["check_email", "documents"]
    application: ApplicationHandle | None = left_out("Where it waits for documents")
    existing: bool | None = left_out("To an agent: whether the number has an account")
    code: str | None = left_out("To an agent: what is handed over, and typed behind the link")


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was filled in well; without applicant where roles are only given up."""

    identifier: Identifier | None
    email: str | None
    profile: dict[str, Any]
    sections: dict[str, dict[str, Any]]
    password: str | None
    accepted: dict[str, str]


def read_form(portal: Portal, channel: Channel, registration: Registration, catalogues: Catalogues) -> Form:
    """Return what the form says, normalised.

    Raises:
        Refused: with everything that is wrong, the password's faults too.
    """
    said = {name: value for name, value in registration.model_dump(exclude_unset=True).items() if name not in _APART}
    faults = _password_faults(portal, said) if channel.credential == "form" else ()
    try:
        form = _model(portal, channel, _facts(channel, said), catalogues).model_validate(said)
    except ValidationError as error:
        raise Refused(*field_errors(error.errors(include_url=False, include_input=False)), *faults) from None
    if faults:
        raise Refused(*faults)
    return _form(portal, channel, form)


def password_faults(
    portal: Portal, password: str, personal: list[str], field: str = "password"
) -> tuple[FieldError, ...]:
    """Return what a portal's policy has against a password."""
    faults = check(portal.password, password, (*portal.words, *personal))
    return tuple(FieldError(field, fault.code, dict(fault.params)) for fault in faults)


def _password_faults(portal: Portal, said: dict[str, Any]) -> tuple[FieldError, ...]:
    password = said.get("password")
    personal = [text for name, value in said.items() if name != "password" for text in _texts(value)]
    return password_faults(portal, password, personal) if isinstance(password, str) and password else ()


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for item in value.values() for text in _texts(item)] if isinstance(value, dict) else []


def _facts(channel: Channel, said: dict[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    identifier = said.get("identifier")
    kind = identifier.get("kind") if isinstance(identifier, dict) else None
    return tuple(sorted(facts_of(channel, kind if isinstance(kind, str) else None, said).items()))


@lru_cache(maxsize=64)
def _model(portal: Portal, channel: Channel, known_facts: _Known, catalogues: Catalogues) -> type[Schema]:
    known = dict(known_facts)
    shape: dict[str, Any] = _shape(portal, channel, portal.applicant_fields(channel, known), known, catalogues)
    for section in portal.sections_of(channel):
        if section.id != APPLICANT and applies(section.when, known):
            fields = _shape(portal, channel, section.fields, known, catalogues)
            model = create_model(section.id, __base__=Schema, **fields)
            shape[section.id] = (model, ...) if _is_demanded(section, known) else (model | None, None)
    if channel.credential == "form":
        shape["password"] = (Password, ...)
    if portal.terms:
        terms: Any = Literal[tuple(terms.id for terms in portal.terms)]
        shape["accept"] = (list[terms], [])
    return create_model("Form", __base__=Schema, **shape)


def _is_demanded(section: Section, known: Facts) -> bool:
    """Tell whether a section must be filled in: whoever gives up a role says whose it is."""
    gives_up = section.id == FORMER_USER and "deactivation" in known.get("action", ())
    return gives_up or not section.optional


def _shape(
    portal: Portal, channel: Channel, fields: tuple[FieldDefinition, ...], known: Facts, catalogues: Catalogues
) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    for field in fields:
        if applies(field.when, known):
            kind = annotation(field, portal, channel, catalogues)
            shape[field.name] = (kind, ...) if channel.demands(field) else (or_nothing(kind), None)
    return shape


def _form(portal: Portal, channel: Channel, form: Schema) -> Form:
    said = form.model_dump(mode="json", exclude_none=True)
    facts = facts_of(channel, None, said)
    fields = {field.name: field.kind for field in portal.applicant_fields(channel, facts)}
    identifier = next((name for name, kind in fields.items() if kind == "identifier"), None)
    own = (identifier, "email")
    versions = {terms.id: terms.version for terms in portal.terms}
    return Form(
        identifier=getattr(form, identifier).read() if identifier else None,
        email=said.get("email") if fields else None,
        profile={name: said[name] for name in fields if name in said and name not in own},
        sections={section.id: said[section.id] for section in portal.sections if section.id in said},
        password=said.get("password"),
        accepted={terms: versions[terms] for terms in said.get("accept", [])},
    )
