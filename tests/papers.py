"""Applications whose documents the tests make and sign; everybody in them is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.makers import make_cedula
from ventanilla.adapters.document_maker import DocumentMaker
from ventanilla.adapters.portal_files import load
from ventanilla.domain import machine
from ventanilla.domain.accounts import Application
from ventanilla.domain.document_facts import document_facts
from ventanilla.domain.portal_texts import Document
from ventanilla.domain.portals import Portal

PORTALS = Path(__file__).resolve().parents[1] / "portals"
AT = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
ANA, JOSE, LUIS, ROSA = (make_cedula(17, serial) for serial in (110011, 220022, 330033, 440044))
RUC = "1790012345001"


def identifier(number: str) -> dict[str, str]:
    return {"kind": "cedula", "number": number}


def application(portal: str, channel: str, **said: Any) -> Application:
    """Return an application of Ana's that waits for its documents."""
    told: dict[str, Any] = {
        "id": "01M820W7VM6936SBWHP3DGQFVD",
        "portal": portal,
        "channel": channel,
        "number": ANA,
        "kind": "cedula",
        "state": "documents",
        "email": "ana@example.ec",
        "profile": {},
        "locale": "es",
        "created_at": AT,
        "expires_at": AT + timedelta(days=30),
        "link_expires_at": AT + timedelta(days=3),
    }
    return Application(**told | said)


def of_seps(*roles: tuple[str, str], profile: dict[str, Any] | None = None, **sections: Any) -> Application:
    """Return a request for roles of a cooperative, whose representative is José."""
    organization = {
        "ruc": RUC,
        "legal_name": "Cooperativa «El Ejemplo» Ltda.",
        "email": "cooperativa@example.ec",
        "level": "Nivel 2",
        "representative_identifier": identifier(JOSE),
        "representative_name": "José Ignacio Cueva Ríos",
        "representative_email": "gerencia@example.ec",
    }
    wanted = [{"role": role, "action": action} for role, action in roles or [("acopio", "access")]]
    person = {
        "person_type": "natural",
        "full_name": "Ana María Núñez Pérez",
        "is_employee": True,
        "position": "Contadora",
    }
    return application(
        "seps",
        "application",
        profile=person | (profile or {}),
        sections={"request": {"sector": "no_financiero", "roles": wanted}, "organization": organization, **sections},
    )


def of_buzonec() -> Application:
    """Return a citizen's wish for a mailbox, which says no more than number and address."""
    return application("buzonec", "certificate")


def of_staff(channel: str) -> Application:
    """Return an institution's activation, or the change of its administrator."""
    authority = {"identifier": identifier(JOSE), "full_name": "José Ignacio Cueva Ríos", "position": "Director General"}
    institution = {"ruc": "1760001550001"}
    if channel == "institution":
        institution |= {"legal_name": "Instituto Imaginario de Catastros", "modality": "interconnection"}
    person = {"full_name": "Ana María Núñez Pérez", "position": "Analista", "work_phone": "+59322345678"}
    return application("staff", channel, profile=person, sections={"organization": institution, "authority": authority})


@cache
def portal(name: str) -> Portal:
    return load(PORTALS / f"{name}.toml")


def due(of: Application, kind: str) -> tuple[Portal, Document]:
    """Return a document that an application has to send in, and its portal."""
    found = portal(of.portal)
    return found, next(one for one in machine.documents_due(found, of) if one.id == kind)


def facts(of: Application, kind: str) -> dict[str, Any]:
    found, document = due(of, kind)
    return document_facts(found, of, document)


@cache
def maker() -> DocumentMaker:
    return DocumentMaker(PORTALS)


def made(of: Application, kind: str, *, code: str = "ABCD-EFGH-IJKL-MNOP") -> bytes:
    """Return the document that an application has to have signed."""
    document = due(of, kind)[1]
    assert document.template is not None
    return maker().make(document.template, facts(of, kind), title=str(document.title), code=code, locale="es")
