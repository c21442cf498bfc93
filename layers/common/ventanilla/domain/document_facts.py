"""What a document says of an application: every value as text, with the labels of the portal's definition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from ventanilla.domain import machine
from ventanilla.domain.accounts import Application, full_name
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.portal_texts import Document, say
from ventanilla.domain.portals import APPLICANT, Field, Portal, Section, applies
from ventanilla.domain.wording import ECUADOR, day

LANGUAGE = "es"
"""Documents are acts before Ecuador's authorities, whatever language the applicant reads."""
_LABELS = {"cedula": "Cédula", "ruc": "RUC", "passport": "Pasaporte"}


def document_facts(portal: Portal, application: Application, document: Document) -> dict[str, Any]:
    """Return what a template fills a document with.

    Its date is that of the application, so that whoever asks for it, and however often, gets the same document.
    """
    said = _said(portal, application)
    made_at = application.created_at.astimezone(UTC).replace(microsecond=0)
    return {
        "institution": portal.institution,
        "portal": portal.name,
        "color": portal.color,
        "website": portal.website or portal.contact.website or "",
        "duties": [say(duty, LANGUAGE) for duty in portal.procedure.duties] if portal.procedure else [],
        "made_at": made_at.isoformat().replace("+00:00", "Z"),
        "date": _day(made_at.astimezone(ECUADOR).date()),
        "accept": list(document.accept),
        "signer": _signer(application, document.signer, said),
        "roles": [_role(portal, one) for one in _wanted(application)],
        "sections": [_section(section, fields, said) for section, fields in _asked(portal, application)],
        "said": said,
    }


def _asked(portal: Portal, application: Application) -> list[tuple[Section, tuple[Field, ...]]]:
    """Return the sections that the application was asked for, with their fields."""
    channel, facts = portal.channel_of(application.channel), machine.facts(portal, application)
    own = {APPLICANT: portal.applicant_fields(channel, facts)}
    asked = [section for section in portal.sections_of(channel) if applies(section.when, facts)]
    return [(section, own.get(section.id, section.fields)) for section in asked]


def _said(portal: Portal, application: Application) -> dict[str, dict[str, str]]:
    said: dict[str, dict[str, str]] = {}
    for section, fields in _asked(portal, application):
        values = _own(application, fields) if section.id == APPLICANT else application.sections.get(section.id, {})
        known = {field.name: _text(field, values[field.name]) for field in fields if field.name in values}
        said[section.id] = {name: text for name, text in known.items() if text}
    return said


def _own(application: Application, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return what the applicant said, with number and address, which the application keeps apart."""
    numbers = {field.name: application.number for field in fields if field.kind == "identifier"}
    return {**application.profile, **numbers, "email": application.email}


def _text(field: Field, value: Any) -> str:
    match value:
        case bool():
            return "Sí" if value else "No"
        case Mapping():
            return str(value.get("number", ""))
        case list() | None:
            return ""
    return _day(date.fromisoformat(value)) if field.kind == "date" else str(value)


def _day(on: date) -> str:
    """Say a date as acts do, without the day of the week."""
    return day(on, LANGUAGE).partition(", ")[2]


def _section(section: Section, fields: tuple[Field, ...], said: dict[str, dict[str, str]]) -> dict[str, Any]:
    values = said[section.id]
    rows = [
        {"label": say(field.label, LANGUAGE) or field.name, "value": values[field.name]}
        for field in fields
        if field.name in values
    ]
    return {"id": section.id, "title": say(section.title, LANGUAGE) or "", "rows": rows}


def signer_identifier(application: Application, signer: str) -> Identifier | None:
    """Return who must sign, by a definition's signer path: `applicant`, `section`, `section.prefix`."""
    if signer == APPLICANT:
        return application.identifier
    section, _, prefix = signer.partition(".")
    said = application.sections.get(section, {}).get(f"{prefix}_identifier" if prefix else "identifier")
    return Identifier(said["kind"], said["number"], said.get("country")) if isinstance(said, dict) else None


def _signer(application: Application, signer: str, said: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return name and number of who must sign; a name that was not typed stays empty."""
    section, _, prefix = signer.partition(".")
    values = said.get(section, {})
    identifier = signer_identifier(application, signer)
    return {
        "name": values.get(f"{prefix}_name", "") if prefix else full_name(values),
        "number": identifier.number if identifier else "",
        "label": _LABELS[identifier.kind] if identifier else "",
    }


def _wanted(application: Application) -> list[dict[str, str]]:
    found = [section.get("roles") for section in application.sections.values()]
    return [one for roles in found if isinstance(roles, list) for one in roles]


def _role(portal: Portal, wanted: dict[str, str]) -> dict[str, str]:
    role = portal.role(wanted["role"])
    return {
        "name": say(role.label, LANGUAGE) or role.id,
        "help": say(role.help, LANGUAGE) or "",
        "action": wanted["action"],
    }
