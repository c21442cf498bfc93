"""The kinds of fields that a definition may use: each validates and normalises what a person types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    create_model,
    field_validator,
)

from ventanilla.domain.catalogues import Catalogue
from ventanilla.domain.errors import Invalid
from ventanilla.domain.identifiers import Identifier, parse
from ventanilla.domain.portals import Channel, Portal
from ventanilla.domain.portals import Field as FieldDefinition
from ventanilla.schemas.base import Schema, refuse

Catalogues = Callable[[str], Catalogue]
"""Reads a catalogue that a definition names."""
_NAME = re.compile(r"[^\W\d_][^\d_<>{}\[\]\\|@#$%^*+=~\"!?;:/]*")
_LONGEST_EMAIL = 254
_LATIN = (("\t", "\u036f"), ("\u1e00", "\u1eff"), ("\u2010", "\u2040"), ("€", "€"), ("№", "№"), ("™", "™"))
"""What the fonts of documents have: Latin letters, their marks, and what is written between them."""


class IdentifierIn(Schema):
    """A national id, RUC or passport as it is typed."""

    kind: Literal["cedula", "ruc", "passport"]
    country: Annotated[str, StringConstraints(max_length=2)] | None = None
    number: Annotated[str, StringConstraints(max_length=40)]

    @field_validator("number")
    @classmethod
    def _of_its_kind(cls, number: str, info: ValidationInfo) -> str:
        if "kind" not in info.data:
            return number
        read = _by_domain(lambda typed: parse(info.data["kind"], typed, info.data.get("country")))(number)
        return str(read.number)

    def read(self) -> Identifier:
        """Return the identifier, normalised."""
        return parse(self.kind, self.number, self.country)


def annotation(field: FieldDefinition, portal: Portal, channel: Channel, catalogues: Catalogues) -> Any:
    """Return the type that a field of a definition stands for."""
    match field.kind:
        case "identifier":
            return _identifier(channel)
        case "person_name":
            return Annotated[str, StringConstraints(max_length=100), AfterValidator(_by_domain(person_name))]
        case "email":
            return Annotated[str, StringConstraints(max_length=_LONGEST_EMAIL), AfterValidator(_by_domain(email))]
        case "phone":
            return Annotated[str, StringConstraints(max_length=30), AfterValidator(_by_domain(phone))]
        case "ruc":
            return Annotated[str, AfterValidator(_by_domain(lambda typed: parse("ruc", typed).number))]
        case "organization":
            catalogue = field.catalogue or ""
            return Annotated[str, AfterValidator(_by_domain(lambda code: _organization(catalogues(catalogue), code)))]
        case "choice":
            return Literal[field.choices]
        case "yes_no":
            return StrictBool
        case "date":
            return date
        case "roles":
            return _roles(portal)
        case "text":
            length = StringConstraints(strip_whitespace=True, min_length=1, max_length=field.max)
            return Annotated[str, length, AfterValidator(_by_domain(latin_text))]


def or_nothing(kind: Any) -> Any:
    """Return the type of a field that may be left empty, as a web form sends it."""
    return Annotated[kind | None, BeforeValidator(lambda typed: None if typed == "" else typed)]


def person_name(typed: str) -> str:
    """Return a person's name in one line of letters."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not _NAME.fullmatch(name) or not all(map(_is_latin, name)):
        raise Invalid("person_name")
    return name


def email(typed: str) -> str:
    """Return a mail address; whether it can be reached is shown by the mail."""
    from email_validator import EmailNotValidError, validate_email  # 25 ms that only forms pay

    try:
        checked = validate_email(
            typed.strip(), check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True
        )
    except EmailNotValidError:
        raise Invalid("email") from None
    return checked.ascii_email or checked.normalized  # a domain with other letters is written as mails go there


def phone(typed: str) -> str:
    """Return a telephone number of Ecuador as E.164."""
    import phonenumbers  # 30 ms that only forms with a telephone pay

    try:
        number = phonenumbers.parse(typed, "EC")
    except phonenumbers.NumberParseException:
        raise Invalid("phone") from None
    if number.country_code != 593 or not phonenumbers.is_valid_number(number):
        raise Invalid("phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plain_text(typed: str) -> str:
    """Return a text without characters that control a terminal or a layout."""
    text = unicodedata.normalize("NFC", typed)
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co") and character not in "\n\t" for character in text):
        raise Invalid("text_control")
    return text


def latin_text(typed: str) -> str:
    """Return a text that can be shown in documents and mails, and reads as it is stored."""
    text = plain_text(typed)
    if not all(map(_is_latin, text)):
        raise Invalid("text_control")
    return text


def _is_latin(character: str) -> bool:
    known = any(first <= character <= last for first, last in _LATIN)
    return known and (character.isprintable() or character in "\n\t\u00a0")


def _identifier(channel: Channel) -> Any:
    kinds: Any = Literal[channel.identifiers]
    return create_model("IdentifierOfChannel", __base__=IdentifierIn, kind=(kinds, ...))


def _organization(catalogue: Catalogue, code: str) -> str:
    if catalogue.find(code) is None:
        raise Invalid("organization")
    return code


def _roles(portal: Portal) -> Any:
    shape: dict[str, Any] = {
        "role": (Literal[tuple(role.id for role in portal.roles)], ...),
        "action": (Literal["access", "deactivation"], ...),
    }
    role = create_model("RoleWanted", __base__=Schema, **shape)
    return Annotated[list[role], Field(min_length=1, max_length=len(portal.roles))]  # type: ignore[valid-type]  # made here


def _by_domain(rule: Callable[[str], Any]) -> Callable[[str], Any]:
    def check(value: str) -> Any:
        try:
            return rule(value)
        except Invalid as invalid:
            raise refuse(invalid) from None

    return cast("Callable[[str], Any]", check)
