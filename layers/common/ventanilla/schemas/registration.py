"""What a registration says: its form is drawn by the portal's definition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, WithJsonSchema, create_model

from ventanilla.domain.errors import FieldError, Refused
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.passwords import check
from ventanilla.domain.portals import APPLICANT, Channel, Portal, applies
from ventanilla.domain.portals import Field as FieldDefinition
from ventanilla.schemas.base import Password, Schema, field_errors
from ventanilla.schemas.fields import Catalogues, IdentifierIn, annotation, or_nothing

_IDENTIFIER = IdentifierIn.model_json_schema()
_TEXT = {"type": "string"}


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


class Submitted(Schema):
    """What happens next; the same whether or not the number has an account."""

    status: Literal["pending"] = "pending"
    next: Literal["check_email", "documents"]


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was filled in well."""

    identifier: Identifier
    email: str
    profile: dict[str, Any]
    sections: dict[str, dict[str, Any]]
    password: str | None
    accepted: dict[str, str]


def read_form(portal: Portal, channel: Channel, registration: Registration, catalogues: Catalogues) -> Form:
    """Return what the form says, normalised.

    Raises:
        Refused: with everything that is wrong, the password's faults too.
    """
    said = {name: value for name, value in registration.model_dump(exclude_unset=True).items() if name != "channel"}
    faults = _password_faults(portal, said) if channel.credential == "form" else ()
    try:
        form = _model(portal, channel, _facts(said), catalogues).model_validate(said)
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


def _facts(said: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    identifier = said.get("identifier")
    kind = identifier.get("kind") if isinstance(identifier, dict) else None
    return (("identifier", kind),) if isinstance(kind, str) else ()


@lru_cache(maxsize=64)
def _model(
    portal: Portal, channel: Channel, facts: tuple[tuple[str, str], ...], catalogues: Catalogues
) -> type[Schema]:
    known = {"channel": channel.id, **dict(facts)}
    shape: dict[str, Any] = _shape(portal, channel, portal.applicant_fields(channel), known, catalogues)
    for section in portal.sections_of(channel):
        if section.id != APPLICANT and applies(section.when, known):
            fields = _shape(portal, channel, section.fields, known, catalogues)
            model = create_model(section.id, __base__=Schema, **fields)
            shape[section.id] = (model | None, None) if section.optional else (model, ...)
    if channel.credential == "form":
        shape["password"] = (Password, ...)
    if portal.terms:
        terms: Any = Literal[tuple(terms.id for terms in portal.terms)]
        shape["accept"] = (list[terms], [])
    return create_model("Form", __base__=Schema, **shape)


def _shape(
    portal: Portal, channel: Channel, fields: tuple[FieldDefinition, ...], known: dict[str, str], catalogues: Catalogues
) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    for field in fields:
        if applies(field.when, known):
            kind = annotation(field, portal, channel, catalogues)
            shape[field.name] = (kind, ...) if field.required else (or_nothing(kind), None)
    return shape


def _form(portal: Portal, channel: Channel, form: Schema) -> Form:
    said = form.model_dump(mode="json", exclude_none=True)
    fields = portal.applicant_fields(channel)
    identifier = next(field.name for field in fields if field.kind == "identifier")
    email = next(field.name for field in fields if field.kind == "email")
    own = (identifier, email)
    versions = {terms.id: terms.version for terms in portal.terms}
    return Form(
        identifier=getattr(form, identifier).read(),
        email=said[email],
        profile={name: said[name] for name in (field.name for field in fields) if name in said and name not in own},
        sections={section.id: said[section.id] for section in portal.sections if section.id in said},
        password=said.get("password"),
        accepted={terms: versions[terms] for terms in said.get("accept", [])},
    )
