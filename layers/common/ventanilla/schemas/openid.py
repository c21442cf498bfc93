"""What oidc takes and gives."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ventanilla.schemas.base import Instant, Schema

Query = Annotated[str, StringConstraints(max_length=8000)]
"""The query of a page, as the browser has it."""
TEXTS: dict[str, dict[str, str]] = {
    "openid": {"es": "Saber que es usted, cada vez que ingresa", "en": "Know that it is you, whenever you enter"},
    "profile": {"es": "Ver su nombre", "en": "See your name"},
    "grants": {
        "es": "Ver sus roles y en qué organizaciones los tiene",
        "en": "See your roles, and in which organisations you hold them",
    },
    "email": {"es": "Ver su correo electrónico", "en": "See your e-mail address"},
    "national_id": {"es": "Ver su número de identificación", "en": "See your identity number"},
    "offline_access": {
        "es": "Mantener el acceso mientras dure su sesión en este portal",
        "en": "Keep the access for as long as your session at this portal lasts",
    },
}
"""What is asked for, in words; a change of these raises `CONSENT_VERSION`."""


class ClientOut(Schema):
    """A system that signs its users in here."""

    id: str
    name: str


class ScopeOut(Schema):
    """What it asks for."""

    id: str
    text: str = Field(description="What it may learn or do by that, in words")


class AskedOut(Schema):
    """What a page asks of somebody before they are sent on."""

    client: ClientOut
    scopes: list[ScopeOut]
    next: Literal["sign_in", "steps", "second_factor", "consent", "continue"] = Field(
        description="What comes before the answer"
    )
    consent: bool = Field(description="Whether the person must be asked")
    pending: list[str] = Field(description="Steps of the entry that come first")
    login_hint: str | None
    locale: str = Field(description="Of the languages that the client asks for, or the browser's")


class Answered(Schema):
    """The query that the page was called with, and whether the person agrees."""

    query: Query
    approve: bool


class SentOn(Schema):
    """Where the browser goes next."""

    redirect_to: str


class Logout(Schema):
    """The query that the page was called with."""

    query: Query


class LoggedOut(Schema):
    """Where the browser goes next, if the client has said so."""

    redirect_to: str | None


class ConsentLine(Schema):
    """What was agreed that a system may learn."""

    client: str
    name: str
    scopes: list[ScopeOut]
    version: str
    accepted_at: Instant


class ConsentList(Schema):
    """All that was agreed."""

    items: list[ConsentLine]


class KeySet(Schema):
    """Public keys (RFC 7517)."""

    keys: list[dict[str, Any]]


def in_words(scopes: tuple[str, ...], locale: str) -> list[ScopeOut]:
    """Return scopes as they are read."""
    return [ScopeOut(id=scope, text=TEXTS[scope][locale]) for scope in scopes]
