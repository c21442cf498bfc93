"""Public: what a portal's pages need, and its catalogues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from ventanilla.domain.errors import FieldError, Invalid, NotFound, Refused
from ventanilla.domain.portal_texts import say
from ventanilla.domain.portals import Channel, Field, Portal, Section
from ventanilla.domain.security_questions import Question
from ventanilla.schemas.fields import Catalogues
from ventanilla.schemas.portals import (
    CategoryOut,
    ChannelOut,
    ContactOut,
    FieldOut,
    OrganizationLine,
    OrganizationPage,
    PasswordPolicyOut,
    PortalLine,
    PortalList,
    PortalOut,
    QuestionOut,
    SectionOut,
    SecurityQuestionsOut,
)

_LONGEST_QUERY = 100
Questions = Callable[[str], tuple[Question, ...]]
"""Reads a list of security questions that a definition names."""
Texts = Callable[[str], str]
"""Reads a text that a definition names."""
_PATTERNS = {"cedula": "[0-9]{10}", "ruc": "[0-9]{13}"}


def list_portals(portals: list[Portal]) -> PortalList:
    """Return the portals in force."""
    return PortalList(
        items=[PortalLine(id=portal.id, name=portal.name, institution=portal.institution) for portal in portals]
    )


def show_portal(portal: Portal, locale: str, *, questions: Questions, texts: Texts) -> PortalOut:
    """Return what a portal's pages need, in one language."""
    channel = portal.channel(None)
    chosen = channel.credential == "form"
    password = [FieldOut(name="password", kind="password", label=_PASSWORD[locale], required=True)] if chosen else []
    return PortalOut(
        id=portal.id,
        name=portal.name,
        institution=portal.institution,
        tagline=portal.tagline,
        website=portal.website,
        color=portal.color,
        channels=[_channel(one, portal, locale) for one in portal.channels if one.by != "operator"],
        sections=[_section(section, channel, locale) for section in portal.sections],
        fields=[_field(field, channel, locale) for field in portal.applicant_fields(channel)] + password,
        identifiers=list(channel.identifiers),
        password_policy=PasswordPolicyOut(
            min_length=portal.password.min_length,
            max_length=portal.password.max_length,
            require=list(portal.password.require),
        ),
        captcha=list(portal.captcha),
        terms=[{**_spoken(asdict(terms), locale), "text": texts(terms.file)} for terms in portal.terms],
        security_questions=_security_questions(portal, locale, questions),
        roles=[_spoken(asdict(role), locale) for role in portal.roles],
        documents=[_spoken(asdict(document), locale) for document in portal.documents],
        procedure=_spoken(asdict(portal.procedure), locale) if portal.procedure else None,
        faq=[_spoken(asdict(faq), locale) for faq in portal.faq],
        services=[_spoken(asdict(service), locale) for service in portal.services],
        contact=ContactOut(**_spoken(asdict(portal.contact), locale)),
        mailbox=asdict(portal.mailbox) if portal.mailbox else None,
        categories=[CategoryOut(**_spoken(asdict(category), locale)) for category in portal.categories],
        submit=say(portal.submit, locale) or _SUBMIT[locale],
        confirm_hours=int(portal.lifetimes.confirm / timedelta(hours=1)),
    )


def search_organizations(
    portal: Portal, catalogues: Catalogues, *, q: str, level: str | None, cursor: str | None
) -> OrganizationPage:
    """Return organisations by name or code.

    Raises:
        NotFound: the portal has no catalogue.
        Refused: the cursor is none of ours.
    """
    named = [field.catalogue for section in portal.sections for field in section.fields if field.catalogue]
    if not named:
        raise NotFound
    try:
        found, following = catalogues(named[0]).search(q[:_LONGEST_QUERY], level, cursor)
    except Invalid:
        raise Refused(FieldError("cursor", "cursor")) from None
    lines = [OrganizationLine(**asdict(one)) for one in found]
    return OrganizationPage(items=lines, next_cursor=following)


_PASSWORD = {"es": "Contraseña", "en": "Password"}
_SUBMIT = {"es": "Crear cuenta", "en": "Create account"}


def _security_questions(portal: Portal, locale: str, questions: Questions) -> SecurityQuestionsOut | None:
    asked = portal.security_questions
    if asked is None:
        return None
    listed = [QuestionOut(id=one.id, text=say(one.text, locale) or one.id) for one in questions(asked.file)]
    return SecurityQuestionsOut(ask=asked.ask, questions=listed)


def _channel(channel: Channel, portal: Portal, locale: str) -> ChannelOut:
    return ChannelOut(
        id=channel.id,
        label=say(channel.label, locale),
        identifiers=list(channel.identifiers),
        steps=list(channel.steps),
        credential=channel.credential,
        by=channel.by,
        requirements=[say(one, locale) or "" for one in channel.requirements],
        assurance=portal.assurance(channel),
    )


def _section(section: Section, channel: Channel, locale: str) -> SectionOut:
    return SectionOut(
        id=section.id,
        title=say(section.title, locale),
        optional=section.optional,
        when=section.when or None,
        fields=[_field(field, channel, locale) for field in section.fields],
    )


def _field(field: Field, channel: Channel, locale: str) -> FieldOut:
    pattern = (
        _PATTERNS.get(channel.identifiers[0]) if field.kind == "identifier" and len(channel.identifiers) == 1 else None
    )
    return FieldOut(
        name=field.name,
        kind=field.kind,
        label=say(field.label, locale) or field.name,
        required=channel.demands(field),
        pattern=pattern or (_PATTERNS["ruc"] if field.kind == "ruc" else None),
        help=say(field.help, locale),
        choices=list(field.choices) or None,
        max_length=field.max if field.kind == "text" else None,
        when=field.when or None,
    )


def _spoken(data: dict[str, Any], locale: str) -> dict[str, Any]:
    """Return a part of a definition with each text in one language."""
    return {name: _speak(value, locale) for name, value in data.items()}


def _speak(value: Any, locale: str) -> Any:
    if isinstance(value, dict) and value.keys() & {"es", "en"}:
        return say(value, locale)
    if isinstance(value, dict):
        return _spoken(value, locale)
    if isinstance(value, (list, tuple)):
        return [_speak(item, locale) for item in value]
    return value
